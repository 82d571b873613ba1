/** What operators and engines do to a Redis in use: nothing is lost by it but what was flushed on purpose. */

import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { repeating } from './faults';
import type { Fleet } from './fleet';
import { scaled } from './sizes';
import { during, type Stage } from './stage';
import { Updates } from './updates';

const BACK_WITHIN_MS = 1_000;
const PAUSE_MS = 1_200;

export function accidents(stage: () => Stage): void {
  /** Runs with a fleet and a connection of the operator's. */
  function withOperator(
    body: (fleet: Fleet, operator: Redis, updates: Updates) => Promise<void>,
  ): Promise<void> {
    return stage().withFleet(async (fleet) => {
      const { place } = stage().backend;
      if (place.kind !== 'redis') throw new Error('There is no Redis.');
      const operator = new Redis(place.port);
      await body(fleet, operator, new Updates({ handlerMs: 10 })).finally(() => operator.disconnect());
    });
  }

  test('when locks are evicted, every update stands exactly once', () =>
    withOperator(async (fleet, operator, updates) => {
      let evicted = 0;
      const evicting = repeating(async (signal) => {
        await pause(30, undefined, { signal });
        const locks = (await operator.keys('*')).filter((key) => key.includes('lock'));
        if (locks.length > 0) evicted += await operator.unlink(locks);
        return 1;
      });
      await during([evicting], 10, fleet, updates, scaled(500));
      expect(evicted).toBeGreaterThan(20);
      expect(fleet.ledger.count('acknowledged')).toBe(updates.made);
    }));

  test('when the scripts are flushed, nobody notices', () =>
    withOperator(async (fleet, operator, updates) => {
      const flushing = repeating(async (signal) => {
        await pause(30, undefined, { signal });
        await operator.script('FLUSH');
        return 1;
      });
      await during([flushing], 10, fleet, updates, scaled(500));
      expect(fleet.ledger.count('acknowledged')).toBe(updates.made);
      expect(fleet.ledger.refusals.get('SESSION_LOAD_FAILED') ?? 0).toBe(0);
      expect(fleet.ledger.refusals.get('SESSION_SAVE_FAILED') ?? 0).toBe(0);
    }));

  test('when everything is flushed, nothing of before comes back, and every key works again within a second', () =>
    withOperator(async (fleet, operator, updates) => {
      let isOver = false;
      const load = fleet.run(updates.atLeast(0, () => isOver));
      await pause(500);
      fleet.ledger.forgetAcknowledged();
      await operator.flushall();
      fleet.ledger.doubtOpen();
      const flushedAt = performance.now();
      const probes = updates.keys.map((key) => fleet.deliver(updates.next(key), fleet.anyone()));
      const answers = await Promise.all(probes);
      const backAfterMs = performance.now() - flushedAt;
      isOver = true;
      await load;
      expect(answers.map((answer) => answer?.kind)).toEqual(updates.keys.map(() => 'acknowledged'));
      expect(backAfterMs).toBeLessThan(BACK_WITHIN_MS);
      expect(fleet.ledger.count('gone')).toBeGreaterThan(0);
      expect(fleet.ledger.count('acknowledged')).toBeGreaterThan(0);
    }));

  test('when the server pauses for three leases, every update stands exactly once, and work goes on within a second', () =>
    withOperator(async (fleet, operator, updates) => {
      let isOver = false;
      const load = fleet.run(updates.atLeast(scaled(500), () => isOver));
      await pause(300);
      await operator.call('CLIENT', 'PAUSE', String(PAUSE_MS), 'ALL');
      await operator.ping(); // answered when the pause is over
      const endedAt = performance.now();
      await fleet.nextAcknowledgement();
      const backAfterMs = performance.now() - endedAt;
      isOver = true;
      await load;
      expect(backAfterMs).toBeLessThan(BACK_WITHIN_MS);
      expect(fleet.ledger.count('acknowledged')).toBe(updates.made);
    }));
}
