/**
 * The statements over one table.
 *
 * One row is one key: its data, its lease, its marks and its reservation. Each statement is a transaction of its own,
 * so nothing is left open while a handler runs, and a pooler may give each to another connection.
 *
 * - `ver` is the fence. It starts at the clock, so that a row which was purged and made again never has an old one.
 * - `expires_at` is the end of the data, `purge_at` that of the row. They differ because marks outlive the data, and
 *   because a row without data must not pass its own end on to data that another program writes into it.
 * - `ours`: made by this store, so it may be removed where it has no other columns. Other rows are emptied at their end.
 * - `tok` and `until` are both there or neither; a reservation is there as long as `reserved_until` is to come.
 * - `clock_timestamp()` and never `now()`: a statement may have waited for the row, and `now()` is from before.
 * - What decides about a row is computed in one place from one clock, in `SET (…) = (SELECT …)`, on the row that is
 *   locked. What a plain `SELECT` beside it sees is a snapshot from before the wait.
 * - A part of a statement hides a table of its name, so it has one that nobody would give to a table.
 */

import type { TtlKind } from '@sessiongram/core';
import type { Quoted } from './names';

/** How one table is used. */
export interface Statements {
  /** key, token, lease ms, previous token, contender, reservation ms, ttl ms → `granted`, fence, marks, data; or `reserved` or `refused`, ms */
  readonly acquire: string;
  /** key, token, fence, lease ms → a row if it is still the holder */
  readonly renew: string;
  /** See {@link COMMIT_PARAMETERS} → whether `next` holds, fence, marks, data; no row if nothing was changed */
  readonly commit: Readonly<Record<'none' | 'set' | 'delete', string>>;
  /** key, token → marks; fence and data where the token holds */
  readonly look: string;
  /** key → data */
  readonly get: string;
  /** key, ttl ms → data */
  readonly getAndTouch: string;
  /** key, ttl ms */
  readonly touch: string;
  /** key, data, ttl ms */
  readonly set: string;
  /** key */
  readonly delete: string;
  /** beginning, last key, how many → keys in the order of their bytes */
  readonly keys: string;
  /** how many at most, name of the key column, name of the value column → how many */
  readonly purge: string;
}

/** The columns that are added to those of key and value. */
export const LOCK_COLUMNS: Readonly<Record<string, string>> = {
  ver: 'bigint NOT NULL DEFAULT 0',
  tok: 'text',
  until: 'timestamptz',
  ring: "text NOT NULL DEFAULT ''",
  reserved: 'text',
  reserved_until: 'timestamptz',
  expires_at: 'timestamptz',
  purge_at: 'timestamptz',
  ours: 'boolean NOT NULL DEFAULT false',
};

const OWN = Object.keys(LOCK_COLUMNS).map((name) => `'${name}'`);

/** Whether the row `s` may be removed. */
const REMOVABLE = `(s.ours AND NOT EXISTS (
  SELECT 1 FROM pg_catalog.pg_attribute
  WHERE attrelid = s.tableoid AND attnum > 0 AND NOT attisdropped AND attname NOT IN ($2::text, $3::text, ${OWN.join()})))`;

const CLOCK = 'clock_timestamp()';
const MICROSECONDS = `(extract(epoch FROM ${CLOCK}) * 1000000)::bigint`;
const ms = (parameter: string): string => `${parameter}::text::float8 * interval '1 ms'`;
/** How long a row without data is kept: what is remembered is worth a day, a bare lock record a minute. */
const kept = (marks: string): string =>
  `CASE WHEN ${marks} = '' THEN interval '1 min' ELSE interval '1 day' END`;
const keptAfterData = (marks: string): string =>
  `CASE WHEN ${marks} = '' THEN interval '0' ELSE interval '1 day' END`;
/** Whether a reservation lives that is not this contender's. */
const foreign = (contender: string, now: string): string =>
  `coalesce(s.reserved <> ${contender}::text AND s.reserved_until > ${now}, false)`;

/** Whether there is data with an end that is still to come. */
const hasEnd = (value: string, now: string): string => `s.${value} IS NOT NULL AND s.expires_at > ${now}`;

