/** The table that sessions are kept in: its names, and how it comes to be. */

import type { Client } from './client';

/** Names as the user gave them. */
export interface TableNames {
  readonly table: string;
  readonly keyColumn: string;
  readonly valueColumn: string;
}

/** What stands for nobody has the length of a token: a row that keeps its size is changed in place, however big its value. */
export const NOBODY = `'................'`;

/**
 * What a row has besides its key and its value. Tables of other programs get these columns, so their names are to be
 * no one else's, and all have defaults. `ours` is 1 where this store has made the row; only such a row is ever removed.
 */
const OWN_COLUMNS = {
  fence: 'INTEGER NOT NULL DEFAULT 0',
  holder: `TEXT NOT NULL DEFAULT ${NOBODY}`,
  held_until: 'INTEGER NOT NULL DEFAULT 0',
  contender: `TEXT NOT NULL DEFAULT ${NOBODY}`,
  reserved_until: 'INTEGER NOT NULL DEFAULT 0',
  marks: `TEXT NOT NULL DEFAULT ''`,
  lives_until: 'INTEGER',
  ours: 'INTEGER NOT NULL DEFAULT 0',
};

/** The names that a key or value column cannot have. */
export const OWN_NAMES: readonly string[] = Object.keys(OWN_COLUMNS);

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/**
 * When a row without a value may go: a day after its last use while it remembers commits or somebody who may still want to
 * commit, so that neither is done twice nor lost; else after a minute. Word for word the same in the index, or it is not used,
 * and a whole number to be compared as one.
 */
export const FORGET_AT: string = `CAST("held_until" + CASE WHEN "marks" = '' AND "holder" = ${NOBODY} THEN ${MINUTE_MS} ELSE ${DAY_MS} END AS INTEGER)`;

/** A name as it stands in every statement. */
export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Makes the table, or gives an existing one what it lacks. Two processes may do it at the same time. */
export function createTable(client: Client, names: TableNames): void {
  if (lacking(client, names).length > 0) client.atomically(() => complete(client, names));
  const { table, valueColumn } = names;
  client.exec(
    `CREATE INDEX IF NOT EXISTS ${quote(`${table} lives_until`)} ON ${quote(table)} ("lives_until") WHERE "lives_until" IS NOT NULL;
    CREATE INDEX IF NOT EXISTS ${quote(`${table} forget_at`)} ON ${quote(table)} (${FORGET_AT}) WHERE ${quote(valueColumn)} IS NULL AND "ours" = 1;`,
  );
}

/**
 * Whether rows have more than this store knows of. Then none may be removed, whoever has made it: another program may
 * have written into the rest since.
 */
export function hasMore(client: Client, names: TableNames): boolean {
  const known = new Set(needed(names).map(lowerCase));
  return columns(client, names.table).some((name) => !known.has(name));
}

/** The value comes last, because what stands before it is read without it. */
function complete(client: Client, names: TableNames): void {
  const { table, keyColumn, valueColumn } = names;
  const own = Object.entries(OWN_COLUMNS).map(([name, type]) => `"${name}" ${type}`);
  client.exec(
    `CREATE TABLE IF NOT EXISTS ${quote(table)} (${quote(keyColumn)} TEXT PRIMARY KEY NOT NULL, ${own.join(', ')}, ${quote(valueColumn)} TEXT)`,
  );
  for (const name of lacking(client, names)) {
    const type = OWN_COLUMNS[name as keyof typeof OWN_COLUMNS];
    // SQLite takes the quoted name of a column that is not there for a text, and would compare that.
    if (type === undefined) {
      throw new TypeError(
        `The table ${quote(table)} has no column ${quote(name)}. Name its columns in the options keyColumn and valueColumn.`,
      );
    }
    client.exec(`ALTER TABLE ${quote(table)} ADD COLUMN "${name}" ${type}`);
  }
}

function lacking(client: Client, names: TableNames): string[] {
  const there = new Set(columns(client, names.table));
  return needed(names).filter((name) => !there.has(lowerCase(name)));
}

function needed({ keyColumn, valueColumn }: TableNames): string[] {
  return [keyColumn, valueColumn, ...OWN_NAMES];
}

/** In small letters. */
function columns(client: Client, table: string): string[] {
  const rows = client.all('SELECT name FROM pragma_table_info(:table)', { table });
  return rows.map((row) => lowerCase(String(row['name'])));
}

/** SQLite does not tell capital letters from small ones in names, as far as ASCII goes. */
export function lowerCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
