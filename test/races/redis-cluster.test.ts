/** The races on a Redis Cluster. */

import { cluster } from './backends';
import { brokenLines } from './broken-lines';
import { costs } from './costs';
import { exactness } from './exactness';
import { lostSave } from './lost-reply';
import { onStage } from './stage';

onStage(cluster, (stage) => {
  exactness(stage);
  brokenLines(stage);
  costs(stage);
  lostSave(stage);
});
