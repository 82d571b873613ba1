/** Wrapped stores keep the contract of every store, with the capabilities of those that they wrap. */

import type { StoreSubject } from '@sessiongram/core/conformance';
import { SqliteSessionStore } from '@sessiongram/sqlite';
import { withEncryption } from '../../packages/core/src/wrappers/encryption';
import { withMigrations } from '../../packages/core/src/wrappers/migrations';
import { leasingSubject, memorySubject, type Wrap } from '../stores/in-memory';
import { registerStoreCases } from '../stores/register';
import { Folder, libsql, openFast, turnClock } from '../stores/sqlite-drivers';

const wraps: Readonly<Record<string, Wrap>> = {
  withEncryption: (store) => withEncryption(store, { keys: { k1: new Uint8Array(32).fill(7) } }),
  withMigrations: (store) => withMigrations(store, { version: 2 }),
  'withMigrations over withEncryption': (store) =>
    withMigrations(withEncryption(store, { keys: { k1: new Uint8Array(32).fill(7) } }), { version: 2 }),
};

for (const [name, wrap] of Object.entries(wraps)) {
  const encodes = name === 'withMigrations' ? (['encodes'] as const) : [];
  registerStoreCases(`${name} (MemorySessionStore)`, memorySubject(wrap), {
    lacks: ['another', 'dropLock', 'leases', 'putRaw', ...encodes],
  });
  registerStoreCases(`${name} (LeasingStore)`, leasingSubject(wrap), { lacks: ['ttl'] });
  registerStoreCases(`${name} (SqliteSessionStore)`, onSqlite(wrap));
}

function onSqlite(wrap: Wrap): StoreSubject {
  return {
    open({ ttlMs } = {}) {
      const folder = new Folder();
      const aside = folder.keep(openFast(libsql, folder.file()));
      const open = () => {
        const database = folder.keep(openFast(libsql, folder.file()));
        return wrap(folder.keep(new SqliteSessionStore(database, { ttlMs })));
      };
      return {
        store: open(),
        another: open,
        passTime: (ms) => turnClock(aside, ms),
        putRaw(key, text) {
          const sql = `INSERT INTO sessions (key, value) VALUES (?, ?)
            ON CONFLICT (key) DO UPDATE SET value = excluded.value RETURNING 1`;
          aside.prepare(sql).all(key, text);
        },
        dropLock(key) {
          const nobody = '.'.repeat(16);
          const sql = `UPDATE sessions SET fence = 0, holder = ?, held_until = 0, contender = ?, reserved_until = 0,
            marks = '' WHERE key = ? RETURNING 1`;
          aside.prepare(sql).all(nobody, nobody, key);
        },
        close: () => folder.remove(),
      };
    },
  };
}
