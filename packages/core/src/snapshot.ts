/**
 * Copy and compare: what isolates a handler from the store, and what decides that something has changed.
 *
 * What counts as data is what `structuredClone` takes for data, and objects of plain classes besides: primitives, plain
 * objects, arrays, `Date`, `Map`, `Set`, `RegExp`, binary data, `undefined` members, cycles and shared references.
 * What cannot be copied faithfully is refused by an {@link Unstorable} that names its place: functions, symbols,
 * promises, classes with `#private` members, and built-in objects with a hidden state of their own.
 */

/** A value that no copy can be made of. */
export class Unstorable extends TypeError {
  override readonly name = 'Unstorable';
  /** The way from the session to the value, the outermost name first. */
  readonly path: PropertyKey[] = [];

  constructor(readonly what: string) {
    super(what);
  }

  /** Where it is and what it is, without any value: `data.cart[2].total is a function`. */
  describe(): string {
    const shown = this.path
      .slice(0, 8)
      .map((name) => (typeof name === 'number' ? `[${name}]` : `.${String(name)}`));
    return `data${shown.join('')}${this.path.length > 8 ? '…' : ''} is ${this.what}`;
  }
}

/**
 * Makes a deep copy that shares nothing changeable with its source and keeps its structure: what was one object in two
 * places is one object in two places.
 *
 * @throws Unstorable for what cannot be copied faithfully
 */
export function copyOf<T>(value: T): T {
  if (typeof value === 'function' || typeof value === 'symbol') throw unstorable(`a ${typeof value}`);
  if (typeof value !== 'object' || value === null) return value;
  try {
    return copyObject(value, undefined) as T;
  } catch (error) {
    throw error instanceof RangeError ? new Unstorable('nested too deeply') : error;
  }
}

/**
 * Whether a program could tell the two apart by their data. The order of members counts, because a program can see it:
 * to write once too often costs a command, to miss a change loses it.
 */
export function same(a: unknown, b: unknown): boolean {
  return sameValue(a, b, undefined);
}

/**
 * What stands for what already. It comes into being with the first object inside an object: most sessions are small,
 * and a flat one needs no memory of where it has been.
 */
type Seen = Map<object, object> | undefined;

function copyObject(source: object, seen: Seen): object {
  if (Array.isArray(source)) return copyArray(source, seen);
  const prototype = Object.getPrototypeOf(source);
  return isPlain(prototype)
    ? copyPlain(source, prototype, seen)
    : copyInstance(source, prototype, seen ?? new Map());
}

function copyPlain(source: object, prototype: object | null, seen: Seen): object {
  const target: Record<string, unknown> = prototype === Object.prototype ? {} : Object.create(prototype);
  let memory = seen?.set(source, target);
  for (const name of Object.keys(source)) {
    const value = (source as Record<string, unknown>)[name];
    let copy = value;
    if (typeof value === 'object' && value !== null) {
      memory ??= new Map([[source, target]]);
      copy = copyInside(name, value, memory);
    } else if (typeof value === 'function' || typeof value === 'symbol') {
      throw unstorable(`a ${typeof value}`, name);
    }
    if (name === '__proto__') define(target, name, copy);
    else target[name] = copy;
  }
  return target;
}

function copyArray(source: readonly unknown[], seen: Seen): unknown[] {
  const target: unknown[] = Array.prototype.slice.call(source); // holes stay holes
  takePrototype(target, source);
  let memory = seen?.set(source, target);
  for (let index = 0; index < target.length; index++) {
    const value = target[index];
    if (typeof value === 'object' && value !== null) {
      memory ??= new Map([[source, target]]);
      target[index] = copyInside(index, value, memory);
    } else if (typeof value === 'function' || typeof value === 'symbol') {
      throw unstorable(`a ${typeof value}`, index);
    }
  }
  return target;
}

function copyInstance(source: object, prototype: object, seen: Map<object, object>): object {
  const kind = kindOf(source, prototype);
  const target = kind.empty(source);
  takePrototype(target, source);
  seen.set(source, target);
  for (const [key, value] of kind.entries?.(source) ?? []) {
    kind.add?.(target, copyInside('<key>', key, seen), copyInside('<value>', value, seen));
  }
  if (kind.bare) return target;
  for (const name of Reflect.ownKeys(source)) {
    const own = Object.getOwnPropertyDescriptor(source, name) as PropertyDescriptor;
    if (!('value' in own)) throw unstorable('an accessor', name);
    Object.defineProperty(target, name, { ...own, value: copyInside(name, own.value, seen) });
  }
  return target;
}

/** A member's copy; the way to it is told only where it fails. */
function copyInside(name: PropertyKey, value: unknown, seen: Map<object, object>): unknown {
  try {
    if (typeof value !== 'object' || value === null) return copyOf(value);
    return seen.get(value) ?? copyObject(value, seen);
  } catch (error) {
    if (error instanceof Unstorable) error.path.unshift(name);
    throw error;
  }
}

function sameValue(a: unknown, b: unknown, seen: Seen): boolean {
  if (typeof a !== 'object' || a === null || typeof b !== 'object' || b === null) return Object.is(a, b);
  const met = seen?.get(a);
  if (met !== undefined) return met === b;
  const prototype = Object.getPrototypeOf(a);
  if (Object.getPrototypeOf(b) !== prototype) return false;
  if (Array.isArray(a)) return Array.isArray(b) && sameArray(a, b, seen);
  if (isPlain(prototype)) return sameMembers(a, b, Object.keys(a), Object.keys(b), seen);
  return sameInstance(a, b, prototype, seen ?? new Map());
}

