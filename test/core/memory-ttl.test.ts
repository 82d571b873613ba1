/** Entries of the memory store end with their time, and `onEvict` is told what left on its own. */

import { MemorySessionStore } from '@sessiongram/core';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { recording } from './evictions';

beforeEach(() => {
  vi.useFakeTimers();
  vi.setSystemTime(1_000_000);
});
afterEach(() => {
  vi.useRealTimers();
});

describe('ttlMs', () => {
  test('an entry is there until its time has passed, and gone from then on', () => {
    const store = new MemorySessionStore<string>({ ttlMs: 100 });
    store.set('a', 'here');
    vi.advanceTimersByTime(99);
    expect(store.getShared('a')).toBe('here');
    vi.advanceTimersByTime(100);
    expect(store.get('a')).toBeUndefined();
  });

  test('without ttlMs an entry never ends', () => {
    const store = new MemorySessionStore<string>();
    store.set('a', 'here');
    vi.advanceTimersByTime(1e12);
    expect(store.get('a')).toBe('here');
  });

  test('a read renews the time', () => {
    const store = new MemorySessionStore<string>({ ttlMs: 100 });
    store.set('a', 'here');
    for (let n = 0; n < 10; n++) {
      vi.advanceTimersByTime(60);
      expect(store.get('a')).toBe('here');
    }
    vi.advanceTimersByTime(100);
    expect(store.get('a')).toBeUndefined();
  });

  test('a write renews the time', () => {
    const store = new MemorySessionStore<number>({ ttlMs: 100 });
    for (let n = 0; n < 10; n++) {
      store.set('a', n);
      vi.advanceTimersByTime(60);
    }
    expect(store.get('a')).toBe(9);
  });

  test('a read renews the time of its own key only', () => {
    const store = new MemorySessionStore<string>({ ttlMs: 100 });
    store.set('a', 'here');
    store.set('b', 'here');
    vi.advanceTimersByTime(60);
    store.get('a');
    vi.advanceTimersByTime(60);
    expect([store.get('a'), store.get('b')]).toEqual(['here', undefined]);
  });

  test('asking for the size does not renew any time', () => {
    const store = new MemorySessionStore<string>({ ttlMs: 100 });
    store.set('a', 'here');
    vi.advanceTimersByTime(60);
    expect(store.size).toBe(1);
    vi.advanceTimersByTime(60);
    expect(store.get('a')).toBeUndefined();
  });

  test('an entry whose time has passed does not count for the size', () => {
    const store = new MemorySessionStore<string>({ ttlMs: 100 });
    store.set('a', 'here');
    vi.advanceTimersByTime(50);
    store.set('b', 'here');
    vi.advanceTimersByTime(50);
    expect(store.size).toBe(1);
  });

  test('a fraction of a millisecond is a time to live', () => {
    const store = new MemorySessionStore<string>({ ttlMs: 0.5 });
    store.set('a', 'here');
    expect(store.get('a')).toBe('here');
    vi.advanceTimersByTime(1);
    expect(store.get('a')).toBeUndefined();
  });

  test('the store starts no timer, so it keeps no process alive', () => {
    const store = new MemorySessionStore<string>({ ttlMs: 100 });
    store.set('a', 'here');
    store.get('a');
    expect(vi.getTimerCount()).toBe(0);
  });

  test('entries whose time has passed are dropped by the next write, without being asked for', () => {
    const { store, told } = recording({ ttlMs: 100 });
    for (const key of ['a', 'b', 'c']) store.set(key, key);
    vi.advanceTimersByTime(100);
    store.set('d', 'd');
    expect(told.map(([key]) => key)).toEqual(['a', 'b', 'c']);
  });

  test('an ended entry gives up its place before a living one has to', () => {
    const { store, told } = recording({ max: 2, ttlMs: 100 });
    store.set('ended', 1);
    vi.advanceTimersByTime(100);
    store.set('b', 2);
    store.set('c', 3);
    expect(told).toEqual([['ended', 1, 'ttl']]);
    expect([store.get('b'), store.get('c')]).toEqual([2, 3]);
  });

  test('an entry that is written after its time had passed starts a new life', () => {
    const { store, told } = recording({ ttlMs: 100 });
    store.set('a', 'old');
    vi.advanceTimersByTime(100);
    store.set('a', 'new');
    expect(told).toEqual([['a', 'old', 'ttl']]);
    vi.advanceTimersByTime(99);
    expect(store.get('a')).toBe('new');
  });

  test('a cleared store forgets the times of its former entries', () => {
    const { store, told } = recording({ ttlMs: 100 });
    store.set('a', 1);
    store.clear();
    vi.advanceTimersByTime(50);
    store.set('a', 2);
    vi.advanceTimersByTime(60);
    expect(store.get('a')).toBe(2);
    expect(told).toEqual([]);
  });
});

