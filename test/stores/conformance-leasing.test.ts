/** The reference of the lease capability, which the engine's tests run on; its clock is turned. */

import { vi } from 'vitest';
import { LeasingStore } from '../support/leasing-store';
import { registerStoreCases } from './register';

registerStoreCases(
  'LeasingStore',
  {
    open() {
      vi.useFakeTimers({ toFake: ['Date'] });
      const store = new LeasingStore();
      return {
        store,
        another: () => store.sibling(),
        passTime: (ms) => void vi.advanceTimersByTime(ms),
        putRaw: (key, text) => void store.texts.set(key, text),
        dropLock: (key) => store.dropLock(key),
        close: () => void vi.useRealTimers(),
      };
    },
  },
  { lacks: ['ttl'] },
);
