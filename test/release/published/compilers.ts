/** The versions of TypeScript and the ways to find modules with which the quick starts have to compile. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { run, tail } from '../packing/command';
import { writeFiles } from '../packing/project';
import { tool } from '../packing/tools';

export const compilers: readonly string[] = ['5.4', '5.9', '6', '7'];

/** How imports are found, with the module format that goes with it. */
export const resolutions: Readonly<Record<string, string>> = {
  nodenext: 'nodenext',
  node16: 'node16',
  bundler: 'esnext',
};

/** The strictest settings that people have; without `skipLibCheck`, so that our declarations are checked as well. */
const STRICT = {
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  noPropertyAccessFromIndexSignature: true,
  target: 'es2022',
  lib: ['es2023', 'dom', 'dom.iterable'],
  types: ['node'],
  noEmit: true,
};

/** Declarations of other packages have mistakes of their own, which we cannot mend. */
const OF_OTHERS = /^node_modules\/(?!@sessiongram\/)/;

/** Compiles what stands in a folder of a project, and answers what the compiler printed. */
export async function compile(
  project: string,
  folder: string,
  version: string,
  options: Readonly<Record<string, unknown>>,
  flags: readonly string[] = [],
): Promise<string> {
  const compiler = join(await tool(`typescript@${version}`), 'node_modules', 'typescript', 'bin', 'tsc');
  if (!existsSync(compiler)) throw new Error(`typescript@${version} has brought no bin/tsc`);
  const config = `tsconfig.${folder}.json`;
  writeFiles(project, {
    [config]: JSON.stringify({ compilerOptions: { ...STRICT, ...options }, include: [folder] }),
  });
  const args = [compiler, '--project', config, '--pretty', 'false', ...flags];
  const outcome = await run(process.execPath, args, { cwd: project });
  const errors = outcome.stdout.split('\n').filter((line) => / error TS\d+:/.test(line));
  const ours = errors.filter((line) => !OF_OTHERS.test(line));
  if (ours.length > 0) throw new Error(ours.join('\n'));
  if (!outcome.ok && errors.length === 0) throw new Error(tail(outcome, 30));
  return outcome.stdout;
}
