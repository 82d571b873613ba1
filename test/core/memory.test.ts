/** The memory store holds its cap exactly, and what leaves is what nobody used for the longest time. */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { MemorySessionStore } from '@sessiongram/core';
import { describe, expect, test } from 'vitest';

/** Which of these keys are still there, asked without disturbing the order of use of a store that nobody needs after. */
function left<S>(store: MemorySessionStore<S>, keys: readonly string[]): string[] {
  return keys.filter((key) => store.get(key) !== undefined);
}

function filled(max: number, keys: readonly string[]): MemorySessionStore<number> {
  const store = new MemorySessionStore<number>(max);
  keys.forEach((key, index) => {
    store.set(key, index);
  });
  return store;
}

describe('what leaves', () => {
  test('the entry that was written first leaves first when nothing was used since', () => {
    const store = filled(3, ['a', 'b', 'c', 'd']);
    expect(left(store, ['a', 'b', 'c', 'd'])).toEqual(['b', 'c', 'd']);
  });

  test('a read keeps an entry from being the next to leave', () => {
    const store = filled(3, ['a', 'b', 'c']);
    store.get('a');
    store.set('d', 3);
    expect(left(store, ['a', 'b', 'c', 'd'])).toEqual(['a', 'c', 'd']);
  });

  test('a write over an entry keeps it from being the next to leave', () => {
    const store = filled(3, ['a', 'b', 'c']);
    store.set('a', 10);
    store.set('d', 3);
    expect(left(store, ['a', 'b', 'c', 'd'])).toEqual(['a', 'c', 'd']);
  });

  test('a read of the entry in the middle leaves the order of the others as it was', () => {
    const store = filled(4, ['a', 'b', 'c', 'd']);
    store.get('b');
    store.set('e', 4);
    store.set('f', 5);
    expect(left(store, ['a', 'b', 'c', 'd', 'e', 'f'])).toEqual(['b', 'd', 'e', 'f']);
  });

  test('reads of the newest entry change nothing', () => {
    const store = filled(3, ['a', 'b', 'c']);
    store.get('c');
    store.get('c');
    store.set('d', 3);
    expect(left(store, ['a', 'b', 'c', 'd'])).toEqual(['b', 'c', 'd']);
  });

  test('a read of a key that is not there is no use of anything', () => {
    const store = filled(2, ['a', 'b']);
    expect(store.get('stranger')).toBeUndefined();
    store.set('c', 2);
    expect(left(store, ['a', 'b', 'c'])).toEqual(['b', 'c']);
  });

  test('a read without a copy counts as use like any other read', () => {
    const store = filled(2, ['a', 'b']);
    store.getShared('a');
    store.set('c', 2);
    expect(left(store, ['a', 'b', 'c'])).toEqual(['a', 'c']);
  });
});

describe('the cap', () => {
  test('100 000 distinct keys leave exactly the 5 000 that were used last', () => {
    const store = new MemorySessionStore<number>(5_000);
    let highest = 0;
    for (let n = 0; n < 100_000; n++) {
      store.set(`${n}:${n}`, n);
      highest = Math.max(highest, store.size);
    }
    expect(highest).toBe(5_000);
    expect(store.size).toBe(5_000);
    expect(store.get('94999:94999')).toBeUndefined();
    for (let n = 95_000; n < 100_000; n++) expect(store.get(`${n}:${n}`)).toBe(n);
  });

  test('a key that is read again and again outlives 100 000 strangers', () => {
    const store = new MemorySessionStore<number>(5_000);
    store.set('regular', -1);
    for (let n = 0; n < 100_000; n++) {
      store.set(`${n}`, n);
      if (n % 4_999 === 0) store.get('regular');
    }
    expect(store.get('regular')).toBe(-1);
    expect(store.size).toBe(5_000);
  });

  test('a million strangers leave no memory behind', () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage: () => void = runInNewContext('gc');
    const heapUsed = (): number => {
      collectGarbage();
      return process.memoryUsage().heapUsed;
    };
    const store = new MemorySessionStore<number>(100);
    const pass = (count: number): void => {
      for (let n = 0; n < count; n++) store.set(`${n}:${n}`, n);
    };
    pass(1_000);
    const before = heapUsed();
    pass(1_000_000);
    expect(heapUsed() - before).toBeLessThan(4_000_000);
    expect(store.size).toBe(100);
  });

  test('a cap of 1 keeps the last entry alone', () => {
    const store = filled(1, ['a', 'b', 'c']);
    expect(store.size).toBe(1);
    expect(left(store, ['a', 'b', 'c'])).toEqual(['c']);
  });

  test('a full store takes a new value for a known key without pushing anything out', () => {
    const store = filled(3, ['a', 'b', 'c']);
    for (let round = 0; round < 10; round++) store.set('b', round);
    expect(store.size).toBe(3);
    expect(left(store, ['a', 'b', 'c'])).toEqual(['a', 'b', 'c']);
  });

  test('without a number the cap is 10 000', () => {
    const store = new MemorySessionStore<number>();
    for (let n = 0; n <= 10_000; n++) store.set(`${n}`, n);
    expect(store.size).toBe(10_000);
    expect(store.get('0')).toBeUndefined();
    expect(store.get('1')).toBe(1);
  });

  test('a bare number and the option max mean the same', () => {
    for (const store of [
      new MemorySessionStore<number>(5_000),
      new MemorySessionStore<number>({ max: 5_000 }),
    ]) {
      for (let n = 0; n <= 5_000; n++) store.set(`${n}`, n);
      expect(store.size).toBe(5_000);
      expect(store.get('0')).toBeUndefined();
    }
  });

  test('an option that is undefined counts as not given', () => {
    const given = { max: undefined, ttlMs: undefined, onEvict: undefined };
    // @ts-expect-error: with exactOptionalPropertyTypes undefined is no number; callers without it pass it all the same
    const store = new MemorySessionStore<number>(given);
    for (let n = 0; n <= 10_000; n++) store.set(`${n}`, n);
    expect(store.size).toBe(10_000);
  });
});

