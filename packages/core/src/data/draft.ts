/** A view of stored data that a handler may change: what it writes to is copied then, and nothing else. */

import { copyOf, hasKnots, isDense, isPlain, shallowCopy } from './snapshot';

/**
 * A handler's view of one stored tree. Plain objects and arrays are proxies that copy an object at the first write to it.
 * All other objects (`Map`, `Set`, `Date`, binary data, instances of classes) are copied when they are looked at.
 */
export interface Draft<T> {
  readonly value: T;
  /** Finds the node that a handler holds. */
  nodeOf(held: object): Node | undefined;
  /** Objects that were copied at a first look, and may have been changed without anybody being told. */
  readonly looked: readonly Node[];
  /** From here on it can be read only. */
  close(): void;
}

/**
 * Makes a draft of a copy that {@link copyOf} or a draft has made, or that was decoded from JSON. The data is never
 * changed.
 *
 * @param closed - makes the error that a write after `close` throws
 * @returns `undefined` for what has to be copied instead: primitives, data with one object in two places, and what is
 *   neither a plain object nor an array
 */
export function draftOf<T>(stored: T, closed: () => Error): Draft<T> | undefined {
  if (!isDraftable(stored) || hasKnots(stored)) return undefined;
  return new Tree(stored, closed) as Draft<T & object>;
}

/**
 * Makes a deep copy in plain objects of a session or a part of it: for `structuredClone`, `postMessage` and others that
 * take no `Proxy`.
 *
 * @throws Unstorable for what cannot be copied faithfully
 * @example
 * ```ts
 * worker.postMessage(plainCopy(ctx.session.cart));
 * ```
 */
export function plainCopy<T>(value: T): T {
  return copyOf(value);
}

type Members = Record<PropertyKey, unknown>;

class Tree<T extends object> implements Draft<T> {
  readonly looked: Node[] = [];
  readonly value: T;
  /** By the stored object, and by what a handler holds instead of it. */
  readonly #nodes = new Map<object, Node>();
  readonly #closed: () => Error;
  #isClosed = false;

  constructor(stored: T, closed: () => Error) {
    this.#closed = closed;
    this.value = this.open(stored, undefined, '').held as T;
  }

  nodeOf(held: object): Node | undefined {
    return this.#nodes.get(held);
  }

  open(base: object, parent: Node | undefined, key: PropertyKey): Node {
    const node = new Node(this, base, parent, key);
    this.#nodes.set(base, node).set(node.held, node);
    if (node.isWhole) this.looked.push(node);
    return node;
  }

  close(): void {
    this.#isClosed = true;
  }

  refuseWhenClosed(): void {
    if (this.#isClosed) throw this.#closed();
  }
}

/** One object of the stored tree that a handler has looked at; for a proxy, also what it does. */
export class Node implements ProxyHandler<object> {
  readonly isWhole: boolean;
  /** What the handler holds: a proxy, or a copy where the object is copied as a whole. */
  readonly held: object;
  /** The nodes of members, in the order of first looks. */
  readonly children: Node[] = [];
  /** What the proxy shows since the first write. Where nobody has assigned anything, it still has the stored objects. */
  written: Members | undefined;

  constructor(
    readonly tree: Tree<object>,
    readonly base: object,
    readonly parent: Node | undefined,
    readonly key: PropertyKey,
  ) {
    this.isWhole = !isDraftable(base);
    if (this.isWhole) this.held = copyOf(base);
    else this.held = new Proxy(Array.isArray(base) ? ARRAY : OBJECT, this);
  }

  get latest(): Members {
    return this.written ?? (this.base as Members);
  }

  /** Makes the object's own, shallow copy, and those of all that hold it. */
  write(): Members {
    if (this.written !== undefined) return this.written;
    this.parent?.write();
    this.written = shallow(this.base) as Members;
    return this.written;
  }

  get(_target: object, key: PropertyKey): unknown {
    const value = this.latest[key];
    return typeof value === 'object' && value !== null ? this.#shown(key, value) : value;
  }

