/** Runs one suite on a runtime that has processes, and prints its result: `main.js SUITE`. */

import process from 'node:process';
import { absent, type Suite, textOf } from './suite';

/** Loaded when they are asked for, because not every runtime can load what they import. */
const suites: Readonly<Record<string, () => Promise<Suite>>> = {
  'memory store': async () => (await import('./memory-store')).memoryStore,
  'grammY adapter': async () => (await import('./grammy')).grammyAdapter,
  'grammY webhook': async () => (await import('./grammy')).grammyWebhook,
  'Telegraf adapter': async () => (await import('./telegraf')).telegrafAdapter,
  'node:sqlite': async () => (await import('./sqlite-store')).sqliteStore('node:sqlite'),
  'bun:sqlite': async () => (await import('./sqlite-store')).sqliteStore('bun:sqlite'),
  'better-sqlite3': async () => (await import('./sqlite-store')).sqliteStore('better-sqlite3'),
  libsql: async () => (await import('./sqlite-store')).sqliteStore('libsql'),
};

const load = suites[process.argv[2] ?? ''];
const result =
  load === undefined
    ? absent('there is no such suite')
    : await (await load())().catch((error) => failed(error));
console.log(`RESULT ${JSON.stringify(result)}`);
// A driver may keep the process alive that nobody needs any more.
process.exit(0);

function failed(error: unknown): object {
  return { passed: 0, failed: [{ name: 'the suite', error: textOf(error) }], skipped: 0 };
}
