/** SQLite files for tests: in a temporary folder, opened with every driver that is there. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type SqliteDatabase, SqliteSessionStore, type SqliteSessionStoreOptions } from '@sessiongram/sqlite';
import Libsql from 'libsql';
import { afterEach, beforeEach } from 'vitest';

/** A database that a test has opened. */
export type OpenDatabase = SqliteDatabase & { close(): unknown };

/** A driver, or why there is none. */
export interface Driver {
  readonly name: string;
  readonly skip?: string | undefined;
  open(path: string): OpenDatabase;
}

type NodeSqlite = { readonly DatabaseSync: new (path: string) => OpenDatabase };

const builtIn = process.getBuiltinModule('node:sqlite') as NodeSqlite | undefined;

export const libsql: Driver = { name: 'libsql', open: (path) => new Libsql(path) };

export const drivers: readonly Driver[] = [
  libsql,
  {
    name: 'node:sqlite',
    skip: builtIn === undefined ? `Node.js ${process.version} has no node:sqlite` : undefined,
    open(path) {
      if (builtIn === undefined) throw new Error('There is no node:sqlite.');
      return new builtIn.DatabaseSync(path);
    },
  },
];

/** Opens a file for tests that are not about the disk: nothing waits for it. */
export function openFast(driver: Driver, path: string): OpenDatabase {
  const database = driver.open(path);
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF');
  return database;
}

/** A folder of one test, with what it has opened there. */
export class Folder {
  readonly path: string = mkdtempSync(join(tmpdir(), 'sessiongram-sqlite-'));
  readonly #opened: { close(): unknown }[] = [];

  file(name = 'sessions.db'): string {
    return join(this.path, name);
  }

  /** Takes care that something is closed before the folder goes. */
  keep<T extends { close(): unknown }>(opened: T): T {
    this.#opened.push(opened);
    return opened;
  }

  remove(): void {
    for (const each of this.#opened.reverse()) each.close();
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** A folder for each test, and what is opened on its file; gone with the test. */
export interface Files {
  readonly folder: Folder;
  /** A store of its own connection, as another process would have it. */
  openStore(options?: SqliteSessionStoreOptions): SqliteSessionStore;
  openAside(): OpenDatabase;
}

export function useFolder(): Files {
  let folder: Folder;
  beforeEach(() => {
    folder = new Folder();
  });
  afterEach(() => folder.remove());
  const openAside = (): OpenDatabase => folder.keep(openFast(libsql, folder.file()));
  return {
    get folder() {
      return folder;
    },
    openStore: (options = {}) => folder.keep(new SqliteSessionStore(openAside(), options)),
    openAside,
  };
}

/** Lets time pass for a table: all its deadlines come nearer. */
export function turnClock(database: SqliteDatabase, ms: number, table = 'sessions'): void {
  database.exec(
    `UPDATE "${table}" SET lives_until = lives_until - ${ms}, held_until = max(0, held_until - ${ms}),
      reserved_until = max(0, reserved_until - ${ms})`,
  );
}

/** The rows that a `SELECT` answers. */
export function select(database: OpenDatabase, sql: string): Readonly<Record<string, unknown>>[] {
  return database.prepare(sql).all() as Record<string, unknown>[];
}
