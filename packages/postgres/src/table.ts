/** The table, made at first use or completed where another program has made it. */

import type { Query } from './client';
import { type Names, quote, quoted } from './names';
import { LOCK_COLUMNS } from './statements';
import { isConflict, isMadeTwice } from './transient';

/** How often to look again when other processes make the same table at the same moment. */
const ATTEMPTS = 10;

/** A table that is ready when it is asked for; a failed attempt is forgotten, and the next caller tries again. */
export class Table {
  /** Whether the type of the values is one of text. Statements give out text in any case, so they do not tell. */
  holdsText = true;
  readonly #query: Query;
  readonly #names: Names;
  #ready: Promise<void> | undefined;

  constructor(query: Query, names: Names) {
    this.#query = query;
    this.#names = names;
  }

  /** Makes what is missing, once. */
  ready(): Promise<void> {
    if (this.#ready === undefined) {
      const attempt = this.#make();
      this.#ready = attempt;
      attempt.catch(() => this.forget());
    }
    return this.#ready;
  }

  /** Looks again at the next use: the table was not what it had to be. */
  forget(): void {
    this.#ready = undefined;
  }

  async #make(): Promise<void> {
    const missing = await again(async () => {
      const looked = await this.#missing();
      if (looked?.length !== 0) await this.#query(this.#making(looked), []);
      return looked;
    });
    // Only who has made the column makes its index, so there is never a second one, and one that was dropped stays away.
    if (missing === undefined || missing.includes('purge_at')) {
      await again(() => this.#query(this.#indexing(), []));
    }
    // Its owner is told to change that, and may do so at any time.
    if (!this.holdsText) this.forget();
  }

  /**
   * The lock columns that the table does not have, or `undefined` where there is no table. Looking first spares the
   * usual start all locks and notices, and lets a role use the table that may not make one.
   */
  async #missing(): Promise<string[] | undefined> {
    const { key, value, table } = this.#names;
    const rows = await this.#query(LOOK, [quoted(this.#names).table]);
    this.holdsText = rows.every(([name, , kind]) => name !== value || kind === 'text');
    if (rows.length === 0) return undefined;
    const nullable = new Map(rows.map(([name, accepts]) => [name, accepts === 'nullable']));
    for (const name of [key, value]) {
      if (!nullable.has(name)) throw new TypeError(`The table ${quote(table)} has no column ${quote(name)}.`);
    }
    if (nullable.get(value) === false) {
      throw new TypeError(
        `The column ${quote(value)} of the table ${quote(table)} must take NULL: ALTER TABLE … ALTER COLUMN … DROP NOT NULL.`,
      );
    }
    return Object.keys(LOCK_COLUMNS).filter((name) => !nullable.has(name));
  }

  /** No «IF NOT EXISTS»: it races all the same, and the notices of it end up in the user's console. */
  #making(missing: readonly string[] | undefined): string {
    const { table, key, value } = quoted(this.#names);
    if (missing !== undefined) {
      return `ALTER TABLE ${table} ${missing.map((each) => `ADD COLUMN ${column(each)}`).join(', ')}`;
    }
    const columns = [
      `${key} text COLLATE "C" PRIMARY KEY`,
      `${value} text`,
      ...Object.keys(LOCK_COLUMNS).map(column),
    ];
    // Text and not jsonb, which refuses \u0000 and lone surrogates; room on each page for the next version of a row.
    return `CREATE TABLE ${table} (${columns.join(', ')}) WITH (fillfactor = 70)`;
  }

  /**
   * The server names it: names that begin alike would become one where they are cut. It is small, and an update that
   * leaves `purge_at` as it is need not touch it.
   */
  #indexing(): string {
    return `CREATE INDEX ON ${quoted(this.#names).table} (purge_at) WHERE purge_at IS NOT NULL`;
  }
}

/** Does it again where another process makes the same thing, or another of a like name, at the same moment. */
async function again<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt === ATTEMPTS || !(isMadeTwice(error) || isConflict(error))) throw error;
    }
  }
}

const LOOK = `
  SELECT attname::text AS name, CASE WHEN attnotnull THEN 'required' ELSE 'nullable' END AS accepts,
    CASE WHEN typcategory = 'S' THEN 'text' ELSE 'other' END AS kind
  FROM pg_catalog.pg_attribute LEFT JOIN pg_catalog.pg_type AS t ON t.oid = atttypid
  WHERE attrelid = to_regclass($1::text) AND attnum > 0`;

function column(name: string): string {
  return `${name} ${LOCK_COLUMNS[name]}`;
}
