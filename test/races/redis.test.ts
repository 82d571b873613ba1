/** The races on one Redis. */

import { accidents } from './accidents';
import { redis } from './backends';
import { brokenLines } from './broken-lines';
import { costs } from './costs';
import { exactness, inexactness } from './exactness';
import { hotKey } from './hot-key';
import { lostGrant, lostSave } from './lost-reply';
import { onStage } from './stage';

onStage(redis, (stage) => {
  inexactness(stage);
  exactness(stage);
  hotKey(stage);
  accidents(stage);
  brokenLines(stage);
  costs(stage);
  lostGrant(stage);
  lostSave(stage);
});
