/** Whatever happens to the processes, no update is lost and none is doubled: on any store. */

import { expect, test } from 'vitest';
import { freezeHolder, freezing, killing } from './faults';
import { LEASE_MS, scaled } from './sizes';
import { during, type Stage } from './stage';
import { Updates } from './updates';

const TWO_LEASES_MS = 2 * LEASE_MS;

export function exactness(stage: () => Stage): void {
  test('every update stands exactly once in its session', () =>
    stage().withFleet(async (fleet) => {
      const updates = new Updates({ handlerMs: 2 });
      await fleet.run(updates.atLeast(scaled(4_000)));
      expect(fleet.ledger.count('acknowledged')).toBe(updates.made);
    }));

  test('when processes are killed, what they had in hand is done once or not at all', () =>
    stage().withFleet(async (fleet) => {
      const updates = new Updates({ handlerMs: 20 });
      await during([killing(fleet)], 4, fleet, updates, scaled(600));
      expect(fleet.ledger.count('acknowledged') + fleet.ledger.count('unknown')).toBe(updates.made);
    }));

  test('when processes freeze for two leases, every update stands exactly once', () =>
    stage().withFleet(async (fleet) => {
      const updates = new Updates({ handlerMs: 20 });
      await during([freezing(fleet, TWO_LEASES_MS)], 2, fleet, updates, scaled(600));
      expect(fleet.ledger.count('acknowledged')).toBe(updates.made);
    }));

  test('a holder that freezes and saves late is refused with SESSION_LEASE_LOST, every time', () =>
    stage().withFleet(async (fleet) => {
      const updates = new Updates({ handlerMs: 5 });
      let isOver = false;
      const load = fleet.run(updates.atLeast(0, () => isOver));
      const late: (string | undefined)[] = [];
      for (const key of updates.keys.slice(0, 2)) {
        const pair = [updates.next(key), updates.next(key)] as const;
        late.push(await freezeHolder(fleet, pair, TWO_LEASES_MS));
      }
      isOver = true;
      await load;
      expect(late).toEqual(['SESSION_LEASE_LOST', 'SESSION_LEASE_LOST']);
      expect(fleet.ledger.refusals.get('SESSION_LEASE_LOST')).toBeGreaterThanOrEqual(2);
      expect(fleet.ledger.count('acknowledged')).toBe(updates.made);
    }));

  test('with skipRedelivered every update stands exactly once, whoever is killed, frozen and redelivered', () =>
    stage().withFleet(async (fleet) => {
      const updates = new Updates({ handlerMs: 20, numbered: 'all' });
      const faults = [killing(fleet), freezing(fleet, TWO_LEASES_MS)];
      await during(faults, 2, fleet, updates, scaled(600));
      expect(fleet.ledger.count('acknowledged')).toBe(updates.made);
    }));
}

/** What the other tests are for; and that the books would tell. */
export function inexactness(stage: () => Stage): void {
  test('without leases updates are lost', async () => {
    const updates = new Updates({ handlerMs: 5 });
    const wrongs = await stage().withoutLeases((fleet) => fleet.run(updates.atLeast(scaled(300))));
    expect(wrongs.filter((wrong) => wrong.endsWith('was acknowledged and is lost'))).not.toEqual([]);
  });
}
