/** A worker whose vitals are written down. */

import './vitals';
import './worker';
