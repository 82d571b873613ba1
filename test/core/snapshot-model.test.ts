/** Copy and compare hold for whatever a session may be made of, not only for what somebody thought of. */

import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { copyOf, same } from '../../packages/core/src/data/snapshot';

class Point {
  constructor(
    public x: unknown,
    public y: unknown,
  ) {}
}

const leaf = fc.oneof(
  fc.constantFrom(undefined, null, true, false, '', 0, -0, Number.NaN, 0n),
  fc.integer({ min: -3, max: 3 }),
  fc.double(),
  fc.bigInt(),
  fc.string({ unit: 'binary', maxLength: 4 }),
);
const name = fc.oneof(
  fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor', 'length', '0', ''),
  fc.string({ maxLength: 3 }),
);
const { value } = fc.letrec<{ value: unknown }>((tie) => {
  const inner = tie('value');
  return {
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      leaf,
      fc.dictionary(name, inner, { maxKeys: 4 }),
      fc.array(inner, { maxLength: 4 }),
      fc.sparseArray(inner, { maxLength: 5, maxNumElements: 3, noTrailingHole: false }),
      fc.array(fc.tuple(inner, inner), { maxLength: 3 }).map((entries) => new Map(entries)),
      fc.array(inner, { maxLength: 3 }).map((members) => new Set(members)),
      fc.tuple(inner, inner).map(([x, y]) => new Point(x, y)),
      fc.date({ noInvalidDate: false }),
      fc.constantFrom('g', 'iy').map((flags) => new RegExp('a|b', flags)),
      fc.uint8Array({ maxLength: 4 }),
      fc.float64Array({ maxLength: 2 }),
      fc.uint8Array({ maxLength: 4 }).map((bytes) => Buffer.from(bytes.slice().buffer)),
    ),
  };
});

/** Whole data: some of its parts stand in several places, and sometimes it holds itself. */
const data = fc
  .record({
    parts: fc.array(value, { minLength: 1, maxLength: 3 }),
    picks: fc.array(fc.nat(2), { minLength: 1, maxLength: 5 }),
    circle: fc.constantFrom('none', 'none', 'list', 'map'),
  })
  .map(({ parts, picks, circle }) => {
    const whole: unknown[] = picks.map((pick) => parts[pick % parts.length]);
    if (circle === 'list') whole.push({ whole });
    if (circle === 'map') whole.push(new Map<unknown, unknown>([[whole, whole]]));
    return whole;
  });

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** What an object holds; of a view, its buffer. */
function contents(object: object): unknown[] {
  if (ArrayBuffer.isView(object)) return [object.buffer];
  const members = Object.values(object);
  if (object instanceof Map) members.push(...[...object].flat());
  if (object instanceof Set) members.push(...object);
  return members;
}

/** All objects that can be reached. */
function reached(root: unknown, found: Set<object> = new Set()): Set<object> {
  if (!isObject(root) || found.has(root)) return found;
  found.add(root);
  for (const each of contents(root)) reached(each, found);
  return found;
}

type Mutation = { what: string; apply: () => void };

/** A value that nothing in the data equals. */
const fresh = (): object => ({ 'not in the data': Symbol.iterator.description });

/** Whether two values differ by what a person would see: independent of what is tested here. */
const differ = (a: unknown, b: unknown): boolean =>
  inspect(a, { depth: Number.POSITIVE_INFINITY }) !== inspect(b, { depth: Number.POSITIVE_INFINITY });

/** Every single change that can be made to one object. */
function mutationsOf(object: object): Mutation[] {
  if (object instanceof Map) return mapMutations(object);
  if (object instanceof Set) return setMutations(object);
  if (object instanceof Date)
    return [{ what: 'time', apply: () => object.setTime(object.getTime() === 7 ? 8 : 7) }];
  if (object instanceof RegExp) return [{ what: 'place', apply: () => object.lastIndex++ }];
  if (object instanceof ArrayBuffer) return byteMutations(new Uint8Array(object));
  if (ArrayBuffer.isView(object)) return [];
  return [...memberMutations(object), ...(Array.isArray(object) ? arrayMutations(object) : [])];
}

function memberMutations(object: object): Mutation[] {
  const names = Object.keys(object);
  const put = (name: string, value: unknown) =>
    Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
  const each = names.flatMap((name): Mutation[] => {
    const before = Reflect.get(object, name);
    const unshare = { what: `a copy of its own at ${name}`, apply: () => put(name, copyOf(before)) };
    return [
      { what: `another value at ${name}`, apply: () => put(name, fresh()) },
      { what: `nothing at ${name}`, apply: () => Reflect.deleteProperty(object, name) },
      ...(isObject(before) && timesHeld(object, before) > 1 ? [unshare] : []),
    ];
  });
  if (Array.isArray(object)) return each;
  const [first, ...others] = names.filter((name) => !/^\d+$/.test(name));
  const last = (): unknown => {
    const before = Reflect.get(object, first as string);
    return Reflect.deleteProperty(object, first as string) && put(first as string, before);
  };
  return [
    ...each,
    { what: 'a new member', apply: () => put('not there yet', undefined) },
    ...(others.length > 0 ? [{ what: 'the first member last', apply: last }] : []),
  ];
}

