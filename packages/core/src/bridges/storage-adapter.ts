/** grammY's storage adapters as stores: `read`, `write` and `delete` become `get`, `set` and `delete`. */

import { isObject, shown } from '../check';
import type { SessionStore } from '../store';

/** The part of grammY's `StorageAdapter` that a session needs. */
export interface StorageAdapterLike<S> {
  read(key: string): Promise<S | undefined> | S | undefined;
  write(key: string, value: S): Promise<unknown> | unknown;
  delete(key: string): Promise<unknown> | unknown;
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
 * Makes a store of a grammY storage adapter. The same adapter always gives the same store.
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
    };
    bridged.set(storage, store);
  }
  return store;
}