describe('onEvict', () => {
  test('is told key, value and reason of what the cap pushed out, in that order', () => {
    const { store, told } = recording({ max: 2 });
    for (const key of ['a', 'b', 'c', 'd']) store.set(key, { of: key });
    expect(told).toEqual([
      ['a', { of: 'a' }, 'max'],
      ['b', { of: 'b' }, 'max'],
    ]);
  });

  test('is told what outlived its time when somebody asks for it', () => {
    const { store, told } = recording({ ttlMs: 100 });
    store.set('a', 1);
    vi.advanceTimersByTime(100);
    store.get('a');
    expect(told).toEqual([['a', 1, 'ttl']]);
  });

  test('is told what outlived its time when somebody asks for the size', () => {
    const { store, told } = recording({ ttlMs: 100 });
    store.set('a', 1);
    store.set('b', 2);
    vi.advanceTimersByTime(100);
    expect(store.size).toBe(0);
    expect(told).toEqual([
      ['a', 1, 'ttl'],
      ['b', 2, 'ttl'],
    ]);
  });

  test('is told once for each life of an entry', () => {
    const { store, told } = recording({ ttlMs: 100 });
    store.set('a', 1);
    vi.advanceTimersByTime(100);
    store.get('a');
    store.get('a');
    expect(store.size).toBe(0);
    expect(told).toHaveLength(1);
  });

  test('is not told of what was deleted, cleared or overwritten', () => {
    const { store, told } = recording({ max: 3 });
    for (const key of ['a', 'b', 'c', 'a']) store.set(key, 1);
    store.delete('a');
    store.clear();
    expect(told).toEqual([]);
  });

  test('runs when the entry is gone and the new one is there', () => {
    const seen: unknown[] = [];
    const store: MemorySessionStore<number> = new MemorySessionStore({
      max: 1,
      onEvict: (key) => seen.push(store.get(key), store.get('b'), store.size),
    });
    store.set('a', 1);
    store.set('b', 2);
    expect(seen).toEqual([undefined, 2, 1]);
  });

  test('may write, delete and clear', () => {
    const acts: ((store: MemorySessionStore<number>) => void)[] = [
      (store) => store.set('b', 20),
      (store) => store.delete('b'),
      (store) => store.clear(),
    ];
    const sizes = acts.map((act) => {
      const store: MemorySessionStore<number> = new MemorySessionStore({ max: 1, onEvict: () => act(store) });
      store.set('a', 1);
      store.set('b', 2);
      const { size } = store;
      store.set('b', 3);
      expect(store.get('b')).toBe(3);
      return size;
    });
    expect(sizes).toEqual([1, 0, 0]);
  });

  test('may put what ended back, once', () => {
    const store: MemorySessionStore<string> = new MemorySessionStore({
      ttlMs: 100,
      onEvict: (key, value) => store.set(key, `${value} again`),
    });
    store.set('a', 'here');
    vi.advanceTimersByTime(100);
    expect(store.size).toBe(1);
    expect(store.get('a')).toBe('here again');
  });

  test('may ask for the size while 20 000 entries end at once', () => {
    let told = 0;
    const store: MemorySessionStore<number> = new MemorySessionStore({
      max: 20_000,
      ttlMs: 100,
      onEvict: () => {
        told++;
        expect(store.size).toBeLessThanOrEqual(20_000);
      },
    });
    for (let n = 0; n < 20_000; n++) store.set(`${n}`, n);
    vi.advanceTimersByTime(100);
    expect(store.size).toBe(0);
    expect(told).toBe(20_000);
  });

  test('may write into the store while 20 000 entries end at once', () => {
    let told = 0;
    const store: MemorySessionStore<number> = new MemorySessionStore({
      max: 20_001,
      ttlMs: 100,
      onEvict: () => store.set('ended so far', ++told),
    });
    for (let n = 0; n < 20_000; n++) store.set(`${n}`, n);
    vi.advanceTimersByTime(100);
    expect(store.get('ended so far')).toBeUndefined();
    store.set('one more', 1);
    expect(store.get('ended so far')).toBe(20_000);
  });
});
