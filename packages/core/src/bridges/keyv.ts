/** Keyv as a store: 5 and 6 by their shape, with failures that stay failures. */

import { isObject, shown } from '../check';
import { copyOf } from '../data/snapshot';
import { fromTextKey, rewrittenKey, toTextKey } from '../kit/text-key';
import type { SessionStore } from '../store';
import { assertKeepable, type KeyvSerializers } from './keyv-values';
import { type ErrorEmitter, ErrorWatch } from './keyv-watch';

/** The part of a Keyv that a session needs. */
export interface KeyvLike extends ErrorEmitter {
  get(key: string): Promise<unknown>;
  set(key: string, value: unknown): Promise<unknown>;
  delete(key: string): Promise<unknown>;
}

/** What a Keyv may have besides, depending on its version. */
interface Keyv extends KeyvLike, KeyvSerializers {
  /** Of 5.5 and later. In 5 it is the only way to read that never takes a failure for an absence. */
  getRaw?(key: string): Promise<{ value?: unknown } | null | undefined>;
  iterator?(): AsyncIterable<readonly [key: string, value: unknown]>;
  readonly store?: { readonly iterator?: unknown; readonly store?: unknown; readonly namespace?: unknown };
  readonly namespace?: string | undefined;
  /** Of 5. */
  readonly useKeyPrefix?: boolean;
  /** Of 5. */
  readonly throwOnErrors?: boolean;
  /** Of 5. */
  readonly opts?: { readonly emitErrors?: boolean };
  /** Of 6. */
  readonly sanitize?: { readonly enabled: boolean; cleanKey(key: string): string };
}

const METHODS = ['get', 'set', 'delete', 'on', 'off'] as const;

/** One store per Keyv, so that everyone who is given the same Keyv shares its turns. */
const bridged = new WeakMap<object, SessionStore>();

/**
 * Makes a store of a Keyv 5 or 6. The same Keyv always gives the same store, and values lie where `keyv.set` puts them.
 *
 * Keyv answers a failed read like an absence, and tells of the failure by an `error` event. Here such a call fails,
 * with the error as it came. An event has no address: when two calls are under way, both count as failed, unless
 * one has read a value. What stays unseen is an adapter that keeps its failures to itself. A value that Keyv cannot
 * decode fails like a read that failed, so that `onCorrupt` does not hear of it.
 *
 * A value is refused when neither JSON nor the Keyv's own serializer gives it back as it is. There are no leases, hence
 * no exclusive access across processes; how long a value lives is the Keyv's own matter. `keys` is there where the
 * adapter has an iterator, in Keyv 5 only with a namespace without colon, or with `useKeyPrefix: false`.
 *
 * @throws TypeError when a method is missing, or the Keyv is set up to tell nobody of failures
 *
 * @example
 * ```ts
 * const sessions = new Sessions({ store: fromKeyv(new Keyv(new KeyvRedis('redis://localhost'))), initial: () => ({ counter: 0 }) });
 * ```
 */
// biome-ignore lint/suspicious/noExplicitAny: like SessionStore, so that one store may serve sessions of every type
export function fromKeyv<S = any>(keyv: KeyvLike): SessionStore<S> {
  assertTelling(keyv);
  let store = bridged.get(keyv) as SessionStore<S> | undefined;
  if (store === undefined) {
    store = bridge<S>(keyv);
    bridged.set(keyv, store);
  }
  return store;
}

function assertTelling(keyv: Keyv): void {
  if (!isObject(keyv) || METHODS.some((name) => typeof keyv[name] !== 'function'))
    throw new TypeError(`fromKeyv() takes a Keyv with ${METHODS.join(', ')}, but got ${shown(keyv)}.`);
  if (keyv.opts?.emitErrors === false)
    throw new TypeError(
      'fromKeyv() takes no Keyv with emitErrors: false, where a failure looks like an absence.',
    );
  if (keyv.getRaw === undefined && keyv.throwOnErrors === false)
    throw new TypeError(
      'fromKeyv() takes a Keyv without getRaw() only with throwOnErrors: true: a failure would look like an absence.',
    );
}

function bridge<S>(keyv: Keyv): SessionStore<S> {
  const watch = new ErrorWatch(keyv);

  async function read(key: string): Promise<S | undefined> {
    const name = nameOf(keyv, key);
    return watch.during(
      async () =>
        (keyv.getRaw === undefined ? keyv.get(name) : (await keyv.getRaw(name))?.value) as S | undefined,
      (value) => value !== undefined && value !== null,
    );
  }

  async function write(key: string, value: S): Promise<void> {
    await assertKeepable(keyv, value);
    const name = nameOf(keyv, key);
    const isSet = await watch.during(() => keyv.set(name, value));
    if (isSet === false) throw new Error('Keyv answered that it did not set the value.');
  }

  async function* keys({ prefix = '' }: { prefix?: string } = {}): AsyncGenerator<string> {
    // The iterator of Keyv 5 goes by the namespace that was written into the adapter last.
    if (keyv.useKeyPrefix === true && keyv.store?.namespace !== keyv.namespace)
      throw new Error('Another Keyv has the same adapter with another namespace: the keys cannot be listed.');
    const call = watch.begin();
    try {
      for await (const [name] of keyv.iterator?.() ?? []) {
        const key = fromTextKey(name);
        // Keyv 5 also names keys of others whose name contains its namespace.
        if (key?.startsWith(prefix) && (keyv.useKeyPrefix !== true || (await read(key)) !== undefined))
          yield key;
      }
      call.rethrow();
    } finally {
      call.end();
    }
  }

  const store: SessionStore<S> = {
    get: async (key) => copyOf(await read(key)),
    set: async (key, value) => write(key, copyOf(value)),
    // `false` says as well that there was nothing to delete.
    delete: async (key) => watch.during(() => keyv.delete(nameOf(keyv, key))),
    getShared: read,
    setOwned: write,
  };
  return listsKeys(keyv) ? { ...store, keys, supports: { keys: true } } : { ...store, supports: {} };
}

/** The key that Keyv is given, so that no two keys end up as one. */
function nameOf(keyv: Keyv, key: string): string {
  // Keyv 6 takes no empty key.
  const name = key === '' ? rewrittenKey(key) : toTextKey(key);
  if (keyv.sanitize?.enabled === true && keyv.sanitize.cleanKey(name) !== name)
    throw new Error("The Keyv's option sanitize would make another key of this one.");
  // Keyv 5 puts no namespace before a key that looks as if it had one.
  const start = keyv.useKeyPrefix === true && hasName(keyv.namespace) ? `${keyv.namespace}:` : undefined;
  return start !== undefined && name.startsWith(start) ? start + name : name;
}

/** Whether the iterator gives all keys, and gives them as they are. */
function listsKeys({ iterator, store, namespace, useKeyPrefix }: Keyv): boolean {
  if (typeof iterator !== 'function') return false;
  // Keyv 5 cuts off what stands before the first colon, whatever that is.
  if (useKeyPrefix !== undefined) return !useKeyPrefix || (hasName(namespace) && !namespace.includes(':'));
  if (typeof store?.iterator !== 'function') return false;
  // Keyv 6 wraps what is no adapter of its own, and its wrappers have an iterator in any case.
  const inner = store.store as { iterator?: unknown; entries?: unknown } | undefined;
  return !isObject(inner) || typeof inner.iterator === 'function' || typeof inner.entries === 'function';
}

function hasName(namespace: string | undefined): namespace is string {
  return namespace !== undefined && namespace !== '';
}
