/** Leases on records: acquire, renew and commit. */

import type {
  CommitAnswer,
  Lease,
  LeaseAnswer,
  LeaseCommit,
  LeaseGrant,
  LeaseRequest,
  NextLease,
  StoredChange,
} from '@sessiongram/core';
import { AFTERWARDS, COMMITTED, documentIn, FLEETING, isDuplicate, READ } from './client';
import {
  assigning,
  canBeReserved,
  FENCE_GROWS,
  type Fields,
  hasLapsed,
  isFree,
  isHeldBy,
  isNotReservedBefore,
  RELEASED,
  type RecordedLease,
  remaining,
  reserving,
  type StoredRecord,
  taking,
  UNENDED,
  UNRESERVED,
} from './record';
import type { Records } from './records';

/** How often an acquire starts again because others were at the same record at the same time. */
const ATTEMPTS = 3;

/** A lease that was granted here. */
interface MongoLease extends Lease, RecordedLease {
  /** Whether there was a value that had not ended. */
  readonly isLive: boolean;
  readonly expiresAt: Date | undefined;
  readonly isMarked: boolean;
}

/** Carries out the lease capability of a store. Values are checked before they come here. */
export class Leases<S> {
  constructor(readonly records: Records) {}

  /** One command where the key is free, two where it is reserved, three where another has the reservation. */
  async acquire(key: string, request: LeaseRequest): Promise<LeaseAnswer<S>> {
    const { records } = this;
    const at = records.at(key);
    const fields = { purgeAt: await records.endOfLeased(), ...UNRESERVED };
    for (let attempt = 1; ; attempt++) {
      let conflict: unknown;
      try {
        const free = await this.#take({ ...at, ...isFree(request) }, request, fields, UPSERTED);
        if (free !== undefined) return free;
      } catch (error) {
        // Another has the key: the record does not match, and there is room for one only.
        if (!isDuplicate(error)) throw error;
        conflict = error;
      }
      const reserved = await this.#update({ ...at, ...canBeReserved(request) }, reserving(request), FLEETING);
      if (reserved !== undefined) {
        const { at: since, ms, reservedAt } = reserved.lease ?? {};
        return { granted: false, remainingMs: Math.max(1, remaining(since, ms, reservedAt)), reserved: true };
      }
      const seen = await this.#look(at);
      const remainingMs = remainingOf(seen, request.contender);
      if (remainingMs > 0) return { granted: false, remainingMs, reserved: false };

      const lapsed = await this.#take({ ...at, ...hasLapsed(request) }, request, fields, FLEETING);
      if (lapsed !== undefined) return lapsed;
      if (attempt < ATTEMPTS) continue;
      // The conflict was with a record of another key, by an index that is not ours.
      if (seen === undefined) throw conflict;
      return { granted: false, remainingMs: 1, reserved: false };
    }
  }

  async renew(key: string, lease: Lease, leaseMs: number): Promise<boolean> {
    const { collection } = this.records;
    const filter = { ...this.records.at(key), ...isHeldBy(lease as MongoLease) };
    const update = { $set: { 'lease.ms': leaseMs }, $currentDate: { 'lease.at': true } };
    return (await collection.updateOne(filter, update, FLEETING)).matchedCount === 1;
  }

  /** One command; one more where another process has a reservation, and one or two where nothing matched. */
  async commit(key: string, given: Lease, commit: LeaseCommit<S>): Promise<CommitAnswer<S>> {
    const { mark, next } = commit;
    const lease = given as MongoLease;
    const at = this.records.at(key);
    const unmarked = mark === undefined ? {} : { 'lease.marks': { $ne: mark } };
    const filter = { ...at, ...isHeldBy(lease), ...unmarked };
    for (const end of await this.#endsOf(lease, commit.change)) {
      const done = await this.#change({ ...filter, ...end.where }, lease, commit, end);
      if (done !== undefined) return done;
    }
    return mark === undefined ? { state: 'lost' } : this.#findMarked(at, mark, next);
  }

