/** The memory store keeps the contract of every store. */

import { MemorySessionStore } from '@sessiongram/core';
import { vi } from 'vitest';
import { registerStoreCases } from './register';

registerStoreCases(
  'MemorySessionStore',
  {
    open({ ttlMs } = {}) {
      let passed = 0;
      const { now } = Date;
      const clock = vi.spyOn(Date, 'now').mockImplementation(() => now() + passed);
      return {
        store: new MemorySessionStore(ttlMs === undefined ? {} : { ttlMs }),
        passTime: (ms) => {
          passed += ms;
        },
        close: () => clock.mockRestore(),
      };
    },
  },
  { lacks: ['another', 'dropLock', 'encodes', 'leases', 'putRaw'] },
);
