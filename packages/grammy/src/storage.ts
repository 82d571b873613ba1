/** grammY's option `storage`, read as the engine's `store`. */

import { fromStorageAdapter, isStorageAdapter, type Rules, type StorageAdapterLike } from '@sessiongram/core';

/** One that was made without a type for its values, as `PsqlAdapter.create()` makes it. */
interface UntypedStorage<S> {
  readonly read: (key: string) => unknown;
  readonly write: (key: string, value: S) => unknown;
  readonly delete: (key: string) => unknown;
}

export interface StorageOption<S> {
  /** A grammY storage adapter, in place of a `store`. */
  storage?: StorageAdapterLike<NoInfer<S>> | UntypedStorage<NoInfer<S>>;
}

export const storageRules: Rules = {
  storage: {
    expected: 'a storage adapter, which has the methods read, write and delete',
    accepts: isStorageAdapter,
  },
};

/** @throws TypeError when there are both */
export function withStore<O extends StorageOption<unknown> & { store?: object }>(
  where: string,
  options: O,
): O {
  if (options?.storage === undefined || !isStorageAdapter(options.storage)) return options;
  if (options.store !== undefined)
    throw new TypeError(`${where}: give either "store" or "storage", but not both.`);
  return { ...options, store: fromStorageAdapter(options.storage) };
}
