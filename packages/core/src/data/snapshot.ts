/**
 * Copy and compare: what isolates a handler from the store, and what decides that something has changed.
 *
 * Data are primitives, plain objects, arrays, `Date`, `Map`, `Set`, `RegExp`, binary data and instances of classes,
 * with `undefined` members, holes, cycles and shared references. What cannot be copied faithfully is refused by an
 * {@link Unstorable} that names its place: functions, symbols, accessors, promises, hidden members, classes with
 * `#private` members, built-in objects with a hidden state of their own, and two objects that have bytes in common. Of an
 * array, as for `structuredClone`, the data are its elements and its enumerable members: to look for more would cost each
 * list as much as all the rest.
 */

import { kindOf } from './kinds';
import { Trail } from './trail';
import { Unstorable } from './unstorable';

export { Unstorable } from './unstorable';

/**
 * Makes a deep copy that shares nothing changeable with its source and keeps its structure: what was one object in two
 * places is one object in two places.
 *
 * @throws Unstorable for what cannot be copied faithfully
 */
export function copyOf<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return copyPrimitive(value);
  const way = new Trail();
  return guarded(() => rooted(copyObject(value, way) as T & object, way));
}

/**
 * Like {@link copyOf}, for a value that is a copy already or was decoded from JSON, and that nobody has changed since:
 * what was looked for then cannot be there now.
 */
export function copyOfCopy<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (hasKnots(value)) return copyOf(value);
  try {
    return copyTree(value) as T;
  } catch (error) {
    throw notStorable(error);
  }
}

/**
 * Whether a handler's value is still the one it was given, a copy as {@link copyOf} makes them: whether no program could
 * tell the two apart by their data. The order of members counts, because a program can see it:
 * to write once too often costs a command, to miss a change loses it.
 *
 * @throws Unstorable for what cannot be compared
 */
export function same(a: unknown, b: unknown): boolean {
  return guarded(() => sameValue(a, b, undefined));
}

const SHARED = Symbol.for('sessiongram.knots');

/**
 * Copies in which an object stands in two places or inside of itself. Most data are trees, in most programs all. Known to
 * the whole process, because two copies of this package may share a store.
 */
const shared = globalThis as { [SHARED]?: WeakSet<object> };

/** Whether one object stands in two places of a copy, as far as it was made by {@link copyOf}. */
export function hasKnots(copy: object): boolean {
  return shared[SHARED]?.has(copy) === true;
}

/** Takes note of the knots in a copy that is complete. */
export function rooted<T extends object>(copy: T, { hasKnots }: Trail): T {
  if (!hasKnots) return copy;
  shared[SHARED] ??= new WeakSet();
  shared[SHARED].add(copy);
  return copy;
}

export function copyPrimitive<T>(value: T, name?: PropertyKey): T {
  if (typeof value !== 'function' && typeof value !== 'symbol') return value;
  throw new Unstorable(`a ${typeof value}`, name);
}

/** Copies an object that was not met before on this way. */
export function copyObject(source: object, way: Trail): object {
  const prototype: object | null = Object.getPrototypeOf(source);
  if (isDense(source, prototype)) return copyDense(source, way);
  return isPlain(prototype) ? copyPlain(source, prototype, way) : copyInstance(source, prototype, way);
}

function copyPlain(source: object, prototype: object | null, way: Trail): object {
  const target: Record<string, unknown> = prototype === Object.prototype ? {} : Object.create(prototype);
  way.note(source, target);
  for (const name of namesOf(source)) {
    const own = Object.getOwnPropertyDescriptor(source, name) as PropertyDescriptor;
    if (own.get !== undefined || own.set !== undefined) throw new Unstorable('an accessor', name);
    const { value } = own;
    const copy =
      typeof value === 'object' && value !== null ? copyInside(name, value, way) : copyPrimitive(value, name);
    // Assigned, a member of this name would become the prototype.
    if (name === '__proto__') Object.defineProperty(target, name, { ...OPEN, value: copy });
    else target[name] = copy;
  }
  return target;
}