/** Makes the statements for a table; with a fixed time, what sets data keeps the end of those that are there. */
export function statementsFor({ table, key, value }: Quoted, ttl: TtlKind = 'rolling'): Statements {
  const alive = `s.${value} IS NOT NULL AND coalesce(s.expires_at > ${CLOCK}, true)`;
  const touch = `
    UPDATE ${table} AS s SET expires_at = ${CLOCK} + ${ms('$2')},
      purge_at = ${CLOCK} + ${ms('$2')} + ${keptAfterData('s.ring')}
    WHERE s.${key} = $1::text AND ${alive} AND coalesce(s.expires_at <= ${CLOCK} + 0.9 * ${ms('$2')}, true)`;
  const end =
    ttl === 'fixed'
      ? `CASE WHEN ${hasEnd(value, CLOCK)} THEN s.expires_at ELSE excluded.expires_at END`
      : 'excluded.expires_at';
  // A lease that lapsed is not lost while nobody has taken the key, so its row stays for a while.
  const over = (which: string): string => `
    SELECT s.${key} FROM ${table} AS s
    WHERE s.purge_at <= ${CLOCK} AND NOT (${alive}) AND (s.tok IS NULL OR s.until <= ${CLOCK} - interval '1 day')
      AND coalesce(s.reserved_until <= ${CLOCK}, true) AND ${which} LIMIT $1::text::int FOR UPDATE SKIP LOCKED`;
  const get = `SELECT s.${value}::text FROM ${table} AS s WHERE s.${key} = $1::text AND ${alive}`;

  return {
    acquire: acquire({ table, key, value }),
    renew: `
      UPDATE ${table} AS s SET until = ${CLOCK} + ${ms('$4')}
      WHERE s.${key} = $1::text AND s.tok = $2::text AND s.ver = $3::text::bigint RETURNING 'renewed'`,
    commit: {
      none: commit({ table, key, value }, ttl, 'none'),
      set: commit({ table, key, value }, ttl, 'set'),
      delete: commit({ table, key, value }, ttl, 'delete'),
    },
    look: `
      SELECT s.ring AS marks, CASE WHEN s.tok = $2::text THEN s.ver::text END AS fence,
        CASE WHEN s.tok = $2::text AND ${alive} THEN s.${value}::text END AS data
      FROM ${table} AS s WHERE s.${key} = $1::text`,
    get,
    getAndTouch: `WITH "sessiongram: touched" AS (${touch}) ${get}`,
    touch,
    // Whoever has a lease loses it: the key is free, and the next acquire moves the fence.
    set: `
      INSERT INTO ${table} AS s (${key}, ${value}, expires_at, purge_at, ours)
      SELECT $1::text, $2::text, ${CLOCK} + ${ms('$3')}, ${CLOCK} + ${ms('$3')}, true
      ON CONFLICT (${key}) DO UPDATE SET ${value} = excluded.${value}, tok = NULL, until = NULL,
        (expires_at, purge_at) = (
          SELECT e.expires_at, e.expires_at + ${keptAfterData('s.ring')} FROM (SELECT ${end} AS expires_at) AS e)`,
    delete: `
      UPDATE ${table} AS s SET ${value} = NULL, tok = NULL, until = NULL, expires_at = NULL,
        purge_at = ${CLOCK} + ${kept('s.ring')}
      WHERE s.${key} = $1::text`,
    keys: `
      SELECT s.${key}::text FROM ${table} AS s
      WHERE ($2::text IS NULL OR s.${key} COLLATE "C" > $2::text) AND s.${key} COLLATE "C" >= $1::text
        AND starts_with(s.${key}::text, $1::text) AND ${alive}
      ORDER BY s.${key} COLLATE "C" LIMIT $3::text::int`,
    purge: `
      WITH "sessiongram: gone" AS (
        DELETE FROM ${table} WHERE ${key} IN (${over(REMOVABLE)}) RETURNING 1),
      "sessiongram: emptied" AS (
        UPDATE ${table} SET ${value} = NULL, tok = NULL, until = NULL, ring = '', reserved = NULL,
          reserved_until = NULL, expires_at = NULL, purge_at = NULL
        WHERE ${key} IN (${over(`NOT ${REMOVABLE}`)}) RETURNING 1)
      SELECT ((SELECT count(*) FROM "sessiongram: gone") + (SELECT count(*) FROM "sessiongram: emptied"))::text`,
  };
}

/**
 * Grants the key, or reserves it, or neither; the row is written only for one of the first two. `synchronous_commit` is
 * off for this statement: an acquire that a crash of the server forgets costs its holder the lease and no data. While the
 * row has a lease it is not purged, so its end is left to what ends that.
 */
