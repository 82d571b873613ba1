/** One connection, whatever driver it is of: prepared statements by their text. */

/** What a statement takes from us. */
export type SqlValue = string | number | null;

/**
 * A database as `node:sqlite`, `bun:sqlite`, better-sqlite3 and libsql have it, known by its shape. All of them work
 * without promises; drivers that answer with a promise do not fit.
 */
export interface SqliteDatabase {
  prepare(sql: string): SqliteStatement;
  exec(sql: string): unknown;
}

/** A prepared statement of a {@link SqliteDatabase}. */
export interface SqliteStatement {
  /** Takes a {@link SqlValue} for each place. Not by its type: with that, TypeScript 5 refuses better-sqlite3 and libsql. */
  all(...values: unknown[]): unknown[];
}

/** Values by the name that the statement calls them by: `:key`. */
export type Values = Readonly<Record<string, SqlValue>>;

/** A row of an answer, by the names of its columns. */
export type Row = Readonly<Record<string, unknown>>;

interface Prepared {
  readonly statement: SqliteStatement;
  readonly names: readonly string[];
}

/** The name of a table or a column, which is left alone, or else that of a value. A quote in a name stands there twice. */
const QUOTED_OR_NAME = /"[^"]*"|:(\w+)/g;

/**
 * Runs statements in the few ways that mean the same in every driver: reading and writing by `all` and everything else by
 * `exec`. With libsql (0.5), others lose writes that were acknowledged: `get` and `run` stop at the first row that
 * `RETURNING` answers and hide a failing commit; and a statement that found the database locked is left half done, so that
 * what other statements write is not committed, and is undone when the first one runs again.
 */
export class Client {
  readonly #prepared = new Map<string, Prepared>();

  constructor(readonly database: SqliteDatabase) {}

  exec(sql: string): void {
    this.database.exec(sql);
  }

  all(sql: string, values: Values): readonly Row[] {
    const { statement, names } = this.#prepared.get(sql) ?? this.#prepare(sql);
    try {
      return rowsOf(statement.all(...names.map((name) => values[name] as SqlValue)));
    } catch (error) {
      // A database that was closed and opened again knows none of the statements from before.
      if (!isBusy(error)) this.#prepared.clear();
      throw error;
    }
  }

  /**
   * Does all of some work or nothing. Only the beginning and the end can find the database locked, and `exec` leaves
   * nothing half done. Where a transaction is open already, which somebody else may undo, the work fails.
   */
  atomically<T>(work: () => T): T {
    this.database.exec('BEGIN IMMEDIATE');
    try {
      const answer = work();
      this.database.exec('COMMIT');
      return answer;
    } catch (error) {
      this.#rollBack();
      throw error;
    }
  }

  #rollBack(): void {
    try {
      this.database.exec('ROLLBACK');
    } catch {
      // SQLite has done it by itself, and the error that led here tells more.
    }
  }

  /** Drivers differ in how they take names and numbers (`?1`); a plain `?` for each place is the same in all of them. */
  #prepare(sql: string): Prepared {
    const names: string[] = [];
    const plain = sql.replace(QUOTED_OR_NAME, (match, name?: string) => {
      if (name === undefined) return match;
      names.push(name);
      return '?';
    });
    const prepared = { statement: this.database.prepare(plain), names };
    this.#prepared.set(sql, prepared);
    return prepared;
  }
}

function rowsOf(answer: readonly unknown[]): readonly Row[] {
  if (!Array.isArray(answer[0])) return answer as readonly Row[];
  throw new TypeError(
    'The SQLite session store was given a database that answers rows as arrays. Open it without `returnArrays`, for rows ' +
      'that name their columns.',
  );
}

const BUSY = 5;
const LOCKED = 6;

/** Whether another connection was writing at that moment. Drivers tell it by a name, a number or both. */
export function isBusy(error: unknown): boolean {
  const { code, errcode } = (error ?? {}) as { readonly code?: unknown; readonly errcode?: unknown };
  if (typeof code !== 'string') return false;
  if (code === 'ERR_SQLITE_ERROR') {
    const primary = Number(errcode) & 0xff;
    return primary === BUSY || primary === LOCKED;
  }
  return code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED');
}
