/** The SQLite driver of this machine: the first that is there. */

import type { MaybePromise } from '@sessiongram/core';
import type { SqliteDatabase } from './client';

/** A database that can be closed, because it was opened here. */
export interface OwnDatabase extends SqliteDatabase {
  close(): unknown;
}

type Driver = new (path: string) => OwnDatabase;

/** What is used of the host, where it has it. */
interface Host {
  readonly process?: {
    cwd(): string;
    getBuiltinModule?(name: string): unknown;
  };
}

/** In the order in which they are tried after `node:sqlite`, which needs no import. */
const IMPORTED = ['bun:sqlite', 'better-sqlite3', 'libsql'] as const;

/** Opens a file with the first driver that is there and works. Answers at once where that is `node:sqlite`. */
export function openDatabase(path: string): MaybePromise<OwnDatabase> {
  const BuiltIn = driverOf(builtIn('node:sqlite'));
  return BuiltIn === undefined ? openImported(path) : new BuiltIn(path);
}

async function openImported(path: string): Promise<OwnDatabase> {
  const reasons: unknown[] = [];
  for (const name of IMPORTED) {
    let Imported: Driver | undefined;
    try {
      Imported = driverOf(await load(name));
      // What is installed without its native part fails only now, and must not hide the next driver.
      if (Imported !== undefined) new Imported(':memory:').close();
    } catch (reason) {
      reasons.push(reason);
      continue;
    }
    if (Imported !== undefined) return new Imported(path);
  }
  const text =
    'There is no SQLite driver to open the file with. Use Node.js 22.13 or later, which has one built in, ' +
    'or install one: npm install libsql (or: npm install better-sqlite3).';
  throw new Error(text, { cause: new AggregateError(reasons, 'What came of each driver that was tried.') });
}

/** The class that opens a database, by whatever name a module exports it. */
function driverOf(module: unknown): Driver | undefined {
  const { DatabaseSync, Database, default: main } = (module ?? {}) as Readonly<Record<string, unknown>>;
  const found = [DatabaseSync, Database, main, module].find((each) => typeof each === 'function');
  return found as Driver | undefined;
}

/** Imports a module as this package sees it, or else as the program does that was started. */
async function load(name: string): Promise<unknown> {
  try {
    return await import(/* @vite-ignore */ /* webpackIgnore: true */ name);
  } catch (reason) {
    const modules = builtIn('node:module') as { createRequire(from: string): (name: string) => unknown };
    if (modules === undefined) throw reason;
    return modules.createRequire(`${(globalThis as Host).process?.cwd()}/index.js`)(name);
  }
}

function builtIn(name: string): unknown {
  try {
    return (globalThis as Host).process?.getBuiltinModule?.(name);
  } catch {
    return undefined;
  }
}