function acquire({ table, key, value }: Quoted): string {
  const mine = `coalesce(s.tok = $2::text OR s.tok = $4::text, false)`;
  const wait = `ceil(extract(
    epoch FROM CASE WHEN s.until > ${CLOCK} THEN s.until ELSE s.reserved_until END - ${CLOCK}) * 1000)`;
  return `
    WITH "sessiongram: setting" AS (SELECT set_config('synchronous_commit', 'off', true) AS now_is),
    "sessiongram: answer" AS (
      INSERT INTO ${table} AS s (${key}, ver, tok, until, purge_at, ours)
      SELECT $1::text, ${MICROSECONDS}, $2::text, ${CLOCK} + ${ms('$3')}, ${CLOCK}, true
      FROM "sessiongram: setting" AS c WHERE c.now_is = 'off'
      ON CONFLICT (${key}) DO UPDATE
      SET (${value}, ver, tok, until, expires_at, reserved, reserved_until) = (
        SELECT
          CASE WHEN NOT (g.granted AND g.expired) THEN s.${value} END,
          CASE WHEN g.granted THEN greatest(s.ver + 1, ${MICROSECONDS}) ELSE s.ver END,
          CASE WHEN g.granted THEN $2::text ELSE s.tok END,
          CASE WHEN g.granted THEN n.now + ${ms('$3')} ELSE s.until END,
          CASE WHEN NOT g.granted THEN s.expires_at
            WHEN g.expired THEN NULL
            WHEN $7::text IS NULL OR s.${value} IS NULL OR s.expires_at > n.now + 0.9 * ${ms('$7')} THEN s.expires_at
            ELSE n.now + ${ms('$7')} END,
          CASE WHEN f.foreigner THEN s.reserved ELSE $5::text END,
          CASE WHEN f.foreigner THEN s.reserved_until WHEN NOT g.granted THEN n.now + ${ms('$6')} END
        FROM (SELECT ${CLOCK} AS now) AS n,
          LATERAL (SELECT ${foreign('$5', 'n.now')} AS foreigner) AS f,
          LATERAL (SELECT
            ${mine} OR s.tok IS NULL OR s.until <= n.now AS granted,
            coalesce(s.expires_at <= n.now, false) AS expired) AS g)
      WHERE ${mine} OR NOT ${foreign('$5', CLOCK)}
      RETURNING CASE WHEN s.tok = $2::text THEN 'granted' ELSE 'reserved' END AS answer, s.ver, s.ring,
        CASE WHEN s.tok = $2::text THEN s.${value}::text END AS data, ${wait} AS wait)
    SELECT answer, ver::text AS fence, ring AS marks, data, wait::text FROM "sessiongram: answer"
    UNION ALL
    SELECT 'refused', NULL, NULL, NULL, (${wait})::text FROM ${table} AS s
    WHERE s.${key} = $1::text AND NOT EXISTS (SELECT 1 FROM "sessiongram: answer")`;
}

/** The order of a commit's parameters, with the data behind them where it is set. Those of `next` may be NULL. */
export const COMMIT_PARAMETERS = [
  'key',
  'token',
  'fence',
  'mark',
  'marks',
  'ttlMs',
  'nextToken',
  'nextLeaseMs',
  'nextContender',
  'nextYields',
] as const;

/** Changes the data, ends the lease and starts the next one, if this is the holder and its mark is not there yet. */
function commit({ table, key, value }: Quoted, ttl: TtlKind, kind: 'none' | 'set' | 'delete'): string {
  const data = { none: `s.${value}`, set: '$11::text', delete: 'NULL::text' }[kind];
  const fresh = `coalesce(s.expires_at > n.now + 0.9 * ${ms('$6')}, false)`;
  const rewritten = ttl === 'fixed' ? `(${hasEnd(value, 'n.now')}) IS NOT TRUE` : 'true';
  const renewed = kind === 'none' ? `$6::text IS NOT NULL AND NOT ${fresh}` : rewritten;
  return `
    UPDATE ${table} AS s SET ${value} = ${data},
      (ver, tok, until, ring, expires_at, purge_at, reserved_until) = (
        SELECT
          s.ver + 1,
          CASE WHEN h.handed THEN $7::text END,
          CASE WHEN h.handed THEN n.now + ${ms('$8')} END,
          m.marks,
          e.expires_at,
          CASE WHEN ${data} IS NULL THEN n.now + ${kept('m.marks')} ELSE e.expires_at + ${keptAfterData('m.marks')} END,
          CASE WHEN f.foreigner OR NOT h.handed THEN s.reserved_until END
        FROM (SELECT ${CLOCK} AS now) AS n,
          LATERAL (SELECT ${foreign('$9', 'n.now')} AS foreigner) AS f,
          LATERAL (SELECT $7::text IS NOT NULL AND NOT ($10::text::boolean AND f.foreigner) AS handed) AS h,
          LATERAL (SELECT CASE WHEN $4::text IS NULL THEN s.ring ELSE $5::text END AS marks) AS m,
          LATERAL (SELECT CASE WHEN ${data} IS NULL THEN NULL
            WHEN ${renewed} THEN n.now + ${ms('$6')} ELSE s.expires_at END AS expires_at) AS e)
    WHERE s.${key} = $1::text AND s.tok = $2::text AND s.ver = $3::text::bigint
      AND NOT coalesce($4::text = ANY (string_to_array(s.ring, ',')), false)
    RETURNING CASE WHEN s.tok = $7::text THEN 'handed' ELSE 'free' END AS answer, s.ver::text AS fence,
      s.ring AS marks, ${kind === 'none' ? `CASE WHEN s.tok = $7::text THEN s.${value}::text END` : 'NULL'} AS data`;
}
