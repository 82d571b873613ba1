/** A group that becomes a supergroup: its sessions follow, nothing is overwritten, and no crash loses any. */

import {
  byChat,
  byChatAndUser,
  byTopic,
  byTopicAndUser,
  grammyKey,
  type KeyStrategy,
  MemorySessionStore,
  migrateChat,
  Sessions,
  telegrafKey,
  vibegramKey,
} from '@sessiongram/core';
import { describe, expect, test } from 'vitest';
import { FailingStore, ListingStore } from '../support/failing-store';
import { LeasingStore } from '../support/leasing-store';
import { deferred } from '../support/recording-store';

const OLD = -4242;
const NEW = -1001234567890;

interface Counter {
  counter: number;
}

function filled(...keys: string[]): MemorySessionStore<Counter> {
  const store = new MemorySessionStore<Counter>();
  for (const [index, key] of keys.entries()) store.set(key, { counter: index });
  return store;
}

const keysOf = (store: MemorySessionStore<Counter>) => [...store.keys()].sort();

describe('the sessions of the chat', () => {
  const strategies: Record<string, KeyStrategy> = {
    byChat,
    byChatAndUser,
    byTopic,
    byTopicAndUser,
    grammyKey,
    telegrafKey,
    vibegramKey,
  };
  const ANONYMOUS = { id: 1087968824, is_bot: true, first_name: 'Group' };
  const senders: Record<string, (chat: object) => object> = {
    'a user': () => ({ from: { id: 7, is_bot: false, first_name: 'Seven' } }),
    'a user in a topic': () => ({
      from: { id: 7, is_bot: false, first_name: 'Seven' },
      is_topic_message: true,
      message_thread_id: 3,
    }),
    'the chat itself': (chat) => ({ from: ANONYMOUS, sender_chat: chat }),
  };
  const cases = Object.keys(strategies).flatMap((strategy) =>
    Object.keys(senders).map((sender) => ({ strategy, sender })),
  );

  test.each(cases)('under $strategy are found again after it, of $sender', async ({ strategy, sender }) => {
    const keyIn = (id: number) => {
      const chat = { id, type: 'group', title: 'Group' };
      const message = { message_id: 1, date: 1, chat, ...senders[sender]?.(chat) };
      return strategies[strategy]?.({ update: { update_id: 1, message } }) as string;
    };
    const store = filled(keyIn(OLD));
    expect(await migrateChat(store, OLD, NEW)).toEqual({ moved: [keyIn(OLD)], conflicts: [] });
    expect(keysOf(store)).toEqual([keyIn(NEW)]);
    expect(store.get(keyIn(NEW))).toEqual({ counter: 0 });
  });

  test('are told from those of others, whose keys look similar', async () => {
    const others = [
      `${OLD}1`,
      `${OLD}1:7`,
      `1${OLD}:7`,
      `${-OLD}:${-OLD}`,
      `${-OLD}`,
      `-100:${OLD}`,
      `7:7:${OLD}`,
      `business:x:${OLD}:7`,
      `${OLD}:7:7:7`,
      `${OLD}:settings`,
      `${OLD}:`,
      'undefined',
    ];
    const store = filled(...others);
    expect(await migrateChat(store, OLD, NEW)).toEqual({ moved: [], conflicts: [] });
    expect(keysOf(store)).toEqual(others.sort());
  });

  test('are all moved, and only once', async () => {
    const store = filled(`${OLD}`, `${OLD}:1`, `${OLD}:2`, `3:${OLD}`, '3:3');
    const { moved } = await migrateChat(store, OLD, NEW);
    expect(moved.sort()).toEqual([`${OLD}`, `${OLD}:1`, `${OLD}:2`, `3:${OLD}`].sort());
    expect(keysOf(store)).toEqual([`${NEW}`, `${NEW}:1`, `${NEW}:2`, `3:${NEW}`, '3:3'].sort());
    expect(await migrateChat(store, OLD, NEW)).toEqual({ moved: [], conflicts: [] });
  });

  test('are found under the prefix of the bot, and those of another bot stay', async () => {
    const store = filled(`shop:${OLD}:1`, `${OLD}:1`, `other:${OLD}:1`);
    const migration = await migrateChat(store, OLD, NEW, { prefix: 'shop:' });
    expect(migration).toEqual({ moved: [`${OLD}:1`], conflicts: [] });
    expect(keysOf(store)).toEqual([`${OLD}:1`, `other:${OLD}:1`, `shop:${NEW}:1`].sort());
  });

  test('are those among the given keys, on a store that lists none', async () => {
    const store = new FailingStore<Counter>();
    for (const key of [`${OLD}:1`, `${OLD}:2`, `${OLD}:3`]) store.values.set(key, { counter: 1 });
    const keys = [`${OLD}:1`, `${OLD}:1`, `${OLD}:3`, `${OLD}:4`, '7:7'];
    expect((await migrateChat(store, OLD, NEW, { keys })).moved).toEqual([`${OLD}:1`, `${OLD}:3`]);
    expect([...store.values.keys()].sort()).toEqual([`${OLD}:2`, `${NEW}:1`, `${NEW}:3`].sort());
  });
});

