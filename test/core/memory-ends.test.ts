/** Each entry of the memory store ends once, and nothing is kept of it. */

import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { MemorySessionStore } from '@sessiongram/core';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});
const pass = (ms: number): void => void vi.setSystemTime(Date.now() + ms);

/** Notes what is told, and fails where it is more than there was: a store that drops the same entry for ever would not end. */
function listening(atMost: number) {
  const told: string[] = [];
  const onEvict = (key: string, _: unknown, reason: string): void => {
    told.push(`${key} ${reason}`);
    if (told.length > atMost) throw new Error(`Of ${atMost} entries, ${told.length} have ended: ${told}.`);
  };
  return { told, onEvict };
}

describe.for(['rolling', 'fixed'] as const)('with a %s time', (ttl) => {
  test('each entry ends once', () => {
    const { told, onEvict } = listening(3);
    const store = new MemorySessionStore<number>({ ttlMs: 100, ttl, onEvict });
    for (const key of ['a', 'b', 'c']) store.set(key, 1);
    pass(100);
    expect(store.size).toBe(0);
    expect(store.size).toBe(0);
    expect(told).toEqual(['a ttl', 'b ttl', 'c ttl']);
  });

  test('an entry that was deleted does not end', () => {
    const { told, onEvict } = listening(2);
    const store = new MemorySessionStore<number>({ ttlMs: 100, ttl, onEvict });
    for (const key of ['a', 'b', 'c']) store.set(key, 1);
    store.delete('a');
    pass(100);
    expect(store.size).toBe(0);
    expect(told).toEqual(['b ttl', 'c ttl']);
  });

  test('an entry that took the place of another ends at its own time', () => {
    const { told, onEvict } = listening(3);
    const store = new MemorySessionStore<number>({ max: 2, ttlMs: 100, ttl, onEvict });
    store.set('a', 1);
    store.set('b', 1);
    pass(50);
    store.set('c', 1);
    pass(50);
    expect(store.size).toBe(1);
    pass(50);
    expect(store.size).toBe(0);
    expect(told).toEqual(['a max', 'b ttl', 'c ttl']);
  });

  test('an entry that was cleared away does not end', () => {
    const { told, onEvict } = listening(0);
    const store = new MemorySessionStore<number>({ ttlMs: 100, ttl, onEvict });
    store.set('a', 1);
    store.clear();
    pass(100);
    expect(store.size).toBe(0);
    expect(store.stats.expired).toBe(0);
    expect(told).toEqual([]);
  });

  test('each entry ends once also where others were cleared away before', () => {
    const { told, onEvict } = listening(2);
    const store = new MemorySessionStore<number>({ ttlMs: 100, ttl, onEvict });
    for (const key of ['a', 'b', 'c']) store.set(key, 1);
    store.clear();
    for (const key of ['d', 'e']) store.set(key, 1);
    pass(100);
    expect(store.size).toBe(0);
    expect(told).toEqual(['d ttl', 'e ttl']);
  });
});

describe('nothing is kept', () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage: () => void = runInNewContext('gc');
  const used = (): number => {
    for (let time = 0; time < 3; time++) collectGarbage(); // what one has found is given back by the next
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };

  test.for([
    ['deleted', (store: MemorySessionStore) => store.delete('a')],
    ['overwritten', (store: MemorySessionStore) => store.set('a', 1)],
    ['pushed out', (store: MemorySessionStore) => ['b', 'c'].map((key) => store.set(key, 1))],
    ['cleared away', (store: MemorySessionStore) => store.clear()],
    ['read when its time was over', (store: MemorySessionStore) => [pass(100), store.get('a')]],
    ['dropped when its time was over', (store: MemorySessionStore) => [pass(100), store.size]],
  ] as const)('of a value that was %s', async ([, end]) => {
    const store = new MemorySessionStore<object | number>({ max: 2, ttlMs: 100 });
    const value = given(store);
    expect(value.deref()).toBeDefined();
    end(store);
    await setImmediate(); // until then a reference that was looked through is held
    collectGarbage();
    expect(value.deref()).toBeUndefined();
    expect(store.size).toBeLessThanOrEqual(2);
  });

  test('of the room of what was cleared away', () => {
    const store = new MemorySessionStore<number>({ max: 100_000, ttlMs: 100, ttl: 'fixed' });
    const before = used();
    for (let n = 0; n < 100_000; n++) store.set(`${n}`, n);
    expect(used() - before).toBeGreaterThan(3_000_000);
    store.clear();
    expect(used() - before).toBeLessThan(600_000);
    expect(store.size).toBe(0);
  });

  test('of the keys of values that were deleted', () => {
    const store = new MemorySessionStore<number>();
    const eachKey = (use: (key: string) => void): void => {
      for (let n = 0; n < 10_000; n++) use(`${n}`.padEnd(1_000, '.'));
    };
    const before = used();
    eachKey((key) => store.set(key, 1));
    expect(used() - before).toBeGreaterThan(3_000_000);
    eachKey((key) => store.delete(key));
    expect(used() - before).toBeLessThan(3_000_000);
    expect(store.size).toBe(0);
  });

  /** In a function of its own, whose variables are gone after it. */
  function given(store: MemorySessionStore<object | number>): WeakRef<object> {
    const value = { a: 1 };
    store.setOwned('a', value);
    return new WeakRef(value);
  }
});
