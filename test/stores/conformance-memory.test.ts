/** The default store, which forgets everything with the process. */

import { MemorySessionStore } from '@sessiongram/core';
import { registerStoreCases } from './register';

registerStoreCases('MemorySessionStore', {
  open: () => ({ store: new MemorySessionStore(), close() {} }),
});
