/** With a fixed time, a session of the memory store ends `ttlMs` after its first write, whatever happens to it. */

import { MemorySessionStore } from '@sessiongram/core';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { recording } from './evictions';

beforeEach(() => {
  vi.useFakeTimers();
  vi.setSystemTime(1_000_000);
});
afterEach(() => {
  vi.useRealTimers();
});

/** A store whose sessions live for 100 ms, and what it tells `onEvict`. */
const fixed = (max = 10) => recording<number>({ max, ttlMs: 100, ttl: 'fixed' });

const uses: [name: string, use: (store: MemorySessionStore<number>) => void][] = [
  ['get', (store) => store.get('a')],
  ['getShared', (store) => store.getShared('a')],
  ['set', (store) => store.set('a', 2)],
  ['setOwned', (store) => store.setOwned('a', 2)],
  ['touch', (store) => store.touch('a')],
];

test.each(uses)('%s does not lengthen the life of a session', (_name, use) => {
  const { store } = fixed();
  store.set('a', 1);
  vi.advanceTimersByTime(99);
  use(store);
  expect(store.size).toBe(1);
  vi.advanceTimersByTime(1);
  expect(store.size).toBe(0);
  expect(store.get('a')).toBeUndefined();
});

test.each(uses)('%s keeps a session from being the next to be pushed out all the same', (_name, use) => {
  const { store, told } = fixed(2);
  store.set('a', 1);
  store.set('b', 1);
  use(store);
  store.set('c', 1);
  expect(told).toEqual([['b', 1, 'max']]);
});

test('a session that is in constant use ends before a younger one that nobody uses', () => {
  const { store, told } = fixed();
  store.set('a', 1);
  vi.advanceTimersByTime(50);
  store.set('b', 2);
  vi.advanceTimersByTime(49);
  store.get('a');
  vi.advanceTimersByTime(1);
  expect([...store.keys()]).toEqual(['b']);
  expect(told).toEqual([['a', 1, 'ttl']]);
});

test('sessions end in the order of their first writes', () => {
  const { store, told } = fixed();
  for (const key of ['a', 'b', 'c']) store.set(key, 1);
  for (const key of ['b', 'a']) store.get(key);
  vi.advanceTimersByTime(100);
  expect(store.size).toBe(0);
  expect(told.map(([key]) => key)).toEqual(['a', 'b', 'c']);
});

test('a session that was deleted begins anew with the next write', () => {
  const { store } = fixed();
  store.set('a', 1);
  vi.advanceTimersByTime(60);
  store.delete('a');
  store.set('a', 2);
  vi.advanceTimersByTime(99);
  expect(store.get('a')).toBe(2);
  vi.advanceTimersByTime(1);
  expect(store.get('a')).toBeUndefined();
});

test('a session that has ended begins anew with the next write', () => {
  const { store, told } = fixed();
  store.set('a', 1);
  vi.advanceTimersByTime(100);
  store.set('a', 2);
  vi.advanceTimersByTime(99);
  expect(store.get('a')).toBe(2);
  expect(told).toEqual([['a', 1, 'ttl']]);
});

test('a session that took the place of one that was pushed out lives its own time', () => {
  const { store, told } = fixed(1);
  store.set('a', 1);
  vi.advanceTimersByTime(60);
  store.set('b', 2);
  vi.advanceTimersByTime(99);
  expect(store.get('b')).toBe(2);
  vi.advanceTimersByTime(1);
  expect(store.size).toBe(0);
  expect(told.map(([key, , reason]) => `${key} ${reason}`)).toEqual(['a max', 'b ttl']);
});

test('a cleared store forgets the times of its former sessions', () => {
  const { store, told } = fixed();
  store.set('a', 1);
  vi.advanceTimersByTime(60);
  store.clear();
  store.set('a', 2);
  vi.advanceTimersByTime(99);
  expect(store.get('a')).toBe(2);
  expect(told).toEqual([]);
});

test('each of 1 000 sessions ends on its own millisecond, however they are used', () => {
  const { store } = fixed(1_000);
  const sizes: number[] = [];
  for (let n = 0; n < 1_000; n++) {
    store.set(`${n}`, n);
    store.get(`${n - (n % 90)}`);
    sizes.push(store.size);
    vi.advanceTimersByTime(1);
  }
  expect(sizes).toEqual(Array.from({ length: 1_000 }, (_, n) => Math.min(n + 1, 100)));
});

test('the store does not claim that use renews its sessions', () => {
  expect(fixed().store.supports.ttl).toBe(false);
  expect(new MemorySessionStore({ ttlMs: 100, ttl: 'rolling' }).supports.ttl).toBe(true);
});

test('a session that has ended and was not dropped yet begins anew when it is written', () => {
  const { store, told } = fixed();
  store.set('a', 1);
  vi.setSystemTime(999_950); // a clock that was set back
  store.set('b', 2);
  vi.setSystemTime(1_000_060); // only b has ended, which lies behind a
  store.set('b', 3);
  expect([store.get('b'), told]).toEqual([3, [['b', 2, 'ttl']]]);
});

test('a session that ended together with another is told of before onEvict writes it anew', () => {
  const told: unknown[] = [];
  const store: MemorySessionStore<string> = new MemorySessionStore<string>({
    ttlMs: 100,
    ttl: 'fixed',
    onEvict: (key, value) => {
      told.push([key, value]);
      if (key === 'a') store.set('b', 'new');
    },
  });
  store.set('a', 'one');
  store.set('b', 'old');
  vi.advanceTimersByTime(100);
  expect(store.size).toBe(1);
  expect([store.get('b'), told]).toEqual([
    'new',
    [
      ['a', 'one'],
      ['b', 'old'],
    ],
  ]);
});