const OPEN = { writable: true, enumerable: true, configurable: true } as const;

/** Spread also takes along a member named `__proto__`, as a member. */
export function shallowCopy(source: object, prototype: object | null): Record<string, unknown> {
  const target = { ...source };
  return prototype === Object.prototype ? target : Object.setPrototypeOf(target, prototype);
}

function copyDense(source: readonly unknown[], way: Trail): unknown[] {
  const target = source.slice();
  way.note(source, target);
  for (let index = 0; index < target.length; index++) {
    const value = target[index];
    if (typeof value === 'object' && value !== null) target[index] = copyInside(index, value, way);
    else copyPrimitive(value, index);
  }
  return target;
}

/** Copies what has no knots and nothing hidden. */
function copyTree(source: object): object {
  const prototype: object | null = Object.getPrototypeOf(source);
  if (isDense(source, prototype)) {
    const target = source.slice();
    for (let index = 0; index < target.length; index++) {
      const value = target[index];
      if (typeof value === 'object' && value !== null) target[index] = copyTree(value);
    }
    return target;
  }
  if (!isPlain(prototype)) return copyObject(source, new Trail());
  const target = shallowCopy(source, prototype);
  // Takes half the time of a list of names, and comes to what others have put on `Object.prototype` as well.
  for (const name in target) {
    const value = target[name];
    if (typeof value === 'object' && value !== null && Object.hasOwn(target, name))
      target[name] = copyTree(value);
  }
  return target;
}

function copyInstance(source: object, prototype: object, way: Trail): object {
  const kind = kindOf(source, prototype);
  if (kind.bytes !== undefined && !way.claim(kind.bytes(source)))
    throw new Unstorable('binary data that shares bytes with other data in the session: copy it first');
  const target = kind.empty(source);
  if (Object.getPrototypeOf(target) !== prototype) Object.setPrototypeOf(target, prototype);
  way.note(source, target);
  for (const [key, value] of kind.entries?.(source) ?? []) {
    const copy = copyInside('<key>', key, way);
    kind.add?.(target, copy, kind.keysOnly ? copy : copyInside('<value>', value, way));
  }
  if (kind.bytes !== undefined) return target;
  for (const name of Reflect.ownKeys(source)) {
    const own = Object.getOwnPropertyDescriptor(source, name) as PropertyDescriptor;
    if (!('value' in own)) throw new Unstorable('an accessor', name);
    Object.defineProperty(target, name, { ...own, value: copyInside(name, own.value, way) });
  }
  return target;
}

/** A member's copy. The way to it is told only where it fails. */
export function copyInside(name: PropertyKey, value: unknown, way: Trail): unknown {
  if (typeof value !== 'object' || value === null) return copyPrimitive(value, name);
  try {
    way.descend();
    const copy = way.copyOf(value) ?? copyObject(value, way);
    way.ascend();
    return copy;
  } catch (error) {
    if (error instanceof Unstorable) error.path.unshift(name);
    throw error;
  }
}

export function sameValue(a: unknown, b: unknown, trail: Trail | undefined): boolean {
  if (typeof a !== 'object' || a === null || typeof b !== 'object' || b === null) return Object.is(a, b);
  const met = trail?.pair(a, b);
  if (met !== undefined) return met;
  const prototype: object | null = Object.getPrototypeOf(a);
  if (Object.getPrototypeOf(b) !== prototype) return false;
  trail?.descend();
  const equal = sameObject(a, b, prototype, trail);
  trail?.ascend();
  return equal;
}

function sameObject(a: object, b: object, prototype: object | null, trail: Trail | undefined): boolean {
  if (isDense(a, prototype)) return isDense(b, prototype) && sameDense(a, b, trail);
  if (isPlain(prototype)) return sameMembers(a, b, namesOf(a), Object.keys(b), trail);
  return sameInstance(a, b, prototype, trail ?? newPair(a, b));
}