describe('what is under the new key already', () => {
  test('stays, the old one stays as well, and both are told', async () => {
    const store = filled(`${OLD}:1`, `${NEW}:1`, `${OLD}:2`);
    expect(await migrateChat(store, OLD, NEW)).toEqual({ moved: [`${OLD}:2`], conflicts: [`${OLD}:1`] });
    expect(store.get(`${OLD}:1`)).toEqual({ counter: 0 });
    expect(store.get(`${NEW}:1`)).toEqual({ counter: 1 });
  });

  test('and is the same, is what an interrupted move has left: it is finished', async () => {
    const store = filled(`${OLD}:1`);
    store.set(`${NEW}:1`, { counter: 0 });
    expect(await migrateChat(store, OLD, NEW)).toEqual({ moved: [`${OLD}:1`], conflicts: [] });
    expect(keysOf(store)).toEqual([`${NEW}:1`]);
  });
});

describe('a failure in between', () => {
  test('of the first step leaves the old, and it can be done again', async () => {
    const store = new ListingStore<Counter>();
    store.values.set(`${OLD}:1`, { counter: 5 });
    store.failNext(`set ${NEW}:1`, () => Promise.reject(new Error('disk full')));
    await expect(migrateChat(store, OLD, NEW)).rejects.toMatchObject({
      code: 'SESSION_SAVE_FAILED',
      key: `${NEW}:1`,
    });
    expect([...store.values]).toEqual([[`${OLD}:1`, { counter: 5 }]]);
    expect((await migrateChat(store, OLD, NEW)).moved).toEqual([`${OLD}:1`]);
    expect([...store.values]).toEqual([[`${NEW}:1`, { counter: 5 }]]);
  });

  test('of the second step leaves both, never none, and it can be done again', async () => {
    const store = new ListingStore<Counter>();
    store.values.set(`${OLD}:1`, { counter: 5 });
    store.failNext(`delete ${OLD}:1`, () => Promise.reject(new Error('connection lost')));
    await expect(migrateChat(store, OLD, NEW)).rejects.toMatchObject({ code: 'SESSION_SAVE_FAILED' });
    expect([...store.values.keys()].sort()).toEqual([`${NEW}:1`, `${OLD}:1`]);
    expect(await migrateChat(store, OLD, NEW)).toEqual({ moved: [`${OLD}:1`], conflicts: [] });
    expect([...store.values]).toEqual([[`${NEW}:1`, { counter: 5 }]]);
  });
});

