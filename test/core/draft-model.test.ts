/** Whatever a handler does to a draft, the outcome is what it would be had it been given a copy. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { draftOf } from '../../packages/core/src/data/draft';
import { settled } from '../../packages/core/src/data/settle';
import { copyOf, same } from '../../packages/core/src/data/snapshot';

class Point {
  constructor(
    public x: unknown,
    public y: unknown,
  ) {}
}

const NAMES = ['a', 'b', 'c', 'list', '__proto__', '0'] as const;
const leaf = fc.constantFrom<unknown>(undefined, null, 0, -0, 1, 2, Number.NaN, '', 'text', true, 5n);
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.dictionary(fc.constantFrom(...NAMES), tie('value'), { maxKeys: 4 }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.sparseArray(tie('value'), { maxLength: 4, noTrailingHole: false }),
    fc.array(fc.tuple(fc.constantFrom('a', 'b'), tie('value')), { maxLength: 2 }).map((all) => new Map(all)),
    fc.array(tie('value'), { maxLength: 2 }).map((members) => new Set(members)),
    fc.tuple(tie('value'), tie('value')).map(([x, y]) => new Point(x, y)),
    fc.integer({ min: 0, max: 3 }).map((time) => new Date(time)),
    fc.uint8Array({ maxLength: 2 }),
  ),
}));
const session = fc.oneof(
  fc.dictionary(fc.constantFrom(...NAMES), value, { minKeys: 1, maxKeys: 5 }),
  fc.array(value, { minLength: 1, maxLength: 5 }),
);

/** One step of a handler, chosen by numbers: where, what, with what. */
const step = fc.record({
  at: fc.array(fc.nat(3), { maxLength: 3 }),
  from: fc.array(fc.nat(3), { maxLength: 3 }),
  name: fc.constantFrom(...NAMES),
  index: fc.nat(3),
  what: fc.nat(24),
  value,
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

function insideOf(object: object): unknown[] {
  if (object instanceof Map) return [...object.values()];
  if (object instanceof Set) return [...object];
  if (ArrayBuffer.isView(object)) return [];
  return Object.keys(object).map((name) => Reflect.get(object, name));
}

/** Follows numbers into data, as a handler follows names. */
function reach(root: unknown, way: readonly number[]): unknown {
  let at = root;
  for (const turn of way) {
    if (!isObject(at)) break;
    const inside = insideOf(at);
    if (inside.length === 0) break;
    at = inside[turn % inside.length];
  }
  return at;
}

function put(target: object, name: PropertyKey, value: unknown): void {
  if (name === '__proto__')
    Object.defineProperty(target, name, { value, writable: true, enumerable: true, configurable: true });
  else Reflect.set(target, name, value);
}

/** Takes a step; answers the session, which may be another, and what the handler saw. */
function take(root: unknown, { at, from, name, index, what, value }: Step): readonly [unknown, unknown] {
  const target = reach(root, at);
  const fresh = copyOf(value);
  if (!isObject(target)) return [root, target];
  if (what === 0) return [copyOf(root), 'the root copied'];
  if (what === 1 && isObject(root)) return [Array.isArray(root) ? [...root] : { ...root }, 'the root spread'];
  if (what === 2 && index === 0) return [reach(root, from), 'a part becomes the root'];
  if (target instanceof Map)
    return [root, mapSteps(target, what, name, what % 3 === 0 ? reach(root, from) : fresh)];
  if (target instanceof Set) return [root, what % 2 === 0 ? target.add(fresh).size : [...target].length];
  if (target instanceof Date) return [root, what % 2 === 0 ? target.setTime(index) : target.getTime()];
  if (ArrayBuffer.isView(target)) return [root, (target as Uint8Array).fill(index).length];
  if (what < 6) return [root, put(target, name, fresh)];
  if (what < 9) return [root, put(target, name, reach(root, from))];
  if (what === 9) return [root, put(target, name, copyOf(reach(root, from)))];
  if (what === 10) return [root, Reflect.deleteProperty(target, Object.keys(target)[index] ?? name)];
  if (what === 11) return [root, Object.keys(target)];
  if (what === 12) return [root, name in target];
  if (what === 13) {
    const held = Reflect.get(target, name);
    return [root, isObject(held) && Object.hasOwn(target, name) ? put(target, name, { ...held }) : 'nothing'];
  }
  if (Array.isArray(target)) return [root, arraySteps(target, what, index, fresh, reach(root, from))];
  return [root, Object.is(Reflect.get(target, name), Reflect.get(target, name))];
}

function mapSteps(map: Map<unknown, unknown>, what: number, name: string, value: unknown): unknown {
  if (what < 12) return map.set(name, value).size;
  return what < 16 ? map.delete(name) : [...map.keys()];
}

function arraySteps(list: unknown[], what: number, index: number, value: unknown, part: unknown): unknown {
  if (what === 14) return list.push(value);
  if (what === 15) return list.push(part);
  if (what === 16) return list.splice(index, 1).length;
  if (what === 17) return list.splice(index, 1, value, part).length;
  if (what === 18) return void list.sort((a, b) => kindOf(a).localeCompare(kindOf(b)));
  if (what === 19) return void list.reverse();
  if (what === 20) return list.shift() === undefined;
  if (what === 21) return list.unshift(value);
  if (what === 22) return Reflect.set(list, 'length', index);
  if (what === 23) return list.map(kindOf);
  return Reflect.set(list, index + 1, list[index]);
}

const kindOf = (value: unknown): string =>
  isObject(value) ? `object ${Array.isArray(value)}` : String(value);

/** Steps that no array or object takes, of a length that is too large or of a root that has gone, fail for both alike. */
function attempt(root: unknown, each: Step): readonly [unknown, unknown] {
  try {
    return take(root, each);
  } catch (error) {
    return [root, (error as Error).name];
  }
}

describe('a draft', () => {
  test('comes to what a copy comes to, and says as rightly whether anything has changed', () => {
    const verdicts = { changed: 0, unchanged: 0 };
    fc.assert(
      fc.property(session, fc.array(step, { maxLength: 8 }), fc.nat(8), (source, steps, savedAfter) => {
        const stored = copyOf(source);
        const draft = draftOf<unknown>(stored, () => new Error('closed'));
        if (draft === undefined) throw new Error('no draft');
        let mine: unknown = draft.value;
        let theirs: unknown = copyOf(stored);
        let [baseline, theirBaseline]: unknown[] = [stored, copyOf(stored)];
        for (const [index, each] of steps.entries()) {
          const [myNext, iSaw] = attempt(mine, each);
          const [theirNext, theySaw] = attempt(theirs, each);
          expect(iSaw).toStrictEqual(theySaw);
          [mine, theirs] = [myNext, theirNext];
          if (index === savedAfter && isObject(mine)) {
            baseline = settled(draft, mine, baseline);
            theirBaseline = copyOf(theirs);
          }
        }
        const outcome = settled(draft, mine, baseline);
        expect(same(stored, source)).toBe(true);
        expect(same(outcome, copyOf(theirs))).toBe(true);
        expect(same(mine, copyOf(theirs))).toBe(true);
        const isUnchanged = same(theirs, theirBaseline);
        expect(outcome === baseline || !isObject(outcome)).toBe(isUnchanged || !isObject(outcome));
        verdicts[isUnchanged ? 'unchanged' : 'changed']++;
        expect(same(settled(draft, mine, outcome), outcome)).toBe(true);
        const again = draftOf(outcome, () => new Error('closed'));
        if (again !== undefined) expect(settled(again, again.value, outcome)).toBe(outcome);
      }),
      { numRuns: 3_000 },
    );
    expect(Math.min(verdicts.changed, verdicts.unchanged)).toBeGreaterThan(100);
  });
});