function sameDense(a: readonly unknown[], b: readonly unknown[], trail: Trail | undefined): boolean {
  if (a.length !== b.length) return false;
  let way = trail;
  for (let index = 0; index < a.length; index++) {
    const value = a[index];
    if (typeof value === 'object' && value !== null) way ??= newPair(a, b);
    if (!sameValue(value, b[index], way)) return false;
  }
  return true;
}

function sameMembers(
  a: object,
  b: object,
  names: readonly PropertyKey[],
  others: readonly PropertyKey[],
  trail: Trail | undefined,
): boolean {
  if (names.length !== others.length) return false;
  let way = trail;
  for (let index = 0; index < names.length; index++) {
    const name = names[index] as PropertyKey;
    if (name !== others[index]) return false;
    const value = (a as Record<PropertyKey, unknown>)[name];
    if (typeof value === 'object' && value !== null) way ??= newPair(a, b);
    if (!sameValue(value, (b as Record<PropertyKey, unknown>)[name], way)) return false;
  }
  return true;
}

function sameInstance(a: object, b: object, prototype: object, way: Trail): boolean {
  const kind = kindOf(a, prototype);
  if (kind.bytes !== undefined) {
    const bytes = kind.bytes(a);
    // Of two that share bytes no copy is the same; whoever makes one says where they are.
    return way.claim(bytes) && sameBytes(bytes, kind.bytes(b));
  }
  if (kind.state !== undefined && !Object.is(kind.state(a), kind.state(b))) return false;
  if (kind.entries !== undefined) {
    const others = [...kind.entries(b)];
    let index = 0;
    for (const [key, value] of kind.entries(a)) {
      const other = others[index++];
      if (other === undefined || !sameValue(key, other[0], way)) return false;
      if (!kind.keysOnly && !sameValue(value, other[1], way)) return false;
    }
    if (index !== others.length) return false;
  }
  return sameMembers(a, b, Reflect.ownKeys(a), Reflect.ownKeys(b), way);
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false;
  return true;
}

function newPair(a: object, b: object): Trail {
  const trail = new Trail();
  trail.pair(a, b);
  return trail;
}

/** Plain objects end their chain at once. Not compared with `Object.prototype`: another realm has another one. */
export function isPlain(prototype: object | null): prototype is null {
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null;
}

/**
 * Whether an array has its elements and nothing else: no holes, no members under names, as a user's id above 2^32 would
 * be one. Values are counted, because names would be made into strings one by one.
 */
export function isDense(source: object, prototype: object | null): source is unknown[] {
  if (prototype !== Array.prototype || !Array.isArray(source)) return false;
  // Carts are empty most of the time, and V8 then knows at once that there are no names.
  if (source.length === 0) return isBare(source);
  if (Object.values(source).length !== source.length) return false;
  for (let index = 0; index < source.length; index++) {
    if (source[index] === undefined && !(index in source)) return false;
  }
  return true;
}

/** What others have put on `Array.prototype` only takes the longer way. */
function isBare(source: object): boolean {
  for (const _name in source) return false;
  return true;
}

/** The names of a plain object's members; what does not show among them would be lost. */
export function namesOf(source: object): string[] {
  const names = Object.keys(source);
  // Two calls, because `Reflect.ownKeys` takes three times as long as both.
  const isAll = Object.getOwnPropertyNames(source).length === names.length;
  if (isAll && Object.getOwnPropertySymbols(source).length === 0) return names;
  throw new Unstorable('an object with members under symbols or hidden ones');
}

/** Getters may overflow the stack as well; all that has to be known is that this is no data. */
export function guarded<T>(act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw notStorable(error);
  }
}

function notStorable(error: unknown): unknown {
  return error instanceof RangeError ? new Unstorable('nested too deeply') : error;
}
