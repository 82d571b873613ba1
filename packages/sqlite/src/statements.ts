/** The SQL. An acquire and a commit are one statement each, unless they are refused. Names in it (`:key`) are values, given when it runs. */

import type { TtlKind } from '@sessiongram/core';
import { FORGET_AT, NOBODY, quote, type TableNames } from './table';

/** All statements for one table. */
export interface Statements {
  readonly get: string;
  readonly set: string;
  readonly delete: string;
  readonly touch: string;
  readonly acquire: string;
  readonly reserve: string;
  readonly wait: string;
  readonly renew: string;
  readonly commit: Readonly<Record<'none' | 'set' | 'delete', Commit>>;
  readonly inspect: string;
  readonly giveBack: string;
  readonly firstKeys: string;
  readonly nextKeys: string;
  readonly end: string;
  readonly forget: string;
}

/** A commit that ends the lease, and one that hands it on. */
export interface Commit {
  readonly release: string;
  readonly handOver: string;
}

/** How many rows a statement reads or removes at most, so that none blocks the thread for long. */
export const PAGE = 500;

/** The database's clock, in milliseconds. It stands still for as long as a statement runs. */
const NOW = `CAST((julianday('now') - 2440587.5) * 86400000 + 0.5 AS INTEGER)`;

/** Grows, and is above all fences that a row of this key had before it was removed. */
const NEXT_FENCE = `max("fence" + 1, ${NOW} * 1000)`;

/** Whether the slot of the reservation is free for `:contender`. */
const RESERVABLE = `("reserved_until" <= ${NOW} OR "contender" IN (:contender, ${NOBODY}))`;

const ALIVE = `("lives_until" IS NULL OR "lives_until" > ${NOW})`;
const LIFE = `${NOW} + :ttlMs`;

/** Whether nine tenths of the life are still to come: then it is not renewed, because each renewal is a write. */
const FRESH = `"lives_until" > ${NOW} + 0.9 * :ttlMs`;

