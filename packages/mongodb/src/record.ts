/**
 * The record of a key, and the statements on it.
 *
 * ```
 * { _id, value, expiresAt, purgeAt, lease: { token, fence, since, at, ms, reserved, reservedAt, reservedMs, marks } }
 * ```
 *
 * No statement is a pipeline, so the value is never read as an expression, and may be written in the same update that
 * hands the lease on. Instead of a deadline, which only a pipeline could compute, the record has the server's time of the
 * acquisition (`$currentDate`) and a number of milliseconds; filters compare their sum with `$$NOW`.
 *
 * The fence is the pair of `fence`, which grows with every acquire and commit, and `since`, the server's time of the
 * acquisition: a record that was purged and made anew has a later one.
 */

import type { LeaseRequest } from '@sessiongram/core';

/** What is stored for a key, besides the key and the value. */
export interface StoredRecord {
  readonly [field: string]: unknown;
  readonly lease?: StoredLease;
  /** When the value ends. Before the record is purged it may have been acquired, which must not bring the value back. */
  readonly expiresAt?: Date;
}

/** The lock of a key. Whatever is not in use is not there. */
export interface StoredLease {
  readonly token?: string;
  readonly fence?: number;
  readonly since?: Date;
  readonly at?: Date;
  readonly ms?: number;
  readonly reserved?: string;
  readonly reservedAt?: Date;
  readonly reservedMs?: number;
  readonly marks?: readonly string[];
}

/** Fields of a record by their path, to be set, or removed where they are undefined. */
export type Fields = Readonly<Record<string, unknown>>;

/** What a holder knows its lease by. */
export interface RecordedLease {
  readonly token: string;
  readonly fence: number;
  readonly since: Date;
}

const LEASED = lives('$lease.at', '$lease.ms');
const RESERVED = lives('$lease.reservedAt', '$lease.reservedMs');

/** Records whose value has not ended. */
export const LIVE: object = { $or: [{ expiresAt: null }, { $expr: { $gt: ['$expiresAt', '$$NOW'] } }] };

/** Records with an end that is still to come. */
export const UNENDED: object = { $expr: { $gt: ['$expiresAt', '$$NOW'] } };

/** Records whose end is over. */
export const ENDED: object = { $expr: { $lte: ['$expiresAt', '$$NOW'] } };

/** The fields of a lease that is over. */
export const RELEASED: Fields = {
  'lease.token': undefined,
  'lease.since': undefined,
  'lease.at': undefined,
  'lease.ms': undefined,
};

/** The fields of a reservation that was given back. */
export const UNRESERVED: Fields = {
  'lease.reserved': undefined,
  'lease.reservedAt': undefined,
  'lease.reservedMs': undefined,
};

/** A key that is free without a look at the clock, which no filter of an upsert may take. */
export function isFree({ token, previous, contender }: LeaseRequest): object {
  // An absent `previous` must not become `null`, which matches every record without a token.
  const own = previous === undefined ? [token] : [token, previous];
  const free = { 'lease.token': { $exists: false }, 'lease.reserved': { $in: [null, contender] } };
  return { $or: [free, { 'lease.token': { $in: own } }] };
}

/** A key whose lease has lapsed, or that nobody has but for a reservation that is over. */
export function hasLapsed({ contender }: LeaseRequest): object {
  return { $expr: { $and: [{ $not: [LEASED] }, isOpenTo(contender)] } };
}

/** A key that another has, and whose slot for a reservation can be had. */
export function canBeReserved({ contender }: LeaseRequest): object {
  return { $expr: { $and: [LEASED, isOpenTo(contender)] } };
}

/** A key that nobody else has a living reservation of. */
export function isNotReservedBefore({ contender }: LeaseRequest): object {
  return { $or: [{ 'lease.reserved': { $in: [null, contender] } }, { $expr: { $not: [RESERVED] } }] };
}

/** The record as long as it has this holder. */
export function isHeldBy({ token, fence, since }: RecordedLease): object {
  // A range, because a server may keep more of a date than the milliseconds that it sends.
  const within = { $gte: since, $lt: new Date(since.getTime() + 1) };
  return { 'lease.token': token, 'lease.fence': fence, 'lease.since': within };
}

/** The update that makes somebody the holder, and assigns more fields. */
export function taking({ token, leaseMs }: LeaseRequest, fields: Fields): object {
  return {
    ...assigning({ ...fields, 'lease.token': token, 'lease.ms': leaseMs }),
    ...FENCE_GROWS,
    $currentDate: { 'lease.since': true, 'lease.at': true },
  };
}

/** The update that reserves a key. */
export function reserving({ contender, reserveMs }: LeaseRequest): object {
  return {
    $set: { 'lease.reserved': contender, 'lease.reservedMs': reserveMs },
    $currentDate: { 'lease.reservedAt': true },
  };
}

/** What grows with every change of the holder or the value. */
export const FENCE_GROWS: object = { $inc: { 'lease.fence': 1 } };

/** The update that sets fields, and removes those that are undefined. An operator without fields is an error. */
export function assigning(fields: Fields): object {
  const $set: Record<string, unknown> = {};
  const $unset: Record<string, true> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) $unset[name] = true;
    else $set[name] = value;
  }
  return {
    ...(Object.keys($set).length > 0 && { $set }),
    ...(Object.keys($unset).length > 0 && { $unset }),
  };
}

/** How long something that began at the server's `at` still lives: 0 where it has not begun, and less where it is over. */
export function remaining(at: Date | undefined, ms: number | undefined, now: Date | undefined): number {
  if (at === undefined || ms === undefined || now === undefined) return 0;
  return at.getTime() + ms - now.getTime();
}

function isOpenTo(contender: string): object {
  return { $or: [{ $not: [RESERVED] }, { $eq: ['$lease.reserved', { $literal: contender }] }] };
}

/** A sum with a missing part is null, which is less than any date. */
function lives(at: string, ms: string): object {
  return { $gt: [{ $add: [at, ms] }, '$$NOW'] };
}
