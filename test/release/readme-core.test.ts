/** The README of core is a test: its blocks move real data to where the text says. */

import { readFileSync } from 'node:fs';
import * as core from '@sessiongram/core';
import * as forGrammy from '@sessiongram/grammy';
import { RedisSessionStore } from '@sessiongram/redis';
import { SqliteSessionStore } from '@sessiongram/sqlite';
import { Redis as telegrafRedis } from '@telegraf/session/redis';
import * as devalue from 'devalue';
import * as grammy from 'grammy';
import { createClient } from 'redis';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Folder } from '../stores/sqlite-drivers';
import { BotApiServer } from '../support/bot-api-server';
import { RedisServer, redisAbsence } from '../support/servers/redis';
import { repliesOf } from './moving/program';
import { blockFor, readBlocks, runBlock } from './reading/readme';
import { root } from './reading/sources';

const README = 'packages/core/README.md';
const blocks = readBlocks(README);
const block = (name: string) => blockFor(blocks, name);

let folder: Folder;
beforeEach(() => {
  folder = new Folder();
});
afterEach(() => folder.remove());

/** Stores of one test: each on the file of the name that it was given. */
function sqliteIn(made: SqliteSessionStore[]) {
  class InFolder extends SqliteSessionStore {
    constructor(name: string, options?: object) {
      super(folder.file(name), options);
      made.push(folder.keep(this));
    }
  }
  return { SqliteSessionStore: InFolder };
}

test('has no code but what is run here', () => {
  expect(blocks.map(({ run }) => run)).toEqual(['core', 'copy', 'migrate', 'codec']);
});

test('has at most 60 lines', () => {
  expect(readFileSync(root + README, 'utf8').split('\n').length - 1).toBeLessThanOrEqual(60);
});

test('has a start that runs', async () => {
  await expect(runBlock(block('core'), { '@sessiongram/core': core }, {})).resolves.not.toThrow();
});

test('copies what Telegraf has written into another store, under other keys', { timeout: 60_000 }, async ({
  skip,
}) => {
  const absence = redisAbsence();
  if (absence !== undefined) return skip(absence);
  const log = vi.spyOn(console, 'log').mockReturnValue();
  const server = await RedisServer.start();
  const clients: { destroy(): void }[] = [];
  const create = () => {
    const client = createClient({ url: server.url });
    clients.push(client);
    return client;
  };
  const made: SqliteSessionStore[] = [];
  try {
    await telegrafRedis({ client: create() as never }).set('7:-100', { counter: 3 });
    const modules = {
      '@sessiongram/core': core,
      '@sessiongram/redis': { RedisSessionStore },
      '@sessiongram/sqlite': sqliteIn(made),
      redis: { createClient: create },
    };
    await runBlock(block('copy'), modules, { url: server.url });
  } finally {
    for (const client of clients) client.destroy();
    await server.stop();
  }
  expect(await made[0]?.get('-100:7')).toEqual({ counter: 3 });
  expect(log.mock.calls).toEqual([['1 copied, 0 there already']]);
});

test('moves the sessions of a group when it becomes a supergroup, while its bot runs', async () => {
  const server = await BotApiServer.start();
  const account = server.addBot();
  const bot = new grammy.Bot<grammy.Context & forGrammy.SessionFlavor<{ counter: number } | undefined>>(
    account.token,
    { client: { apiRoot: server.url } },
  );
  const store = new core.MemorySessionStore();
  const from = { id: 7, is_bot: false, first_name: 'Seven' };
  const before = { chat: { id: -42, type: 'group', title: 'Group' }, from };
  const after = { chat: { id: -1001234567890, type: 'supergroup', title: 'Group' }, from };
  try {
    await runBlock(
      block('migrate'),
      { '@sessiongram/core': core },
      { bot, store, session: forGrammy.session },
    );
    bot.on('message', async (ctx) => {
      ctx.session ??= { counter: 0 };
      await ctx.reply(String(++ctx.session.counter));
    });
    const messages = [before, before, { ...before, migrate_to_chat_id: after.chat.id }, after];
    expect(await repliesOf(bot, account, messages)).toEqual(['1', '2', '3']);
  } finally {
    await server.close();
  }
  expect([...store.keys()]).toEqual([`${after.chat.id}:7`]);
});

test('reads the JSON that was there before a codec, and keeps dates from then on', async () => {
  const stores: SqliteSessionStore[] = [];
  const sqlite = sqliteIn(stores);
  const old = new sqlite.SqliteSessionStore('sessions.db');
  await old.set('42:42', { counter: 1 });
  await runBlock(block('codec'), { '@sessiongram/sqlite': sqlite, devalue }, {});
  const store = stores[1] as SqliteSessionStore;
  expect(await store.get('42:42')).toEqual({ counter: 1 });
  const value = { counter: 2, at: new Date(0), tags: new Map([['a', 1n]]) };
  await store.set('42:42', value);
  expect(await store.get('42:42')).toEqual(value);
});
