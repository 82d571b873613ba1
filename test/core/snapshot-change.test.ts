/** One walk finds what two find: whether something has changed, and a copy of it. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { changeOf } from '../../packages/core/src/data/change';
import { copyOf, copyOfCopy, same, Unstorable } from '../../packages/core/src/data/snapshot';

/** What no member is: an accessor that reads as before is as before, and has tests of its own below. */
const OTHERWISE = 'reads otherwise';

const leaf = fc.constantFrom<unknown>(undefined, null, 0, -0, 1, Number.NaN, '', 'text', true, 5n);
const odd = fc.constantFrom<() => unknown>(
  () => () => 1,
  () => Symbol('odd'),
  () => ({
    get a(): string {
      return OTHERWISE;
    },
  }),
  () => ({
    get a(): object {
      return { a: OTHERWISE };
    },
  }),
  () => Object.defineProperty({ b: 1 }, 'a', { value: 1 }),
  () => ({ [Symbol.iterator]: 1 }),
  () => Promise.resolve(),
);
const name = fc.constantFrom('a', 'b', 'c', '__proto__', '0');
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    { weight: 4, arbitrary: fc.dictionary(name, tie('value'), { maxKeys: 4 }) },
    { weight: 2, arbitrary: fc.array(tie('value'), { maxLength: 4 }) },
    fc.sparseArray(tie('value'), { maxLength: 3, noTrailingHole: false }),
    fc.array(fc.tuple(name, tie('value')), { maxLength: 2 }).map((all) => new Map(all)),
    fc.array(tie('value'), { maxLength: 2 }).map((members) => new Set(members)),
    fc.integer({ min: 0, max: 3 }).map((time) => new Date(time)),
  ),
}));
const flat = fc.dictionary(name, leaf, { maxKeys: 3 });
const part = fc.oneof(
  { weight: 1, arbitrary: value },
  { weight: 3, arbitrary: fc.record({ a: flat, b: fc.array(flat, { maxLength: 3 }), c: leaf }) },
);
const edit = fc.record({
  at: fc.nat(20),
  from: fc.nat(20),
  name: fc.oneof(name, fc.nat(3).map(String)),
  what: fc.nat(8),
  value: fc.oneof({ weight: 8, arbitrary: value }, { weight: 1, arbitrary: odd.map((make) => make()) }),
});

type Data = Record<string, unknown>;

/** A list of holes. */
function sparse(length: number): unknown[] {
  return Object.assign([], { length });
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

function reached(root: unknown, found: Set<object> = new Set()): object[] {
  if (isObject(root) && !found.has(root)) {
    found.add(root);
    const inside: unknown[] = root instanceof Map ? [...root.values()] : root instanceof Set ? [...root] : [];
    for (const own of Object.values(Object.getOwnPropertyDescriptors(root))) inside.push(own.value);
    for (const each of inside) reached(each, found);
  }
  return [...found];
}

/** A change to one object: a new member, a part from elsewhere, an equal copy, a member less. */
function change(
  root: object,
  { at, from, name, what, value }: typeof edit extends fc.Arbitrary<infer T> ? T : never,
) {
  const objects = reached(root);
  const target = objects[at % objects.length] as object;
  const part = objects[from % objects.length];
  const names = Object.keys(target);
  const chosen = names[at % Math.max(1, names.length)] ?? name;
  const put = (key: string, member: unknown) =>
    Reflect.defineProperty(target, key, {
      value: member,
      writable: true,
      enumerable: true,
      configurable: true,
    });
  if (what === 0) put(name, part);
  else if (what === 1) Reflect.deleteProperty(target, chosen);
  else if (what === 2) put(chosen, value);
  else if (what === 3) put(name, value);
  else if (what === 4 && isObject(Object.getOwnPropertyDescriptor(target, chosen)?.value))
    put(chosen, structure(Object.getOwnPropertyDescriptor(target, chosen)?.value));
  else if (what === 5 && Array.isArray(target)) target.reverse();
  else if (what === 6 && target instanceof Map) target.set('a', value);
  else if (what === 7 && !Array.isArray(target))
    Object.defineProperty(target, chosen, { get: () => OTHERWISE, enumerable: true, configurable: true });
}

/** A copy, or the thing itself where there can be none. */
function structure(value: unknown): unknown {
  try {
    return copyOf(value);
  } catch {
    return value;
  }
}

/** An outcome, or the words of a refusal. */
function outcome(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    if (error instanceof Unstorable) return error.describe();
    throw error;
  }
}

