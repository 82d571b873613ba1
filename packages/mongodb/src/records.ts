/** The collection as one store uses it: where the records of its keys are, and how long they stay. */

import { toTextKey } from '@sessiongram/core/kit';
import { type MongoCollection, READ } from './client';
import type { StoredRecord } from './record';
import { ServerClock } from './server-clock';

/** How long the record of a deleted session stays: with marks, by which an update is known that comes again, and without. */
const MARKED_MS = 86_400_000;
const UNMARKED_MS = 60_000;

/** The documents of a collection, under the names that the user gave to their fields. */
export class Records {
  readonly #clock: ServerClock = new ServerClock(() => this.#askTime());
  #indexes: Promise<unknown> | undefined;

  constructor(
    readonly collection: MongoCollection,
    readonly keyField: string,
    readonly valueField: string,
    readonly ttlMs: number | undefined,
    /** How long a use lets a value live on; nothing where it changes nothing. */
    readonly renewalMs: number | undefined,
  ) {}

  /** Whether a value ends when it was to end as it was first written. */
  get isFixed(): boolean {
    return this.ttlMs !== this.renewalMs;
  }

  /** The filter for a key. */
  at(key: string): Readonly<Record<string, string>> {
    return { [this.keyField]: toTextKey(key) };
  }

  /** Makes the indexes, once. A failed attempt is repeated by the next call. */
  prepare(): Promise<unknown> {
    this.#indexes ??= this.#makeIndexes().catch((error: unknown) => {
      this.#indexes = undefined;
      throw error;
    });
    return this.#indexes;
  }

  /** When a value ends that begins now; nothing where values do not end. */
  async end(): Promise<Date | undefined> {
    return this.ttlMs === undefined ? undefined : this.#after(this.ttlMs);
  }

  /**
   * When a record is purged that somebody has the lease of: not while he may come back. Without `ttlMs` never, because
   * nothing in the same update could tell whether there is a value that does not end.
   */
  async endOfLeased(): Promise<Date | undefined> {
    return this.ttlMs === undefined ? undefined : this.#after(this.ttlMs + MARKED_MS);
  }

  /** When a record is purged that has marks and no value. */
  endOfMarked(): Promise<Date> {
    return this.#after(MARKED_MS);
  }

  /** When a record is purged that has nothing but the lock. */
  endOfEmpty(): Promise<Date> {
    return this.#after(UNMARKED_MS);
  }

  /** Takes over the server's time from a record that was just acquired. */
  learnTime({ lease }: StoredRecord, askedAt: number): void {
    if (lease?.since !== undefined) this.#clock.learn(lease.since, askedAt);
  }

  async #after(ms: number): Promise<Date> {
    return new Date((await this.#clock.now()) + ms);
  }

  async #makeIndexes(): Promise<void> {
    const { collection, keyField } = this;
    await collection.createIndex({ purgeAt: 1 }, { expireAfterSeconds: 0, sparse: true });
    if (keyField !== '_id') await collection.createIndex({ [keyField]: 1 }, { unique: true });
  }

  /** `$facet` makes one document, also of none. */
  async #askTime(): Promise<Date> {
    const pipeline = [
      { $limit: 1 },
      { $facet: { any: [{ $count: 'count' }] } },
      { $project: { now: '$$NOW' } },
    ];
    const [answer] = await this.collection.aggregate(pipeline, READ).toArray();
    return (answer as { now: Date }).now;
  }
}
