/** A copy of plain data is the same data in other objects. */

import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from 'vitest';
import { copyOf, same } from '../../packages/core/src/data/snapshot';

/** Copies, and checks what is true of every copy. */
function copied<T extends object>(source: T): T {
  const copy = copyOf(source);
  expect(copy).not.toBe(source);
  expect(isDeepStrictEqual(copy, source)).toBe(true);
  expect(same(copy, source)).toBe(true);
  return copy;
}

describe('primitives', () => {
  test.each([
    undefined,
    null,
    true,
    false,
    0,
    -0,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    0.1 + 0.2,
    '',
    'text',
    '\ud800 half a pair',
    0n,
    -(2n ** 80n),
  ])('%o is its own copy', (value) => {
    expect(Object.is(copyOf(value), value)).toBe(true);
    expect(same(value, value)).toBe(true);
  });

  test('zero and minus zero are two values, NaN is one', () => {
    expect(same(0, -0)).toBe(false);
    expect(same({ n: 0 }, { n: -0 })).toBe(false);
    expect(same(Number.NaN, Number.NaN)).toBe(true);
  });

  test('values that == takes for equal are not the same', () => {
    for (const [a, b] of [
      [0, ''],
      [0, false],
      [null, undefined],
      [1, '1'],
      [1n, 1],
      ['', []],
      [{}, []],
    ] as const)
      expect([same(a, b), same(b, a)]).toEqual([false, false]);
  });
});

describe('plain objects', () => {
  test('are copied all the way down', () => {
    const source = { a: { b: { c: [1, { d: 2 }] } } };
    const copy = copied(source);
    expect(copy.a).not.toBe(source.a);
    expect(copy.a.b).not.toBe(source.a.b);
    expect(copy.a.b.c).not.toBe(source.a.b.c);
    expect(copy.a.b.c[1]).not.toBe(source.a.b.c[1]);
  });

  test('keep members that are undefined', () => {
    expect(Object.keys(copied({ a: undefined, b: 1 }))).toEqual(['a', 'b']);
  });

  test('keep members that are NaN, minus zero, a bigint or null', () => {
    expect(copied({ a: Number.NaN, b: -0, c: 5n, d: null })).toStrictEqual({
      a: Number.NaN,
      b: -0,
      c: 5n,
      d: null,
    });
  });

  test('keep the order of their members', () => {
    expect(Object.keys(copied({ z: 1, a: 2, m: { y: 1, b: 2 } }))).toEqual(['z', 'a', 'm']);
  });

  test('keep the absence of a prototype', () => {
    const source: Record<string, unknown> = Object.create(null);
    source['constructor'] = 1;
    expect(Object.getPrototypeOf(copied(source))).toBeNull();
  });

  test('with and without a prototype are not the same', () => {
    expect(same({}, Object.create(null))).toBe(false);
    expect(same(Object.create(null), {})).toBe(false);
  });

  test('may have members named like the members of every object', () => {
    const source = { constructor: 1, toString: 2, hasOwnProperty: { valueOf: 3 }, isPrototypeOf: [4] };
    expect(Object.keys(copied(source))).toEqual(Object.keys(source));
  });

  test('can be changed in the copy even where the source is frozen', () => {
    const copy: { a: number; list: readonly number[] } = copied(
      Object.freeze({ a: 1, list: Object.freeze([1]) }),
    );
    copy.a = 2;
    (copy.list as number[]).push(2);
    expect(copy).toEqual({ a: 2, list: [1, 2] });
  });
});

