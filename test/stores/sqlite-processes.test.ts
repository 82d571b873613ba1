/** One file, several processes: nothing is lost, and each finds a driver by itself. */

import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { SqliteSessionStore } from '@sessiongram/sqlite';
import { build } from 'tsup';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { drivers, Folder } from './sqlite-drivers';

const root = fileURLToPath(new URL('../..', import.meta.url));
const hasBuiltIn = drivers.some(({ name, skip }) => name === 'node:sqlite' && skip === undefined);

let folder: Folder;

/** Bundled, so that a process starts at once; and placed where no driver is installed. */
beforeAll(async () => {
  folder = new Folder();
  await build({
    config: false,
    silent: true,
    entry: { worker: join(root, 'test/stores/sqlite-worker.ts') },
    format: ['esm', 'cjs'],
    target: 'node20',
    tsconfig: join(root, 'tsconfig.base.json'),
    outDir: folder.path,
    outExtension: ({ format }) => ({ js: format === 'cjs' ? '.cjs' : '.mjs' }),
    noExternal: [/^@sessiongram\//],
    clean: false,
  });
}, 30_000);

afterAll(() => folder.remove());

interface WorkerOptions {
  readonly as?: 'worker.mjs' | 'worker.cjs';
  readonly cwd?: string;
}

function run(
  file: string,
  first: number,
  last: number,
  { as = 'worker.mjs', cwd = root }: WorkerOptions = {},
) {
  const given = [folder.file(as), folder.file(file), 'key', String(first), String(last)];
  return promisify(execFile)(process.execPath, given, { cwd });
}

async function stored(file: string): Promise<unknown> {
  const store = folder.keep(new SqliteSessionStore(folder.file(file)));
  return store.get('key');
}

test('two processes that write to a new file at the same time lose nothing', async () => {
  await Promise.all([run('two.db', 1, 100), run('two.db', 101, 200, { as: 'worker.cjs' })]);
  const all = (await stored('two.db')) as number[];
  expect(all.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, index) => index + 1));
}, 30_000);

test('a driver is found from the working directory where the store has none beside it', async () => {
  await run('found.db', 1, 2);
  expect(await stored('found.db')).toEqual([1, 2]);
}, 30_000);

test.skipIf(hasBuiltIn)(
  'where there is no driver, the error says what to install',
  async () => {
    const cwd = join(folder.path, 'empty');
    mkdirSync(cwd);
    for (const as of ['worker.mjs', 'worker.cjs'] as const) {
      await expect(run('none.db', 1, 1, { as, cwd })).rejects.toMatchObject({
        stderr: expect.stringMatching(/no SQLite driver.*npm install libsql/s),
      });
    }
  },
  30_000,
);