describe('a new version', () => {
  test('is what a comparison and a copy come to, or is refused in the same words', () => {
    const counts = { unchanged: 0, changed: 0, refused: 0, shared: 0 };
    fc.assert(
      fc.property(
        fc.array(part, { minLength: 1, maxLength: 4 }),
        fc.nat(4).map((n) => n === 0),
        fc.array(edit, { maxLength: 2 }),
        (parts, isKnotted, edits) => {
          const baseline = copyOf(isKnotted ? [...parts, parts[0]] : parts);
          const before = copyOf(baseline);
          const given = copyOf(baseline);
          for (const each of edits) change(given, each);
          const expected = outcome(() => (same(given, baseline) ? 'unchanged' : copyOf(given)));
          const found = outcome(() => changeOf<unknown>(given, baseline));
          expect(same(baseline, before)).toBe(true);
          if (expected === 'unchanged') expect(found).toBe(baseline);
          else expect(found).not.toBe(baseline);
          if (typeof expected === 'string') {
            if (expected !== 'unchanged') expect(found).toBe(expected);
            counts[expected === 'unchanged' ? 'unchanged' : 'refused']++;
            return;
          }
          counts.changed++;
          expect(same(found, expected)).toBe(true);
          const mine = new Set(reached(given));
          expect(reached(found).filter((object) => mine.has(object))).toEqual([]);
          const stored = new Set(reached(baseline));
          if (reached(found).some((object) => stored.has(object))) counts.shared++;
          expect(same(copyOfCopy(found), found)).toBe(true);
        },
      ),
      { numRuns: 5_000 },
    );
    for (const [what, count] of Object.entries(counts)) expect([what, count > 100]).toEqual([what, true]);
  });

  test('holds the unchanged parts of the old one themselves', () => {
    const stored = copyOf({ n: 1, user: { name: 'Ada', tags: ['a'] }, cart: [{ n: 1 }, { n: 2 }] });
    const given = copyOf(stored);
    (given.cart[1] as { n: number }).n = 3;
    const next = changeOf(given, stored);
    expect(next).toEqual({ n: 1, user: { name: 'Ada', tags: ['a'] }, cart: [{ n: 1 }, { n: 3 }] });
    expect(next.user).toBe(stored.user);
    expect(next.cart[0]).toBe(stored.cart[0]);
    expect(next.cart[1]).not.toBe(given.cart[1]);
  });

  test('holds them where there are more of them than objects may lie in each other', () => {
    const stored = copyOf(Array.from({ length: 1_100 }, (_, n) => ({ n })));
    const given = copyOf(stored);
    given[0] = { n: 7 };
    expect(changeOf(given, stored).at(-1)).toBe(stored.at(-1));
  });

  test.each<[what: string, stored: Data, act: (data: Data) => unknown]>([
    ['a member was removed', { a: 1, b: 2 }, (data) => Reflect.deleteProperty(data, 'b')],
    [
      'members have changed places',
      { a: 1, b: 2 },
      (data) => Reflect.deleteProperty(data, 'a') && Object.assign(data, { a: 1 }),
    ],
    ['a list has become shorter', { list: [1, 2] }, (data) => (data['list'] as number[]).pop()],
    ['a date was turned', { at: new Date(1) }, (data) => (data['at'] as Date).setTime(2)],
    [
      'a Map has changed',
      { map: new Map([['a', 1]]) },
      (data) => (data['map'] as Map<string, number>).clear(),
    ],
    [
      'an object has another prototype',
      { user: { n: 1 } },
      (data) => Object.assign(data, { user: Object.assign(Object.create(null), { n: 1 }) }),
    ],
    [
      'one object is in two places',
      { a: { n: 1 }, b: { n: 1 } },
      (data) => Object.assign(data, { b: data['a'] }),
    ],
    [
      'one object after another is in two places',
      { other: { n: 1 }, a: { n: 1 }, b: { n: 1 } },
      (data) => Object.assign(data, { b: data['a'] }),
    ],
    [
      'one object after two others is in two places',
      { other: { n: 1 }, another: { n: 1 }, a: { n: 1 }, b: { n: 1 } },
      (data) => Object.assign(data, { b: data['a'] }),
    ],
    [
      'one object in two places has become two',
      ((one) => ({ a: one, b: one }))({ n: 1 }),
      (data) => Object.assign(data, { b: { n: 1 } }),
    ],
    [
      'a hole was filled',
      { list: sparse(2) },
      (data) => Object.assign(data, { list: [undefined, undefined] }),
    ],
  ])('is what was made of it where %s', (_what, source, act) => {
    const stored = copyOf(source);
    const given = copyOf(stored);
    act(given);
    const next = changeOf(given, stored);
    expect(next).not.toBe(stored);
    expect(same(next, given)).toBe(true);
    expect(same(stored, source)).toBe(true);
  });

  test.each<[words: string, act: (data: Data) => unknown]>([
    ['data.total is a function', (data) => Object.assign(data, { total: () => 1 })],
    ['data.list[0] is a function', (data) => Object.assign(data, { list: [() => 1] })],
    [
      'data.total is an accessor',
      (data) => Object.defineProperty(data, 'total', { get: () => 1, enumerable: true }),
    ],
    [
      'data is an object with members under symbols or hidden ones',
      (data) => Object.defineProperty(data, 'total', { value: 1 }),
    ],
    [
      'data is an object with members under symbols or hidden ones',
      (data) => Object.assign(data, { [Symbol('total')]: 1 }),
    ],
    [
      'data.a.a.a.a.a.a.a.a… is nested too deeply',
      (data) => {
        for (let depth = 0; depth < 1_100; depth++) data['a'] = { ...data };
      },
    ],
  ])('is refused where %s', (words, act) => {
    const stored = copyOf<Data>({ n: 1 });
    const given = copyOf(stored);
    act(given);
    expect(outcome(() => changeOf(given, stored))).toBe(words);
  });

  test('has no part of an object that others inherit from', () => {
    const given = JSON.parse('{"__proto__":{}}') as Data;
    const member = Object.getOwnPropertyDescriptor(given, '__proto__')?.value as object;
    Object.setPrototypeOf(member, null);
    const next = changeOf<Data>(given, {});
    expect(Object.getOwnPropertyDescriptor(next, '__proto__')?.value).not.toBe(Object.prototype);
    expect(same(next, given)).toBe(true);
  });
});

