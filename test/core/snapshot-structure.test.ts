/** A copy has the shape of its source: what was one object is one object, a circle is a circle, deep is deep. */

import { createContext, runInContext } from 'node:vm';
import { describe, expect, test, vi } from 'vitest';
import { copyOf, same, Unstorable } from '../../packages/core/src/data/snapshot';
import { expectSame } from './copies';

interface Node {
  name: string;
  next?: Node;
}

describe('one object in two places', () => {
  test('is one object in two places of the copy', () => {
    const user = { name: 'Ada' };
    const source = { owner: user, payer: user, list: [user, { again: user }] as const };
    const copy = copyOf(source);
    expect(copy.owner).not.toBe(user);
    expect(copy.payer).toBe(copy.owner);
    expect(copy.list[0]).toBe(copy.owner);
    expect(copy.list[1].again).toBe(copy.owner);
    expectSame(source, copy, true);
  });

  test('that stands in two places among many is one object in the copy', () => {
    const many = Array.from({ length: 100 }, (_, n) => ({ n }));
    const copy = copyOf([...many, many[0], many[99]]);
    expect([copy[100] === copy[0], copy[101] === copy[99]]).toEqual([true, true]);
  });

  test('is one object in a Map, a Set, an array and an instance', () => {
    class Box {
      constructor(readonly content: object) {}
    }
    const date = new Date(1);
    const copy = copyOf({
      map: new Map([[date, date]]),
      set: new Set([date]),
      list: [date],
      box: new Box(date),
    });
    const [only] = copy.list;
    expect(copy.box.content).toBe(only);
    expect([...copy.map]).toEqual([[only, only]]);
    expect(copy.map.has(only as Date)).toBe(true);
    expect(copy.set.has(only as Date)).toBe(true);
  });

  test.each<[what: string, value: object]>([
    ['an object', { n: 1 }],
    ['an empty object', {}],
    ['an array', [1]],
    ['a date', new Date(1)],
    ['a map', new Map([[1, 2]])],
    ['bytes', new Uint8Array([1])],
  ])('is not the same as two equal ones: %s', (_what, value) => {
    const one = { a: value, b: value };
    const two = { a: value, b: copyOf(value) };
    expectSame(one, two, false);
    expectSame([value, value], [value, copyOf(value)], false);
    expectSame(
      new Map([
        [1, value],
        [2, value],
      ]),
      new Map([
        [1, value],
        [2, copyOf(value)],
      ]),
      false,
    );
  });

  test('is not the same as one object in two other places', () => {
    const [a, b] = [{ n: 1 }, { n: 1 }];
    expectSame([a, a, b, b], [a, b, a, b], false);
    expectSame([a, b, a, b], [b, a, b, a], true);
  });

  test('is separated when a handler replaces one of the two, and that counts as a change', () => {
    const address = { street: 'Ring 1' };
    const stored = { billing: address, shipping: address };
    const data = copyOf(stored);
    data.shipping = { ...data.billing };
    expectSame(stored, data, false);
  });
});

describe('circles', () => {
  test('through an object are copied', () => {
    const source: Node = { name: 'a' };
    source.next = source;
    const copy = copyOf(source);
    expect(copy).not.toBe(source);
    expect(copy.next).toBe(copy);
    expectSame(source, copy, true);
  });

  test('through several objects are copied', () => {
    const source: Node = { name: 'a', next: { name: 'b', next: { name: 'c' } } };
    if (source.next?.next) source.next.next.next = source;
    const copy = copyOf(source);
    expect(copy.next?.next?.next).toBe(copy);
    expectSame(source, copy, true);
  });

  test('through arrays, maps as keys and as values, sets and instances are copied', () => {
    class Owner {
      self: unknown = this;
    }
    const list: unknown[] = [];
    list.push(list);
    const map = new Map<unknown, unknown>();
    map.set(map, map);
    const set = new Set<unknown>();
    set.add(set);
    const source = { list, map, set, owner: new Owner() };
    const copy = copyOf(source);
    expect(copy.list[0]).toBe(copy.list);
    expect(copy.map.get(copy.map)).toBe(copy.map);
    expect(copy.set.has(copy.set)).toBe(true);
    expect(copy.owner.self).toBe(copy.owner);
    expectSame(source, copy, true);
  });

  test('of another length are not the same, though every step looks alike', () => {
    const one: Node = { name: 'a' };
    one.next = one;
    const two: Node = { name: 'a', next: { name: 'a' } };
    if (two.next) two.next.next = two;
    expectSame(one, two, false);
  });

  test('that were opened are not the same', () => {
    const source: Node = { name: 'a' };
    source.next = source;
    const copy = copyOf(source);
    copy.next = { name: 'a' };
    expectSame(source, copy, false);
  });
});

