/** A framework gives up on a handler, and Telegram delivers the update again while that handler still runs. */

import { MemorySessionStore, type SessionStore, Sessions } from '@sessiongram/core';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import type { Counter } from '../adapters/subjects';
import type { Connection } from '../support/frameworks';
import { type Deferred, deferred } from '../support/recording-store';
import { RedisServer, skipsRedis } from '../support/servers/redis';
import { useServer } from '../support/use-server';
import { note } from './figures';
import { type Impatient, impatient } from './impatient';
import { type OpenPlace, openPlace } from './place';

const stand = useServer();
const initial = (): Counter => ({ counter: 0 });

/** What the handlers of one update have in common, in whichever process they run. */
class Handling {
  runs = 0;
  readonly begun: Deferred<void> = deferred();
  /** Lets them end. */
  readonly gate: Deferred<void> = deferred();
  readonly #engines: Sessions<Counter>[] = [];

  constructor(
    readonly framework: Impatient,
    readonly user: number,
  ) {}

  get key(): string {
    return `${this.user}:${this.user}`;
  }

  connect(store: SessionStore, skipRedelivered: boolean): Promise<Connection> {
    const { subject } = this.framework;
    const sessions = new Sessions<Counter>({ store, initial, skipRedelivered });
    this.#engines.push(sessions);
    return stand.connect(subject, (bot) => {
      bot.use(subject.session({ sessions }));
      bot.onAny<Counter>(async (ctx) => {
        this.runs++;
        const { counter } = ctx.session;
        this.begun.resolve();
        await this.gate.promise;
        ctx.session.counter = counter + 1;
      });
    });
  }

  /** Lets all handlers end, and waits until all is confirmed and saved. */
  async finish(): Promise<void> {
    this.gate.resolve();
    await stand.account.drained();
    await Promise.all(this.#engines.map((engine) => engine.close()));
  }
}

let users = 0;
let redis: RedisServer | undefined;
let opened: OpenPlace[] = [];

async function openRedis(): Promise<SessionStore> {
  redis ??= await RedisServer.start();
  const place = await openPlace({ kind: 'redis', port: redis.port });
  opened.push(place);
  return place.store;
}

afterEach(async () => {
  await Promise.all(opened.map((place) => place.close()));
  opened = [];
});
afterAll(() => redis?.stop());

const stores: readonly (readonly [
  name: string,
  open: () => Promise<SessionStore>,
  isSkipped: () => boolean,
])[] = [
  ['memory', async () => new MemorySessionStore(), () => false],
  ['Redis', openRedis, skipsRedis],
];

for (const framework of impatient) {
  describe.skipIf(framework.isSkipped())(framework.title, () => {
    /** One update whose first answer is lost, delivered again while its first handler runs. */
    async function redeliver(store: SessionStore, skipRedelivered: boolean): Promise<Handling> {
      const handling = new Handling(framework, ++users);
      const connection = await handling.connect(store, skipRedelivered);
      connection.loseAnswers(1);
      stand.account.text(handling.user, 'hello');
      await handling.begun.promise;
      const attempts = await stand.account.waitForDeliveries(2);
      expect(attempts[0]?.error).toBeDefined();
      expect(handling.runs).toBe(1);
      if (framework.told !== undefined)
        expect(String((await connection.waitForErrors())[0])).toMatch(framework.told);
      await handling.finish();
      return handling;
    }

    for (const [name, open, isSkipped] of stores) {
      describe.skipIf(isSkipped())(name, () => {
        test('with skipRedelivered the update counts once', async () => {
          const store = await open();
          const { key, runs } = await redeliver(store, true);
          expect(await store.get(key)).toEqual({ counter: 1 });
          expect(runs).toBe(1);
          tell(name, true, runs);
        });

        test('without it the update counts again: the test can tell', async () => {
          const store = await open();
          const { key, runs } = await redeliver(store, false);
          expect(await store.get(key)).toEqual({ counter: runs });
          expect(runs).toBeGreaterThan(1);
          tell(name, false, runs);
        });
      });
    }

    test.skipIf(skipsRedis())(
      'on Redis it counts once also when it is delivered to another process',
      async () => {
        const handling = new Handling(framework, ++users);
        const [here, there] = [await openRedis(), await openRedis()];
        await handling.connect(here, true);
        stand.account.text(handling.user, 'hello');
        await handling.begun.promise;
        await handling.connect(there, true); // the webhook moves over, and what was under way comes again
        await stand.account.waitForDeliveries(1);
        expect(handling.runs).toBe(1);
        await handling.finish();
        expect(await here.get(handling.key)).toEqual({ counter: 1 });
        expect(handling.runs).toBe(1);
        tell('Redis, another process', true, 1);
      },
    );

    function tell(store: string, skipRedelivered: boolean, effects: number): void {
      note('time-outs', { name: framework.title, store, skipRedelivered, effects });
    }
  });
}
