/** A connection of SqliteSessionStore: opened once, made ready once, patient for five seconds, closed for good. */

import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Libsql from 'libsql';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Client, isBusy } from '../../packages/sqlite/src/client';
import { Connection } from '../../packages/sqlite/src/connection';
import { type OpenDatabase, useFolder } from './sqlite-drivers';

const files = useFolder();

describe('a file', () => {
  // A driver that is to be imported takes a moment, in which more may happen than with one that is built in.
  beforeEach(() => void vi.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined as never));

  function connect(makeReady: () => void = () => {}): Connection {
    return files.folder.keep(new Connection(files.folder.file(), makeReady));
  }

  test('is opened with settings of its own', async () => {
    const asked = ['busy_timeout', 'journal_mode', 'synchronous'];
    const settings = connect().run((client) => asked.map((name) => client.all(`PRAGMA ${name}`, {})[0]));
    expect(await settings).toEqual([{ timeout: 20 }, { journal_mode: 'wal' }, { synchronous: 1 }]);
  });

  test('is opened and made ready once, however many first calls come together', async () => {
    const makeReady = vi.fn();
    const close = vi.spyOn(Libsql.prototype, 'close');
    const connection = connect(makeReady);
    const clients = await Promise.all([1, 2, 3].map(() => connection.run((client) => client)));
    expect(new Set(clients).size).toBe(1);
    expect(makeReady).toHaveBeenCalledTimes(1);
    expect(close).toHaveBeenCalledTimes(1); // of the driver, which is tried in memory before it opens a file
    expect(connection.run((client) => client)).toBe(clients[0]);
  });

  test('is closed at the end', async () => {
    const connection = connect();
    const client = await connection.run((opened) => opened);
    connection.close();
    expect(() => client.exec('SELECT 1')).toThrow(/not open/);
  });

  test('is closed once', async () => {
    const connection = connect();
    const { database } = await connection.run((client) => client);
    const close = vi.spyOn(database as OpenDatabase, 'close');
    connection.close();
    connection.close();
    expect(close).toHaveBeenCalledTimes(1);
  });

  test('that could not be opened is opened by the next call', async () => {
    const path = files.folder.file('later/sessions.db');
    const connection = files.folder.keep(new Connection(path, () => {}));
    await expect((async () => connection.run(() => 1))()).rejects.toThrow();
    mkdirSync(dirname(path));
    expect(await connection.run(() => 1)).toBe(1);
  });

  test('that is open only after the end is closed again', async () => {
    const exec = vi.spyOn(Libsql.prototype, 'exec');
    const close = vi.spyOn(Libsql.prototype, 'close');
    const connection = connect();
    const call = (async () => connection.run(() => {}))();
    connection.close();
    await expect(call).rejects.toThrow(/was closed/);
    expect(close).toHaveBeenCalledTimes(2); // once for the driver, which was tried in memory
    expect(exec).not.toHaveBeenCalled();
  });

  test('is not opened after the end', () => {
    const connection = connect();
    connection.close();
    expect(() => connection.run(() => {})).toThrow(/was closed/);
    expect(existsSync(files.folder.file())).toBe(false);
  });
});

describe('a database', () => {
  let other: OpenDatabase;
  let connection: Connection;
  const work = vi.fn((client: Client) => client.exec('BEGIN IMMEDIATE; COMMIT'));

  beforeEach(() => {
    vi.useFakeTimers();
    work.mockClear();
    other = files.openAside();
    connection = new Connection(files.openAside(), () => {});
  });

  afterEach(() => void vi.useRealTimers());

  /** Runs work while another writes, and answers how it stands. */
  function waiting(): () => unknown {
    other.exec('BEGIN IMMEDIATE');
    let state: unknown = 'waiting';
    Promise.resolve(connection.run(work)).then(
      () => {
        state = 'done';
      },
      (error: unknown) => {
        state = error;
      },
    );
    return () => state;
  }

  const elapse = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

  test('is one connection for all work', () => {
    const clients = [1, 2].map(() => connection.run((client) => client));
    expect(clients[0]).toBe(clients[1]);
  });

  test('is made ready again where that has failed', () => {
    const makeReady = vi.fn().mockImplementationOnce(() => {
      throw new Error('Not yet.');
    });
    connection = new Connection(files.openAside(), makeReady);
    expect(() => connection.run(work)).toThrow('Not yet.');
    connection.run(work);
    connection.run(work);
    expect(makeReady).toHaveBeenCalledTimes(2);
  });

  test('in which another writes is waited for during five seconds', async () => {
    const state = waiting();
    await elapse(4_900);
    expect(state()).toBe('waiting');
    await elapse(200);
    expect(state()).toSatisfy(isBusy);
  });

  test('is asked again soon at first, and seldom after some time', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(1);
    const state = waiting();
    await elapse(2);
    expect(work).toHaveBeenCalledTimes(2);
    await elapse(98);
    expect(work).toHaveBeenCalledTimes(6);
    await elapse(3_000);
    other.exec('COMMIT');
    await elapse(40);
    expect(state()).toBe('done');
  });

  test('is asked again after a time that is never the same', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
    waiting();
    await elapse(1);
    expect(work).toHaveBeenCalledTimes(2);
  });

  test('that refuses a work for another reason is not asked again', async () => {
    const state = waiting();
    work.mockImplementationOnce(() => {
      throw new Error('It failed.');
    });
    await elapse(1_000);
    expect(state()).toMatchObject({ message: 'It failed.' });
    expect(work).toHaveBeenCalledTimes(2);
  });
});
