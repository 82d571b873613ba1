/** Dates, maps, sets, regular expressions and bytes are data: they are copied, and a change in them is a change. */

import { describe, expect, test } from 'vitest';
import { copyOf } from '../../packages/core/src/data/snapshot';
import { copied, expectSame } from './copies';

describe('Date', () => {
  test('is copied with its time', () => {
    const source = new Date(1_700_000_000_123);
    const copy = copied(source);
    copy.setTime(0);
    expect(source.getTime()).toBe(1_700_000_000_123);
  });

  test('is copied where it is invalid', () => {
    const source = new Date(Number.NaN);
    const copy = copyOf(source);
    expect(copy).not.toBe(source);
    expect(copy.getTime()).toBeNaN();
    expectSame(copy, source, true);
  });

  test('of another time is not the same', () => {
    expectSame(new Date(1), new Date(2), false);
    expectSame(new Date(1), new Date(Number.NaN), false);
  });

  test('is not the same as its number or its text', () => {
    expectSame(new Date(1), 1, false);
    expectSame(new Date(1), new Date(1).toISOString(), false);
  });
});

describe('Map', () => {
  test('is copied with its entries in their order', () => {
    expect([
      ...copied(
        new Map([
          ['z', 1],
          ['a', 2],
          ['m', 3],
        ]),
      ).keys(),
    ]).toEqual(['z', 'a', 'm']);
  });

  test('is copied with objects as values', () => {
    const source = new Map([['a', { n: [1] }]]);
    const copy = copied(source);
    copy.get('a')?.n.push(2);
    expect(source.get('a')).toEqual({ n: [1] });
  });

  test('is copied with objects as keys, which are new objects too', () => {
    const key = { id: 1 };
    const copy = copied(new Map([[key, 'value']]));
    expect(copy.has(key)).toBe(false);
    expect([...copy.keys()]).toEqual([{ id: 1 }]);
  });

  test('finds a copied key that is also somewhere else in the data', () => {
    const key = { id: 1 };
    const copy = copyOf({ map: new Map([[key, 'value']]), chosen: key });
    expect(copy.map.get(copy.chosen)).toBe('value');
  });

  test('may have NaN, undefined, null and maps as keys', () => {
    const copy = copied(
      new Map<unknown, unknown>([
        [Number.NaN, 1],
        [undefined, 2],
        [null, 3],
        [new Map(), 4],
      ]),
    );
    expect([copy.get(Number.NaN), copy.get(undefined), copy.get(null)]).toEqual([1, 2, 3]);
  });

  test.each<[what: string, change: (map: Map<string, { n: number }>) => void]>([
    ['a value replaced', (map) => map.set('b', { n: 9 })],
    ['a value changed inside', (map) => Object.assign(map.get('b') as object, { n: 9 })],
    ['an entry added', (map) => map.set('c', { n: 3 })],
    ['an entry removed', (map) => map.delete('a')],
    ['all entries removed', (map) => map.clear()],
    ['an entry in another place', (map) => map.delete('a') && map.set('a', { n: 1 })],
  ])('has changed with %s', (_what, change) => {
    const source = new Map([
      ['a', { n: 1 }],
      ['b', { n: 2 }],
    ]);
    const copy = copyOf(source);
    change(copy);
    expectSame(source, copy, false);
  });

  test('has changed with a key object that changed inside', () => {
    const source = new Map([[{ id: 1 }, 1]]);
    const copy = copyOf(source);
    for (const key of copy.keys()) key.id = 2;
    expectSame(source, copy, false);
  });

  test('is not the same as an object or a set', () => {
    expectSame(new Map(), {}, false);
    expectSame(new Map(), new Set(), false);
  });
});

