/** grammY's plugins, as they are published, on our stores. */

import { type ChatMembersFlavor, chatMembers } from '@grammyjs/chat-members';
import {
  type Conversation,
  type ConversationFlavor,
  conversations,
  createConversation,
} from '@grammyjs/conversations';
import { limit } from '@grammyjs/ratelimiter';
import { MemorySessionStore, type SessionStore } from '@sessiongram/core';
import { type SessionFlavor, session } from '@sessiongram/grammy';
import { RedisSessionStore } from '@sessiongram/redis';
import { SqliteSessionStore } from '@sessiongram/sqlite';
import type { Bot, Context } from 'grammy';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { toStorageAdapter } from '../../packages/core/src/bridges/storage-adapter';
import { subject, textFrom, upTo } from '../adapters/subjects';
import { Folder, libsql } from '../stores/sqlite-drivers';
import type { Connection } from '../support/frameworks';
import { skipsRedis } from '../support/servers/redis';
import { useRedis } from '../support/servers/use-redis';
import { useServer } from '../support/use-server';

type TalkingContext = ConversationFlavor<Context & SessionFlavor<{ orders: number }>>;

const folders: Folder[] = [];
const stand = useServer();
const redis = useRedis();
const skipped: readonly string[] = skipsRedis() ? ['RedisSessionStore'] : [];

afterEach(() => {
  for (const folder of folders.splice(0)) folder.remove();
});

/** Opens a kind of store; each call of what it answers opens the same data, as a bot does that starts again. */
const stores: Record<string, () => (table: string) => SessionStore> = {
  MemorySessionStore() {
    const opened = new Map<string, SessionStore>();
    return (table) => {
      const store = opened.get(table) ?? new MemorySessionStore();
      opened.set(table, store);
      return store;
    };
  },
  SqliteSessionStore() {
    const folder = new Folder();
    folders.push(folder);
    return (table) => new SqliteSessionStore(folder.keep(libsql.open(folder.file())), { table });
  },
  RedisSessionStore() {
    const run = crypto.randomUUID();
    return (table) => new RedisSessionStore(redis.client, { prefix: `${run}:${table}:` });
  },
};

function connect<C extends Context>(configure: (bot: Bot<C>) => void): Promise<Connection> {
  return stand.connect(subject('grammy'), (bot) => configure(bot.raw as unknown as Bot<C>));
}

function repliesTo(userId: number): unknown[] {
  return stand.account.calls
    .filter(({ method, payload }) => method === 'sendMessage' && Number(payload['chat_id']) === userId)
    .map(({ payload }) => payload['text']);
}

describe.each(Object.entries(stores))('on %s', (name, kind) => {
  beforeEach(({ skip }) => skip(skipped.includes(name), 'there is no Redis here'));

  test('a conversation goes on after a restart, and keeps the conversations of others apart', async () => {
    const open = kind();

    async function order(conversation: Conversation<TalkingContext>, ctx: Context): Promise<void> {
      await ctx.reply('What?');
      const dish = (await conversation.waitFor('message:text')).msg.text;
      await ctx.reply('How many?');
      const count = await conversation.form.int();
      const orders = await conversation.external((outer) => ++outer.session.orders);
      await ctx.reply(`${count} ${dish}, order ${orders}`);
    }
    const start = () =>
      connect<TalkingContext>((bot) => {
        bot.use(session({ store: open('sessions'), initial: () => ({ orders: 0 }) }));
        bot.use(conversations({ storage: toStorageAdapter(open('conversations')) }));
        bot.use(createConversation(order));
        bot.command('order', (ctx) => ctx.conversation.enter('order'));
        bot.on('message', (ctx) => ctx.reply('No conversation.'));
      });

    const first = await start();
    await first.handle(textFrom(1, 1, '/order'));
    await first.handle(textFrom(2, 2, '/order'));
    await first.handle(textFrom(1, 3, 'pizza'));
    expect(first.errors).toEqual([]);
    await first.stop();

    const second = await start();
    await second.handle(textFrom(2, 4, 'soup'));
    await second.handle(textFrom(1, 5, '3'));
    await second.handle(textFrom(2, 6, '1'));
    await second.handle(textFrom(1, 7, '/order'));
    await second.handle(textFrom(1, 8, 'cake'));
    await second.handle(textFrom(1, 9, '2'));
    await second.handle(textFrom(1, 10, 'thanks'));
    expect(second.errors).toEqual([]);
    const [ones, others] = [
      ['What?', 'How many?', '3 pizza, order 1', 'What?', 'How many?', '2 cake, order 2', 'No conversation.'],
      ['What?', 'How many?', '1 soup, order 1'],
    ];
    expect(repliesTo(1)).toEqual(ones);
    expect(repliesTo(2)).toEqual(others);
  });

  test('the members of chats are kept, and forgotten when they leave', async () => {
    const open = kind();
    const adapter = () => toStorageAdapter(open('members'));
    const start = () =>
      connect<Context & ChatMembersFlavor>((bot) => {
        bot.use(chatMembers(adapter()));
        bot.command('who', async (ctx) => ctx.reply((await ctx.chatMembers.getChatMember(-100, 7)).status));
      });

    const first = await start();
    await first.handle(memberUpdate(1, 'administrator'));
    expect(first.errors).toEqual([]);
    await first.stop();

    const second = await start();
    await second.handle(textFrom(1, 2, '/who'));
    expect(second.errors).toEqual([]);
    expect(repliesTo(1)).toEqual(['administrator']);
    expect(stand.account.calls.filter(({ method }) => method === 'getChatMember')).toEqual([]);
    expect(await adapter().has('-100_7')).toBe(true);

    await second.handle(memberUpdate(3, 'left'));
    expect(await adapter().has('-100_7')).toBe(false);
    expect(await adapter().read('-100_7')).toBeUndefined();
  });

  test('the rate limiter, which wants a counter and no adapter, counts over restarts', async () => {
    const open = kind();
    let handled = 0;
    const start = () =>
      connect<Context>((bot) => {
        const adapter = toStorageAdapter<number>(open('limits'));
        const storageClient = {
          async incr(key: string) {
            const hits = ((await adapter.read(key)) ?? 0) + 1;
            await adapter.write(key, hits);
            return hits;
          },
          pexpire: async () => 1,
        };
        bot.use(limit<Context, typeof storageClient>({ limit: 3, timeFrame: 60_000, storageClient }));
        bot.on('message', () => {
          handled++;
        });
      });

    for (const round of upTo(2)) {
      const connection = await start();
      for (const id of upTo(2)) await connection.handle(textFrom(1, round * 10 + id));
      expect(connection.errors).toEqual([]);
      await connection.stop();
    }
    expect(handled).toBe(3);
  });
});

function memberUpdate(update_id: number, status: string): Parameters<Connection['handle']>[0] {
  const user = { id: 7, is_bot: false, first_name: 'Seven' };
  const chat = { id: -100, type: 'supergroup', title: 'Group' };
  const before = { user, status: 'member' };
  return {
    update_id,
    chat_member: { chat, from: user, date: 1, old_chat_member: before, new_chat_member: { user, status } },
  };
}
