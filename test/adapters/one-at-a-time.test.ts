/** P1: updates of one key never overlap and run in order of arrival; different keys run side by side. */

import { setImmediate } from 'node:timers/promises';
import { MemorySessionStore } from '@sessiongram/core';
import { describe, expect, test } from 'vitest';
import type { BotFacade } from '../support/frameworks';
import { deferred, ShuffledStore } from '../support/recording-store';
import { useServer } from '../support/use-server';
import { type Counter, type Subject, subjects, textFrom, upTo } from './subjects';

const stand = useServer();
const initial = (): Counter => ({ counter: 0 });

/** Counts by reading, waiting, and writing: two at once would lose one. */
function countSlowly(bot: BotFacade, seen: number[] = []): void {
  bot.onAny<Counter>(async (ctx) => {
    const { counter } = ctx.session;
    seen.push(ctx.update.update_id);
    await setImmediate();
    ctx.session.counter = counter + 1;
  });
}

/** Middleware that goes on once `count` updates have come this far. */
function barrier(count: number): (ctx: never, next: () => Promise<void>) => Promise<void> {
  const all = deferred<void>();
  let arrived = 0;
  return async (_, next) => {
    if (++arrived === count) all.resolve();
    await all.promise;
    await next();
  };
}

describe.each(subjects)('$name', (framework) => {
  test('500 concurrent updates of one key count to 500, in order of arrival', async () => {
    const store = new MemorySessionStore<Counter>();
    const seen: number[] = [];
    const connection = await stand.connect(framework, (bot) => {
      bot.use(framework.session({ store, initial }));
      countSlowly(bot, seen);
    });
    await Promise.all(upTo(500).map((id) => connection.handle(textFrom(42, id))));
    expect(connection.errors).toEqual([]);
    expect(store.get('42:42')).toEqual({ counter: 500 });
    expect(seen).toEqual(upTo(500));
  });

  test('concurrent updates of many keys stay exact on a store that answers out of order', async () => {
    const store = new ShuffledStore<Counter>();
    const connection = await stand.connect(framework, (bot) => {
      bot.use(framework.session({ store, initial }));
      countSlowly(bot);
    });
    await Promise.all(upTo(100).map((id) => connection.handle(textFrom(1 + (id % 5), id))));
    expect(connection.errors).toEqual([]);
    expect(store.overlaps).toEqual([]);
    expect([...store.values.values()]).toEqual(Array(5).fill({ counter: 20 }));
  });

  test('1,000 keys at once are all inside their handlers together', async () => {
    const store = new MemorySessionStore<Counter>();
    const connection = await stand.connect(framework, (bot) => {
      bot.use(framework.session({ store, initial }));
      bot.use(barrier(1000));
      countSlowly(bot);
    });
    await Promise.all(upTo(1000).map((id) => connection.handle(textFrom(id, id))));
    expect(connection.errors).toEqual([]);
    expect(upTo(1000).filter((id) => store.get(`${id}:${id}`)?.counter !== 1)).toEqual([]);
  });

  test('40 messages and button presses of one user, which webhooks bring side by side, count to 40', async () => {
    const store = new MemorySessionStore<Counter>();
    const connection = await stand.connect(framework, (bot) => {
      bot.use(barrier(2));
      bot.use(framework.session({ store, initial }));
      countSlowly(bot);
    });
    for (const id of upTo(20)) {
      stand.account.text(42, `message ${id}`);
      stand.account.button(42, `button ${id}`);
    }
    await stand.account.drained();
    expect(connection.errors).toEqual([]);
    expect(stand.account.deliveries).toHaveLength(40);
    expect(store.get('42:42')).toEqual({ counter: 40 });
  });

  test('50 updates that one poll brings count to 50, in order of arrival', async () => {
    const store = new MemorySessionStore<Counter>();
    const seen: number[] = [];
    const ids = upTo(50).map((id) => stand.account.text(42, `message ${id}`).update_id);
    // Telegraf alone runs a whole batch at once.
    const together = framework.name === 'telegraf' ? 50 : 1;
    const connection = await stand.connect(
      framework,
      (bot) => {
        bot.use(barrier(together));
        bot.use(framework.session({ store, initial }));
        countSlowly(bot, seen);
      },
      { mode: 'polling' },
    );
    await stand.account.drained();
    expect(connection.errors).toEqual([]);
    expect(store.get('42:42')).toEqual({ counter: 50 });
    expect(seen).toEqual(ids);
  });
});

const pairs = subjects.map((one, index) => {
  const other = subjects[(index + 1) % subjects.length] as Subject;
  return { names: `${one.name} and ${other.name}`, both: [one, other] as const };
});

test.each(pairs)('$names that share a store object lose nothing of one key', async ({ both }) => {
  const store = new ShuffledStore<Counter>();
  const connections = await Promise.all(
    both.map((framework) =>
      stand.connect(
        framework,
        (bot) => {
          bot.use(framework.session({ store, initial }));
          countSlowly(bot);
        },
        { account: stand.server.addBot() },
      ),
    ),
  );
  await Promise.all(upTo(50).flatMap((id) => connections.map(({ handle }) => handle(textFrom(42, id)))));
  expect(connections.flatMap(({ errors }) => errors)).toEqual([]);
  expect(store.overlaps).toEqual([]);
  expect(store.values.get('42:42')).toEqual({ counter: 100 });
});
