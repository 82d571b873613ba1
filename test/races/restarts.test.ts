/** Replicas that are asked to end, one after the other, under load: `close()` loses nothing and leaves no lease behind. */

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BotApiServer } from '../support/bot-api-server';
import { type Backend, type BackendKind, postgres, redis, sqlite } from './backends';
import { Crowd } from './crowd';
import { type LeaseView, viewLeases } from './held-leases';
import { type OpenPlace, openPlace } from './place';
import { bundle, type Program } from './program';
import { Replicas } from './replicas';
import { RUN_WITHIN_MS, report, scaled } from './sizes';

/** Longer than the test takes: a lease that is not given back is still there when it is looked for. */
const LEASE_MS = 120_000;
const USERS = 12;
/** In a long run, of each kind. */
const MOST = 60;
/** How many updates of each user are on their way when the next replica is asked to end. */
const AHEAD = 4;

const kinds: readonly (readonly [kind: BackendKind, restarts: number])[] = [
  [redis, 20],
  [sqlite, 8],
  [postgres, 4],
];

for (const [kind, everyday] of kinds) {
  const restarts = Math.min(MOST, scaled(everyday));
  describe.skipIf(kind.isSkipped())(`4 replicas on ${kind.name}`, { timeout: 2 * RUN_WITHIN_MS }, () => {
    let backend: Backend;
    let program: Program;
    let direct: OpenPlace;
    let leases: LeaseView;
    let server: BotApiServer;
    let replicas: Replicas | undefined;

    beforeAll(async () => {
      [backend, program] = await Promise.all([kind.start(), bundle({ entry: 'replica.ts' })]);
      direct = await openPlace(backend.place);
      await direct.store.get('any'); // makes the table
      leases = await viewLeases(backend.place);
    }, RUN_WITHIN_MS);
    afterAll(async () => {
      await Promise.all([direct?.close(), leases?.close()]);
      await Promise.all([backend?.stop(), program?.remove()]);
    });
    beforeEach(async () => {
      server = await BotApiServer.start({ webhookMaxBackOffMs: 50 });
    });
    afterEach(async () => {
      await replicas?.stop();
      replicas = undefined;
      await server.close();
    });

    test(`end ${restarts} times by SIGTERM: nothing is lost, nothing counts twice, no lease is left`, async () => {
      const setup = { program: program.path, server, place: backend.place };
      const bot = await Replicas.start({ ...setup, options: { leaseMs: LEASE_MS, skipRedelivered: true } });
      replicas = bot;
      const crowd = new Crowd(bot.account, 1_000, USERS);
      let heir = bot.hire(0);
      let count = 0;
      for (; count < restarts; count++) {
        const seat = count % bot.all.length;
        await heir.ready;
        crowd.send(AHEAD);
        const leaving = bot.all[seat];
        // It is asked while it has updates in hand.
        await bot.account.waitForDeliveries(bot.account.deliveries.length + USERS);
        leaving?.terminate();
        bot.all[seat] = heir;
        heir = bot.hire((seat + 1) % bot.all.length);
        expect(await leaving?.ended).toBe(0);
        const held = await leases.tokens();
        expect(leaving?.tokens.length).toBeGreaterThan(0);
        expect(leaving?.tokens.filter((token) => held.has(token))).toEqual([]);
      }
      await bot.account.drained();
      expect(await crowd.stored(direct.store)).toEqual(crowd.expected);
      expect(bot.balancer.overlaps).toBeGreaterThan(count);
      report(() => `${count} restarts, ${bot.account.deliveries.length} deliveries`);
    });
  });
}