describe('a part that reads as it was', () => {
  test('is as it was, also where an accessor reads so by now', () => {
    const stored = copyOf({ n: 1, cart: [{ total: 5 }] });
    const given = copyOf(stored);
    Object.defineProperty(given.cart[0], 'total', { get: () => 5, enumerable: true });
    expect(changeOf(given, stored)).toBe(stored);
    given.n = 2;
    const next = changeOf(given, stored);
    expect(next.n).toBe(2);
    expect(next.cart).toBe(stored.cart);
  });

  test('is refused where an accessor in it reads otherwise', () => {
    const stored = copyOf({ n: 1, cart: [{ total: 5 }] });
    const given = copyOf(stored);
    Object.defineProperty(given.cart[0], 'total', { get: () => 6, enumerable: true });
    expect(outcome(() => changeOf(given, stored))).toBe('data.cart[0].total is an accessor');
  });

  test('is new where a list had a hole instead', () => {
    const stored = copyOf({ list: new Array<undefined>(1) });
    const next = changeOf({ list: [undefined] }, stored);
    expect(next).not.toBe(stored);
    expect(Object.hasOwn(next.list, 0)).toBe(true);
  });
});

describe('a copy of a copy', () => {
  test('is what a copy of anything is', () => {
    fc.assert(
      fc.property(fc.array(value), (source) => {
        const stored = copyOf(source);
        const copy = copyOfCopy(stored);
        expect(same(copy, stored)).toBe(true);
        const originals = new Set(reached(stored));
        expect(reached(copy).filter((object) => originals.has(object))).toEqual([]);
      }),
      { numRuns: 2_000 },
    );
  });

  test('keeps one object in two places, and circles', () => {
    const user = { name: 'Ada' };
    const source: Record<string, unknown> = { owner: user, payer: user };
    source['self'] = source;
    const copy = copyOfCopy(copyOf(source));
    expect(copy['owner']).toBe(copy['payer']);
    expect(copy['self']).toBe(copy);
  });

  test('has no members that others have put where all objects inherit them from', () => {
    const stored = copyOf({ user: { name: 'Ada' } });
    Object.assign(Object.prototype, { polluted: {} });
    try {
      expect(Object.keys(copyOfCopy(stored))).toEqual(['user']);
    } finally {
      Reflect.deleteProperty(Object.prototype, 'polluted');
    }
  });
});