describe('deleting', () => {
  test('a deleted entry is gone and makes a place for another', () => {
    const store = filled(2, ['a', 'b']);
    store.delete('b');
    expect(store.size).toBe(1);
    store.set('c', 2);
    expect(left(store, ['a', 'b', 'c'])).toEqual(['a', 'c']);
  });

  test('deleting a key that is not there changes nothing', () => {
    const store = filled(2, ['a', 'b']);
    store.delete('stranger');
    expect(left(store, ['a', 'b'])).toEqual(['a', 'b']);
  });

  test('deleting twice frees one place, not two', () => {
    const store = filled(3, ['a', 'b', 'c']);
    store.delete('b');
    store.delete('b');
    for (const key of ['d', 'e', 'f']) store.set(key, 9);
    expect(store.size).toBe(3);
    expect(left(store, ['a', 'b', 'c', 'd', 'e', 'f'])).toEqual(['d', 'e', 'f']);
  });

  test('the only entry, the oldest, the newest and one in the middle can be deleted', () => {
    for (const gone of ['a', 'b', 'c', 'd']) {
      const store = filled(4, ['a', 'b', 'c', 'd']);
      store.delete(gone);
      const others = ['a', 'b', 'c', 'd'].filter((key) => key !== gone);
      store.set('e', 4);
      expect(left(store, [...others, 'e'])).toEqual([...others, 'e']);
      expect(store.get(gone)).toBeUndefined();
    }
    const store = filled(1, ['a']);
    store.delete('a');
    store.set('b', 1);
    expect(left(store, ['a', 'b'])).toEqual(['b']);
  });

  test('places are used again however often entries come and go', () => {
    const store = new MemorySessionStore<number>(100);
    for (let n = 0; n < 100; n++) store.set(`keep ${n}`, n);
    for (let n = 0; n < 50; n++) store.delete(`keep ${n * 2}`);
    for (let round = 0; round < 1_000; round++) {
      for (let n = 0; n < 50; n++) store.set(`come and go ${n}`, round);
      for (let n = 0; n < 50; n++) store.delete(`come and go ${n}`);
    }
    expect(store.size).toBe(50);
    for (let n = 0; n < 50; n++) expect(store.get(`keep ${n * 2 + 1}`)).toBe(n * 2 + 1);
  });

  test('an entry that took the place of a deleted one answers with its own value only', () => {
    const store = filled(2, ['a', 'b']);
    store.delete('a');
    store.set('c', 7);
    expect(store.get('a')).toBeUndefined();
    expect(store.get('c')).toBe(7);
  });
});

describe('clear', () => {
  test('a cleared store is empty', () => {
    const store = filled(3, ['a', 'b', 'c']);
    store.clear();
    expect(store.size).toBe(0);
    expect(left(store, ['a', 'b', 'c'])).toEqual([]);
  });

  test('a cleared store holds its cap again, also where places were free before', () => {
    const store = filled(3, ['a', 'b', 'c']);
    store.delete('b');
    store.clear();
    for (const key of ['d', 'e', 'f', 'g']) store.set(key, 1);
    expect(store.size).toBe(3);
    expect(left(store, ['a', 'b', 'c', 'd', 'e', 'f', 'g'])).toEqual(['e', 'f', 'g']);
  });
});

describe('size', () => {
  test('an empty store has size 0', () => {
    expect(new MemorySessionStore().size).toBe(0);
  });

  test('size counts keys, not writes', () => {
    const store = filled(10, ['a', 'b', 'a', 'a']);
    expect(store.size).toBe(2);
  });

  test('asking for the size is no use of any entry', () => {
    const store = filled(2, ['a', 'b']);
    expect(store.size).toBe(2);
    store.set('c', 2);
    expect(left(store, ['a', 'b', 'c'])).toEqual(['b', 'c']);
  });
});

test('whoever listens no more is told of no eviction', () => {
  const store = new MemorySessionStore<number>(1);
  const told: string[] = [];
  const stop = store.onEvicted((key, reason) => void told.push(`${key} ${reason}`));
  store.set('a', 1);
  store.set('b', 2);
  stop();
  store.set('c', 3);
  expect(told).toEqual(['a max']);
});