  set(_target: object, key: PropertyKey, value: unknown, receiver: unknown): boolean {
    this.tree.refuseWhenClosed();
    // An object that inherits from a proxy gets a member of its own.
    if (receiver !== this.held) return Reflect.defineProperty(Object(receiver), key, { ...OPEN, value });
    const { latest } = this;
    if (Object.hasOwn(latest, key)) {
      if (Object.is(latest[key], value) || Object.is(this.get(latest, key), value)) return true;
    } else if (key === '__proto__' && key in latest) return false;
    return Reflect.set(this.write(), key, value);
  }

  has(_target: object, key: PropertyKey): boolean {
    return key in this.latest;
  }

  deleteProperty(_target: object, key: PropertyKey): boolean {
    this.tree.refuseWhenClosed();
    return !Object.hasOwn(this.latest, key) || Reflect.deleteProperty(this.write(), key);
  }

  ownKeys(): (string | symbol)[] {
    return Reflect.ownKeys(this.latest);
  }

  getOwnPropertyDescriptor(_target: object, key: PropertyKey): PropertyDescriptor | undefined {
    const own = Object.getOwnPropertyDescriptor(this.latest, key);
    if (own === undefined) return undefined;
    // Stored data may be frozen; what is written is a copy.
    const configurable = !(key === 'length' && Array.isArray(this.base));
    return {
      value: this.get(this.base, key),
      writable: true,
      enumerable: own.enumerable === true,
      configurable,
    };
  }

  /** Takes what can be stored: members with a value that are open to everybody. */
  defineProperty(target: object, key: PropertyKey, asked: PropertyDescriptor): boolean {
    const own = this.getOwnPropertyDescriptor(target, key);
    const { value, writable, enumerable, configurable, get, set } = { ...(own ?? CLOSED), ...asked };
    if (get !== undefined || set !== undefined) return false;
    if (own?.configurable === false) return this.set(target, key, value, this.held);
    if (writable !== true || enumerable !== true || configurable !== true) return false;
    this.tree.refuseWhenClosed();
    return Reflect.defineProperty(this.write(), key, { ...OPEN, value });
  }

  getPrototypeOf(): object | null {
    return Object.getPrototypeOf(this.base);
  }

  setPrototypeOf(): boolean {
    return false;
  }

  preventExtensions(): boolean {
    return false;
  }

  /** A stored object is never shown itself: it is only ever found where it was stored. */
  #shown(key: PropertyKey, value: object): unknown {
    if (value !== (this.base as Members)[key] || !Object.hasOwn(this.latest, key)) return value;
    const known = this.tree.nodeOf(value);
    if (known !== undefined) return known.held;
    // A refusal tells an index from a name.
    const isIndex = Array.isArray(this.base) && String(Number(key)) === key;
    const child = this.tree.open(value, this, isIndex ? Number(key) : key);
    this.children.push(child);
    return child.held;
  }
}

const OPEN = { writable: true, enumerable: true, configurable: true } as const;
const CLOSED = { writable: false, enumerable: false, configurable: false } as const;

/** What `console.log` of Node.js prints of a proxy: it looks past all traps, at the target. */
const PRINTED = {
  [Symbol.for('nodejs.util.inspect.custom')](this: object): object {
    return Array.isArray(this) ? this.slice() : { ...this };
  },
};

/** The targets of all proxies, for `Array.isArray` to look at. They stay as they are. */
const OBJECT: object = { ...PRINTED };
const ARRAY: unknown[] = Object.assign([], PRINTED);

function isDraftable(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: object | null = Object.getPrototypeOf(value);
  return Array.isArray(value) ? prototype === Array.prototype : isPlain(prototype);
}

/** A copy of a plain object or an array, with the same members. */
export function shallow(base: object): object {
  if (!Array.isArray(base)) return shallowCopy(base, Object.getPrototypeOf(base));
  const copy = base.slice();
  if (isDense(base, Array.prototype)) return copy;
  for (const name of Reflect.ownKeys(base)) {
    if (name === 'length') continue;
    const { enumerable, value } = Object.getOwnPropertyDescriptor(base, name) as PropertyDescriptor;
    Object.defineProperty(copy, name, { ...OPEN, enumerable: enumerable === true, value });
  }
  return copy;
}
