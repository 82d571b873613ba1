/** The contract between the engine and whatever keeps the sessions. */

/**
 * Keeps one value per key. Any object with these three methods is a store: a `Map`, a Telegraf store, a class over
 * your own database. Methods may answer at once or with a promise.
 *
 * What the engine promises to a store:
 * - Calls for one key come one after the other, for all engines and middlewares of a process that were given the same
 *   store object. Only `sessions.read()` takes no turn, and only a call that hangs for longer than `maxHoldMs` is overtaken.
 * - `set` is called only when the value has changed, with a copy that no handler holds. A store may keep it, and may
 *   hand the same object out again: the engine never changes what it was given.
 * - A failed call reaches the caller, and what a failed `get` may have hidden is not overwritten.
 *
 * What a store promises to the engine:
 * - `get` answers `undefined` (or `null`) only for a key that has no value. **A failure is an exception**, never an
 *   absence: a store that answers `undefined` when its database is away makes the engine start a new session over
 *   data that still exists.
 * - What `get` answers after a `set` that succeeded equals the value that was set, until the next `set` or `delete`
 *   or the end of its life. Falsy values (`0`, `''`, `false`) are values.
 * - A `set` or `delete` that has settled is done, as far as the store can be trusted at all.
 * - Errors are thrown as they come from the driver. The engine wraps them once, as `SESSION_LOAD_FAILED` or
 *   `SESSION_SAVE_FAILED`, with the original as `cause`.
 *
 * @typeParam S - the value that is stored; `any` by default, so that a store may serve sessions of every type
 *
 * @example
 * ```ts
 * class FileStore implements SessionStore {
 *   get(key: string) { return readJsonIfItExists(fileOf(key)); }
 *   set(key: string, value: unknown) { return writeJsonAtomically(fileOf(key), value); }
 *   delete(key: string) { return removeIfItExists(fileOf(key)); }
 * }
 * ```
 */
// biome-ignore lint/suspicious/noExplicitAny: the specification's own default; with `unknown`, its `RedisAdapter` would not compile
export interface SessionStore<S = any> {
  /** Reads the value of a key, or `undefined` where there is none. */
  get(key: string): Promise<S | undefined> | S | undefined;

  /** Stores a value under a key, in place of the one that may be there. */
  set(key: string, value: S): Promise<unknown> | unknown;

  /** Removes a key and its value. A key that does not exist is not an error. */
  delete(key: string): Promise<unknown> | unknown;

  /**
   * Reads like `get`, but may hand out the stored object itself. The caller promises not to change it.
   *
   * Optional, for stores that keep objects rather than bytes and whose `get` therefore makes a copy: the engine makes
   * the copy that a handler gets anyway, and one is enough. Belongs together with {@link SessionStore.setOwned}.
   */
  getShared?(key: string): Promise<S | undefined> | S | undefined;

  /**
   * Stores like `set`, but may keep the very object it was given. The caller has given it away and never changes it.
   *
   * Optional; the counterpart of {@link SessionStore.getShared}.
   */
  setOwned?(key: string, value: S): Promise<unknown> | unknown;
}
