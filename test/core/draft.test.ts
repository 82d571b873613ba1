/** A draft looks and works like a copy, costs only what is touched, and never changes what is stored. */

import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { type Draft, draftOf, plainCopy } from '../../packages/core/src/data/draft';
import { settled } from '../../packages/core/src/data/settle';
import { copyOf, Unstorable } from '../../packages/core/src/data/snapshot';

interface Stored {
  counter: number;
  user: { name: string; tags: string[] };
  cart: { n: number }[];
  [more: string]: unknown;
}

const session = (): Stored => ({
  counter: 0,
  user: { name: 'Ada', tags: ['a', 'b'] },
  cart: [{ n: 3 }, { n: 1 }, { n: 2 }],
});

function drafted<T extends object>(stored: T): Draft<T> {
  const draft = draftOf(copyOf(stored), () => new Error('too late'));
  if (draft === undefined) throw new Error('There is no draft of this.');
  return draft;
}

/** What is stored after a handler, beside what was stored before. */
function handled(act: (session: Stored) => unknown): { before: Stored; after: Stored } {
  const before = copyOf(session());
  const draft = draftOf(before, () => new Error('too late')) as Draft<Stored>;
  act(draft.value);
  const after = settled(draft, draft.value, before);
  expect(before).toStrictEqual(session());
  return { before, after };
}

describe('a new version', () => {
  test('shares with the old one what was not written to', () => {
    const { before, after } = handled((data) => data.counter++);
    expect(after).toStrictEqual({ ...session(), counter: 1 });
    expect([after.user === before.user, after.cart === before.cart]).toEqual([true, true]);
  });

  test('holds copies of what the handler put in, so that it can go on changing them', () => {
    const tags = ['x'];
    const { after } = handled((data) => {
      data.user.tags = tags;
    });
    tags.push('y');
    expect(after.user.tags).toEqual(['x']);
  });

  test.each<[what: string, act: (data: Stored) => unknown]>([
    ['nothing was done', () => {}],
    ['all was read', (data) => JSON.stringify(data)],
    [
      'an equal value was assigned',
      (data) => Object.assign(data, { user: { name: 'Ada', tags: ['a', 'b'] } }),
    ],
    ['a part was assigned to itself', (data) => Object.assign(data, { user: data.user })],
    ['a part was spread', (data) => Object.assign(data, { user: { ...data.user } })],
    ['a change was taken back', (data) => [data.counter++, data.counter--]],
    ['what was pushed was popped', (data) => [data.cart.push({ n: 4 }), data.cart.pop()]],
    [
      'a list was filtered and kept all',
      (data) => Object.assign(data, { cart: data.cart.filter(() => true) }),
    ],
  ])('is none where %s', (_what, act) => {
    const { before, after } = handled(act);
    expect(after).toBe(before);
  });

  test('says where a value stands that cannot be stored', () => {
    const refusal = (act: (data: Stored) => unknown): string => {
      try {
        handled(act);
      } catch (error) {
        if (error instanceof Unstorable) return error.describe();
      }
      return 'kept';
    };
    expect(refusal((data) => Object.assign(data.cart[1] as object, { total: () => 1 }))).toBe(
      'data.cart[1].total is a function',
    );
    expect(refusal((data) => Object.assign(data, { job: { done: Promise.resolve() } }))).toBe(
      'data.job.done is a Promise: await it first',
    );
    expect(refusal((data) => Object.assign(data.user, { [Symbol('mark')]: 1 }))).toContain(
      'members under symbols',
    );
  });

  test('is refused where lists of lists grow too deep, one update at a time', () => {
    let stored: object = copyOf({ past: null });
    const grow = (): void => {
      const draft = drafted(stored) as Draft<{ past: unknown }>;
      draft.value.past = { past: draft.value.past };
      stored = settled(draft, draft.value, stored as { past: unknown });
    };
    expect(() => {
      for (let n = 0; n < 1_100; n++) grow();
    }).toThrow(/nested too deeply/);
  });
});