describe('depth', () => {
  class Box {
    constructor(readonly inner: unknown) {}
  }
  const nest: Record<string, (depth: number) => unknown> = {
    objects: (depth) => wrap(depth, (inner) => ({ inner })),
    arrays: (depth) => wrap(depth, (inner) => [inner]),
    maps: (depth) => wrap(depth, (inner) => new Map([['inner', inner]])),
    sets: (depth) => wrap(depth, (inner) => new Set([inner])),
    instances: (depth) => wrap(depth, (inner) => new Box(inner)),
  };

  function wrap(depth: number, around: (inner: unknown) => unknown): unknown {
    let value: unknown = 'core';
    for (let n = 0; n < depth; n++) value = around(value);
    return value;
  }

  const TOO_DEEP = /^data\S* is nested too deeply$/;
  const KEPT_OR_TOO_DEEP = /^kept$|^data\S* is nested too deeply$/;

  /** `kept`, or the words of the refusal. Throws what is neither. */
  function attempt(value: unknown): string {
    try {
      return same(value, copyOf(value)) ? 'kept' : 'changed';
    } catch (error) {
      if (error instanceof Unstorable) return error.describe();
      throw error;
    }
  }

  test.each(Object.keys(nest))('of 1 000 %s is kept', (kind) => {
    expect(attempt(nest[kind]?.(1_000))).toBe('kept');
  });

  test.each(Object.keys(nest))('of 5 000 %s is kept, or refused with the reason', (kind) => {
    expect(attempt(nest[kind]?.(5_000))).toMatch(KEPT_OR_TOO_DEEP);
  });

  test.each(Object.keys(nest))('of 100 000 %s is refused with the reason', (kind) => {
    const value = nest[kind]?.(100_000);
    expect(attempt(value)).toMatch(TOO_DEEP);
    expect(attempt({ fine: true })).toBe('kept');
  });

  test.each(Object.keys(nest))('of 100 000 %s is compared, or refused with the reason', (kind) => {
    const outcome = (): unknown => {
      try {
        return same(nest[kind]?.(100_000), nest[kind]?.(100_000));
      } catch (error) {
        return error instanceof Unstorable ? error.describe() : error;
      }
    };
    expect(String(outcome())).toMatch(/^true$|^data\S* is nested too deeply$/);
  });

  test.each(Object.keys(nest))('that can be copied can be compared: %s', (kind) => {
    for (let depth = 200; depth < 12_000; depth += 200)
      expect(attempt(nest[kind]?.(depth))).toMatch(KEPT_OR_TOO_DEEP);
  });

  test('that was accepted once is accepted again by a caller with less of the stack left', () => {
    const callDeeper = (calls: number, act: () => void): void =>
      calls === 0 ? act() : callDeeper(calls - 1, act);
    for (let depth = 200; depth < 12_000; depth += 200) {
      const value = nest['objects']?.(depth);
      if (attempt(value) === 'kept') callDeeper(200, () => expect(attempt(value)).toBe('kept'));
    }
  });
});

describe('objects of another realm', () => {
  const realm = createContext();
  const expressions = [
    '({ a: [1, { b: 2 }] })',
    '[1, , 2]',
    'new Date(5)',
    'new Map([[{ id: 1 }, new Set([1])]])',
    'new Set([{ id: 1 }])',
    '/a/gi',
    'new ArrayBuffer(3)',
    'new Uint8Array([1, 2])',
    'new Float64Array([0.5])',
    'new DataView(new ArrayBuffer(2))',
    'new (class Money { amount = 1 })()',
    'Object.create(null)',
  ];

  test.each(expressions)('are copied as what they are there: %s', (expression) => {
    const source: object = runInContext(expression, realm);
    const copy = copyOf({ source }).source;
    expect(copy).not.toBe(source);
    expect(Object.getPrototypeOf(copy)).toBe(Object.getPrototypeOf(source));
    expectSame(source, copy, true);
  });

  test('are refused like those of this one', () => {
    for (const expression of ['() => 1', 'Promise.resolve()', 'new WeakMap()', 'new Error()'])
      expect(() => copyOf({ value: runInContext(expression, realm) })).toThrow(Unstorable);
  });
});

describe('a list with a hole and a member beside its items', () => {
  const make = (): unknown[] => Object.assign([], { length: 1, name: 'Ada' });

  test('is copied with both', () => {
    const copy = copyOf(make());
    expect([copy.length, Object.keys(copy)]).toEqual([1, ['name']]);
  });

  test('is not the same as one with another member', () => {
    expectSame(make(), Object.assign(make(), { name: 'Eve' }), false);
  });
});

describe('what lies deeper than 1,024 objects', () => {
  function deep(): object {
    let inner: object = {};
    for (let depth = 0; depth < 1_100; depth++) inner = { inner };
    return inner;
  }

  test('is refused by a copy, although the stack would take it', () => {
    expect(() => copyOf(deep())).toThrow('is nested too deeply');
  });

  test('is refused by a comparison with its equal', () => {
    expect(() => same(deep(), deep())).toThrow('nested too deeply');
  });
});

test('a getter that calls itself for ever is refused like what is nested too deeply', () => {
  const source = {
    get own(): unknown {
      return this.own;
    },
  };
  expect(() => same(source, { own: 1 })).toThrow(Unstorable);
});

test('what lies in an array is another object in the copy', () => {
  const source = { cart: [{ n: 1 }] };
  const copy = copyOf(source);
  expect(copy).toEqual(source);
  expect(copy.cart[0]).not.toBe(source.cart[0]);
});

test('one object in two places is known as such by another copy of the package', async () => {
  const one = { n: 1 };
  const copy = copyOf({ a: one, b: one });
  vi.resetModules();
  const other = await import('../../packages/core/src/data/snapshot');
  expect(other.copyOf).not.toBe(copyOf);
  const again = other.copyOfCopy(copy);
  expect(again.a).toBe(again.b);
  expect(again.a).not.toBe(copy.a);
});

test('a Map is not the same where a value of its own key has become -0', () => {
  expect(same(new Map([[0, -0]]), new Map([[0, 0]]))).toBe(false);
  expect(same(new Map([[0, 0]]), new Map([[0, 0]]))).toBe(true);
});
