/** The program of the workers: bundled once from the sources, so that a process starts within moments. */

import { mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Options } from 'tsup';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Program {
  readonly path: string;
  remove(): Promise<void>;
}

export interface ProgramOptions {
  /** @default the worker */
  readonly entry?: string;
  /** What is changed in the sources. */
  readonly patch?: Patch;
}

/** A change of a source file. */
export interface Patch {
  /** Below `packages`. */
  readonly file: string;
  /** Stands there exactly once. */
  readonly find: string;
  readonly replacement: string;
}

/** Bundles a file of this folder with the sources of our packages and with the drivers that are not native. */
export async function bundle({ entry = 'worker.ts', patch }: ProgramOptions = {}): Promise<Program> {
  const folder = await mkdtemp(join(tmpdir(), 'sessiongram-program-'));
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  await build({
    config: false,
    silent: true,
    entry: { program: join(root, 'test/races', entry) },
    format: 'cjs', // drivers ask for `require`
    target: 'node20',
    platform: 'node',
    tsconfig: join(root, 'tsconfig.base.json'),
    outDir: folder,
    outExtension: () => ({ js: '.cjs' }),
    external: ['libsql', 'pg-native', 'better-sqlite3', 'bun:sqlite', 'node:sqlite'],
    noExternal: [/^@sessiongram\//, 'ioredis', 'pg'], // one file is read faster than a hundred
    splitting: false,
    clean: false,
    esbuildPlugins: patch === undefined ? [] : [applied(patch)],
  });
  return {
    path: join(folder, 'program.cjs'),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Hands the bundler a changed copy of a file. */
function applied({ file, find, replacement }: Patch): NonNullable<Options['esbuildPlugins']>[number] {
  return {
    name: 'patch',
    setup(building) {
      let isApplied = false;
      building.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        if (path !== join(root, 'packages', file)) return undefined;
        const [before, after, ...rest] = (await readFile(path, 'utf8')).split(find);
        if (after === undefined || rest.length > 0) throw new Error(`${file} has not exactly one: ${find}`);
        isApplied = true;
        return { contents: before + replacement + after, loader: 'ts' };
      });
      building.onEnd(() => {
        if (!isApplied) throw new Error(`${file} is not part of the program.`);
      });
    },
  };
}
