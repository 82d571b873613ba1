/** Sessions in MongoDB: one document for each key, which holds the value and the lock. */

import type {
  CommitAnswer,
  Lease,
  LeaseAnswer,
  LeaseCommit,
  LeaseRequest,
  SessionStore,
  StoreCapabilities,
  StoreLimits,
  TtlKind,
} from '@sessiongram/core';
import {
  checkOptions,
  fromTextKey,
  REWRITTEN,
  type Rule,
  type Rules,
  renewalMs,
  shown,
  toTextKey,
  ttl,
  ttlMs,
  Unstorable,
} from '@sessiongram/core/kit';
import {
  COMMITTED,
  FLEETING,
  isDuplicate,
  isRefusedName,
  isTransient,
  type MongoCollection,
  missingMethods,
  READ,
} from './client';
import { Leases } from './leases';
import {
  assigning,
  ENDED,
  FENCE_GROWS,
  type Fields,
  LIVE,
  RELEASED,
  type StoredRecord,
  UNENDED,
} from './record';
import { Records } from './records';
import { assertStorable } from './values';

/** Options of a {@link MongoSessionStore}. */
export interface MongoSessionStoreOptions {
  /**
   * How long a session lives, in milliseconds; `ttl` says from when. It ends on time for whoever reads, by the server's
   * clock; the server removes the document within about a minute after that.
   * @default none: it lives until it is deleted
   */
  ttlMs?: number;
  /**
   * From when `ttlMs` counts. `'rolling'`: from the last use; each read and each write renews it. `'fixed'`: from the
   * first write, whatever is read or written after; a session that was deleted or has ended begins anew when it is written.
   * @default 'rolling'
   */
  ttl?: TtlKind;
  /**
   * The field that has the key. On another than `_id` the store makes a unique index, which fails where two documents
   * have the same key already.
   * @default '_id'
   */
  keyField?: string;
  /**
   * The field that has the session.
   * @default 'value'
   */
  valueField?: string;
}

/**
 * Keeps sessions in a collection, a document for each, with leases across processes. For MongoDB 4.4 and later and the
 * official driver 5, 6 or 7; members with names like `$a` need MongoDB 5.0, and are refused before.
 *
 * A session is kept as BSON, so that a `Date` stays one. What BSON would change without a word is refused: `bigint`, `NaN`,
 * maps and sets, instances of classes, lone surrogates, more than 90 levels.
 *
 * The documents of other libraries are read and written as they are, by the names of their fields: `{ keyField: 'key' }`
 * for `@grammyjs/storage-mongodb`, `{ keyField: 'key', valueField: 'session' }` for `@telegraf/session`, whose collection
 * is `telegraf-sessions`. The lock and the dates are in fields `lease`, `expiresAt` and `purgeAt` beside them.
 *
 * What is saved was acknowledged by a majority and is in the journal.
 *
 * @typeParam S - the value that is stored
 *
 * @example
 * ```ts
 * const client = new MongoClient('mongodb://127.0.0.1:27017/bot');
 * const store = new MongoSessionStore(client.db().collection('sessions'), { ttlMs: 30 * 24 * 60 * 60 * 1000 });
 * ```
 */
// biome-ignore lint/suspicious/noExplicitAny: like SessionStore, so that one store may serve sessions of every type
export class MongoSessionStore<S = any> implements SessionStore<S> {
  readonly supports: StoreCapabilities;
  readonly #records: Records;
  readonly #leases: Leases<S>;

  /**
   * @param collection - a collection of a client that is yours: it is not closed here
   * @throws TypeError when the collection is none, or an option has a wrong type or range, or is not known
   */
  constructor(collection: MongoCollection, options: MongoSessionStoreOptions = {}) {
    const missing = missingMethods(collection);
    if (missing.length > 0) {
      throw new TypeError(
        "new MongoSessionStore() takes a collection of the package 'mongodb', such as " +
          `client.db().collection('sessions'), but got ${shown(collection)}, without ${missing.join(', ')}.`,
      );
    }
    checkOptions('new MongoSessionStore()', options, rules);
    const { keyField = '_id', valueField = 'value' } = options;
    if (keyField === valueField)
      throw new TypeError('new MongoSessionStore(): options "keyField" and "valueField" must differ.');
    const renewal = renewalMs('new MongoSessionStore()', options);
    this.#records = new Records(collection, keyField, valueField, options.ttlMs, renewal);
    this.#leases = new Leases(this.#records);
    this.supports = { leases: true, ttl: renewal !== undefined, keys: true, encodes: true };
  }