/** How many of its own members are this one object. */
const timesHeld = (holder: object, held: object): number =>
  Object.values(holder).filter((each) => each === held).length;

function arrayMutations(array: unknown[]): Mutation[] {
  const unequal = array.findIndex((each, index) => index > 0 && differ(each, array[index - 1]));
  const hole = [...array.keys()].find((index) => !(index in array));
  const swap = () => {
    [array[unequal], array[unequal - 1]] = [array[unequal - 1], array[unequal]];
  };
  const fill = () => {
    array[hole as number] = undefined;
  };
  return [
    { what: 'one more element', apply: () => array.push(undefined) },
    { what: 'one more hole', apply: () => void array.length++ },
    ...(array.length > 0 ? [{ what: 'one element less', apply: () => array.pop() }] : []),
    ...(unequal > 0 ? [{ what: 'two elements swapped', apply: swap }] : []),
    ...(hole === undefined ? [] : [{ what: 'a hole filled', apply: fill }]),
  ];
}

function mapMutations(map: Map<unknown, unknown>): Mutation[] {
  const first = map.entries().next().value;
  const add = { what: 'a new entry', apply: () => map.set('not there yet', undefined) };
  if (first === undefined) return [add];
  const [key, value] = first;
  const last = { what: 'the first entry last', apply: () => map.delete(key) && map.set(key, value) };
  return [
    add,
    { what: 'another value in an entry', apply: () => map.set(key, fresh()) },
    { what: 'an entry less', apply: () => map.delete(key) },
    ...(map.size > 1 && differ([...map][0], [...map][1]) ? [last] : []),
  ];
}

function setMutations(set: Set<unknown>): Mutation[] {
  const [first, second] = set;
  const last = { what: 'the first member last', apply: () => set.delete(first) && set.add(first) };
  return [
    { what: 'a new member', apply: () => set.add(fresh()) },
    ...(set.size > 0 ? [{ what: 'a member less', apply: () => set.delete(first) }] : []),
    ...(set.size > 1 && differ(first, second) ? [last] : []),
  ];
}

function byteMutations(bytes: Uint8Array): Mutation[] {
  return [...bytes.keys()].map((index) => ({
    what: `byte ${index}`,
    apply: () => bytes.set([(bytes[index] ?? 0) + 1], index),
  }));
}

describe('a copy', () => {
  const clonable = fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withSet: true,
    withTypedArray: true,
    withSparseArray: true,
    withUnicodeString: true,
  });

  test('equals the one that structuredClone makes, wherever that one is faithful', () => {
    fc.assert(
      fc.property(clonable, (source) => {
        expect(copyOf(source)).toStrictEqual(structuredClone(source));
      }),
      { numRuns: 2_000 },
    );
  });

  test('is the same as its source, and the source is the same as its copy', () => {
    fc.assert(
      fc.property(data, (source) => {
        const copy = copyOf(source);
        expect([same(source, copy), same(copy, source)]).toEqual([true, true]);
      }),
      { numRuns: 2_000 },
    );
  });

  test('shares no object with its source', () => {
    fc.assert(
      fc.property(data, (source) => {
        const mine = reached(source);
        const copied = reached(copyOf(source));
        expect(copied.size).toBe(mine.size);
        expect([...copied].filter((object) => mine.has(object))).toEqual([]);
      }),
      { numRuns: 1_000 },
    );
  });

  test('leaves its source as it was', () => {
    fc.assert(
      fc.property(data, (source) => {
        const before = copyOf(source);
        copyOf(source);
        expect(same(before, source)).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('a comparison', () => {
  test('notices every single change, from both sides', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(data, fc.nat(), (source, choice) => {
        const copy = copyOf(source);
        const mutations = [...reached(copy)].flatMap(mutationsOf);
        const mutation = mutations[choice % mutations.length];
        mutation?.apply();
        seen.add(mutation?.what.replace(/ at .*|\d+$/, '') ?? 'none');
        expect([mutation?.what, same(source, copy), same(copy, source)]).toEqual([
          mutation?.what,
          false,
          false,
        ]);
      }),
      { numRuns: 5_000 },
    );
    expect(seen.size).toBeGreaterThanOrEqual(16);
  });

  test('answers the same whichever of the two comes first', () => {
    const known = {};
    const few = fc.constantFrom<() => unknown>(
      () => 0,
      () => known,
      () => ({}),
      () => [],
      () => new Date(0),
    );
    const item = few.map((make) => make());
    const small = fc.array(fc.oneof(item, fc.array(item, { maxLength: 2 })), { maxLength: 3 });
    const answers = { true: 0, false: 0 };
    fc.assert(
      fc.property(small, small, (a, b) => {
        const answer = same(a, b);
        expect(same(b, a)).toBe(answer);
        answers[`${answer}`]++;
      }),
      { numRuns: 5_000 },
    );
    expect(Math.min(answers.true, answers.false)).toBeGreaterThan(100);
  });
});