describe('in the hands of a handler', () => {
  const { value } = drafted(session());

  test('it is what a plain object is to JSON, spread, loops and the built-in functions', () => {
    expect(JSON.parse(JSON.stringify(value))).toEqual(session());
    expect({ ...value.user }).toEqual(session().user);
    expect([...value.cart].map(({ n }) => n)).toEqual([3, 1, 2]);
    expect(Object.keys(value)).toEqual(['counter', 'user', 'cart']);
    expect([Array.isArray(value.cart), Array.isArray(value.user)]).toEqual([true, false]);
    expect([Object.getPrototypeOf(value.cart), Object.getPrototypeOf(value.user)]).toEqual([
      Array.prototype,
      Object.prototype,
    ]);
    expect(['counter' in value, 'none' in value, Object.hasOwn(value, 'toString')]).toEqual([
      true,
      false,
      false,
    ]);
    expect(value).toEqual(session());
    expect(inspect(value, { depth: 5 })).toBe(inspect(session(), { depth: 5 }));
  });

  test('the length of a list may be defined as well as assigned', () => {
    const { after } = handled((data) => {
      Object.defineProperty(data.cart, 'length', { writable: true });
      Object.defineProperty(data.cart, 'length', { value: 1 });
    });
    expect(after.cart).toStrictEqual([{ n: 3 }]);
  });

  test('a part that is looked at twice is one object', () => {
    expect(value.cart[0]).toBe(value.cart[0]);
    expect(value.cart.includes(value.cart[1] as { n: number })).toBe(true);
    expect(value.cart.indexOf(value.cart[2] as { n: number })).toBe(2);
  });

  test('a plain copy of it is what structuredClone takes', () => {
    expect(() => structuredClone(value)).toThrow(/could not be cloned/);
    const copy = plainCopy(value);
    expect(structuredClone(copy)).toStrictEqual(session());
    expect(copy.user).not.toBe(value.user);
  });

  test('members may be defined as data, and as nothing else', () => {
    const mine = drafted(session()).value;
    Object.defineProperty(mine, 'counter', { value: 7 });
    expect(mine.counter).toBe(7);
    expect(() => Object.defineProperty(mine, 'total', { get: () => 1 })).toThrow(TypeError);
    expect(() => Object.defineProperty(mine, 'hidden', { value: 1 })).toThrow(TypeError);
    expect(() => Object.freeze(mine.user)).toThrow(TypeError);
    expect(() => Object.setPrototypeOf(mine.user, null)).toThrow(TypeError);
  });

  test('a member that is there is not replaced by an accessor', () => {
    const mine = drafted(session()).value;
    expect(() => Object.defineProperty(mine, 'counter', { get: () => 1 })).toThrow(TypeError);
    expect(mine.counter).toBe(0);
  });

  test('an object that inherits from it gets members of its own', () => {
    const { before, after } = handled((data) => Object.assign(Object.create(data), { counter: 7 }));
    expect(after).toBe(before);
  });

  test('its prototype is not assigned', () => {
    const { value: mine } = drafted(session());
    expect(Reflect.set(mine, '__proto__', { polluted: true })).toBe(false);
    expect(Object.getPrototypeOf(mine)).toBe(Object.prototype);
    expect('polluted' in mine).toBe(false);
  });

  test('a dictionary without a prototype takes a member of that name', () => {
    const stored = copyOf(Object.assign(Object.create(null), { a: 1 })) as Record<string, unknown>;
    const draft = draftOf(stored, () => new Error('too late')) as Draft<typeof stored>;
    expect(Reflect.set(draft.value, '__proto__', { z: 1 })).toBe(true);
    const after = settled(draft, draft.value, stored);
    expect(Object.entries(after)).toEqual([
      ['a', 1],
      ['__proto__', { z: 1 }],
    ]);
    expect(Object.getPrototypeOf(after)).toBe(null);
  });

  test('what was put into it, and what it inherits, is there itself', () => {
    const { value: mine } = drafted(session());
    const own = { n: 7 };
    mine['own'] = own;
    expect(mine['own']).toBe(own);
    expect(Reflect.get(mine, '__proto__')).toBe(Object.prototype);
  });

  test('what was stored frozen can be changed', () => {
    const stored = Object.freeze({ list: Object.freeze([1]) }) as { list: number[] };
    const draft = draftOf(stored, () => new Error('too late')) as Draft<typeof stored>;
    draft.value.list.push(2);
    expect(settled(draft, draft.value, stored)).toEqual({ list: [1, 2] });
  });
});

describe('after the end', () => {
  test('it can be read, and every write throws', () => {
    const draft = drafted(session());
    const { value } = draft;
    draft.close();
    expect([value.user.name, value.cart.length]).toEqual(['Ada', 3]);
    for (const write of [
      () => value.counter++,
      () => value.user.tags.push('late'),
      () => Reflect.deleteProperty(value, 'user'),
      () => Object.defineProperty(value.user, 'name', { value: 'Eve' }),
    ])
      expect(write).toThrow('too late');
    expect(value).toEqual(session());
  });
});

describe('there is no draft of', () => {
  test.each<[what: string, make: () => unknown]>([
    ['a primitive', () => 5],
    ['a Map', () => new Map()],
    ['one object in two places', () => ((one) => ({ one, two: one }))({})],
    ['a circle', () => ((self: Record<string, unknown>) => Object.assign(self, { self }))({})],
  ])('%s', (_what, make) => {
    expect(draftOf(copyOf(make()), () => new Error('too late'))).toBeUndefined();
  });
});