describe('Set', () => {
  test('is copied with its members in their order', () => {
    expect([...copied(new Set(['z', 'a', 'm']))]).toEqual(['z', 'a', 'm']);
  });

  test('is copied with objects as members, which are new objects too', () => {
    const member = { id: 1 };
    const copy = copied(new Set([member]));
    expect(copy.has(member)).toBe(false);
    expect([...copy]).toEqual([{ id: 1 }]);
  });

  test.each<[what: string, change: (set: Set<unknown>) => void]>([
    ['a member added', (set) => set.add('c')],
    ['a member removed', (set) => set.delete('a')],
    ['a member in another place', (set) => set.delete('a') && set.add('a')],
    ['a member replaced', (set) => set.delete('b') && set.add('c')],
  ])('has changed with %s', (_what, change) => {
    const source = new Set<unknown>(['a', 'b']);
    const copy = copyOf(source);
    change(copy);
    expectSame(source, copy, false);
  });

  test('has changed with a member that changed inside', () => {
    const source = new Set([{ n: 1 }]);
    const copy = copyOf(source);
    for (const member of copy) member.n = 2;
    expectSame(source, copy, false);
  });
});

describe('RegExp', () => {
  test('is copied with source, flags and the place where it goes on', () => {
    const source = /a(?<name>b)\/c/dgimsuy;
    source.lastIndex = 3;
    const copy = copied(source);
    expect([copy.source, copy.flags, copy.lastIndex]).toEqual([source.source, source.flags, 3]);
  });

  test('with another source, other flags or another place is not the same', () => {
    expectSame(/a/g, /b/g, false);
    expectSame(/a/g, /a/i, false);
    expectSame(/a/g, Object.assign(/a/g, { lastIndex: 1 }), false);
  });
});

describe('bytes', () => {
  const views = [
    Int8Array,
    Uint8Array,
    Uint8ClampedArray,
    Int16Array,
    Uint16Array,
    Int32Array,
    Uint32Array,
    Float32Array,
    Float64Array,
    BigInt64Array,
    BigUint64Array,
  ];

  test.each(views.map((View) => [View.name, View] as const))('%s is copied with its bytes', (_name, View) => {
    const source = new View(new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]).buffer);
    const copy = copied(source);
    expect(copy.buffer).not.toBe(source.buffer);
    new Uint8Array(copy.buffer).fill(0);
    expect([...new Uint8Array(source.buffer)]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expectSame(source, copy, false);
  });

  test('an ArrayBuffer is copied with its bytes', () => {
    const source = new Uint8Array([1, 2, 3]).buffer;
    const copy = copied(source);
    new Uint8Array(copy)[0] = 9;
    expect([...new Uint8Array(source)]).toEqual([1, 2, 3]);
    expectSame(source, copy, false);
  });

  test('a DataView is copied with what it shows', () => {
    const source = new DataView(new Uint8Array([1, 2, 3, 4]).buffer, 1, 2);
    const copy = copied(source);
    expect([copy.byteLength, copy.getUint8(0), copy.getUint8(1)]).toEqual([2, 2, 3]);
    copy.setUint8(0, 9);
    expect(source.getUint8(0)).toBe(2);
    expectSame(source, copy, false);
  });

  test('a Node.js Buffer stays a Buffer and leaves the pool it shares with strangers', () => {
    const source = Buffer.from('hello');
    expect(source.buffer.byteLength).toBeGreaterThan(5);
    const copy = copied(source);
    expect(Buffer.isBuffer(copy)).toBe(true);
    expect(copy.toString()).toBe('hello');
    expect(copy.buffer.byteLength).toBe(5);
  });

  test('a view on a part of a buffer takes only that part along', () => {
    const copy = copied(new Uint16Array(new Uint8Array([9, 9, 1, 0, 2, 0, 9, 9]).buffer, 2, 2));
    expect([[...copy], copy.byteOffset, copy.buffer.byteLength]).toEqual([[1, 2], 0, 4]);
  });

  test('empty bytes are copied', () => {
    expect(copied(new Uint8Array()).byteLength).toBe(0);
    expect(copied(new ArrayBuffer(0)).byteLength).toBe(0);
    expect(copied(new DataView(new ArrayBuffer(0))).byteLength).toBe(0);
  });

  test('of another length or another kind are not the same', () => {
    expectSame(new Uint8Array(2), new Uint8Array(3), false);
    expectSame(new Uint8Array(2), new Int8Array(2), false);
    expectSame(Buffer.from([1]), new Uint8Array([1]), false);
    expectSame(new ArrayBuffer(2), new ArrayBuffer(3), false);
  });
});
