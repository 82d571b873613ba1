/** Each guard of the sources, taken out of a copy: the test that is named for it fails. */

import { afterAll, describe, expect, test, vi } from 'vitest';
import { note, SEED, share, skipsOutsideSoak } from './figures';
import { guards } from './guards';
import type { Guard } from './guards/guard';
import { Lanes } from './lanes';

const RUN_WITHIN_MS = 60_000;
/** There are two cores on a small machine. */
const AT_ONCE = 2;

/** What a test fails with that takes too long: it hangs, or the machine is busy. */
const TIMED_OUT = /^Test timed out/;

describe.skipIf(skipsOutsideSoak())('without a guard', () => {
  const endsAt =
    process.env['SOAK_GUARDS'] === 'all' ? Number.POSITIVE_INFINITY : performance.now() + share(25, 0);
  const titled = inAnyOrder(guards).map((guard) => [`${guard.patch.file}: ${guard.name}`, guard] as const);
  vi.setConfig({ maxConcurrency: AT_ONCE });
  const lanes = new Lanes(RUN_WITHIN_MS);
  afterAll(() => lanes.close());

  describe.concurrent('at once', () => {
    test.for(titled)('%s', { timeout: 2 * RUN_WITHIN_MS }, async ([, guard], { skip }) => {
      if (performance.now() > endsAt) skip('its share of the time is over; SOAK_GUARDS=all tries all');
      const { name, patch, killer } = guard;
      const killers = await lanes.failuresOf({ killer, patch });
      expect(killers.map(({ title }) => title)).toContain(killer[1]);
      // A test that takes too long in any case would find out every mutant.
      const mayBeSlow = killers.every(({ message }) => TIMED_OUT.test(message));
      if (mayBeSlow) expect(await lanes.failuresOf({ killer })).toEqual([]);
      note('guards', { name, file: patch.file, killer });
    });
  });
});

/** Where the time does not suffice for all, each run tries others. */
function inAnyOrder(all: readonly Guard[]): Guard[] {
  const rank = (at: number): number => (Math.imul(at + 1, 2_654_435_761) ^ Math.imul(SEED, 40_503)) >>> 0;
  return [...all]
    .map((guard, at) => ({ guard, rank: rank(at) }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ guard }) => guard);
}
