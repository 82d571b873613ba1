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
      return version(value, baseline, new Walk()) as T & object;
    } catch {
      // Rare and slow: the two calls below find out what it was, and tell it with its place.
    }
  }
  return same(value, baseline) ? baseline : copyOf(value);
}

/** Thrown for all that one walk cannot decide. */
const UNUSUAL = { what: 'needs a walk of its own' } as const;

/** A guess well below what copies allow: beyond it, they decide. */
const DEEP = 500;

/** The objects that were met so far. */
class Walk {
  /** Most sessions are two or three objects, for which a `Set` takes longer than all the rest. */
  #first: object | undefined = undefined;
  #second: object | undefined = undefined;
  #third: object | undefined = undefined;
  #more: Set<object> | undefined = undefined;
  #depth = 0;

  /** Whether an object is a new one, and not in too deep. */
  enters(object: object): boolean {
    if (++this.#depth > DEEP) return false;
    if (this.#first === undefined) this.#first = object;
    else if (this.#first === object) return false;
    else if (this.#second === undefined) this.#second = object;
    else if (this.#second === object) return false;
    else if (this.#third === undefined) this.#third = object;
    else return this.#third !== object && this.#isNew(object);
    return true;
  }

  leaves(): void {
    this.#depth--;
  }

  #isNew(object: object): boolean {
    this.#more ??= new Set();
    const { size } = this.#more;
    return this.#more.add(object).size > size;
  }
}

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
  const old = alike !== undefined && isDense(alike, Array.prototype) ? alike : undefined;
  let isSame = old?.length === source.length;
  let target: unknown[] | undefined;
  for (let index = 0; index < source.length; index++) {
    const value = source[index];
    const before = old?.[index];
    const now = isObject(value) ? version(value, before, way) : checked(value);
    if (!Object.is(now, before)) isSame = false;
    if (now !== value) {
      target ??= source.slice();
      target[index] = now;
    }
  }
  return isSame ? (old as unknown[]) : (target ?? source.slice());
}

function versionOfPlain(
  source: object,
  prototype: object | null,
  alike: object | undefined,
  way: Walk,
): object {
  if (!isPlain(prototype)) throw UNUSUAL;
  const names = Object.getOwnPropertyNames(source);
  if (Object.getOwnPropertySymbols(source).length > 0) throw UNUSUAL;
  const old = alike as Readonly<Record<string, unknown>> | undefined;
  const oldNames = old === undefined ? NO_NAMES : Object.keys(old);
  let isSame = old !== undefined && names.length === oldNames.length;
  let target: Record<string, unknown> | undefined;
  for (let index = 0; index < names.length; index++) {
    const name = names[index] as string;
    const own = Object.getOwnPropertyDescriptor(source, name) as PropertyDescriptor;
    const { value } = own;
    if (!own.enumerable || own.writable === undefined) throw UNUSUAL;
    const isInPlace = name === oldNames[index];
    if (!isInPlace) isSame = false;
    const before = isInPlace || (old !== undefined && Object.hasOwn(old, name)) ? old?.[name] : undefined;
    const now = isObject(value) ? version(value, before, way) : checked(value);
    if (!Object.is(now, before)) isSame = false;
    if (now !== value) {
      target ??= shallowCopy(source, prototype);
      target[name] = now;
    }
  }
  return isSame ? (old as object) : (target ?? shallowCopy(source, prototype));
}

const NO_NAMES: readonly string[] = [];

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function checked(value: unknown): unknown {
  if (typeof value === 'function' || typeof value === 'symbol') throw UNUSUAL;
  return value;
}
