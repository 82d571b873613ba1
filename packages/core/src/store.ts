/** The contract between the engine and whatever keeps the sessions. */

import type { MaybePromise } from './maybe-promise';

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
  set(key: string, value: S, limits?: StoreLimits): Promise<unknown> | unknown;

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

  /**
   * What the store can do besides the three methods. The engine uses a capability only where it is named here, and
   * then relies on all of its methods.
   * @default {}: none
   */
  readonly supports?: StoreCapabilities;

  /** Asks for a lease, and for the data with it. Part of the capability `leases`. */
  acquire?(key: string, request: LeaseRequest): MaybePromise<LeaseAnswer<S>>;

  /**
   * Lets a lease live for another `leaseMs` from now. Part of the capability `leases`.
   *
   * @returns whether it was still the caller's; a lease that has lapsed without anybody taking the key still is
   */
  renew?(key: string, lease: Lease, leaseMs: number): MaybePromise<boolean>;

  /** Changes the data and ends the lease, in one atomic step. Part of the capability `leases`. */
  commit?(key: string, lease: Lease, commit: LeaseCommit<S>): MaybePromise<CommitAnswer<S>>;

  /**
   * Whether the same call may well succeed a moment later: the connection broke, the server starts, a row was locked.
   * The engine repeats only what failed in this way. Part of the capability `leases`.
   */
  isTransient?(error: unknown): boolean;

  /**
   * Lets a value that ends by itself live on from now, without writing it again. Part of the capability `ttl`. Of a store
   * that does not name `ttl` at all, the engine calls it for each session that an update has read and not written.
   */
  touch?(key: string): MaybePromise<unknown>;

  /** The keys that have a value, in no particular order; one may come twice. Part of the capability `keys`. */
  keys?(options?: { prefix?: string }): AsyncIterable<string> | Iterable<string>;

  /** The store whose keys these are, where a store wraps another: all wrappers of one store share its turns. */
  readonly wraps?: SessionStore | undefined;

  /**
   * Tells a listener of each session that the store drops by itself, after it is gone. For stores in memory; a database
   * does not tell.
   *
   * @returns what ends the telling
   */
  onEvicted?(listener: EvictionListener): () => void;

  /** Gives back what the store has opened itself. A client that was given to it is not closed. */
  close?(): MaybePromise<unknown>;
}

/** Why a store has dropped a session by itself: it was full, or the session's time was over. */
export type EvictionReason = 'max' | 'ttl';

/** Is told of a session that a store has dropped. Must not throw. */
export type EvictionListener = (key: string, reason: EvictionReason) => void;

/** What a store can do besides `get`, `set` and `delete`. The conformance suite tests whatever is named here. */
export interface StoreCapabilities {
  /** Exclusive access across processes: `acquire`, `renew`, `commit` and `isTransient`. */
  readonly leases?: boolean;
  /** Values end by themselves when they are not used; `get`, `set`, a lease and `touch` are uses. */
  readonly ttl?: boolean;
  /** `keys`. */
  readonly keys?: boolean;
  /** Values are encoded, so that they have a size: `set` heeds the limits it is given. */
  readonly encodes?: boolean;
  /** `getShared` answers the very object that `setOwned` was given, or `undefined`. */
  readonly keepsOwned?: boolean;
}

/** What a store is to refuse, with nothing changed. */
export interface StoreLimits {
  /** The size in bytes above which an encoded value is refused as `VALUE_TOO_LARGE`. */
  readonly maxBytes?: number | undefined;
}

/**
 * How a lease works, in short. A process `acquire`s the lease of a key and gets the data with it; nobody else gets that
 * lease until it is committed or lapses. `commit` changes the data **only while the lease is still the very one that was
 * acquired**: the store compares its token and its fence in the same atomic step that writes. A lease that lapsed is not
 * lost by that: it is lost when another has acquired the key. Hence every commit that succeeds has replaced exactly the
 * data that its handler has read, whatever the clocks did; the deadline only says when others may try.
 *
 * Three traps, and what the contract does about them:
 * - A delayed duplicate of an `acquire` makes its sender the holder once more, after others have written. Therefore every
 *   attempt has a fresh token, and every `acquire` and `commit` **changes the fence**, a number that only grows.
 * - A database that reads the data by a snapshot from before it waited for the lock hands out old data. Therefore data
 *   and lock are one record, or change in one script.
 * - A client that sends a command again after a lost connection does it twice. Therefore `commit` first looks whether
 *   its **mark** was left already, and then answers `repeated`.
 *
 * Only the server's clock counts.
 */
