/** `stats` of the memory store counts what it did. */

import { MemorySessionStore, type MemorySessionStoreOptions } from '@sessiongram/core';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

const NOTHING = { hits: 0, misses: 0, evicted: 0, expired: 0, size: 0 };

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function filled(
  options: MemorySessionStoreOptions<number>,
  keys: readonly string[],
): MemorySessionStore<number> {
  const store = new MemorySessionStore<number>(options);
  for (const key of keys) store.set(key, 1);
  return store;
}

test('a new store has done nothing', () => {
  expect(new MemorySessionStore().stats).toEqual(NOTHING);
});

test('a read that finds a session is a hit, one that finds none is a miss', () => {
  const store = filled({}, ['a']);
  store.get('a');
  store.getShared('a');
  store.get('b');
  expect(store.stats).toEqual({ ...NOTHING, hits: 2, misses: 1, size: 1 });
});

test.each([0, '', false, null, undefined])('a stored %o is a hit', (value) => {
  const store = new MemorySessionStore();
  store.set('a', value);
  store.get('a');
  expect(store.stats).toEqual({ ...NOTHING, hits: 1, size: 1 });
});

test('writing, touching, deleting and listing are neither hits nor misses', () => {
  const store = filled({}, ['a', 'a', 'b']);
  store.touch('a');
  store.touch('stranger');
  store.delete('b');
  store.delete('stranger');
  expect([...store.keys()]).toEqual(['a']);
  expect(store.stats).toEqual({ ...NOTHING, size: 1 });
});

test('what the cap pushes out is evicted', () => {
  const store = filled({ max: 2 }, ['a', 'b', 'c', 'd', 'd']);
  expect(store.stats).toEqual({ ...NOTHING, evicted: 2, size: 2 });
});

test('what outlives its time is expired, and to read it is a miss', () => {
  const store = filled({ ttlMs: 100 }, ['a', 'b']);
  vi.advanceTimersByTime(100);
  store.get('a');
  expect(store.stats).toEqual({ ...NOTHING, misses: 1, expired: 2 });
});

test('what has ended is counted although nobody has asked for it', () => {
  const store = filled({ ttlMs: 100 }, ['a', 'b']);
  vi.advanceTimersByTime(100);
  expect(store.stats).toEqual({ ...NOTHING, expired: 2 });
});

test('a read counts while onEvict is told', () => {
  const store: MemorySessionStore<number> = new MemorySessionStore<number>({
    max: 1,
    onEvict: (key) => store.get(key),
  });
  store.set('a', 1);
  store.set('b', 1);
  expect(store.stats).toEqual({ ...NOTHING, misses: 1, evicted: 1, size: 1 });
});

test('clearing resets no counter, and is no eviction', () => {
  const store = filled({ max: 1 }, ['a', 'b']);
  store.get('b');
  store.clear();
  expect(store.stats).toEqual({ ...NOTHING, hits: 1, evicted: 1 });
});

test('each look is an object of its own, which later work does not change', () => {
  const store = filled({}, ['a']);
  const before = store.stats;
  store.get('a');
  expect([before.hits, store.stats.hits]).toEqual([0, 1]);
});
