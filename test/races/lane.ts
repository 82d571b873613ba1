/**
 * A process that runs the tests of one mutant after the other, in a vitest that stays up: to start one for each takes
 * several times as long as most tests.
 */

import { fileURLToPath } from 'node:url';
import { createVitest } from 'vitest/node';
import type { Guard } from './guards/guard';
import type { Patch } from './program';

/** What to run: the tests of this name in this file, over the sources with this patch, or as they are. */
export interface Trial {
  readonly killer: Guard['killer'];
  readonly patch?: Patch | undefined;
}

/** A test that has failed. */
export interface Failure {
  readonly title: string;
  readonly message: string;
}

const root = fileURLToPath(new URL('../..', import.meta.url));

async function main(): Promise<void> {
  let patch: Patch | undefined;
  const mutant = {
    name: 'mutant',
    enforce: 'pre' as const,
    transform(code: string, id: string): string | undefined {
      if (patch === undefined || id.split('?')[0] !== pathOf(patch)) return undefined;
      const [before, after, ...rest] = code.split(patch.find);
      if (after === undefined || rest.length > 0)
        throw new Error(`${patch.file} has not exactly one: ${patch.find}`);
      return before + patch.replacement + after;
    },
  };
  const options = {
    root,
    config: 'test/vitest.config.ts',
    watch: false,
    typecheck: { enabled: false },
    reporters: [{}],
    silent: true,
    api: false as never,
    maxWorkers: 1,
    // What hangs without its guard is found out as well, and sooner; it ends with this process.
    testTimeout: 4_000,
    hookTimeout: 20_000,
    pool: 'threads' as const,
  };
  const vitest = await createVitest('test', options, { plugins: [mutant], server: { watch: null } });
  await vitest.standalone();
  const all = await vitest.globTestSpecifications();

  async function failuresOf(trial: Trial): Promise<Failure[]> {
    const [file, name] = trial.killer;
    vitest.setGlobalTestNamePattern(name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    patch = trial.patch;
    if (patch !== undefined) vitest.invalidateFile(pathOf(patch));
    try {
      const files = all.filter(({ moduleId }) => moduleId === `${root}test/${file}`);
      const { testModules } = await vitest.runTestSpecifications(files, true);
      return testModules.flatMap(({ children }) =>
        [...children.allTests('failed')].map((test) => ({
          title: test.name,
          message: test.result().errors?.[0]?.message ?? '',
        })),
      );
    } finally {
      if (patch !== undefined) vitest.invalidateFile(pathOf(patch));
      patch = undefined;
    }
  }

  process.on(
    'message',
    (trial: Trial) => void failuresOf(trial).then((failures) => process.send?.(failures)),
  );
  process.on('disconnect', () => process.exit());
  process.send?.('ready for the first trial');
}

function pathOf({ file }: Patch): string {
  return `${root}packages/${file}`;
}

void main();
