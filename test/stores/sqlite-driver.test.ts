/** Which driver a file of SqliteSessionStore is opened with, where Node.js has one and where it has none. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import Libsql from 'libsql';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { openDatabase } from '../../packages/sqlite/src/driver';
import { useFolder } from './sqlite-drivers';

const files = useFolder();

const libsql = JSON.stringify(createRequire(import.meta.url).resolve('libsql'));

class BuiltIn extends Libsql {}

/** Makes a host of this process, whose `node:sqlite` is this. */
function host(sqlite: unknown): void {
  const getBuiltinModule = (name: string) => (name === 'node:module' ? { createRequire } : sqlite);
  vi.spyOn(process, 'getBuiltinModule').mockImplementation(getBuiltinModule as never);
}

/** Makes a module that the program finds which was started, and this package does not. */
function install(name: string, text: string): void {
  const folder = join(files.folder.path, 'node_modules', name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'index.js'), text);
  vi.spyOn(process, 'cwd').mockReturnValue(files.folder.path);
}

async function opened(): Promise<object> {
  return files.folder.keep(await openDatabase(files.folder.file()));
}

describe('where Node.js has a driver', () => {
  test('a file is opened with it, at once', () => {
    host({ DatabaseSync: BuiltIn });
    expect(files.folder.keep(openDatabase(files.folder.file()) as BuiltIn)).toBeInstanceOf(BuiltIn);
  });

  test('that is called Database, as of bun:sqlite, a file is opened with it', async () => {
    host({ Database: BuiltIn, constants: {} });
    expect(await opened()).toBeInstanceOf(BuiltIn);
  });

  test('that is the default of its module, a file is opened with it', async () => {
    host({ default: BuiltIn });
    expect(await opened()).toBeInstanceOf(BuiltIn);
  });

  test('that is all of its module, a file is opened with it', async () => {
    host(BuiltIn);
    expect(await opened()).toBeInstanceOf(BuiltIn);
  });
});

describe('where Node.js has no driver', () => {
  test.each([
    ['has no such module', () => host(undefined)],
    ['has a module without a class', () => host({ default: {} })],
    [
      'throws',
      () => {
        vi.spyOn(process, 'getBuiltinModule').mockImplementation(() => {
          throw new Error('Not here.');
        });
      },
    ],
  ])('and %s, one is imported', async (_, prepare) => {
    prepare();
    expect((await opened()).constructor).toBe(Libsql);
  });

  test('better-sqlite3 comes before libsql, found from where the program was started', async () => {
    host(undefined);
    install('better-sqlite3', `module.exports = class Better extends require(${libsql}) {};`);
    expect((await opened()).constructor.name).toBe('Better');
  });

  test('the next is taken where one lacks its native part', async () => {
    host(undefined);
    install('better-sqlite3', `module.exports = class { constructor() { throw new Error('No part.'); } };`);
    expect((await opened()).constructor).toBe(Libsql);
  });

  test('the next is taken where one has no class', async () => {
    host(undefined);
    install('better-sqlite3', 'module.exports = {};');
    expect((await opened()).constructor).toBe(Libsql);
  });
});

describe('where there is no driver at all', () => {
  beforeEach(() => {
    vi.doMock('libsql', () => ({ DatabaseSync: undefined, Database: undefined, default: {} }));
    install('better-sqlite3', `throw new Error('It is broken.');`);
  });

  afterEach(() => void vi.doUnmock('libsql'));

  const failure = async (): Promise<unknown> => opened().catch((error: unknown) => error);

  test('the error says what to install, and what came of each that was tried', async () => {
    host(undefined);
    expect(await failure()).toMatchObject({
      message: expect.stringContaining('npm install libsql'),
      cause: { errors: [expect.anything(), expect.objectContaining({ message: 'It is broken.' })] },
    });
  });

  test('the error says that a module was not found also where nothing else can be asked for it', async () => {
    vi.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined as never);
    const notFound = (name: string) => ({ message: expect.stringContaining(`'${name}'`) });
    expect(await failure()).toMatchObject({
      cause: { errors: [notFound('bun:sqlite'), notFound('better-sqlite3')] },
    });
  });
});
