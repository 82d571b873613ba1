import { sqlite } from './backends';
import { exactness } from './exactness';
import { hotKey } from './hot-key';
import { onStage } from './stage';

onStage(sqlite, (stage) => {
  exactness(stage);
  hotKey(stage);
});
