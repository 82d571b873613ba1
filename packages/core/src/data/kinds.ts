/** What there is to know about objects that are neither plain nor simple arrays, so that they can be copied. */

import { hasPrivateMembers } from './private-members';
import { Unstorable } from './unstorable';

/** One kind of object. Its members are copied as such; here is what lies outside of them. */
export interface Kind {
  /** An object of this kind with the hidden state of another, and without its entries. */
  empty(source: object): object;
  /** The hidden state, to compare by. */
  state?(source: object): unknown;
  entries?(source: object): Iterable<readonly [key: unknown, value: unknown]>;
  add?(target: object, key: unknown, value: unknown): void;
  /** Each entry is one value, told twice. */
  readonly keysOnly?: true;
  /** All that such an object is. */
  bytes?(source: object): Uint8Array;
}

/** An instance of a class all of whose state is in its members. */
const PLAIN_CLASS: Kind = { empty: () => ({}) };

/** What only a buffer has, and no proxy of one. */
const byteLength = Object.getOwnPropertyDescriptor(ArrayBuffer.prototype, 'byteLength')?.get as (
  this: object,
) => number;

/** By the name of the built-in class that an object's class comes from in the end. */
const KINDS: ReadonlyMap<string, Kind> = new Map(
  Object.entries({
    Array: { empty: () => [] },
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
      add: (target, key) => Set.prototype.add.call(target, key),
      keysOnly: true,
    },
    RegExp: {
      empty: (source) => new RegExp(source as RegExp),
      state: (source) => String(source),
    },
    ArrayBuffer: {
      empty: (source) => ArrayBuffer.prototype.slice.call(source, 0),
      state: (source) => byteLength.call(source),
      bytes: (source) => new Uint8Array(source as ArrayBuffer),
    },
  } satisfies Record<string, Kind>),
);

/** A view takes only its own bytes along: the buffer of a small Node.js `Buffer` is a pool shared with strangers. */
const VIEW: Kind = {
  empty: (source) => {
    const view = source as ArrayBufferView;
    const bytes = view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength);
    const name = typedArrayName.call(view) ?? 'DataView';
    return new (globalThis as unknown as Record<'DataView', BytesClass>)[name as 'DataView'](bytes);
  },
  bytes: (source) => {
    const view = source as ArrayBufferView;
    return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  },
};

type BytesClass = new (bytes: ArrayBufferLike) => object;

/** The name of a view's built-in class, whatever class it says it is: `Uint8Array` for a `Buffer`. */
const typedArrayName = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype),
  Symbol.toStringTag,
)?.get as (this: object) => string | undefined;

/** The findings on each prototype: a kind, or the words of a refusal. */
const findings = new WeakMap<object, Kind | string>();

/**
 * Finds an object's kind.
 *
 * @throws Unstorable when its state cannot be had from outside
 */
export function kindOf(source: object, prototype: object): Kind {
  if (ArrayBuffer.isView(source)) return viewOf(source, prototype);
  let finding = findings.get(prototype);
  if (finding === undefined) {
    finding = find(prototype, Object.prototype.toString.call(source).slice('[object '.length, -1));
    findings.set(prototype, finding);
  }
  if (typeof finding === 'string') throw new Unstorable(finding);
  // A proxy has the prototype of such an object, and nothing behind it.
  if (!hasStateOf(finding, source)) throw new Unstorable('a proxy of a built-in object');
  return finding;
}

function find(prototype: object, tag: string): Kind | string {
  for (let at: object | null = prototype; at !== null; at = Object.getPrototypeOf(at)) {
    const made = Object.hasOwn(at, 'constructor') ? at.constructor : undefined;
    if (typeof made !== 'function') continue;
    const source = Function.prototype.toString.call(made);
    const name = tag === 'Object' ? made.name : tag;
    if (hasPrivateMembers(made))
      return `an instance of ${name || 'a class'} with #private members, which nobody can copy`;
    if (!NATIVE.test(source)) continue;
    if (name === 'Promise') return 'a Promise: await it first';
    if (name === 'Object') break;
    if (made.name === 'Object') return `an object that calls itself ${name}, whose state may lie hidden`;
    return KINDS.get(made.name) ?? `a built-in object (${name}) that cannot be copied`;
  }
  return PLAIN_CLASS;
}

const NATIVE = /\{\s*\[native code\]\s*\}\s*$/;

/** What a class of one's own adds to a view lies between its elements; without such members, the bytes are all. */
function viewOf(source: ArrayBufferView, prototype: object): Kind {
  const { Buffer } = globalThis as { Buffer?: { prototype: object } };
  if (prototype === Buffer?.prototype) return VIEW;
  for (let at = prototype; ; at = Object.getPrototypeOf(at)) {
    const made = at.constructor;
    if (hasPrivateMembers(made))
      throw new Unstorable('binary data with #private members, which nobody can copy');
    if (NATIVE.test(Function.prototype.toString.call(made))) break;
    const { length = 0 } = source as Partial<Uint8Array>;
    if (Reflect.ownKeys(source).length > length) throw new Unstorable('binary data with members of its own');
  }
  return VIEW;
}

function hasStateOf(kind: Kind, source: object): boolean {
  try {
    kind.state?.(source);
    kind.entries?.(source);
    return kind !== KINDS.get('Array') || Array.isArray(source);
  } catch {
    return false;
  }
}
