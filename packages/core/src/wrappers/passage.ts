/** What wrappers of stores share: what passes through them as it is, and answers that come at once or later. */

import { isObject, missingMethods, shown, shownKind } from '../check';
import { isPromiseLike, type MaybePromise } from '../maybe-promise';
import type { SessionStore } from '../store';

/** The methods that carry no value, and the record of what the store can do. */
export type Passage = Partial<
  Pick<
    SessionStore,
    'supports' | 'wraps' | 'touch' | 'keys' | 'onEvicted' | 'close' | 'renew' | 'isTransient'
  >
>;

/**
 * What a wrapper passes on to its store unchanged.
 *
 * @param where - the wrapper, as the user wrote it: `withEncryption()`
 * @throws TypeError when it is no store
 */
export function passageOf(where: string, store: SessionStore): Passage {
  if (!isObject(store) || missingMethods(store).length > 0) {
    const came = isObject(store) ? shown(store) : shownKind(store); // it may be the key of an encryption
    throw new TypeError(
      `${where} takes a SessionStore, which has the methods get, set and delete, but got ${came}.`,
    );
  }
  const all = store as Required<SessionStore>;
  // A wrapper makes its values anew at each read.
  const { keepsOwned: _, ...supports } = store.supports ?? {};
  return {
    supports,
    wraps: store,
    ...(store.touch === undefined ? {} : { touch: (key) => all.touch(key) }),
    ...(store.keys === undefined ? {} : { keys: (options) => all.keys(options) }),
    ...(store.onEvicted === undefined ? {} : { onEvicted: (listener) => all.onEvicted(listener) }),
    ...(store.close === undefined ? {} : { close: () => all.close() }),
    ...(store.renew === undefined ? {} : { renew: (key, lease, leaseMs) => all.renew(key, lease, leaseMs) }),
    ...(store.isTransient === undefined ? {} : { isTransient: (error) => all.isTransient(error) }),
  };
}

/** Goes on with an answer: at once where it came at once. */
export function andThen<T, R>(
  answer: T | PromiseLike<T>,
  go: (answer: T) => MaybePromise<R>,
): MaybePromise<R> {
  return isPromiseLike(answer) ? Promise.resolve(answer).then(go) : go(answer);
}

/** Does some work, and has something else to say where it fails, at once or later. */
export function rescued<T>(work: () => T | PromiseLike<T>, rescue: (error: unknown) => T): MaybePromise<T> {
  try {
    const answer = work();
    return isPromiseLike(answer) ? Promise.resolve(answer).catch(rescue) : answer;
  } catch (error) {
    return rescue(error);
  }
}
