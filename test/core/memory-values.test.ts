/** What goes into the memory store and what comes out of it are copies, under any key and of any value. */

import { MemorySessionStore } from '@sessiongram/core';
import { describe, expect, test } from 'vitest';
import { Unstorable } from '../../packages/core/src/data/snapshot';

interface Cart {
  owner: { name: string };
  items: { name: string; tags: Set<string> }[];
}

const cart = (): Cart => ({ owner: { name: 'Ada' }, items: [{ name: 'tea', tags: new Set(['hot']) }] });

describe('isolation', () => {
  test('what a caller changes after it was stored does not reach the store', () => {
    const store = new MemorySessionStore<Cart>();
    const mine = cart();
    store.set('a', mine);
    mine.owner.name = 'Eve';
    mine.items[0]?.tags.add('cold');
    mine.items.push({ name: 'milk', tags: new Set() });
    expect(store.get('a')).toStrictEqual(cart());
  });

  test('what a caller changes in what it was given does not reach the store', () => {
    const store = new MemorySessionStore<Cart>();
    store.set('a', cart());
    const mine = store.get('a') as Cart;
    mine.owner.name = 'Eve';
    mine.items[0]?.tags.add('cold');
    mine.items.length = 0;
    expect(store.get('a')).toStrictEqual(cart());
  });

  test('two readers are given two objects, all the way down', () => {
    const store = new MemorySessionStore<Cart>();
    store.set('a', cart());
    const one = store.get('a') as Cart;
    const other = store.get('a') as Cart;
    expect(one).not.toBe(other);
    expect(one.owner).not.toBe(other.owner);
    expect(one.items[0]?.tags).not.toBe(other.items[0]?.tags);
  });

  test('one object stored under two keys becomes two', () => {
    const store = new MemorySessionStore<Cart>();
    const mine = cart();
    store.set('a', mine);
    store.set('b', mine);
    const shared = store.getShared('a') as Cart;
    shared.owner.name = 'Eve';
    expect(store.get('b')).toStrictEqual(cart());
  });

  test('the engine may give an object away and look at it without a copy', () => {
    const store = new MemorySessionStore<Cart>();
    const given = cart();
    store.setOwned('a', given);
    expect(store.getShared('a')).toBe(given);
    expect(store.get('a')).not.toBe(given);
  });

  test('an object that was given away replaces the one before it', () => {
    const store = new MemorySessionStore<Cart>();
    store.setOwned('a', cart());
    const given = cart();
    store.setOwned('a', given);
    expect(store.getShared('a')).toBe(given);
    expect(store.size).toBe(1);
  });
});

describe('values', () => {
  const values = {
    '0': 0,
    '-0': -0,
    'an empty string': '',
    false: false,
    null: null,
    NaN: Number.NaN,
    'a bigint of 0': 0n,
    'a text': 'text',
    'an empty array': [],
    'an empty object': {},
    'a date': new Date(0),
    'a map': new Map([['a', new Set([1])]]),
  };

  test.each(Object.entries(values))('%s comes back as it went in', (_name, value) => {
    const store = new MemorySessionStore();
    store.set('a', value);
    expect(store.get('a')).toStrictEqual(value);
    expect(store.size).toBe(1);
  });

  test('undefined comes back as undefined, and replaces what was there', () => {
    const store = new MemorySessionStore<number | undefined>();
    store.set('a', 1);
    store.set('a', undefined);
    expect(store.get('a')).toBeUndefined();
  });

  test('members that are undefined are kept', () => {
    const store = new MemorySessionStore();
    store.set('a', { name: undefined });
    expect(Object.keys(store.get('a'))).toEqual(['name']);
  });

  test('a value that cannot be copied is refused, and what was there stays', () => {
    const store = new MemorySessionStore(1);
    store.set('a', { n: 1 });
    expect(() => store.set('a', { n: 2, run: () => {} })).toThrow(Unstorable);
    expect(() => store.set('b', { n: 2, run: () => {} })).toThrow(Unstorable);
    expect(store.get('a')).toEqual({ n: 1 });
    expect(store.size).toBe(1);
  });

  test('a refusal says where in the value the trouble is', () => {
    const store = new MemorySessionStore();
    expect(() => store.set('a', { cart: [{ total: () => 1 }] })).toThrow(
      /data\.cart\[0\]\.total is a function/,
    );
  });
});

describe('keys', () => {
  const odd = [
    '',
    ' ',
    '__proto__',
    'constructor',
    'hasOwnProperty',
    'toString',
    '👩‍👩‍👧',
    '0',
    '-100:42',
    '\0',
  ];

  test.each([...odd, 'k'.repeat(300)])('%j is a key like any other', (key) => {
    const store = new MemorySessionStore<number>(2);
    expect(store.get(key)).toBeUndefined();
    store.set(key, 1);
    expect(store.get(key)).toBe(1);
    store.delete(key);
    expect(store.get(key)).toBeUndefined();
    expect(store.size).toBe(0);
  });

  test('odd keys live side by side', () => {
    const store = new MemorySessionStore<string>();
    for (const key of odd) store.set(key, `value of ${key}`);
    expect(store.size).toBe(odd.length);
    for (const key of odd) expect(store.get(key)).toBe(`value of ${key}`);
  });

  test('two keys that look alike but are written differently are two keys', () => {
    const store = new MemorySessionStore<number>();
    store.set('\u00e9', 1);
    store.set('e\u0301', 2);
    expect([store.get('\u00e9'), store.get('e\u0301')]).toEqual([1, 2]);
  });

  test('odd keys are pushed out like any other', () => {
    const told: string[] = [];
    const store = new MemorySessionStore<number>({ max: 1, onEvict: (key) => told.push(key) });
    for (const key of odd) store.set(key, 1);
    expect(told).toEqual(odd.slice(0, -1));
  });
});