describe('a bot that runs meanwhile', () => {
  test('has its session to itself until its handler ends, and what it saved is moved', async () => {
    const store = filled(`${OLD}:1`);
    const handling = deferred();
    const bot = new Sessions<Counter>({ store });
    const update = bot.run(`${OLD}:1`, async ({ data }) => {
      await handling.promise;
      data.counter = 50;
    });
    const migrating = migrateChat(store, OLD, NEW);
    await new Promise(setImmediate);
    handling.resolve();
    expect(await migrating).toEqual({ moved: [`${OLD}:1`], conflicts: [] });
    await update;
    expect(store.get(`${NEW}:1`)).toEqual({ counter: 50 });
  });

  test('and writes to the new chat first, is not overwritten', async () => {
    const store = filled(`${OLD}:1`);
    const handling = deferred();
    const bot = new Sessions<Counter>({ store });
    const update = bot.run(`${NEW}:1`, async (session) => {
      await handling.promise;
      session.data = { counter: 50 };
    });
    const migrating = migrateChat(store, OLD, NEW);
    await new Promise(setImmediate);
    handling.resolve();
    expect(await migrating).toEqual({ moved: [], conflicts: [`${OLD}:1`] });
    await update;
    expect(store.get(`${NEW}:1`)).toEqual({ counter: 50 });
  });

  test('may migrate the same chat from several processes at the same time', async () => {
    const store = new LeasingStore<Counter>();
    const keys = [`${OLD}:1`, `${OLD}:2`, `3:${OLD}`];
    for (const key of keys) await store.set(key, { counter: 5 });
    const migrations = await Promise.all(
      [store, store.sibling(), store.sibling()].map((each) => migrateChat(each, OLD, NEW, { keys })),
    );
    expect(migrations.flatMap(({ moved }) => moved).sort()).toEqual(keys.sort());
    expect(migrations.flatMap(({ conflicts }) => conflicts)).toEqual([]);
    for (const key of [`${NEW}:1`, `${NEW}:2`, `3:${NEW}`])
      expect(await store.get(key)).toEqual({ counter: 5 });
    for (const key of keys) expect(await store.get(key)).toBeUndefined();
  });

  test('and asks from within a handler that has such a session, is told so instead of waiting for ever', async () => {
    const store = filled(`${OLD}:1`);
    const bot = new Sessions<Counter>({ store });
    const migrating = bot.run(`${OLD}:1`, () => migrateChat(store, OLD, NEW));
    await expect(migrating).rejects.toMatchObject({ code: 'SESSION_REENTERED' });
    expect(keysOf(store)).toEqual([`${OLD}:1`]);
  });
});

test('a session above the default of maxBytes is moved', async () => {
  const store = new LeasingStore<string>();
  await store.set(`${OLD}`, 'x'.repeat(300_000));
  expect((await migrateChat(store, OLD, NEW, { keys: [`${OLD}`] })).moved).toEqual([`${OLD}`]);
});

test('a store that cannot list its keys is refused, unless they are given', async () => {
  const migrating = migrateChat(new FailingStore(), OLD, NEW);
  await expect(migrating).rejects.toThrow(TypeError);
  await expect(migrating).rejects.toThrow(/migrateChat\(\) takes a store that lists its keys/);
});

test.each<[unknown, unknown, RegExp]>([
  [NEW, OLD, /wrong way round/],
  [42, NEW, /got 42\.$/],
  [42, OLD, /got 42\.$/],
  ['-4242', NEW, /got "-4242"\.$/],
  ['-4242', OLD, /got "-4242"\.$/],
  [undefined, NEW, /got undefined\.$/],
  [undefined, undefined, /got undefined\.$/],
  [NEW, NEW, /got -100\d+\.$/],
  [OLD, OLD, /another whole number below 0, but got -4242/],
  [OLD, 42, /got 42/],
  [OLD, Number.NaN, /got NaN/],
])('refuses to migrate from %o to %o', async (from, to, text) => {
  const migrating = migrateChat(filled(), from as number, to as number);
  await expect(migrating).rejects.toThrow(TypeError);
  await expect(migrating).rejects.toThrow(text);
});

test('refuses options that there are not', async () => {
  const migrating = migrateChat(filled(), OLD, NEW, { overwrite: true } as never);
  await expect(migrating).rejects.toThrow(/unknown option "overwrite"/);
});
