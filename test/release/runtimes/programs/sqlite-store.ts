/** The store cases on SQLite files, with the driver that a suite names. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type OpenStore, probe, type StoreSubject, storeCases } from '@sessiongram/core/conformance';
import { type SqliteDatabase, SqliteSessionStore } from '@sessiongram/sqlite';
import { absent, runCases, type Suite } from './suite';

type Database = SqliteDatabase & { close(): unknown };
type Driver = new (path: string) => Database;

const NOBODY = '.'.repeat(16);

/** The suite for a driver, which may not be there. */
export function sqliteStore(driver: string): Suite {
  return async () => {
    let Database: Driver;
    try {
      const module = (await import(driver)) as Readonly<Record<string, Driver>>;
      Database = (module['DatabaseSync'] ?? module['Database'] ?? module['default']) as Driver;
      new Database(':memory:').close();
    } catch (error) {
      return absent(`there is no ${driver}: ${error instanceof Error ? error.message : error}`);
    }
    const subject: StoreSubject = { open: ({ ttlMs } = {}) => openStore(Database, ttlMs) };
    const missing = await probe(subject);
    const apt = storeCases.filter((each) => missing(each).length === 0);
    const cases = apt.map(({ name, run }) => ({ name, run: () => run(subject) }));
    return runCases(cases, storeCases.length - apt.length, 8);
  };
}

function openStore(Database: Driver, ttlMs: number | undefined): OpenStore {
  const folder = mkdtempSync(join(tmpdir(), 'sessiongram-runtimes-'));
  const opened: Database[] = [];
  const database = (): Database => {
    const next = new Database(join(folder, 'sessions.db'));
    next.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF');
    opened.push(next);
    return next;
  };
  const aside = database();
  const open = (): SqliteSessionStore =>
    new SqliteSessionStore(database(), ttlMs === undefined ? {} : { ttlMs });
  return {
    store: open(),
    another: open,
    passTime(ms) {
      aside.exec(
        `UPDATE sessions SET lives_until = lives_until - ${ms}, held_until = max(0, held_until - ${ms}),
          reserved_until = max(0, reserved_until - ${ms})`,
      );
    },
    putRaw(key, text) {
      const sql = `INSERT INTO sessions (key, value) VALUES (?, ?)
        ON CONFLICT (key) DO UPDATE SET value = excluded.value RETURNING 1`;
      aside.prepare(sql).all(key, text);
    },
    dropLock(key) {
      const sql = `UPDATE sessions SET fence = 0, holder = ?, held_until = 0, contender = ?, reserved_until = 0,
        marks = '' WHERE key = ? RETURNING 1`;
      aside.prepare(sql).all(NOBODY, NOBODY, key);
    },
    close() {
      for (const each of opened.reverse()) each.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
