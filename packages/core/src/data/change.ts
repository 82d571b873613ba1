/** What a handler has made of its copy of the stored data: the same, or a new version that shares what is the same. */

import { copyOf, hasKnots, isDense, isPlain, namesOf, same, shallowCopy } from './snapshot';

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
      return version(value, baseline, new Walk()) as T & object;
    } catch {
      // Rare and slow: the two calls below find out what it was, and tell it with its place.
    }
  }
  return same(value, baseline) ? baseline : copyOf(value);
}

/** Thrown for all that one walk cannot decide. */
const UNUSUAL = { what: 'needs a walk of its own' } as const;

/** Up to so many objects, to look through a list takes less time than to fill a `Set`. */
const FEW = 16;
/** A guess well below what copies allow: beyond it, they decide. */
const DEEP = 500;

/** The objects that were met so far. */
class Walk {
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

/** The baseline where the source equals it, else a copy that holds what is equal. */
function version(source: object, baseline: object | undefined, way: Walk): object {
  // A baseline without knots is a tree: an object that is met again is a change, and has to stay one object.
  if (!way.enters(source)) throw UNUSUAL;
  const prototype: object | null = Object.getPrototypeOf(source);
  const alike =
    baseline !== undefined && Object.getPrototypeOf(baseline) === prototype ? baseline : undefined;
  const made = isDense(source, prototype)
    ? versionOfDense(source, alike, way)
    : versionOfPlain(source, prototype, alike, way);
  way.leaves();
  return made;
}

function versionOfDense(source: readonly unknown[], alike: object | undefined, way: Walk): object {
  const old = alike !== undefined && isDense(alike, Array.prototype) ? alike : undefined;
  const target = source.slice();
  let isSame = old?.length === target.length;
  for (let index = 0; index < target.length; index++) {
    const value = target[index];
    const before = old?.[index];
    if (isObject(value)) target[index] = version(value, isObject(before) ? before : undefined, way);
    else checked(value);
    if (isSame && !Object.is(target[index], before)) isSame = false;
  }
  return isSame ? (old as unknown[]) : target;
}

function versionOfPlain(
  source: object,
  prototype: object | null,
  alike: object | undefined,
  way: Walk,
): object {
  if (!isPlain(prototype)) throw UNUSUAL;
  const names = namesOf(source);
  const oldNames = alike === undefined ? [] : Object.keys(alike);
  const old = alike as Readonly<Record<string, unknown>> | undefined;
  let isSame = old !== undefined && names.length === oldNames.length;
  let parts: (string | object)[] | undefined;
  for (let index = 0; index < names.length; index++) {
    const name = names[index] as string;
    const { value, get, set } = Object.getOwnPropertyDescriptor(source, name) as PropertyDescriptor;
    if (get !== undefined || set !== undefined) throw UNUSUAL;
    const isThere = name === oldNames[index] || (old !== undefined && Object.hasOwn(old, name));
    if (name !== oldNames[index]) isSame = false;
    const before = isThere ? old?.[name] : undefined;
    if (!isObject(value)) {
      if (!Object.is(checked(value), before)) isSame = false;
      continue;
    }
    const now = version(value, isObject(before) ? before : undefined, way);
    if (now !== before) isSame = false;
    parts ??= [];
    parts.push(name, now);
  }
  if (isSame) return old as object;
  const target = shallowCopy(source, prototype);
  for (let index = 0; parts !== undefined && index < parts.length; index += 2) {
    target[parts[index] as string] = parts[index + 1];
  }
  return target;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function checked(value: unknown): unknown {
  if (typeof value === 'function' || typeof value === 'symbol') throw UNUSUAL;
  return value;
}
