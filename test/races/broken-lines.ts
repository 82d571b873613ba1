/** Whatever happens to connections and servers, no update is lost and none is doubled. */

import { expect, test } from 'vitest';
import { type Cut, cutEvery } from '../support/cutting-proxy';
import type { Backend, Detour } from './backends';
import { crashing } from './faults';
import type { Fleet } from './fleet';
import { scaled } from './sizes';
import { during, type Stage } from './stage';
import { Updates } from './updates';

/** At least so many of each kind. */
const CUTS = 20;
const CRASHES = scaled(1);

/**
 * Half of the updates have a number and are redelivered until they are acknowledged: each of them stands exactly once.
 * The other half is done exactly once if acknowledged, and at most once if not.
 */
export function brokenLines(stage: () => Stage): void {
  test('when the server is killed and restarted, no update is lost and none is done twice', () =>
    stage().withFleet(
      async (fleet) => {
        const updates = new Updates({ handlerMs: 20, numbered: 'half' });
        await during([crashing(crashOf(stage().backend))], CRASHES, fleet, updates, scaled(600));
        expectMostDone(fleet, updates);
      },
      { trust: 'acknowledgements' },
    ));

  test('when connections are cut before requests and before replies, no update is lost and none is done twice', async () => {
    const { place, proxies } = await stage().detour();
    const count = (cut: Cut): number => proxies.reduce((sum, { cuts }) => sum + cuts[cut], 0);
    const options = { place, trust: 'acknowledgements' } as const;
    await stage().withFleet(async (fleet) => {
      const updates = new Updates({ handlerMs: 10, numbered: 'half' });
      plan(proxies, cutEvery(25));
      const source = updates.atLeast(scaled(600), () => count('before') >= CUTS && count('after') >= CUTS);
      await fleet.run(source).finally(() => plan(proxies, () => undefined));
      expectMostDone(fleet, updates);
    }, options);
  });
}

function plan(proxies: Detour['proxies'], cuts: Detour['proxies'][number]['plan']): void {
  for (const proxy of proxies) proxy.plan = cuts;
}

/** The books are checked for every run; this says that there is much in them. */
function expectMostDone({ ledger }: Fleet, { made }: Updates): void {
  expect(ledger.count('acknowledged') + ledger.count('unknown')).toBe(made);
  expect(ledger.count('acknowledged')).toBeGreaterThan(made / 2);
}

function crashOf({ crash }: Backend): () => Promise<void> {
  if (crash === undefined) throw new Error('There is no server to end.');
  return crash;
}
