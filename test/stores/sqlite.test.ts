/** SqliteSessionStore on the files and databases that it is given. */

import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { SqliteSessionStore, type SqliteStatement } from '@sessiongram/sqlite';
import { describe, expect, test } from 'vitest';
import { granted, NONE, request, setTo } from './leases';
import { drivers, type OpenDatabase, select, turnClock, useFolder } from './sqlite-drivers';

const KEY = '42:42';

const files = useFolder();

describe('a path', () => {
  test('nothing is opened before the first use', async () => {
    const store = files.folder.keep(new SqliteSessionStore(files.folder.file()));
    expect(existsSync(files.folder.file())).toBe(false);
    expect(await store.get(KEY)).toBe(undefined);
    expect(existsSync(files.folder.file())).toBe(true);
  });

  test('a file that could not be opened is tried again at the next call', async () => {
    const path = files.folder.file('later/sessions.db');
    const store = files.folder.keep(new SqliteSessionStore(path));
    await expect((async () => store.get(KEY))()).rejects.toThrow();
    mkdirSync(dirname(path));
    await store.set(KEY, 1);
    expect(await store.get(KEY)).toBe(1);
  });

  test('a file that is no database is left as it is', async () => {
    const text = 'not a database, but a text of some length'.repeat(100);
    writeFileSync(files.folder.file(), text);
    const store = files.folder.keep(new SqliteSessionStore(files.folder.file()));
    await expect((async () => store.set(KEY, 1))()).rejects.toThrow(/not a database/);
    expect(readFileSync(files.folder.file(), 'utf8')).toBe(text);
  });

  test('first calls may come together', async () => {
    const store = files.folder.keep(new SqliteSessionStore(files.folder.file()));
    await Promise.all([1, 2, 3].map((value) => store.set(`${value}`, value)));
    expect(await Promise.all([1, 2, 3].map((value) => store.get(`${value}`)))).toEqual([1, 2, 3]);
  });

  test('the file has write-ahead logging', async () => {
    const store = files.folder.keep(new SqliteSessionStore(files.folder.file()));
    await store.set(KEY, 1);
    expect(select(files.openAside(), 'PRAGMA journal_mode')).toEqual([{ journal_mode: 'wal' }]);
  });

  test('every call fails after close', async () => {
    const store = new SqliteSessionStore(files.folder.file());
    const { lease } = granted(await store.acquire(KEY, request()));
    store.close();
    store.close();
    const calls: (() => unknown)[] = [
      () => store.get(KEY),
      () => store.set(KEY, 1),
      () => store.delete(KEY),
      () => store.acquire(KEY, request()),
      () => store.renew(KEY, lease, 1_000),
      () => store.commit(KEY, lease, NONE),
      () => store.keys()[Symbol.asyncIterator]().next(),
      () => store.purge(),
    ];
    for (const call of calls) await expect((async () => call())()).rejects.toThrow(/was closed/);
  });

  test('a store that is closed while it opens fails its calls and writes nothing', async () => {
    const store = new SqliteSessionStore(files.folder.file());
    const call = (async () => store.set(KEY, 1))();
    store.close();
    await expect(call).rejects.toThrow(/was closed/);
    expect(() => store.get(KEY)).toThrow(/was closed/);
    expect(statSync(files.folder.file()).size).toBe(0);
  });
});

