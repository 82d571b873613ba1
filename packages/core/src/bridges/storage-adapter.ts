/** grammY's storage adapters: as stores, and made of stores. */

import { isObject, missingMethods, shown } from '../check';
import type { SessionStore } from '../store';

/** The part of grammY's `StorageAdapter` that a session needs. */
export interface StorageAdapterLike<S> {
  read(key: string): Promise<S | undefined> | S | undefined;
  write(key: string, value: S): Promise<unknown> | unknown;
  delete(key: string): Promise<unknown> | unknown;
  /** Makes the store list its keys. */
  readAllKeys?(): Iterable<string> | AsyncIterable<string>;
  /** The same, where there is no `readAllKeys`. */
  readAllEntries?():
    | Iterable<readonly [key: string, value: S]>
    | AsyncIterable<readonly [key: string, value: S]>;
}

/** A storage adapter over a store, as grammY's `StorageAdapter` and its plugins want it. */
export interface StoreStorageAdapter<S> {
  read(key: string): Promise<S | undefined>;
  write(key: string, value: S): Promise<void>;
  delete(key: string): Promise<void>;
  has(key: string): Promise<boolean>;
  /** Only where the store lists its keys, as are the two below; on some stores one may come twice. */
  readAllKeys?(): AsyncIterable<string>;
  readAllValues?(): AsyncIterable<S>;
  readAllEntries?(): AsyncIterable<[key: string, value: S]>;
}

const METHODS = ['read', 'write', 'delete'] as const;

/** One store per adapter, so that everyone who is given the same adapter shares its turns. */
const bridged = new WeakMap<object, SessionStore>();

/** Whether an object has the methods of grammY's `StorageAdapter`. */
export function isStorageAdapter(value: unknown): value is StorageAdapterLike<unknown> {
  return (
    isObject(value) && METHODS.every((name) => typeof (value as Record<string, unknown>)[name] === 'function')
  );
}

/**
 * Makes a store of a grammY storage adapter. The same adapter always gives the same store. There are no leases, hence no
 * exclusive access across processes; `keys` is there where the adapter has `readAllKeys` or `readAllEntries`.
 *
 * @throws TypeError when a method is missing
 *
 * @example
 * ```ts
 * const sessions = new Sessions({ store: fromStorageAdapter(freeStorage(bot.token)) });
 * ```
 */
export function fromStorageAdapter<S>(storage: StorageAdapterLike<S>): SessionStore<S> {
  if (!isStorageAdapter(storage)) {
    throw new TypeError(
      `A storage adapter has the methods ${METHODS.join(', ')}, but got ${shown(storage)}.`,
    );
  }
  let store = bridged.get(storage) as SessionStore<S> | undefined;
  if (store === undefined) {
    store = {
      get: (key) => storage.read(key),
      set: (key, value) => storage.write(key, value),
      delete: (key) => storage.delete(key),
      ...(storage.readAllKeys === undefined && storage.readAllEntries === undefined
        ? { supports: {} }
        : { supports: { keys: true }, keys: ({ prefix = '' } = {}) => keysOf(storage, prefix) }),
    };
    bridged.set(storage, store);
  }
  return store;
}

/**
 * Makes a grammY storage adapter of a store, for grammY's plugins.
 *
 * A plugin reads and writes on its own: without a turn or a lease, so that of two updates at the same time the later
 * write wins, as with any other adapter. Give it a store of its own, or at least a prefix: its keys are not told apart
 * from those of sessions.
 *
 * @throws TypeError when a method is missing
 *
 * @example
 * ```ts
 * const store = new RedisSessionStore(client, { prefix: 'conversations:' });
 * bot.use(conversations({ storage: toStorageAdapter(store) }));
 * ```
 */
// biome-ignore lint/suspicious/noExplicitAny: like SessionStore, so that the adapter of one store fits every plugin
export function toStorageAdapter<S = any>(store: SessionStore<S>): StoreStorageAdapter<S> {
  if (!isObject(store) || missingMethods(store).length > 0)
    throw new TypeError(`toStorageAdapter() takes a store, but got ${shown(store)}.`);
  const read = async (key: string) => (await store.get(key)) ?? undefined;
  const adapter: StoreStorageAdapter<S> = {
    read,
    async write(key, value) {
      await store.set(key, value);
    },
    async delete(key) {
      await store.delete(key);
    },
    has: async (key) => (await read(key)) !== undefined,
  };
  if (store.supports?.keys !== true) return adapter;
  const keys = () => store.keys?.() ?? [];
  async function* entries(): AsyncGenerator<[key: string, value: S], void> {
    for await (const key of keys()) {
      const value = await read(key);
      // What was deleted meanwhile is left out.
      if (value !== undefined) yield [key, value];
    }
  }
  return {
    ...adapter,
    async *readAllKeys() {
      yield* keys();
    },
    async *readAllValues() {
      for await (const [, value] of entries()) yield value;
    },
    readAllEntries: entries,
  };
}

async function* keysOf(
  storage: Pick<StorageAdapterLike<unknown>, 'readAllKeys' | 'readAllEntries'>,
  prefix: string,
): AsyncGenerator<string> {
  if (storage.readAllKeys !== undefined) {
    for await (const key of storage.readAllKeys()) if (key.startsWith(prefix)) yield key;
    return;
  }
  for await (const [key] of storage.readAllEntries?.() ?? []) if (key.startsWith(prefix)) yield key;
}
