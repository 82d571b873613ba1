/** Each guard of the sources, taken out of a copy: the test that is named for it fails. */

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test, vi } from 'vitest';
import { note, SEED, share, skipsOutsideSoak } from './figures';
import { guards } from './guards';
import type { Guard } from './guards/guard';

const root = fileURLToPath(new URL('../..', import.meta.url));
const RUN_WITHIN_MS = 60_000;
/** Each is a run of its own, and there are two cores on a small machine. */
const AT_ONCE = 2;

interface Results {
  readonly testResults: readonly { readonly assertionResults: readonly Assertion[] }[];
}

interface Assertion {
  readonly title: string;
  readonly status: string;
  readonly failureMessages: readonly string[];
}

/** What a test fails with that takes too long: it hangs, or the machine is busy. */
const TIMED_OUT = /^Error: Test timed out/;

describe.skipIf(skipsOutsideSoak())('without a guard', () => {
  const endsAt =
    process.env['SOAK_GUARDS'] === 'all' ? Number.POSITIVE_INFINITY : performance.now() + share(25, 0);
  const titled = inAnyOrder(guards).map((guard) => [`${guard.patch.file}: ${guard.name}`, guard] as const);
  vi.setConfig({ maxConcurrency: AT_ONCE });

  describe.concurrent('at once', () => {
    test.for(titled)('%s', { timeout: 2 * RUN_WITHIN_MS }, async ([, guard], { skip }) => {
      if (performance.now() > endsAt) skip('its share of the time is over; SOAK_GUARDS=all tries all');
      const { name, patch, killer } = guard;
      const killers = await failuresOf(killer, patch);
      expect(killers.map(({ title }) => title)).toContain(killer[1]);
      // A test that takes too long in any case would find out every mutant.
      const mayBeSlow = killers.every(({ failureMessages: [text = ''] }) => TIMED_OUT.test(text));
      if (mayBeSlow) expect(await failuresOf(killer)).toEqual([]);
      note('guards', { name, file: patch.file, killer });
    });
  });
});

/** Those that fail of the tests that are named, over the sources or a mutant of them. */
async function failuresOf([file, name]: Guard['killer'], patch?: Guard['patch']): Promise<Assertion[]> {
  const pattern = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const args = [
    'run',
    '--config',
    'test/races/mutant.config.ts',
    '--no-typecheck',
    `test/${file}`,
    '-t',
    pattern,
  ];
  const { SOAK_FIGURES: _, MUTANT: __, ...everyday } = process.env;
  const env = patch === undefined ? everyday : { ...everyday, MUTANT: JSON.stringify(patch) };
  const output = await new Promise<string>((resolve) => {
    const options = { cwd: root, env, timeout: RUN_WITHIN_MS, maxBuffer: 2 ** 28 };
    execFile(`${root}/node_modules/.bin/vitest`, args, options, (_error, stdout) => resolve(stdout));
  });
  const results = JSON.parse(output.slice(output.indexOf('{"numTotal'))) as Results;
  const all = results.testResults.flatMap(({ assertionResults }) => assertionResults);
  return all.filter(({ status }) => status === 'failed');
}

/** Where the time does not suffice for all, each run tries others. */
function inAnyOrder(all: readonly Guard[]): Guard[] {
  const rank = (at: number): number => (Math.imul(at + 1, 2_654_435_761) ^ Math.imul(SEED, 40_503)) >>> 0;
  return [...all]
    .map((guard, at) => ({ guard, rank: rank(at) }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ guard }) => guard);
}
