/** How statements run on one connection to SQLite, and which of its errors tell that another was writing. */

import { beforeEach, describe, expect, test, vi } from 'vitest';
import { Client, isBusy } from '../../packages/sqlite/src/client';
import { libsql, type OpenDatabase, select, useFolder } from './sqlite-drivers';

const files = useFolder();

describe('a connection', () => {
  let database: OpenDatabase;
  let client: Client;

  beforeEach(() => {
    database = files.openAside();
    client = new Client(database);
  });

  test('is given each value by its name, in every place where that stands', () => {
    const sql = `SELECT :a AS one, :b AS other, ':' || :a AS again`;
    expect(client.all(sql, { b: 2, a: 'x' })).toEqual([{ one: 'x', other: 2, again: ':x' }]);
  });

  test('takes no name of a column for that of a value', () => {
    const sql = `SELECT :a AS "a:b", :a AS "a"":b"`;
    expect(client.all(sql, { a: 1 })).toEqual([{ 'a:b': 1, 'a":b': 1 }]);
  });

  test('prepares a statement once', () => {
    const prepare = vi.spyOn(database, 'prepare');
    for (const a of [1, 2]) expect(client.all('SELECT :a AS a', { a })).toEqual([{ a }]);
    expect(prepare).toHaveBeenCalledTimes(1);
  });

  test('keeps a statement that found the database locked', () => {
    client.exec('PRAGMA journal_mode = DELETE; CREATE TABLE numbers (number)');
    const other = files.folder.keep(libsql.open(files.folder.file()));
    const prepare = vi.spyOn(database, 'prepare');
    const read = () => client.all('SELECT number FROM numbers', {});
    expect(read()).toEqual([]);
    other.exec('BEGIN EXCLUSIVE');
    expect(messageOf(read)).toMatch(/locked/);
    other.exec('COMMIT');
    expect(read()).toEqual([]);
    expect(prepare).toHaveBeenCalledTimes(1);
  });

  test('keeps other writers off from the beginning of its work to the end', () => {
    const other = files.openAside();
    const begin = () => messageOf(() => other.exec('BEGIN IMMEDIATE'));
    expect(client.atomically(begin)).toMatch(/locked/);
    expect(begin()).toBe(undefined);
  });

  test('does nothing of a work that fails, and leaves no transaction open', () => {
    client.exec('CREATE TABLE numbers (number)');
    const work = () => {
      client.exec('INSERT INTO numbers VALUES (1)');
      throw new Error('It failed.');
    };
    expect(() => client.atomically(work)).toThrow('It failed.');
    client.atomically(() => client.exec('INSERT INTO numbers VALUES (2)'));
    expect(select(files.openAside(), 'SELECT number FROM numbers')).toEqual([{ number: 2 }]);
  });

  test('tells why a work has failed also where SQLite has undone it already', () => {
    client.exec(`CREATE TABLE numbers (number);
      CREATE TRIGGER refuse BEFORE INSERT ON numbers BEGIN SELECT RAISE(ROLLBACK, 'No numbers.'); END`);
    expect(() => client.atomically(() => client.exec('INSERT INTO numbers VALUES (1)'))).toThrow(
      'No numbers.',
    );
  });
});

function messageOf(work: () => unknown): string | undefined {
  try {
    work();
  } catch (error) {
    return String(error);
  }
  return undefined;
}

describe('another was writing', () => {
  test('where node:sqlite gives the number of that, whatever is added to it', () => {
    const errors = [5, 6, 261, 262, 517].map((errcode) => ({ code: 'ERR_SQLITE_ERROR', errcode }));
    expect(errors.map(isBusy)).toEqual(errors.map(() => true));
  });

  test('where a driver gives the name of that, whatever is added to it', () => {
    const names = ['SQLITE_BUSY', 'SQLITE_BUSY_SNAPSHOT', 'SQLITE_LOCKED', 'SQLITE_LOCKED_SHAREDCACHE'];
    expect(names.map((code) => isBusy({ code }))).toEqual(names.map(() => true));
  });

  test('not where there is another number', () => {
    const errors = [0, 1, 8, 1299, undefined].map((errcode) => ({ code: 'ERR_SQLITE_ERROR', errcode }));
    expect(errors.map(isBusy)).toEqual(errors.map(() => false));
    expect(isBusy({ code: 'ERR_OTHER', errcode: 5 })).toBe(false);
  });

  test('not where there is another name, or none', () => {
    const errors = [{ code: 'SQLITE_ERROR' }, { code: 5 }, {}, 'SQLITE_BUSY', null, undefined];
    expect(errors.map(isBusy)).toEqual(errors.map(() => false));
  });
});