describe.each(drivers)('a database of $name', (driver) => {
  test.skipIf(driver.skip !== undefined)('is used without promises, and stays open after close', () => {
    const database = files.folder.keep(driver.open(files.folder.file()));
    const store = new SqliteSessionStore(database);
    expect(store.set(KEY, { counter: 1 })).toBe(undefined);
    const grant = granted(store.acquire(KEY, request()));
    expect(grant.read()).toEqual({ counter: 1 });
    expect(store.renew(KEY, grant.lease, 1_000)).toBe(true);
    expect(store.commit(KEY, grant.lease, setTo({ counter: 2 }))).toMatchObject({ state: 'done' });
    expect(store.get(KEY)).toEqual({ counter: 2 });
    store.close();
    expect(() => store.get(KEY)).toThrow(/was closed/);
    expect(database.prepare('SELECT value FROM sessions').all()).toEqual([{ value: '{"counter":2}' }]);
  });

  test.skipIf(driver.skip !== undefined)('keeps its own settings', () => {
    const database = files.folder.keep(driver.open(files.folder.file()));
    database.exec('PRAGMA busy_timeout = 1234');
    const store = new SqliteSessionStore(database);
    store.set(KEY, 1);
    expect(database.prepare('PRAGMA journal_mode').all()).toEqual([{ journal_mode: 'delete' }]);
    expect(database.prepare('PRAGMA busy_timeout').all()).toEqual([{ timeout: 1234 }]);
  });

  test.skipIf(driver.skip !== undefined)(
    'is waited for without blocking while another connection writes, and nothing is lost',
    async () => {
      const database = files.folder.keep(driver.open(files.folder.file()));
      const store = new SqliteSessionStore(database);
      store.set(KEY, 1);
      const other = files.folder.keep(driver.open(files.folder.file()));
      database.exec('PRAGMA busy_timeout = 1');
      other.exec('BEGIN IMMEDIATE');
      const writing = store.set(KEY, 2);
      const acquiring = store.acquire(KEY, request());
      expect(writing).toBeInstanceOf(Promise);
      other.exec('COMMIT');
      await writing;
      granted(await acquiring);
      expect(store.get(KEY)).toBe(2);
    },
  );

  test.skipIf(driver.skip !== undefined)('tells a lock that passes from other errors', () => {
    const database = files.folder.keep(driver.open(files.folder.file()));
    const other = files.folder.keep(driver.open(files.folder.file()));
    const store = new SqliteSessionStore(database);
    other.exec('BEGIN IMMEDIATE');
    database.exec('PRAGMA busy_timeout = 1');
    expect(store.isTransient(errorOf(() => database.exec('BEGIN IMMEDIATE')))).toBe(true);
    expect(store.isTransient(errorOf(() => database.exec('SELECT * FROM nowhere')))).toBe(false);
    expect(store.isTransient(new Error('database is locked, says somebody'))).toBe(false);
    expect(store.isTransient(undefined)).toBe(false);
  });

  test.skipIf(driver.skip !== undefined)('in memory works as well', () => {
    const store = new SqliteSessionStore(files.folder.keep(driver.open(':memory:')));
    store.set(KEY, 1);
    expect(store.get(KEY)).toBe(1);
  });
});

function errorOf(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('It did not fail.');
}

test('a transaction of the owner that is still open is neither joined nor ended', () => {
  const database = files.openAside();
  const store = new SqliteSessionStore(database);
  store.set(KEY, 'before');
  database.exec('BEGIN; CREATE TABLE mine (a)');
  expect(() => store.set(KEY, 'within')).toThrow(/within a transaction/);
  expect(() => new SqliteSessionStore(database, { ttlMs: 1_000 }).get(KEY)).toThrow(/within a transaction/);
  expect(store.get(KEY)).toBe('before');
  database.exec('COMMIT');
  expect(database.prepare('SELECT * FROM mine').all()).toEqual([]);
  store.set(KEY, 'after');
  expect(store.get(KEY)).toBe('after');
});

test('a database that was closed and opened again fails one call, and no more', () => {
  let database = files.openAside();
  const lent = {
    exec: (sql: string) => database.exec(sql),
    /** As `node:sqlite` does it, whose databases can be opened again. */
    prepare(sql: string): SqliteStatement {
      const preparedBy = database;
      const statement = database.prepare(sql);
      return {
        all(...values) {
          if (database !== preparedBy) throw new Error('statement has been finalized');
          return statement.all(...values);
        },
      };
    },
  };
  const store = new SqliteSessionStore(lent);
  store.set(KEY, 1);
  expect(store.get(KEY)).toBe(1);
  database = files.openAside();
  expect(() => store.set(KEY, 2)).toThrow('finalized');
  expect(store.get(KEY)).toBe(1);
  store.set(KEY, 3);
  expect(store.get(KEY)).toBe(3);
});