function sameArray(a: readonly unknown[], b: readonly unknown[], seen: Seen): boolean {
  if (a.length !== b.length) return false;
  let memory = seen?.set(a, b);
  for (let index = 0; index < a.length; index++) {
    const value = a[index];
    if (typeof value === 'object' && value !== null) memory ??= new Map<object, object>([[a, b]]);
    if (!sameValue(value, b[index], memory)) return false;
    if (value === undefined && index in a !== index in b) return false;
  }
  return true;
}

function sameMembers(a: object, b: object, names: PropertyKey[], others: PropertyKey[], seen: Seen): boolean {
  if (names.length !== others.length) return false;
  let memory = seen?.set(a, b);
  for (let index = 0; index < names.length; index++) {
    const name = names[index] as PropertyKey;
    if (name !== others[index]) return false;
    const value = (a as Record<PropertyKey, unknown>)[name];
    if (typeof value === 'object' && value !== null) memory ??= new Map([[a, b]]);
    if (!sameValue(value, (b as Record<PropertyKey, unknown>)[name], memory)) return false;
  }
  return true;
}

function sameInstance(a: object, b: object, prototype: object, seen: Map<object, object>): boolean {
  const kind = kindOf(a, prototype);
  seen.set(a, b);
  if (kind.state !== undefined && !sameValue(kind.state(a), kind.state(b), undefined)) return false;
  if (kind.entries !== undefined && !sameValue([...kind.entries(a)], [...kind.entries(b)], seen))
    return false;
  return kind.bare === true || sameMembers(a, b, Reflect.ownKeys(a), Reflect.ownKeys(b), seen);
}

/** What there is to know about a kind of object that is neither plain nor an array. */
interface Kind {
  /** An object of this kind with the state of another that lies outside of its members, and no entries yet. */
  empty(source: object): object;
  /** That state as a plain value, to compare by. */
  state?(source: object): unknown;
  entries?(source: object): Iterable<readonly [key: unknown, value: unknown]>;
  add?(target: object, key: unknown, value: unknown): void;
  /** Its own members are not data of their own. */
  bare?: true;
}

const KINDS: Readonly<Record<string, Kind>> = {
  Object: { empty: () => ({}) },
  Date: {
    empty: (source) => new Date(Date.prototype.getTime.call(source)),
    state: (source) => Date.prototype.getTime.call(source),
  },
  Map: {
    empty: () => new Map(),
    entries: (source) => Map.prototype.entries.call(source),
    add: (target, key, value) => Map.prototype.set.call(target, key, value),
  },
  Set: {
    empty: () => new Set(),
    entries: (source) => Set.prototype.entries.call(source),
    add: (target, _key, value) => Set.prototype.add.call(target, value),
  },
  RegExp: {
    empty: (source) => new RegExp(source as RegExp),
    state: (source) => String(source),
  },
  ArrayBuffer: {
    empty: (source) => ArrayBuffer.prototype.slice.call(source, 0),
    state: (source) => Array.from(new Uint8Array(source as ArrayBuffer)),
    bare: true,
  },
};

/** A view takes only its own bytes along: the buffer of a small Node.js `Buffer` is a pool shared with strangers. */
const VIEW: Kind = {
  empty: (source) => {
    const view = source as ArrayBufferView;
    const bytes = view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength);
    return view instanceof DataView ? new DataView(bytes) : new (intrinsicClassOf(view))(bytes);
  },
  state: (source) => {
    const view = source as ArrayBufferView;
    return Array.from(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
  },
  bare: true,
};

function kindOf(source: object, prototype: object): Kind {
  if (ArrayBuffer.isView(source)) return VIEW;
  const tag = Object.prototype.toString.call(source).slice('[object '.length, -1);
  const kind = Object.hasOwn(KINDS, tag) ? KINDS[tag] : undefined;
  if (tag === 'Promise') throw unstorable('a Promise: await it first');
  if (kind === undefined) throw unstorable(`a built-in object (${tag}) that cannot be copied`);
  if (hidesMembers(prototype))
    throw unstorable('an instance of a class with #private members, which nobody can copy');
  return kind;
}

/** Plain objects end their chain at once. Not compared with `Object.prototype`: another realm has another one. */
function isPlain(prototype: object | null): boolean {
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null;
}

const hiding = new WeakMap<object, boolean>();

/** Private members cannot be seen from outside; the source text of a class shows that it uses some. */
function hidesMembers(prototype: object | null): boolean {
  if (prototype === null || isPlain(prototype)) return false;
  let hides = hiding.get(prototype);
  if (hides === undefined) {
    const source = prototype.constructor;
    hides =
      (typeof source === 'function' && /\.\s*#[\w$]/.test(Function.prototype.toString.call(source))) ||
      hidesMembers(Object.getPrototypeOf(prototype));
    hiding.set(prototype, hides);
  }
  return hides;
}

type BytesClass = new (bytes: ArrayBufferLike) => object;

/** Of a Node.js `Buffer` this is `Uint8Array`, whose constructor takes bytes without copying or deprecation. */
function intrinsicClassOf(view: ArrayBufferView): BytesClass {
  const tag = Object.getOwnPropertyDescriptor(
    Object.getPrototypeOf(Uint8Array.prototype),
    Symbol.toStringTag,
  );
  return (globalThis as unknown as Record<string, BytesClass>)[tag?.get?.call(view)] as BytesClass;
}

function takePrototype(target: object, source: object): void {
  const prototype = Object.getPrototypeOf(source);
  if (Object.getPrototypeOf(target) !== prototype) Object.setPrototypeOf(target, prototype);
}

/** Assigned, a member named `__proto__` would become the prototype. */
function define(target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, writable: true, enumerable: true, configurable: true });
}

function unstorable(what: string, ...path: PropertyKey[]): Unstorable {
  const error = new Unstorable(what);
  error.path.push(...path);
  return error;
}
