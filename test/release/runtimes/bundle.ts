/** The programs of the runtimes, made of their sources: one file each, our packages as they are installed. */

import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'tsup';
import { writeFiles } from '../packing/project';

const programs = fileURLToPath(new URL('programs/', import.meta.url));
const common = { config: false, silent: true, format: 'esm', target: 'es2022' } as const;

/** Makes `main.mjs` in a project, in parts that are loaded when they are needed. What it imports stays an import, found in the `node_modules` of the project. */
export async function bundleMain(folder: string): Promise<void> {
  await build({
    ...common,
    entry: { main: join(programs, 'main.ts') },
    outDir: join(folder, 'programs'),
    platform: 'node',
    outExtension: () => ({ js: '.mjs' }),
    skipNodeModulesBundle: true,
    external: [/^@sessiongram\//, /^grammy/, /^telegraf/, /^node:/],
    tsconfig: emptyConfig(folder),
  });
}

/** Makes one file for Workers, as their tools do: with everything in it, by the conditions that they choose. */
export async function bundleWorker(folder: string): Promise<string> {
  // Next to the packages of the project, so that imports are found there and not in this repository.
  const sources = join(folder, 'worker');
  cpSync(programs, sources, { recursive: true });
  await build({
    ...common,
    entry: { worker: join(sources, 'worker.ts') },
    outDir: join(folder, 'programs'),
    platform: 'neutral',
    outExtension: () => ({ js: '.mjs' }),
    noExternal: [/.*/],
    tsconfig: emptyConfig(folder),
    esbuildOptions(options) {
      options.conditions = ['workerd', 'worker', 'browser', 'import'];
      options.mainFields = ['browser', 'module', 'main'];
    },
  });
  return join(folder, 'programs', 'worker.mjs');
}

/** Without it, the `paths` of this repository would lead to the sources. */
function emptyConfig(folder: string): string {
  writeFiles(folder, { 'tsconfig.programs.json': '{}' });
  return join(folder, 'tsconfig.programs.json');
}