export interface LeaseRequest {
  /** 16 characters of base64url, never used before. */
  readonly token: string;
  /** The token of an attempt whose answer was lost; a lease that it may have got is taken over at once, whatever is reserved. */
  readonly previous?: string | undefined;
  /** How long the lease lives unless it is renewed. */
  readonly leaseMs: number;
  /** Who asks: 16 characters of base64url, the same for all requests of one process. */
  readonly contender: string;
  /**
   * How long a reservation lives. A key that is held keeps **one** reservation: the first contender who finds the slot
   * free, or its reservation over, gets it. While it lives, nobody else gets the key, even when it is free; whoever
   * acquires the key with a reservation of its own gives it back. Asking again renews one's own reservation.
   */
  readonly reserveMs: number;
}

/** Whether the lease was had. */
export type LeaseAnswer<S> = LeaseGrant<S> | LeaseRefusal;

/** The lease, and what belongs to it. */
export interface LeaseGrant<S> {
  readonly granted: true;
  readonly lease: Lease;
  /** The marks of the last commits, as the last commit left them; `''` where there are none. */
  readonly marks: string;
  /**
   * The data as of the acquisition; `undefined` where there is none.
   * @throws StoreFailure `VALUE_CORRUPT`, and whatever else decoding throws: it does not cost the lease
   */
  read(): S | undefined;
}

/** Another has the lease. */
export interface LeaseRefusal {
  readonly granted: false;
  /** After how many milliseconds the key may be had, unless the lease or the reservation is renewed; to ask later is a waste. */
  readonly remainingMs: number;
  /** Whether the caller's contender has the reservation. */
  readonly reserved: boolean;
}

/** A lease that was acquired. Stores keep in it what they need to know it again: the fence, and the data that was read. */
export interface Lease {
  readonly token: string;
}

/** What a commit is to do. */
export interface LeaseCommit<S> extends StoreLimits {
  readonly change: StoredChange<S>;
  /**
   * A word without comma that no other commit of this key has. When it stands among the stored marks, this commit was
   * carried out before. `undefined` leaves the marks as they are, for commits that may be forgotten.
   */
  readonly mark: string | undefined;
  /** The marks to store with the data, separated by commas, this commit's own among them. */
  readonly marks: string;
  /** Who is to have the key next, in the same step: no other process comes between. */
  readonly next?: NextLease | undefined;
}

/** A request of the process that commits, for the lease that follows on its own. */
export interface NextLease extends LeaseRequest {
  /** Whether it is refused while another contender has a reservation. */
  readonly yields: boolean;
}

/** What becomes of the data. `none` leaves it as it is, and lets it live on where values end by themselves. */
export type StoredChange<S> =
  | { readonly kind: 'none' }
  | { readonly kind: 'set'; readonly value: S }
  | { readonly kind: 'delete' };

/** What became of a commit. */
export type CommitAnswer<S> =
  /**
   * The data is changed, now (`done`) or by an earlier copy of this command (`repeated`), and the lease is over. `next`
   * is there when it was asked for and could be had; its `read` answers what is stored now. A repeated commit leaves the
   * fence of a `next` that still holds as it is.
   */
  | { readonly state: 'done' | 'repeated'; readonly next?: LeaseGrant<S> | undefined }
  /** Another has acquired the key, or the record is gone. Nothing was changed. */
  | { readonly state: 'lost' };

/**
 * The failures that are not a driver's: the engine tells them by their code, whichever copy of a class they are of.
 *
 * - `VALUE_CORRUPT`: what is stored cannot be decoded. Becomes `SESSION_CORRUPT`; nothing is overwritten.
 * - `VALUE_UNDECRYPTABLE`: what is stored does not open with the keys at hand. Becomes `SESSION_DECRYPT_FAILED`; nothing is
 *   overwritten, and it is not repaired either, because with the right key it may be whole.
 * - `VALUE_UNSTORABLE`: the value cannot be kept as it is, and nothing was changed. Becomes `SESSION_INVALID`.
 * - `VALUE_TOO_LARGE`: the encoded value is above `maxBytes`, and nothing was changed. Becomes `SESSION_TOO_LARGE`.
 *
 * Their texts carry no data, because errors are logged.
 */
export interface StoreFailure extends Error {
  readonly code: 'VALUE_CORRUPT' | 'VALUE_UNDECRYPTABLE' | 'VALUE_UNSTORABLE' | 'VALUE_TOO_LARGE';
  /** With `VALUE_CORRUPT` and `VALUE_UNDECRYPTABLE`: what is stored. Not enumerable, so that no log prints it. */
  readonly raw?: unknown;
  /** With `VALUE_CORRUPT`: the decoder's own error, whose text may quote the data. Not enumerable. */
  readonly reason?: unknown;
}

/** How a store that keeps text makes it of values, and values of it: `JSON`, `superjson`, `devalue` and the like. */
export interface TextCodec {
  stringify(value: unknown): string;
  parse(text: string): unknown;
}
