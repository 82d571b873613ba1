/** The stores in memory as subjects of the conformance suite, wrapped or not; their clock is turned. */

import { MemorySessionStore, type SessionStore } from '@sessiongram/core';
import type { StoreSubject } from '@sessiongram/core/conformance';
import { vi } from 'vitest';
import { LeasingStore } from '../support/leasing-store';

export type Wrap = (store: SessionStore) => SessionStore;

const asItIs: Wrap = (store) => store;
const realNow = Date.now;

export function memorySubject(wrap: Wrap = asItIs): StoreSubject {
  return {
    open({ ttlMs } = {}) {
      let passed = 0;
      const clock = vi.spyOn(Date, 'now').mockImplementation(() => realNow() + passed);
      return {
        store: wrap(new MemorySessionStore(ttlMs === undefined ? {} : { ttlMs })),
        passTime: (ms) => {
          passed += ms;
        },
        close: () => clock.mockRestore(),
      };
    },
  };
}

export function leasingSubject(wrap: Wrap = asItIs, Store: typeof LeasingStore = LeasingStore): StoreSubject {
  return {
    open() {
      vi.useFakeTimers({ toFake: ['Date'] });
      const store = new Store();
      return {
        store: wrap(store),
        another: () => wrap(store.sibling()),
        passTime: (ms) => void vi.advanceTimersByTime(ms),
        putRaw: (key, text) => void store.texts.set(key, text),
        dropLock: (key) => store.dropLock(key),
        close: () => void vi.useRealTimers(),
      };
    },
  };
}
