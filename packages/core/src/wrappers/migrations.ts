/** Sessions whose shape has a version: old ones are brought up to date when they are read. */

import { checkOptions, isObject, type Rules } from '../check';
import { Unstorable } from '../data/unstorable';
import { isLeasing } from '../lease';
import type { MaybePromise } from '../maybe-promise';
import type { Lease, LeaseGrant, SessionStore, StoredChange, StoreFailure, StoreLimits } from '../store';
import { type Enhanced, enhancedOf } from './enhanced';
import { Ladder, type Migration } from './ladder';
import { andThen, passageOf, rescued } from './passage';

/** Options of {@link withMigrations}. One of them has to be given. */
export interface MigrationsOptions {
  /**
   * The version that the program works with: migrations up to it are carried out, and it is stored with what is written.
   * @default the highest that there is a migration to
   */
  version?: number;
  /**
   * By version, the function that makes data of that version of those of the version before. Versions may have fractions:
   * 1.5 comes between 1 and 2.
   * @default {}
   */
  migrations?: Readonly<Record<number, Migration>>;
}

/**
 * Keeps the version of each session with it, in the format of grammY's `enhanceStorage`, and brings old sessions up to
 * date when they are read. What was stored before there were versions counts as version 0. A session is written in its
 * new shape when a handler next changes it.
 *
 * A session that a newer version of the program has written is refused, as `SESSION_LOAD_FAILED` or `SESSION_SAVE_FAILED`
 * with a `cause` of the code `VALUE_NEWER`, and never overwritten; it may be deleted. What has outlived the end that
 * `enhanceStorage` gave it counts as absent; an end that is yet to come is kept, and not put off. Without leases, each
 * write reads first what is there, to know the end and the version.
 *
 * Has the capabilities of the store it wraps. All wrappers of one store share its turns. Where sessions are encrypted as well, migrations come outside:
 * `withMigrations(withEncryption(store, …), …)`.
 *
 * @throws TypeError when an option has a wrong type or is not known
 *
 * @example
 * ```ts
 * const store = withMigrations(new SqliteSessionStore('sessions.db'), {
 *   migrations: {
 *     1: (data) => ({ ...data, locale: 'en' }),
 *     2: ({ cart, ...data }) => ({ ...data, items: cart }),
 *   },
 * });
 * ```
 */
export function withMigrations(store: SessionStore, options: MigrationsOptions): SessionStore {
  const passage = passageOf('withMigrations()', store);
  checkOptions('withMigrations()', options, rules);
  const ladder = new Ladder(options.migrations ?? {}, options.version);

  const plain: SessionStore = {
    ...passage,
    get: (key) => andThen(store.get(key), (stored) => read(ladder, stored, Date.now())),
    set(key, value, limits) {
      const before = rescued(
        () => andThen(store.get(key), (stored) => endOf(ladder, stored, Date.now())),
        forget,
      );
      return andThen(before, (end) => inOwnWords(() => put(store, key, enhance(ladder, value, end), limits)));
    },
    delete: (key) => store.delete(key),
  };
  if (!isLeasing(store)) return plain;

  return {
    ...plain,
    acquire: (key, request) =>
      andThen(store.acquire(key, request), (answer) => (answer.granted ? granted(ladder, answer) : answer)),
    renew: (key, lease, leaseMs) => store.renew(key, innerOf(lease), leaseMs),
    commit(key, lease, commit) {
      const change = enhanceChange(ladder, commit.change, lease as VersionedLease);
      const answer = inOwnWords(() => store.commit(key, innerOf(lease), { ...commit, change }));
      return andThen(answer, (done) =>
        done.state === 'lost' || done.next === undefined
          ? done
          : { state: done.state, next: granted(ladder, done.next) },
      );
    },
  };
}

/** A lease of the store, and what the commit has to know of the data that were read with it. */
interface VersionedLease extends Lease {
  readonly inner: Lease;
  /** @throws NewerVersion, and whatever reading throws */
  endOf(): number | undefined;
}

function innerOf(lease: Lease): Lease {
  return (lease as VersionedLease).inner;
}

/** One moment counts for reading and writing: what had not ended for the handler is not written as if it had. */
function granted<S>(ladder: Ladder, grant: LeaseGrant<S>): LeaseGrant<S> {
  const now = Date.now();
  const lease: VersionedLease = {
    token: grant.lease.token,
    inner: grant.lease,
    endOf: () => endOf(ladder, grant.read(), now),
  };
  return { granted: true, lease, marks: grant.marks, read: () => read(ladder, grant.read(), now) as S };
}

function read(ladder: Ladder, stored: unknown, now: number): unknown {
  const enhanced = enhancedOf(stored, now);
  return enhanced === undefined ? undefined : ladder.climb(enhanced);
}

/** When what is stored ends; refuses what may not be overwritten. */
function endOf(ladder: Ladder, stored: unknown, now: number): number | undefined {
  const enhanced = enhancedOf(stored, now);
  if (enhanced !== undefined) ladder.admit(enhanced);
  return enhanced?.e ?? undefined;
}

/** What cannot be decoded may be overwritten, and tells no end. All else that keeps from reading keeps from writing. */
function forget(error: unknown): undefined {
  if ((error as Partial<StoreFailure> | null | undefined)?.code !== 'VALUE_CORRUPT') throw error;
}

function enhanceChange(
  ladder: Ladder,
  change: StoredChange<unknown>,
  lease: VersionedLease,
): StoredChange<unknown> {
  if (change.kind !== 'set') return change;
  const end = rescued(() => lease.endOf(), forget) as number | undefined;
  return { kind: 'set', value: enhance(ladder, change.value, end) };
}

function enhance({ target }: Ladder, value: unknown, end: number | undefined): Enhanced {
  if (value === undefined) throw new Unstorable('undefined'); // as a member it would be left out without a word
  return end === undefined ? { __d: value, v: target } : { __d: value, v: target, e: end };
}

function put(
  store: SessionStore,
  key: string,
  value: Enhanced,
  limits: StoreLimits | undefined,
): MaybePromise<unknown> {
  return limits === undefined ? store.set(key, value) : store.set(key, value, limits);
}

/** A refusal that names the way to a value names it as the user knows it, without the member that it lies in here. */
function inOwnWords<T>(work: () => T | PromiseLike<T>): MaybePromise<T> {
  return rescued(work, (error) => {
    const { path } = (error ?? {}) as { path?: unknown };
    if (Array.isArray(path) && path[0] === '__d') path.shift();
    throw error;
  });
}

const rules: Rules = {
  version: {
    expected: 'a number',
    accepts: (value) => typeof value === 'number' && Number.isFinite(value),
  },
  migrations: {
    expected: 'an object of functions (data) => data by version',
    accepts: (value) => isObject(value) && !Array.isArray(value),
  },
};