  async get(key: string): Promise<NoInfer<S> | undefined> {
    const { collection, valueField } = this.#records;
    const options = { ...READ, projection: { [valueField]: 1 } };
    const found = await collection.findOne({ ...this.#records.at(key), ...LIVE }, options);
    if (found !== null && this.#records.renewalMs !== undefined) await this.touch(key);
    return (found as StoredRecord | null)?.[valueField] as NoInfer<S> | undefined;
  }

  async set(key: string, value: S, limits?: StoreLimits): Promise<void> {
    assertStorable(value, limits?.maxBytes);
    await this.#records.prepare();
    const ends = await this.#records.end();
    const fields = { [this.#records.valueField]: value, expiresAt: ends, purgeAt: ends };
    await (this.#records.isFixed ? this.#setFixed(key, fields) : this.#overwrite(key, fields, UPSERTED));
  }

  async delete(key: string): Promise<void> {
    await this.#records.prepare();
    const purgeAt = await this.#records.endOfMarked();
    const fields = { [this.#records.valueField]: undefined, expiresAt: undefined, purgeAt };
    await this.#overwrite(key, fields, COMMITTED);
  }

  async touch(key: string): Promise<void> {
    const { collection, valueField, renewalMs: life } = this.#records;
    await this.#records.prepare();
    const ends = await this.#records.end();
    if (life === undefined || ends === undefined) return;
    // Once in a tenth of its life is often enough.
    const isFresh = { expiresAt: { $gt: new Date(ends.getTime() - life / 10) } };
    const filter = { ...this.#records.at(key), [valueField]: { $exists: true }, ...LIVE, $nor: [isFresh] };
    // A lease may have put off the purge for longer.
    await collection.updateOne(filter, { $set: { expiresAt: ends }, $max: { purgeAt: ends } }, FLEETING);
  }

  async *keys({ prefix = '' }: { prefix?: string } = {}): AsyncGenerator<string, void> {
    const { collection, keyField, valueField } = this.#records;
    const filter = { [keyField]: startingWith(prefix), [valueField]: { $exists: true }, ...LIVE };
    for await (const found of collection.find(filter, { ...READ, projection: { [keyField]: 1 } })) {
      const key = fromTextKey((found as StoredRecord)[keyField] as string);
      if (key?.startsWith(prefix)) yield key;
    }
  }

  async acquire(key: string, request: LeaseRequest): Promise<LeaseAnswer<S>> {
    await this.#records.prepare();
    return this.#leases.acquire(key, request);
  }

  renew(key: string, lease: Lease, leaseMs: number): Promise<boolean> {
    return this.#leases.renew(key, lease, leaseMs);
  }

  async commit(key: string, lease: Lease, commit: LeaseCommit<S>): Promise<CommitAnswer<S>> {
    if (commit.change.kind === 'set') assertStorable(commit.change.value, commit.maxBytes);
    return this.#leases.commit(key, lease, commit).catch(rethrow);
  }

  isTransient(error: unknown): boolean {
    return isTransient(error);
  }

  /**
   * Writes a value without a lease, and keeps the end of the one that is there. Only the server's clock tells whether it
   * is there still, and no upsert may look at that: one command for a value that lives, two for a key without, three for
   * a value that has ended.
   */
  async #setFixed(key: string, fields: Fields): Promise<void> {
    const { valueField } = this.#records;
    const at = this.#records.at(key);
    for (let attempt = 1; ; attempt++) {
      const value = { [valueField]: fields[valueField] };
      if (await this.#write({ ...at, ...UNENDED }, value, COMMITTED)) return;
      try {
        await this.#write({ ...at, expiresAt: null }, fields, UPSERTED);
        return;
      } catch (error) {
        if (!isDuplicate(error)) throw error;
        if (await this.#write({ ...at, ...ENDED }, fields, COMMITTED)) return;
        // Others have written in between, or the conflict is with a record of another key, by an index that is not ours.
        if (attempt === ATTEMPTS) throw error;
      }
    }
  }

  /** Writes without a lease, whatever is there. */
  async #overwrite(key: string, fields: Fields, options: object): Promise<void> {
    const write = () => this.#write(this.#records.at(key), fields, options);
    // Two writers of a new key may both try to insert; the second then finds the document of the first.
    await write().catch((error: unknown) => (isDuplicate(error) ? write() : Promise.reject(error)));
  }

  /**
   * Writes without a lease. One that somebody has is over: its commit would replace what was never read.
   *
   * @returns whether a record matched
   */
  async #write(filter: object, fields: Fields, options: object): Promise<boolean> {
    const update = { ...assigning({ ...fields, ...RELEASED }), ...FENCE_GROWS };
    const { matchedCount } = await this.#records.collection.updateOne(filter, update, options).catch(rethrow);
    return matchedCount === 1;
  }
}

/** How often a write starts again because others were at the same record at the same time. */
const ATTEMPTS = 3;

const UPSERTED = { ...COMMITTED, upsert: true } as const;

const OURS: ReadonlySet<unknown> = new Set(['lease', 'expiresAt', 'purgeAt']);

const field: Rule = {
  expected: 'the name of a field without dots, other than lease, expiresAt and purgeAt',
  accepts: (value) => typeof value === 'string' && /^[^$.\0][^.\0]*$/.test(value) && !OURS.has(value),
};

const rules: Rules = {
  ttlMs,
  ttl,
  keyField: field,
  valueField: { ...field, accepts: (value) => field.accepts(value) && value !== '_id' },
};

/** Filters text by its beginning; a key that was rewritten shows it only when it is read. */
function startingWith(prefix: string): object {
  const isRewritten = toTextKey(prefix) !== prefix;
  const escaped = prefix.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  return { $regex: isRewritten ? `^${REWRITTEN}` : `^(?:${escaped}|${REWRITTEN})` };
}

function rethrow(error: unknown): never {
  throw isRefusedName(error)
    ? new Unstorable('a member whose name begins with $, or has a dot, which this server does not take')
    : error;
}
