/** The races on PostgreSQL. */

import { postgres } from './backends';
import { brokenLines } from './broken-lines';
import { costs } from './costs';
import { exactness } from './exactness';
import { hotKey } from './hot-key';
import { lostGrant, lostSave } from './lost-reply';
import { onStage } from './stage';

onStage(postgres, (stage) => {
  exactness(stage);
  hotKey(stage);
  brokenLines(stage);
  costs(stage);
  lostGrant(stage);
  lostSave(stage);
});
