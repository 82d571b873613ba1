/** What is in a store: the keys under a prefix, and their sessions. */

import { checkOptions, isObject, missingMethods, type Rule, type Rules, shown } from '../check';
import { SessionError } from '../errors';
import type { SessionStore } from '../store';

/** Which sessions are meant. */
export interface ListingOptions {
  /**
   * How their keys begin.
   * @default '': all of them
   */
  prefix?: string;
}

/** Keys as a user may have them at hand, in place of the store's own. */
export type Keys = Iterable<string> | AsyncIterable<string>;

/**
 * The keys of an engine, without the prefix that it puts before them. What is written or deleted meanwhile may come or
 * not, and where the store's own keys may come twice, these may as well.
 *
 * @param where - what was called, as the user wrote it: `sessions.keys()`
 * @param own - the engine's prefix
 * @throws TypeError when the store cannot list its keys, or the prefix is no string
 * @throws SessionError `SESSION_LOAD_FAILED`, while the keys come
 */
export function keysOf(
  where: string,
  store: SessionStore,
  own: string,
  options: ListingOptions = {},
): AsyncGenerator<string, void, undefined> {
  checkOptions(where, options, rules);
  const { keys } = store;
  if (store.supports?.keys !== true || keys === undefined) {
    throw new TypeError(
      `${where} takes a store that lists its keys, which has "supports.keys" and the method keys, but got ${shown(store)}.`,
    );
  }
  const prefix = own + (options.prefix ?? '');
  return listed(() => keys.call(store, { prefix }), prefix, own.length);
}

/**
 * Sessions with their keys, read one after the other without taking a turn. One that is deleted between the listing of
 * its key and the reading of its data does not come.
 */
export async function* entriesOf<S>(
  keys: Keys,
  read: (key: string) => Promise<S | undefined>,
): AsyncGenerator<[key: string, data: S], void, undefined> {
  for await (const key of keys) {
    const data = await read(key);
    if (data !== undefined) yield [key, data];
  }
}

/** @throws TypeError when it is no store */
export function checkStore(where: string, store: unknown): void {
  if (isObject(store) && missingMethods(store).length === 0) return;
  throw new TypeError(
    `${where} takes a SessionStore, which has the methods get, set and delete, but got ${shown(store)}.`,
  );
}

/** A rule for `prefix`. */
export const aPrefix: Rule = { expected: 'a string', accepts: (value) => typeof value === 'string' };

/** A rule for keys that a user gives. */
export const someKeys: Rule = {
  expected: 'an iterable of keys',
  accepts: (value) =>
    typeof value === 'object' &&
    value !== null &&
    (Symbol.iterator in value || Symbol.asyncIterator in value),
};

const rules: Rules = { prefix: aPrefix };

async function* listed(
  list: () => Keys,
  prefix: string,
  ownLength: number,
): AsyncGenerator<string, void, undefined> {
  try {
    for await (const key of list()) if (key.startsWith(prefix)) yield key.slice(ownLength);
  } catch (cause) {
    throw new SessionError('SESSION_LOAD_FAILED', 'The store failed to list its keys; see cause.', { cause });
  }
}
