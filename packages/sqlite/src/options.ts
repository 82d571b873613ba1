/** What a store is made with, refused at the door. */

import type { TextCodec, TtlKind } from '@sessiongram/core';
import { checkOptions, codec, identifier, type Rules, shown, ttl, ttlMs } from '@sessiongram/core/kit';
import type { SqliteDatabase } from './client';
import { lowerCase, OWN_NAMES, type TableNames } from './table';

/** Options of a `SqliteSessionStore`. */
export interface SqliteSessionStoreOptions {
  /**
   * The table, made at first use. An existing one, such as `telegraf-sessions` of `@telegraf/session`, gets the columns
   * that leases need, once; the program that made it reads and writes it as before.
   * @default 'sessions'
   */
  readonly table?: string | undefined;
  /**
   * The column with the key. It has to be the primary key, or unique.
   * @default 'key'
   */
  readonly keyColumn?: string | undefined;
  /**
   * The column with the value as JSON text; `session` in tables of `@telegraf/session`. It has to take NULL.
   * @default 'value'
   */
  readonly valueColumn?: string | undefined;
  /**
   * How long a session lives, in milliseconds; `ttl` says from when.
   * @default none: it lives until it is deleted
   */
  readonly ttlMs?: number | undefined;
  /**
   * From when `ttlMs` counts. `'rolling'`: from the last use; each read and each write renews it. `'fixed'`: from the
   * first write, whatever is read or written after; a session that was deleted or has ended begins anew when it is written.
   * @default 'rolling'
   */
  readonly ttl?: TtlKind | undefined;
  /**
   * How values become text, and text values.
   * @default JSON that refuses what it could not give back
   */
  readonly codec?: TextCodec | undefined;
}

/** What the options are passed to. */
export const WHERE = 'new SqliteSessionStore()';

/**
 * The names of the table that is meant.
 *
 * @throws TypeError when something cannot be what it is given for
 */
export function checked(source: unknown, options: SqliteSessionStoreOptions): TableNames {
  checkSource(source);
  checkOptions(WHERE, options, rules);
  const { table = 'sessions', keyColumn = 'key', valueColumn = 'value' } = options;
  checkColumns({ keyColumn, valueColumn });
  return { table, keyColumn, valueColumn };
}

const rules: Rules = {
  table: identifier,
  keyColumn: identifier,
  valueColumn: identifier,
  ttlMs,
  ttl,
  codec,
};

function checkSource(source: unknown): void {
  if (typeof source === 'string' && source !== '' && !source.includes('\0')) return;
  const { prepare, exec } = (source ?? {}) as Partial<SqliteDatabase>;
  if (typeof prepare === 'function' && typeof exec === 'function') return;
  throw new TypeError(
    `${WHERE} takes the path of a file or a database with the methods prepare and exec, as node:sqlite, bun:sqlite, ` +
      `better-sqlite3 and libsql have it, but got ${shown(source)}.`,
  );
}

function checkColumns({ keyColumn, valueColumn }: Omit<TableNames, 'table'>): void {
  for (const [option, name] of Object.entries({ keyColumn, valueColumn })) {
    if (OWN_NAMES.includes(lowerCase(name)))
      throw new TypeError(
        `${WHERE}: option "${option}" must not be "${name}", a column that the store has itself.`,
      );
  }
  if (lowerCase(keyColumn) === lowerCase(valueColumn))
    throw new TypeError(
      `${WHERE}: options "keyColumn" and "valueColumn" must be two columns, but both are "${keyColumn}".`,
    );
}
