/** The store contract, on SQLite files with every driver that is there. */

import type { OpenStore } from '@sessiongram/core/conformance';
import { SqliteSessionStore, type SqliteSessionStoreOptions } from '@sessiongram/sqlite';
import { registerStoreCases } from './register';
import { type Driver, drivers, Folder, libsql, openFast, turnClock } from './sqlite-drivers';

const NOBODY = '.'.repeat(16);
const DAY_MS = 86_400_000;

registerStoreCases('SqliteSessionStore (a path)', {
  open: ({ ttlMs } = {}) => openStore(libsql, 'owned', { ttlMs }),
});

for (const driver of drivers) {
  const name = `SqliteSessionStore (${driver.name})`;
  if (driver.skip !== undefined) console.info(`${name} is not tested: ${driver.skip}`);
  else registerStoreCases(name, { open: ({ ttlMs } = {}) => openStore(driver, 'borrowed', { ttlMs }) });
}

registerStoreCases('SqliteSessionStore (a table of @telegraf/session)', {
  open: ({ ttlMs } = {}) =>
    openStore(libsql, 'borrowed', { ttlMs, table: 'telegraf-sessions', valueColumn: 'session' }),
});

registerStoreCases(
  'SqliteSessionStore (a fixed time)',
  { open: () => openStore(libsql, 'borrowed', { ttlMs: DAY_MS, ttl: 'fixed' }) },
  { lacks: ['ttl'] },
);

function openStore(driver: Driver, by: 'owned' | 'borrowed', options: SqliteSessionStoreOptions): OpenStore {
  const { table = 'sessions', valueColumn = 'value' } = options;
  const folder = new Folder();
  const aside = folder.keep(openFast(driver, folder.file()));
  if (valueColumn === 'session') {
    aside.exec(`CREATE TABLE "${table}" ("key" varchar(32) NOT NULL PRIMARY KEY, "session" text)`);
  }
  const open = () => {
    const source = by === 'owned' ? folder.file() : folder.keep(openFast(driver, folder.file()));
    return folder.keep(new SqliteSessionStore(source, options));
  };
  return {
    store: open(),
    another: open,
    passTime: (ms) => turnClock(aside, ms, table),
    putRaw(key, text) {
      const sql = `INSERT INTO "${table}" (key, "${valueColumn}") VALUES (?, ?)
        ON CONFLICT (key) DO UPDATE SET "${valueColumn}" = excluded."${valueColumn}" RETURNING 1`;
      aside.prepare(sql).all(key, text);
    },
    dropLock(key) {
      const sql = `UPDATE "${table}" SET fence = 0, holder = ?, held_until = 0, contender = ?, reserved_until = 0,
        marks = '' WHERE key = ? RETURNING 1`;
      aside.prepare(sql).all(NOBODY, NOBODY, key);
    },
    close: () => folder.remove(),
  };
}
