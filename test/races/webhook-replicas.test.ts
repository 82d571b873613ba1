/** Replicas of one bot on webhooks, on both frameworks at once: every update counts exactly once. */

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BotApiServer } from '../support/bot-api-server';
import { type Backend, redis } from './backends';
import { Crowd } from './crowd';
import { type OpenPlace, openPlace } from './place';
import { bundle, type Program } from './program';
import { Replicas, type ReplicasSetup } from './replicas';
import { LEASE_MS, RUN_WITHIN_MS, report, scaled } from './sizes';

/** How long Telegram waits for an answer here: less than a slow message takes. */
const IMPATIENT = { webhookTimeoutMs: 200, webhookMaxBackOffMs: 100 };
const PATIENT = { webhookTimeoutMs: 30_000, webhookMaxBackOffMs: 100 };
/** Few enough for one user that none of their updates is forgotten while an old delivery of it is on its way. */
const EACH = 25;

describe.skipIf(redis.isSkipped())(
  '2 replicas on grammY and 2 on Telegraf',
  { timeout: 2 * RUN_WITHIN_MS },
  () => {
    let backend: Backend;
    let program: Program;
    let direct: OpenPlace;
    let server: BotApiServer;
    let replicas: Replicas | undefined;
    let firstUser = 1_000;

    beforeAll(async () => {
      [backend, program] = await Promise.all([redis.start(), bundle({ entry: 'replica.ts' })]);
      direct = await openPlace(backend.place);
    }, RUN_WITHIN_MS);
    afterAll(async () => {
      await direct?.close();
      await Promise.all([backend?.stop(), program?.remove()]);
    });
    beforeEach(() => {
      firstUser += 1_000_000;
    });
    afterEach(async () => {
      await replicas?.stop();
      replicas = undefined;
      await server.close();
    });

    async function start(
      timing: object,
      options: ReplicasSetup['options'],
    ): Promise<readonly [Replicas, Crowd]> {
      server = await BotApiServer.start(timing);
      const { place } = backend;
      const setup = { program: program.path, server, place, options };
      replicas = await Replicas.start(setup);
      return [replicas, new Crowd(replicas.account, firstUser, scaled(8))];
    }

    /** What must be true of any run, whatever has happened. */
    async function expectExact(crowd: Crowd, { balancer, account, all }: Replicas): Promise<void> {
      expect(await crowd.stored(direct.store)).toEqual(crowd.expected);
      expect(balancer.overlaps).toBeGreaterThan(crowd.users.length);
      expect(all.map(({ complaint }) => complaint)).toEqual(all.map(() => ''));
      report(
        () =>
          `${account.deliveries.length} deliveries, ${balancer.overlaps} overlaps, ${balancer.lost} lost answers`,
      );
    }

    test('messages and button presses of the same users, at the same time in different processes, are all counted', async () => {
      const [bot, crowd] = await start(PATIENT, {});
      crowd.send(EACH);
      await bot.account.drained();
      await expectExact(crowd, bot);
      expect(bot.account.deliveries.filter(({ attempt }) => attempt > 1)).toEqual([]);
    });

    test('without leases they are not: the test can tell', async () => {
      const [bot, crowd] = await start(PATIENT, { exclusive: 'process' });
      crowd.send(EACH);
      await bot.account.drained();
      expect(await crowd.stored(direct.store)).not.toEqual(crowd.expected);
    });

    test('with skipRedelivered each counts once, also when calls fail, answers get lost and time runs out', async () => {
      const [bot, crowd] = await start(IMPATIENT, { leaseMs: LEASE_MS, skipRedelivered: true });
      bot.balancer.loseOneOf = 10;
      server.fail({ method: 'sendMessage', times: scaled(20), status: 500 });
      server.fail({ method: 'sendMessage', times: scaled(5), drop: 'after' });
      crowd.send(EACH, 9);
      await bot.account.drained();
      const timeouts = bot.account.deliveries.filter(({ error }) => error === 'Read timeout expired');
      expect(timeouts.length).toBeGreaterThan(10);
      expect(bot.balancer.lost).toBeGreaterThan(10);
      expect(server.calls.filter(({ failed }) => failed)).toHaveLength(scaled(20) + scaled(5));
      await expectExact(crowd, bot);
    });

    test('with skipRedelivered each counts once, also when replicas are killed and come back', async () => {
      const [bot, crowd] = await start(PATIENT, { leaseMs: LEASE_MS, skipRedelivered: true });
      crowd.send(EACH);
      for (const seat of [0, 1]) {
        await bot.account.waitForDeliveries((seat + 1) * crowd.users.length * 12);
        const victim = bot.all[seat];
        victim?.kill();
        expect(await victim?.ended).toBe('SIGKILL');
        const heir = bot.hire(seat);
        bot.all[seat] = heir;
        await heir.ready;
      }
      await bot.account.drained();
      expect(
        bot.account.deliveries.filter(({ error }) => error === 'Webhook connection closed').length,
      ).toBeGreaterThan(0);
      await expectExact(crowd, bot);
    });
  },
);
