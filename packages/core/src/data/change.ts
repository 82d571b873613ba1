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
  const made = Array.isArray(source)
    ? versionOfArray(source, baseline, way)
    : versionOfPlain(source, baseline, way);
  way.leaves();
  return made;
}

function versionOfArray(source: readonly unknown[], baseline: unknown, way: Walk): object {
  if (!isList(source)) throw UNUSUAL;
  const old = isList(baseline) ? baseline : undefined;
  let target = old?.length === source.length ? undefined : source.slice();
  for (let index = 0; index < source.length; index++) {
    const value = source[index];
    const before = old?.[index];
    const now = isObject(value) ? version(value, before, way) : value;
    if (!isData(now)) throw UNUSUAL;
    if (target === undefined && !Object.is(now, before))
      target = [...(old as unknown[]).slice(0, index), ...source.slice(index)];
    if (target !== undefined) target[index] = now;
  }
  return target ?? (old as unknown[]);
}

function versionOfPlain(source: object, baseline: unknown, way: Walk): object {
  const prototype: object | null = Object.getPrototypeOf(source);
  if (!isPlain(prototype) || Object.getOwnPropertySymbols(source).length > 0) throw UNUSUAL;
  const isAlike = isObject(baseline) && Object.getPrototypeOf(baseline) === prototype;
  const old = isAlike ? (baseline as Members) : NO_MEMBERS;
  const oldNames = Object.keys(old);
  let target: Record<string, unknown> | undefined;
  let count = 0;
  for (const name in source) {
    const value = (source as Members)[name];
    const isInPlace = name === oldNames[count];
    const before = isInPlace || Object.hasOwn(old, name) ? old[name] : undefined;
    const now = isObject(value) ? version(value, before, way) : value;
    const isSame = isInPlace && Object.is(now, before);
    // What reads as before is as before, also where it is an accessor by now.
    if (!isSame && !isMember(source, name)) throw UNUSUAL;
    if (!isSame) target ??= begun(source, prototype, old, oldNames, count);
    if (target !== undefined && now !== value) target[name] = now;
    count++;
  }
  // Something does not show, or shows and is not its own.
  if (Object.getOwnPropertyNames(source).length !== count) throw UNUSUAL;
  if (target !== undefined) return target;
  return isAlike && count === oldNames.length ? old : begun(source, prototype, old, oldNames, count);
}

/** A copy of a source, of which the first members are those of the baseline. */
function begun(
  source: object,
  prototype: object | null,
  old: Members,
  oldNames: readonly string[],
  count: number,
): Record<string, unknown> {
  const target = shallowCopy(source, prototype);
  for (let index = 0; index < count; index++) {
    const name = oldNames[index] as string;
    const before = old[name];
    if (isObject(before)) target[name] = before;
  }
  return target;
}

/** Whether a member is there as data. */
function isMember(source: object, name: string): boolean {
  const own = Object.getOwnPropertyDescriptor(source, name);
  return own?.writable !== undefined && isData(own.value);
}

function isData(value: unknown): boolean {
  return typeof value !== 'function' && typeof value !== 'symbol';
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && isDense(value, Object.getPrototypeOf(value));
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

type Members = Readonly<Record<string, unknown>>;
const NO_MEMBERS: Members = {};
