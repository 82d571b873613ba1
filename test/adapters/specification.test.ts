/** The words of the specification itself, on vibegram: only the imports differ. */

import { MemorySessionStore, type SessionStore, session } from '@sessiongram/vibegram';
import { describe, expect, test } from 'vitest';
import type { Connection } from '../support/frameworks';
import type { VibegramBot } from '../support/load-vibegram';
import { useServer } from '../support/use-server';
import { subject, textFrom, upTo } from './subjects';

interface MySession {
  counter: number;
  cart: string[];
  locale: string;
}

const stand = useServer();

function run(configure: (bot: VibegramBot) => void): Promise<Connection> {
  return stand.connect(subject('vibegram'), ({ raw }) => configure(raw as VibegramBot));
}

function repliesOf(): unknown[] {
  return stand.account.calls
    .filter(({ method }) => method === 'sendMessage')
    .map(({ payload }) => payload['text']);
}

describe('the quick start', () => {
  test('counts the messages of each user in each chat', async () => {
    await run((bot) => {
      bot.use(
        session({
          initial: () => ({ counter: 0 }),
        }),
      );
      bot.on('message', async (ctx) => {
        ctx.session.counter++;
        await ctx.reply(`Messages sent: ${ctx.session.counter}`);
      });
    });
    for (const [user, chat] of [
      [42, 42],
      [42, 42],
      [42, -1001],
      [43, -1001],
    ] as const) {
      stand.account.text(user, 'hi', chat);
      await stand.account.drained();
    }
    expect(repliesOf()).toEqual([1, 2, 1, 1].map((counter) => `Messages sent: ${counter}`));
  });
});

describe('typed sessions', () => {
  test('keep what is pushed onto their arrays', async () => {
    const store = new MemorySessionStore<MySession>();
    const connection = await run((bot) => {
      bot.use(
        session<MySession>({
          store,
          initial: () => ({ counter: 0, cart: [], locale: 'en' }),
        }),
      );
      bot.on('message', async (ctx) => {
        ctx.session.cart.push('item');
      });
    });
    for (const id of upTo(2)) await connection.handle(textFrom(42, id));
    expect(connection.errors).toEqual([]);
    expect(store.get('42:42')).toEqual({ counter: 0, cart: ['item', 'item'], locale: 'en' });
  });
});

describe('custom storage adapters', () => {
  const data = new Map<string, string>();
  const expiries: unknown[][] = [];
  const redis = {
    get: async (key: string) => data.get(key) ?? null,
    set: async (key: string, value: string, ...expiry: unknown[]) => {
      expiries.push(expiry);
      data.set(key, value);
    },
    del: async (key: string) => data.delete(key),
  };

  class RedisAdapter implements SessionStore {
    async get(key: string) {
      const data = await redis.get(key);
      return data ? JSON.parse(data) : undefined;
    }
    // biome-ignore lint/suspicious/noExplicitAny: the specification, word for word
    async set(key: string, value: any) {
      await redis.set(key, JSON.stringify(value), 'EX', 86400);
    }
    async delete(key: string) {
      await redis.del(key);
    }
  }

  test('keep sessions as JSON, and lose none of 100 concurrent updates', async () => {
    const connection = await run((bot) => {
      bot.use(
        session({
          store: new RedisAdapter(),
          initial: () => ({ counter: 0 }),
        }),
      );
      bot.on('message', async (ctx) => {
        ctx.session.counter++;
      });
      bot.on('callback_query', (ctx) => {
        ctx.session = null;
      });
    });
    await Promise.all(upTo(100).map((id) => connection.handle(textFrom(42, id))));
    expect(connection.errors).toEqual([]);
    expect([...data]).toEqual([['42:42', '{"counter":100}']]);
    expect(expiries).toEqual(Array(100).fill(['EX', 86400]));
    stand.account.button(42, 'forget me');
    await stand.account.drained();
    expect(data.size).toBe(0);
  });
});

describe('memory management', () => {
  test('holds at most as many sessions as it was told, and forgets the one unused for the longest time', async () => {
    const store = new MemorySessionStore(5000); // max 5,000 sessions
    const connection = await run((bot) => {
      bot.use(session({ store }));
      bot.on('message', (ctx) => {
        ctx.session.user = ctx.from?.id;
      });
    });
    for (const id of upTo(5000)) await connection.handle(textFrom(id, id));
    await connection.handle(textFrom(1, 5001));
    await connection.handle(textFrom(5001, 5002));
    expect(connection.errors).toEqual([]);
    expect(store.size).toBe(5000);
    expect(store.get('1:1')).toEqual({ user: 1 });
    expect(store.get('2:2')).toBeUndefined();
    expect(store.get('5001:5001')).toEqual({ user: 5001 });
  });
});
