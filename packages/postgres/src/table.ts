/** The table, made at first use or completed where another program has made it. */

import type { Query } from './client';
import { type Names, quote, quoted } from './names';
import { LOCK_COLUMNS } from './statements';
import { isConflict, isMadeTwice } from './transient';

/** How often to look again when other processes make the same table at the same moment. */
const ATTEMPTS = 10;

/** A table that is ready when it is asked for; a failed attempt is forgotten, and the next caller tries again. */
export class Table {
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
    for (let attempt = 1; ; attempt++) {
      const missing = await this.#missing();
      if (missing?.length === 0) return;
      try {
        // No «IF NOT EXISTS»: it races all the same, and the notices of it end up in the user's console.
        for (const text of this.#making(missing)) await this.#query(text, []);
        return;
      } catch (error) {
        if (attempt === ATTEMPTS || !(isMadeTwice(error) || isConflict(error))) throw error;
      }
    }
  }

  /**
   * The lock columns that the table does not have, or `undefined` where there is no table. Looking first spares the
   * usual start all locks and notices, and lets a role use the table that may not make one.
   */
  async #missing(): Promise<string[] | undefined> {
    const { key, value, table } = this.#names;
    const rows = await this.#query(LOOK, [quoted(this.#names).table]);
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

  #making(missing: readonly string[] | undefined): string[] {
    const { table, key, value } = quoted(this.#names);
    const name = quote(`${this.#names.table.slice(0, 50)}_purge_at`);
    // The index is small, and an update that leaves `purge_at` as it is need not touch it.
    const index = `CREATE INDEX IF NOT EXISTS ${name} ON ${table} (purge_at) WHERE purge_at IS NOT NULL`;
    if (missing === undefined) {
      const columns = [
        `${key} text COLLATE "C" PRIMARY KEY`,
        `${value} text`,
        ...Object.keys(LOCK_COLUMNS).map(column),
      ];
      // Text and not jsonb, which refuses \u0000 and lone surrogates; room on each page for the next version of a row.
      return [`CREATE TABLE ${table} (${columns.join(', ')}) WITH (fillfactor = 70)`, index];
    }
    const added = missing.map((each) => `ADD COLUMN ${column(each)}`);
    const alter = `ALTER TABLE ${table} ${added.join(', ')}`;
    return missing.includes('purge_at') ? [alter, index] : [alter];
  }
}

const LOOK = `
  SELECT attname::text AS name, CASE WHEN attnotnull THEN 'required' ELSE 'nullable' END AS accepts
  FROM pg_catalog.pg_attribute
  WHERE attrelid = to_regclass($1::text) AND attnum > 0 AND NOT attisdropped`;

function column(name: string): string {
  return `${name} ${LOCK_COLUMNS[name]}`;
}