describe('a member named __proto__', () => {
  const source = (): Record<string, unknown> => JSON.parse('{"a":1,"__proto__":{"x":1},"b":2}');

  test('stays a member, in its place, and becomes nobody’s prototype', () => {
    const copy = copied(source());
    expect(Object.keys(copy)).toEqual(['a', '__proto__', 'b']);
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
    expect('x' in copy).toBe(false);
    expect('x' in {}).toBe(false);
  });

  test('is copied itself', () => {
    const original = source();
    const inner = Object.getOwnPropertyDescriptor(copied(original), '__proto__')?.value;
    expect(inner).toEqual({ x: 1 });
    expect(inner).not.toBe(Object.getOwnPropertyDescriptor(original, '__proto__')?.value);
  });

  test('counts in a comparison', () => {
    const other: unknown = JSON.parse('{"a":1,"__proto__":{"x":2},"b":2}');
    expect(same(source(), other)).toBe(false);
    expect(same(source(), { a: 1, b: 2 })).toBe(false);
    expect(same({ a: 1, b: 2 }, source())).toBe(false);
  });

  test('stays a member where there is no prototype at all', () => {
    const bare: object = Object.setPrototypeOf(source(), null);
    const copy = copied(bare);
    expect(Object.keys(copy)).toEqual(['a', '__proto__', 'b']);
    expect(Object.getPrototypeOf(copy)).toBeNull();
  });

  test('stays a member of a class instance', () => {
    class Account {
      name = 'Ada';
    }
    const account = new Account();
    Object.defineProperty(account, '__proto__', {
      value: { x: 1 },
      writable: true,
      enumerable: true,
      configurable: true,
    });
    const copy = copied(account);
    expect(Object.keys(copy)).toEqual(['name', '__proto__']);
    expect(Object.getPrototypeOf(copy)).toBe(Account.prototype);
  });
});

describe('arrays', () => {
  test('are copied with what is nested in them', () => {
    const source = [[1, [2, [3]]], { a: [4] }];
    const copy = copied(source);
    expect(copy[0]).not.toBe(source[0]);
    expect(copy[1]).not.toBe(source[1]);
  });

  test('keep their holes as holes', () => {
    const source = [1, 2, 3, 4];
    delete source[1];
    source.length = 6;
    const copy = copied(source);
    expect(copy).toHaveLength(6);
    expect([0, 1, 2, 3, 4, 5].map((index) => index in copy)).toEqual([true, false, true, true, false, false]);
  });

  test('with a hole and with undefined in its place are not the same', () => {
    const hole = [1, 2];
    delete hole[1];
    expect(same(hole, [1, undefined])).toBe(false);
    expect(same([1, undefined], hole)).toBe(false);
  });

  test('of one length with fewer or more holes are not the same', () => {
    const empty = new Array(2);
    expect(same(empty, [undefined, undefined])).toBe(false);
    expect(same(empty, new Array(2))).toBe(true);
    expect(same(empty, new Array(3))).toBe(false);
  });

  test('are not the same as objects with the same members', () => {
    expect(same([], {})).toBe(false);
    expect(same({ length: 0 }, [])).toBe(false);
  });

  test('that are long are copied to the last element', () => {
    const copy = copied(Array.from({ length: 100_000 }, (_, n) => ({ n })));
    expect(copy.at(-1)).toEqual({ n: 99_999 });
  });
});

describe('a change in the copy', () => {
  const session = () => ({ counter: 0, cart: [{ name: 'tea', prices: [1, 2] }], user: { name: 'Ada' } });

  test.each<[what: string, change: (data: ReturnType<typeof session>) => void]>([
    ['a number counted up', (data) => data.counter++],
    ['a member deep inside', (data) => Object.assign(data.cart[0] as object, { name: 'milk' })],
    ['an element deep inside', (data) => data.cart[0]?.prices.splice(0, 1, 9)],
    ['an element added', (data) => data.cart.push({ name: 'milk', prices: [] })],
    ['an element removed', (data) => data.cart.pop()],
    ['two elements swapped', (data) => data.cart[0]?.prices.reverse()],
    ['a member added', (data) => Object.assign(data.user, { age: 36 })],
    ['a member added that is undefined', (data) => Object.assign(data.user, { age: undefined })],
    ['a member removed', (data) => Reflect.deleteProperty(data.user, 'name')],
    [
      'a member in another place',
      (data) => Reflect.deleteProperty(data, 'counter') && Object.assign(data, { counter: 0 }),
    ],
  ])('is noticed: %s', (_what, change) => {
    const source = session();
    const copy = copyOf(source);
    change(copy);
    expect(same(source, copy)).toBe(false);
    expect(same(copy, source)).toBe(false);
    expect(source).toStrictEqual(session());
  });
});
