/** The races on SQLite, where there is no server to cut off or to end. */

import { sqlite } from './backends';
import { exactness } from './exactness';
import { onStage } from './stage';

onStage(sqlite, (stage) => {
  exactness(stage);
});
