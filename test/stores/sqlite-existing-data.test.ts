/** Tables that other libraries made are read as they are, and they read what this store writes. */

import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { SqliteSessionStore } from '@sessiongram/sqlite';
import { SqliteDialect } from 'kysely';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { granted, NONE, request } from './leases';
import { Folder, libsql, type OpenDatabase, select, turnClock } from './sqlite-drivers';

const SESSION = { counter: 1, cart: ['a'], locale: 'ü', scene: null };
const KEY = '42:42';
const DAY_MS = 86_400_000;

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
    turnClock(database, 7 * DAY_MS, options.table);
    await store.purge();
    expect(store.get(KEY)).toEqual(SESSION);
    expect(await rival.get(KEY)).toEqual(SESSION);
  });
});

describe('a table of this store', () => {
  test('has its value last, and no row without a key', () => {
    new SqliteSessionStore(database).set(KEY, 1);
    const names = database.prepare('SELECT name FROM pragma_table_info(?)').all('sessions');
    expect(names.at(0)).toEqual({ name: 'key' });
    expect(names.at(-1)).toEqual({ name: 'value' });
    expect(() => database.exec(`INSERT INTO sessions (value) VALUES ('1')`)).toThrow(/NOT NULL/);
  });

  test('is opened without waiting while another program writes', () => {
    new SqliteSessionStore(database).set(KEY, 1);
    const other = folder.keep(libsql.open(folder.file()));
    database.exec('PRAGMA journal_mode = WAL; BEGIN IMMEDIATE');
    expect(new SqliteSessionStore(other).get(KEY)).toBe(1);
  });

  test('holds what another program writes for nobody, and removes nothing of it', async () => {
    const store = new SqliteSessionStore(database);
    store.get(KEY);
    database.exec(`INSERT INTO sessions (key, value) VALUES ('${KEY}', '1'), ('empty', NULL)`);
    expect(granted(store.acquire(KEY, request({ leaseMs: 1 }))).marks).toBe('');
    await store.purge();
    expect(select(database, 'SELECT key FROM sessions')).toEqual([{ key: KEY }, { key: 'empty' }]);
  });
});

describe('a table with more than sessions', () => {
  const names = { table: 'users', keyColumn: 'id', valueColumn: 'session' };

  test('keeps all rows, whatever becomes of the sessions in them', async () => {
    database.exec(
      `CREATE TABLE users (id TEXT PRIMARY KEY, name TEXT NOT NULL DEFAULT '', session TEXT);
      INSERT INTO users VALUES ('never', 'Ann', NULL), ('asked', 'Bob', NULL), ('deleted', 'Cy', '1'), ('ended', 'Dee', '1')`,
    );
    const store = new SqliteSessionStore(database, { ...names, ttlMs: DAY_MS });
    for (const key of ['asked', 'made']) {
      store.commit(key, granted(store.acquire(key, request())).lease, NONE);
    }
    store.delete('deleted');
    store.touch('ended');
    database.exec(`UPDATE users SET name = 'Eve' WHERE id = 'made'`);
    turnClock(database, 3 * DAY_MS, 'users');
    expect(await store.purge()).toBe(1);
    expect(select(database, 'SELECT id, name, session FROM users ORDER BY name')).toEqual([
      { id: 'never', name: 'Ann', session: null },
      { id: 'asked', name: 'Bob', session: null },
      { id: 'deleted', name: 'Cy', session: null },
      { id: 'ended', name: 'Dee', session: null },
      { id: 'made', name: 'Eve', session: null },
    ]);
  });

  test('keeps what gets a column later, and loses rows of this store when that goes', async () => {
    const store = new SqliteSessionStore(database, names);
    store.set('made', 1);
    store.delete('made');
    database.exec('ALTER TABLE users ADD COLUMN Name TEXT');
    turnClock(database, 3 * DAY_MS, 'users');
    await store.purge();
    expect(select(database, 'SELECT id FROM users')).toHaveLength(1);
    database.exec('ALTER TABLE users DROP COLUMN Name');
    await store.purge();
    expect(select(database, 'SELECT id FROM users')).toHaveLength(0);
  });

  test('keeps the rows that were there where they are keys alone, and loses those of this store', async () => {
    database.exec(
      `CREATE TABLE users (id TEXT PRIMARY KEY, session TEXT);
      INSERT INTO users VALUES ('never', NULL), ('asked', NULL), ('deleted', '1'), ('set', '1')`,
    );
    const store = new SqliteSessionStore(database, { ...names, keyColumn: 'ID' });
    for (const key of ['asked', 'made']) {
      store.commit(key, granted(store.acquire(key, request())).lease, NONE);
    }
    for (const key of ['set', 'made too']) store.set(key, 2);
    for (const key of ['deleted', 'set', 'made too']) store.delete(key);
    turnClock(database, 3 * DAY_MS, 'users');
    await store.purge();
    expect(select(database, 'SELECT id FROM users ORDER BY id')).toEqual(
      ['asked', 'deleted', 'never', 'set'].map((id) => ({ id })),
    );
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

  test('is refused when only its column of values is missing', () => {
    database.exec('CREATE TABLE sessions (key TEXT PRIMARY KEY, data TEXT)');
    expect(() => new SqliteSessionStore(database).get(KEY)).toThrow(/no column "value"/);
  });

  test('may have them in capital letters', () => {
    database.exec(`CREATE TABLE sessions (KEY TEXT PRIMARY KEY, Value TEXT, Marks TEXT NOT NULL DEFAULT '')`);
    const store = new SqliteSessionStore(database);
    store.set(KEY, 1);
    expect(store.get(KEY)).toBe(1);
  });

  test('may have two that differ in capital letters beyond ASCII', () => {
    const store = new SqliteSessionStore(database, { keyColumn: 'É', valueColumn: 'é' });
    store.set(KEY, 1);
    expect(store.get(KEY)).toBe(1);
  });

  test('may have numbers as keys, and rows without a key', async () => {
    database.exec(
      `CREATE TABLE users (id INTEGER UNIQUE, data TEXT); INSERT INTO users VALUES (42, '1'), (NULL, '2')`,
    );
    const store = new SqliteSessionStore(database, { table: 'users', keyColumn: 'id', valueColumn: 'data' });
    expect(store.get('42')).toBe(1);
    const found: string[] = [];
    for await (const key of store.keys()) found.push(key);
    expect(found).toEqual(['42']);
  });

  test('gets what leases need in one step, while nobody else writes', () => {
    database.exec('CREATE TABLE sessions (key TEXT PRIMARY KEY, value TEXT)');
    const other = folder.keep(libsql.open(folder.file()));
    const exec = database.exec.bind(database);
    const seen: string[] = [];
    vi.spyOn(database, 'exec').mockImplementation((sql) => {
      if (sql.startsWith('ALTER')) seen.push(outcomeOf(() => other.exec('BEGIN IMMEDIATE; COMMIT')));
      return exec(sql);
    });
    new SqliteSessionStore(database).set(KEY, 1);
    expect(seen.length).toBeGreaterThan(0);
    expect(new Set(seen)).toEqual(new Set(['database is locked']));
  });

  test('is made as it is named where it does not exist', () => {
    const store = new SqliteSessionStore(database, { table: 'a.b', keyColumn: 'k', valueColumn: 'v' });
    store.set(KEY, 1);
    expect(database.prepare('SELECT k, v FROM "a.b"').all()).toEqual([{ k: KEY, v: '1' }]);
  });
});

function outcomeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return (error as Error).message;
  }
  return 'done';
}
