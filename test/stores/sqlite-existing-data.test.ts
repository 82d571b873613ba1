/** Tables that other libraries made are read as they are, and they read what this store writes. */

import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { SqliteSessionStore } from '@sessiongram/sqlite';
import { SqliteDialect } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Folder, libsql, type OpenDatabase, turnClock } from './sqlite-drivers';

const SESSION = { counter: 1, cart: ['a'], locale: 'ü', scene: null };
const KEY = '42:42';

interface Rival {
  get(key: string): unknown;
  set(key: string, value: object): unknown;
  delete(key: string): unknown;
}

let folder: Folder;
let database: OpenDatabase;

beforeEach(() => {
  folder = new Folder();
  database = folder.keep(libsql.open(folder.file()));
});

afterEach(() => folder.remove());

/** Its SQLite door wants better-sqlite3; what is behind that door takes any database of the same shape. */
function telegrafStore(): Rival {
  const require = createRequire(import.meta.url);
  const place = dirname(require.resolve('@telegraf/session/sqlite'));
  const { KyselyStore } = require(join(place, 'kysely.js')) as { KyselyStore(options: object): Rival };
  const dialect = new SqliteDialect({ database: folder.keep(libsql.open(folder.file())) as never });
  return KyselyStore({ config: { dialect } });
}

describe('a table of @telegraf/session', () => {
  const options = { table: 'telegraf-sessions', valueColumn: 'session' };

  test('is read by this store, and back', async () => {
    const rival = telegrafStore();
    await rival.set(KEY, SESSION);
    const store = new SqliteSessionStore(database, options);
    expect(store.get(KEY)).toEqual(SESSION);
    store.set(KEY, { ...SESSION, counter: 2 });
    expect(await rival.get(KEY)).toEqual({ ...SESSION, counter: 2 });
    await rival.set(KEY, { ...SESSION, counter: 3 });
    expect(store.get(KEY)).toEqual({ ...SESSION, counter: 3 });
    await rival.delete(KEY);
    expect(store.get(KEY)).toBe(undefined);
  });

  test('has no session, for either, where this store has deleted or only asked', async () => {
    const rival = telegrafStore();
    await rival.set(KEY, SESSION);
    const store = new SqliteSessionStore(database, options);
    store.delete(KEY);
    store.acquire('7:7', {
      token: 'a'.repeat(16),
      leaseMs: 1_000,
      contender: 'b'.repeat(16),
      reserveMs: 150,
    });
    expect(await rival.get(KEY)).toBe(undefined);
    expect(await rival.get('7:7')).toBe(undefined);
  });

  test('keeps what the other library writes where this store had nothing', async () => {
    const rival = telegrafStore();
    await rival.get(KEY);
    const store = new SqliteSessionStore(database, options);
    store.acquire(KEY, { token: 'a'.repeat(16), leaseMs: 1, contender: 'b'.repeat(16), reserveMs: 150 });
    await rival.set(KEY, SESSION);
    turnClock(database, 7 * 86_400_000, options.table);
    await store.purge();
    expect(store.get(KEY)).toEqual(SESSION);
    expect(await rival.get(KEY)).toEqual(SESSION);
  });
});

describe('a table with other names', () => {
  test('is read by naming its columns', () => {
    database.exec(
      `CREATE TABLE "Bot's ""own"" :table" (id TEXT PRIMARY KEY, "the data" TEXT, note TEXT);
      INSERT INTO "Bot's ""own"" :table" VALUES ('${KEY}', '${JSON.stringify(SESSION)}', 'mine')`,
    );
    const names = { table: `Bot's "own" :table`, keyColumn: 'ID', valueColumn: 'the data' };
    const store = new SqliteSessionStore(database, names);
    expect(store.get(KEY)).toEqual(SESSION);
    store.set(KEY, 2);
    expect(database.prepare(`SELECT id, "the data", note FROM "Bot's ""own"" :table"`).all()).toEqual([
      { id: KEY, 'the data': '2', note: 'mine' },
    ]);
  });

  test('is refused when it has no such column, and stays as it is', () => {
    database.exec('CREATE TABLE sessions (id TEXT PRIMARY KEY, data TEXT)');
    const store = new SqliteSessionStore(database);
    expect(() => store.get(KEY)).toThrow(/no column "key"/);
    expect(database.prepare('SELECT name FROM pragma_table_info(?)').all('sessions')).toHaveLength(2);
    expect(new SqliteSessionStore(database, { keyColumn: 'id', valueColumn: 'data' }).get(KEY)).toBe(
      undefined,
    );
  });

  test('is made as it is named where it does not exist', () => {
    const store = new SqliteSessionStore(database, { table: 'a.b', keyColumn: 'k', valueColumn: 'v' });
    store.set(KEY, 1);
    expect(database.prepare('SELECT k, v FROM "a.b"').all()).toEqual([{ k: KEY, v: '1' }]);
  });
});