/** Builds the statements; with a fixed time, what sets a value keeps the end of the one that is there. */
export function statementsFor(
  { table, keyColumn, valueColumn }: TableNames,
  ttl: TtlKind = 'rolling',
): Statements {
  const t = quote(table);
  const key = quote(keyColumn);
  const value = quote(valueColumn);
  const present = `${value} IS NOT NULL AND ${ALIVE}`;
  const valueNow = `CASE WHEN ${ALIVE} THEN ${value} END`;
  const hasEnd = `${value} IS NOT NULL AND "lives_until" > ${NOW}`;
  const end = ttl === 'fixed' ? `CASE WHEN ${hasEnd} THEN "lives_until" ELSE ${LIFE} END` : LIFE;
  const isOwn = `${key} = :key AND "holder" = :token AND "fence" = :fence`;
  const keys = (after: string) =>
    `SELECT ${key} AS k FROM ${t} WHERE ${key} ${after} AND ${present} ORDER BY ${key} LIMIT ${PAGE}`;

  const commit = (change: string, answer: string): Commit => {
    const update = (holder: string, heldUntil: string, contender: string, returning: string) =>
      `UPDATE ${t} SET ${change}, "fence" = "fence" + 1, "holder" = ${holder}, "held_until" = ${heldUntil},
        "contender" = ${contender}, "marks" = CASE WHEN :mark IS NULL THEN "marks" ELSE :marks END
      WHERE ${isOwn} AND (:mark IS NULL OR instr(',' || "marks" || ',', ',' || :mark || ',') = 0)
      RETURNING ${returning}`;
    const free = `(:yields = 0 OR ${RESERVABLE})`;
    return {
      release: update(NOBODY, NOW, '"contender"', '1 AS done'),
      handOver: update(
        `CASE WHEN ${free} THEN :nextToken ELSE ${NOBODY} END`,
        `CASE WHEN ${free} THEN ${NOW} + :leaseMs ELSE ${NOW} END`,
        `CASE WHEN "contender" = :contender THEN ${NOBODY} ELSE "contender" END`,
        `"holder", "fence", "marks", ${answer} AS value`,
      ),
    };
  };

  return {
    get: `SELECT ${value} AS value, :ttlMs IS NOT NULL AND ("lives_until" IS NULL OR NOT ${FRESH}) AS ages
      FROM ${t} WHERE ${key} = :key AND ${present}`,
    set: `INSERT INTO ${t} (${key}, ${value}, "lives_until", "ours") VALUES (:key, :value, ${LIFE}, 1)
      ON CONFLICT (${key}) DO UPDATE SET ${value} = excluded.${value}, "lives_until" = ${end}, "fence" = ${NEXT_FENCE}
      RETURNING 1 AS done`,
    delete: `UPDATE ${t} SET ${value} = NULL, "lives_until" = NULL, "fence" = ${NEXT_FENCE},
        "held_until" = max("held_until", ${NOW})
      WHERE ${key} = :key RETURNING 1 AS done`,
    touch: `UPDATE ${t} SET "lives_until" = ${LIFE}
      WHERE ${key} = :key AND ${present} AND ("lives_until" IS NULL OR NOT ${FRESH}) RETURNING 1 AS done`,
    acquire: `INSERT INTO ${t} (${key}, "fence", "holder", "held_until", "ours")
      VALUES (:key, ${NOW} * 1000, :token, ${NOW} + :leaseMs, 1)
      ON CONFLICT (${key}) DO UPDATE SET ${value} = ${valueNow},
        "lives_until" = CASE WHEN NOT ${ALIVE} THEN NULL
          WHEN :ttlMs IS NULL OR ${value} IS NULL OR ${FRESH} THEN "lives_until" ELSE ${LIFE} END,
        "fence" = ${NEXT_FENCE}, "holder" = :token, "held_until" = ${NOW} + :leaseMs,
        "contender" = CASE WHEN "contender" = :contender THEN ${NOBODY} ELSE "contender" END
      WHERE "holder" IN (:token, :previous)
        OR (("holder" = ${NOBODY} OR "held_until" <= ${NOW}) AND ${RESERVABLE})
      RETURNING "fence", "marks", ${value} AS value`,
    reserve: `UPDATE ${t} SET "contender" = :contender, "reserved_until" = ${NOW} + :reserveMs
      WHERE ${key} = :key AND ${RESERVABLE}
      RETURNING "held_until" - ${NOW} AS remaining`,
    wait: `SELECT max("reserved_until", CASE WHEN "holder" = ${NOBODY} THEN 0 ELSE "held_until" END) - ${NOW} AS remaining
      FROM ${t} WHERE ${key} = :key`,
    renew: `UPDATE ${t} SET "held_until" = ${NOW} + :leaseMs WHERE ${isOwn} RETURNING 1 AS done`,
    commit: {
      none: commit(
        `"lives_until" = CASE WHEN :ttlMs IS NULL OR NOT (${present}) OR ${FRESH} THEN "lives_until" ELSE ${LIFE} END`,
        valueNow,
      ),
      set: commit(`${value} = :value, "lives_until" = ${end}`, 'NULL'),
      delete: commit(`${value} = NULL, "lives_until" = NULL`, 'NULL'),
    },
    inspect: `SELECT "holder", "fence", "marks", ${valueNow} AS value FROM ${t} WHERE ${key} = :key`,
    giveBack: `UPDATE ${t} SET "holder" = ${NOBODY}, "held_until" = ${NOW}
      WHERE ${key} = :key AND "holder" = :token RETURNING 1 AS done`,
    firstKeys: keys(`IS NOT NULL`),
    nextKeys: keys(`> :after`),
    end: `UPDATE ${t} SET ${value} = NULL, "lives_until" = NULL
      WHERE ${key} IN (SELECT ${key} FROM ${t} WHERE "lives_until" <= ${NOW} LIMIT ${PAGE}) RETURNING 1 AS done`,
    forget: `DELETE FROM ${t}
      WHERE ${key} IN (SELECT ${key} FROM ${t} WHERE ${value} IS NULL AND "ours" = 1 AND ${FORGET_AT} <= ${NOW} LIMIT ${PAGE}) RETURNING 1 AS done`,
  };
}
