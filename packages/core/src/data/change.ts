/** What a handler has made of its copy of the stored data: the same, or a new version that shares what is the same. */

import { copyOf, hasKnots, isDense, isPlain, same, shallowCopy } from './snapshot';

/**
 * Answers the baseline itself where `same(value, baseline)` holds, and a copy of the value where it does not. The copy
 * holds those parts of the baseline that have not changed: whoever keeps it or the baseline changes neither.
 *
 * @param value - what a handler left of its copy
 * @param baseline - made by {@link copyOf}, or decoded from JSON
 * @throws Unstorable for what cannot be compared or copied
 */
export function changeOf<T>(value: T, baseline: T): T {
  if (isObject(value) && isObject(baseline) && !hasKnots(baseline)) {
    try {
      const way = new Walk();
      const made = version(value, baseline, way);
      if (made !== baseline) for (const object of way.unchanged) refuseAccessors(object);
      return made as T & object;
    } catch {
      // Rare and slow: the two calls below find out what it was, and tell it with its place.
    }
  }
  return same(value, baseline) ? baseline : copyOf(value);
}

/** Thrown for all that one walk cannot decide. */
const UNUSUAL = { what: 'needs a walk of its own' } as const;

/** Up to so many objects, to look through a list takes less time than to fill a `Set`. */
const FEW = 64;
/** A guess well below what copies allow: beyond it, they decide. */
const DEEP = 500;

/** The objects that were met so far. */
class Walk {
  /** The plain objects that read as they were. */
  readonly unchanged: object[] = [];
  readonly #few: object[] = [];
  #met: Set<object> | undefined;
  #depth = 0;

  /** Whether an object is a new one, and not in too deep. */
  enters(object: object): boolean {
    if (++this.#depth > DEEP) return false;
    if (this.#met === undefined) {
      if (this.#few.includes(object)) return false;
      this.#few.push(object);
      if (this.#few.length > FEW) this.#met = new Set(this.#few);
      return true;
    }
    const { size } = this.#met;
    return this.#met.add(object).size > size;
  }

  leaves(): void {
    this.#depth--;
  }
}

const NONE: readonly never[] = [];

type Members = Record<string, unknown>;

/** The baseline where the source equals it, else a copy that holds what is equal. */
function version(source: object, baseline: unknown, way: Walk): object {
  // A baseline without knots is a tree: an object that is met again is a change, and has to stay one object.
  if (!way.enters(source)) throw UNUSUAL;
  const prototype: object | null = Object.getPrototypeOf(source);
  const alike = isObject(baseline) && Object.getPrototypeOf(baseline) === prototype ? baseline : undefined;
  const made = isDense(source, prototype)
    ? versionOfDense(source, alike, way)
    : versionOfPlain(source, prototype, alike, way);
  way.leaves();
  return made;
}

function versionOfDense(source: readonly unknown[], alike: object | undefined, way: Walk): object {
  const old = alike as readonly unknown[] | undefined;
  const target = source.slice();
  let isSame = old?.length === target.length;
  for (let index = 0; index < target.length; index++) {
    const value = target[index];
    const before = old?.[index];
    const now = isObject(value) ? version(value, before, way) : checked(value);
    if (now !== value) target[index] = now;
    if (isSame && !Object.is(now, before)) isSame = false;
  }
  return isSame && isDense(old as object, Array.prototype) ? (old as object) : target;
}

/** Accessors are looked for where something has changed: whoever only reads need not wait for that. */
function versionOfPlain(
  source: object,
  prototype: object | null,
  alike: object | undefined,
  way: Walk,
): object {
  if (!isPlain(prototype)) throw UNUSUAL;
  if (Object.getOwnPropertySymbols(source).length > 0) throw UNUSUAL;
  const names = Object.getOwnPropertyNames(source);
  const oldNames = alike === undefined ? NONE : Object.keys(alike);
  let isSame = alike !== undefined && names.length === oldNames.length;
  let parts: object[] | undefined;
  let index = 0;
  for (const name in source) {
    // Another member does not show, or others have put one on `Object.prototype`.
    if (name !== names[index]) throw UNUSUAL;
    const value = (source as Members)[name];
    const isInPlace = name === oldNames[index++];
    if (!isInPlace) isSame = false;
    const isThere = isInPlace || (alike !== undefined && Object.hasOwn(alike, name));
    const before = isThere ? (alike as Members)[name] : undefined;
    if (!isObject(value)) {
      if (!Object.is(checked(value), before)) isSame = false;
      continue;
    }
    const now = version(value, before, way);
    if (now !== before) isSame = false;
    parts ??= [];
    parts.push(now);
  }
  if (index !== names.length) throw UNUSUAL;
  if (!isSame) return assembled(source, prototype, parts ?? NONE);
  way.unchanged.push(source);
  return alike as object;
}

/** A copy of a plain object, with these parts in the places of its objects. */
function assembled(source: object, prototype: object | null, parts: readonly object[]): object {
  const target = shallowCopy(source, prototype);
  let index = 0;
  for (const name in source) if (isObject(checked(memberOf(source, name)))) target[name] = parts[index++];
  // An accessor that put an object in its own place is none any more.
  if (index !== parts.length) throw UNUSUAL;
  return target;
}

function refuseAccessors(source: object): void {
  for (const name in source) memberOf(source, name);
}

function memberOf(source: object, name: string): unknown {
  const { value, get, set } = Object.getOwnPropertyDescriptor(source, name) as PropertyDescriptor;
  if (get !== undefined || set !== undefined) throw UNUSUAL;
  return value;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function checked(value: unknown): unknown {
  if (typeof value === 'function' || typeof value === 'symbol') throw UNUSUAL;
  return value;
}