test('a database that answers rows as arrays is refused with a word about that, and left as it is', () => {
  const database = files.openAside();
  const lent = {
    prepare: (sql: string) => (database.prepare(sql) as SqliteStatement & { raw(): SqliteStatement }).raw(),
    exec: (sql: string) => database.exec(sql),
  };
  expect(() => new SqliteSessionStore(lent).get(KEY)).toThrow(/rows as arrays.*without `returnArrays`/);
  expect(select(database, 'SELECT name FROM sqlite_master')).toEqual([]);
});

test('a database that answers numbers as bigint serves leases', () => {
  const database = files.openAside() as OpenDatabase & { defaultSafeIntegers(): void };
  database.defaultSafeIntegers();
  const store = new SqliteSessionStore(database, { ttlMs: 10_000 });
  const { lease } = granted(store.acquire(KEY, request()));
  expect(store.acquire(KEY, request())).toMatchObject({ granted: false, remainingMs: expect.any(Number) });
  expect(store.commit(KEY, lease, setTo(1))).toMatchObject({ state: 'done' });
  expect(lease).toMatchObject({ fence: expect.any(Number) });
  turnClock(database, 5_000);
  const before = select(database, 'SELECT lives_until FROM sessions');
  expect(store.get(KEY)).toBe(1);
  expect(select(database, 'SELECT lives_until FROM sessions')).not.toEqual(before);
});

describe('options', () => {
  test.each([
    ['a path of no characters', ['']],
    ['a path with a NUL', ['a\0b']],
    ['an object that is no database', [{ prepare() {} }]],
    ['an object without prepare', [{ exec() {} }]],
    ['nothing', [undefined]],
    ['an unknown option', ['a.db', { tabel: 'a' }]],
    ['a table without a name', ['a.db', { table: '' }]],
    ['a key column without a name', ['a.db', { keyColumn: '' }]],
    ['a value column without a name', ['a.db', { valueColumn: '' }]],
    ['a ttl of 0', ['a.db', { ttlMs: 0 }]],
    ['a codec without parse', ['a.db', { codec: { stringify: String } }]],
    ['a key column that the store has itself', ['a.db', { keyColumn: 'fence' }]],
    ['a value column that the store has itself', ['a.db', { valueColumn: 'Marks' }]],
    ['one column for keys and values', ['a.db', { keyColumn: 'Data', valueColumn: 'data' }]],
  ])('%s is refused with a TypeError', (_, given) => {
    const make = () => Reflect.construct(SqliteSessionStore, given);
    expect(make).toThrow(TypeError);
    expect(make).toThrow(/^new SqliteSessionStore\(\)/);
  });

  test.each([
    [null, 'null'],
    [1, '1'],
    ['', '""'],
    [{}, 'an object'],
    [new URL('file:///sessions.db'), 'an object'],
  ])('%o in place of a database is told', (source, came) => {
    const make = () => Reflect.construct(SqliteSessionStore, [source]);
    expect(make).toThrow(`better-sqlite3 and libsql have it, but got ${came}.`);
  });

  test('a codec whose text cannot be kept is refused, and the old value stays', () => {
    const store = files.openStore({ codec: { stringify: String, parse: (text) => text } });
    store.set(KEY, 'old');
    for (const text of ['a\0b', '\ud800']) {
      expect(() => store.set(KEY, text)).toThrow(expect.objectContaining({ code: 'VALUE_UNSTORABLE' }));
    }
    expect(store.get(KEY)).toBe('old');
  });
});