  /** Commits where the record is as it has to be, and else answers nothing. */
  async #change(
    filter: object,
    lease: MongoLease,
    commit: LeaseCommit<S>,
    { end, fields: life }: PossibleEnd,
  ): Promise<CommitAnswer<S> | undefined> {
    const { next } = commit;
    const fields = { ...this.#fieldsOf(lease, commit), ...life };
    if (next !== undefined) {
      const granted = await this.#handOver(filter, fields, next);
      if (granted !== undefined) return { state: 'done', next: granted };
    }
    if (next !== undefined && !next.yields) return undefined;
    const purgeAt = await this.#purgeOf(lease, commit, end);
    const update = { ...assigning({ ...fields, purgeAt, ...RELEASED }), ...FENCE_GROWS };
    const { matchedCount } = await this.records.collection.updateOne(filter, update, COMMITTED);
    return matchedCount === 1 ? { state: 'done' } : undefined;
  }

  /** The lease that follows, in the update that ends the one before. A living reservation of another stays his. */
  async #handOver(filter: object, fields: Fields, next: NextLease): Promise<LeaseGrant<S> | undefined> {
    const { records } = this;
    const followed = { ...fields, purgeAt: await records.endOfLeased() };
    const unreserved = { ...filter, ...isNotReservedBefore(next) };
    const granted = await this.#take(unreserved, next, { ...followed, ...UNRESERVED }, COMMITTED);
    return granted ?? (next.yields ? undefined : this.#take(filter, next, followed, COMMITTED));
  }

  /** Whether an earlier copy of a commit was carried out. Asked by an update that changes nothing, so that it waits for a majority. */
  async #findMarked(at: object, mark: string, next: NextLease | undefined): Promise<CommitAnswer<S>> {
    const unchanged = { $max: { 'lease.fence': 0 } };
    const found = await this.#update({ ...at, 'lease.marks': mark }, unchanged, COMMITTED);
    if (found === undefined) return { state: 'lost' };
    const isNext = next !== undefined && found.lease?.token === next.token;
    return isNext ? { state: 'repeated', next: this.#grantOf(found) } : { state: 'repeated' };
  }

  async #take(
    filter: object,
    request: LeaseRequest,
    fields: Fields,
    options: object,
  ): Promise<LeaseGrant<S> | undefined> {
    const askedAt = Date.now();
    const taken = await this.#update(filter, taking(request, fields), options);
    if (taken === undefined) return undefined;
    this.records.learnTime(taken, askedAt);
    return this.#grantOf(taken);
  }

  async #update(filter: object, update: object, options: object): Promise<StoredRecord | undefined> {
    const { collection } = this.records;
    return documentIn(await collection.findOneAndUpdate(filter, update, { ...options, ...AFTERWARDS }));
  }

  async #look(at: object): Promise<SeenRecord | undefined> {
    const pipeline = [{ $match: at }, { $project: { lease: 1, now: '$$NOW' } }];
    const [seen] = await this.records.collection.aggregate(pipeline, READ).toArray();
    return seen as SeenRecord | undefined;
  }

  #grantOf(record: StoredRecord): LeaseGrant<S> {
    const { lease = {}, expiresAt } = record;
    const { token, fence, since } = lease as RecordedLease;
    const value = record[this.records.valueField];
    const isLive = value !== undefined && (expiresAt == null || expiresAt > since);
    const isMarked = lease.marks !== undefined;
    const granted: MongoLease = { token, fence, since, isLive, expiresAt: expiresAt ?? undefined, isMarked };
    return {
      granted: true,
      lease: granted,
      marks: lease.marks?.join(',') ?? '',
      read: () => (isLive ? (value as S) : undefined),
    };
  }

  /**
   * When the value ends that a commit leaves. Where that takes a look at the server's clock, there are two, to be tried in
   * turn: an end that is kept must not be over by now, for what is written after that begins anew.
   */
  async #endsOf(lease: MongoLease, change: StoredChange<S>): Promise<readonly PossibleEnd[]> {
    const { records } = this;
    const end = leavesValue(lease, change) ? await records.end() : undefined;
    const begins = { where: ALWAYS, end, fields: { expiresAt: end } };
    const keeps = { where: ALWAYS, end: lease.expiresAt, fields: {} };
    if (change.kind === 'none' && lease.isLive) return records.renewalMs === undefined ? [keeps] : [begins];
    const hasEnd = lease.isLive && lease.expiresAt !== undefined;
    if (change.kind !== 'set' || !records.isFixed || !hasEnd) return [begins];
    // Nobody else changes the end while the lease is held, so what is not to come is over.
    return [{ ...keeps, where: UNENDED }, begins];
  }

  /** What a commit changes, but for the lock and the end. A value that has ended goes, lest its life be renewed. */
  #fieldsOf(lease: MongoLease, { change, mark, marks }: LeaseCommit<S>): Fields {
    const { valueField } = this.records;
    const marked = mark === undefined ? {} : { 'lease.marks': marks === '' ? undefined : marks.split(',') };
    if (change.kind === 'set') return { ...marked, [valueField]: change.value };
    return leavesValue(lease, change) ? marked : { ...marked, [valueField]: undefined };
  }

  /** When the record is purged that a commit leaves without a holder. */
  async #purgeOf(
    lease: MongoLease,
    { change, mark, marks }: LeaseCommit<S>,
    end: Date | undefined,
  ): Promise<Date | undefined> {
    const isMarked = mark === undefined ? lease.isMarked : marks !== '';
    if (leavesValue(lease, change)) {
      // Marks are remembered for their day, however soon the value ends.
      return isMarked && end !== undefined ? later(end, await this.records.endOfMarked()) : end;
    }
    return isMarked ? this.records.endOfMarked() : this.records.endOfEmpty();
  }
}

/** An end, which records may have it, and what is to be written for it: nothing where it is kept. */
interface PossibleEnd {
  readonly where: object;
  readonly end: Date | undefined;
  readonly fields: Fields;
}

const ALWAYS = {};

const UPSERTED = { ...FLEETING, upsert: true } as const;

interface SeenRecord extends StoredRecord {
  readonly now: Date;
}

/** Whether there is a value after a commit. */
function leavesValue(lease: MongoLease, { kind }: StoredChange<unknown>): boolean {
  return kind === 'set' || (kind === 'none' && lease.isLive);
}

function later(one: Date, other: Date): Date {
  return one > other ? one : other;
}

/** How long a contender has to wait for a key that another has, or has reserved. */
function remainingOf(seen: SeenRecord | undefined, contender: string): number {
  if (seen?.lease === undefined) return 0;
  const { at, ms, reserved, reservedAt, reservedMs } = seen.lease;
  const held = remaining(at, ms, seen.now);
  if (held > 0 || reserved === contender) return held;
  return remaining(reservedAt, reservedMs, seen.now);
}
