import { sqlite } from './backends';
import { exactness } from './exactness';
import { onStage } from './stage';

onStage(sqlite, (stage) => {
  exactness(stage);
});
