/** Moving sessions over while bots run on the same database: copies into it, and chats that get a new id. */

import {
  copySessions,
  MemorySessionStore,
  migrateChat,
  type SessionStore,
  Sessions,
} from '@sessiongram/core';
import { PostgresSessionStore } from '@sessiongram/postgres';
import { RedisSessionStore } from '@sessiongram/redis';
import { SqliteSessionStore } from '@sessiongram/sqlite';
import { Redis } from 'ioredis';
import { Pool } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { PostgresServer, skipsPostgres } from '../support/servers/postgres';
import { RedisServer, skipsRedis } from '../support/servers/redis';
import { Folder, libsql, openFast } from './sqlite-drivers';

interface Counter {
  counter: number;
}

/** A database, and stores on it that share nothing but the data, as those of several processes. */
interface Place {
  open(): SessionStore<Counter>;
  clear(): Promise<unknown>;
  stop(): Promise<unknown>;
}

interface Kind {
  readonly name: string;
  readonly skip: boolean;
  start(): Promise<Place>;
}

const kinds: readonly Kind[] = [
  {
    name: 'RedisSessionStore',
    skip: skipsRedis(),
    async start() {
      const server = await RedisServer.start();
      const clients: Redis[] = [];
      return {
        open() {
          const client = new Redis(server.port);
          clients.push(client);
          return new RedisSessionStore<Counter>(client);
        },
        clear: () => server.cli('flushall'),
        async stop() {
          for (const client of clients) client.disconnect();
          await server.stop();
        },
      };
    },
  },
  {
    name: 'SqliteSessionStore',
    skip: false,
    async start() {
      const folder = new Folder();
      let files = 0;
      return {
        open: () =>
          new SqliteSessionStore<Counter>(folder.keep(openFast(libsql, folder.file(`${files}.db`)))),
        clear: async () => files++,
        stop: async () => folder.remove(),
      };
    },
  },
  {
    name: 'PostgresSessionStore',
    skip: skipsPostgres(),
    async start() {
      const server = await PostgresServer.start();
      const connectionString = server.url(await server.createDatabase());
      const pools: Pool[] = [];
      let tables = 0;
      return {
        open() {
          const pool = new Pool({ connectionString, max: 4 });
          pools.push(pool);
          return new PostgresSessionStore<Counter>(pool, { table: `sessions${tables}` });
        },
        clear: async () => tables++,
        async stop() {
          for (const pool of pools) await pool.end();
          await server.stop();
        },
      };
    },
  },
];

const botOn = (store: SessionStore<Counter>): Sessions<Counter> =>
  new Sessions<Counter>({ store, initial: () => ({ counter: 0 }) });

/** `[1, 2, …, count]` */
const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

const count = (data: Counter): void => {
  data.counter++;
};

async function contents(store: SessionStore<Counter>): Promise<Record<string, number | undefined>> {
  const found: Record<string, number | undefined> = {};
  for await (const key of store.keys?.() ?? []) found[key] = (await store.get(key))?.counter;
  return found;
}

describe.each(kinds)('on $name', ({ skip, start }) => {
  describe.skipIf(skip)('with other processes at work', () => {
    let place: Place;
    beforeAll(async () => {
      place = await start();
    }, 60_000);
    beforeEach(() => place.clear());
    afterAll(() => place?.stop());

    test('a whole store arrives, and once more changes nothing', async () => {
      const from = new MemorySessionStore<Counter>();
      for (const id of upTo(40)) from.set(`${id}:${id}`, { counter: id });
      expect(await copySessions(from, place.open())).toEqual({ copied: 40, skipped: 0, failed: 0 });
      expect(await copySessions(from, place.open())).toEqual({ copied: 0, skipped: 40, failed: 0 });
      const back = new MemorySessionStore<Counter>();
      await copySessions(place.open(), back);
      expect(await contents(back)).toEqual(await contents(from));
    });

    test('a copy loses no update of a bot that runs on the target', async () => {
      const from = new MemorySessionStore<Counter>();
      const keys = upTo(20).map((id) => `${id}:${id}`);
      for (const key of keys) from.set(key, { counter: 100 });
      const bot = botOn(place.open());
      // The first half of the users writes before the copy comes to them, most likely; the other half after.
      const updates = [...keys].reverse().flatMap((key) => upTo(3).map(() => bot.update(key, count)));
      const copying = copySessions(from, place.open(), { concurrency: 4 });
      await Promise.all(updates);
      const { copied, skipped } = await copying;
      const counters = Object.values(await contents(place.open()));
      expect([copied + skipped, counters.length]).toEqual([20, 20]);
      expect(counters.filter((counter) => counter !== 3 && counter !== 103)).toEqual([]);
      expect(counters.filter((counter) => counter === 103)).toHaveLength(copied);
    });

    test('the sessions of a chat move once, whoever else moves them, and with every update so far', async () => {
      const [old, renamed] = [-42, -1001234567890];
      const keys = [`${old}`, `${old}:1`, `${old}:2`, `3:${old}`];
      const bot = botOn(place.open());
      await Promise.all(keys.flatMap((key) => upTo(3).map(() => bot.update(key, count))));
      await bot.update('7:7', count);
      const migrations = await Promise.all(
        upTo(3).map(() => migrateChat(place.open() as SessionStore, old, renamed)),
      );
      expect(migrations.flatMap(({ moved }) => moved).sort()).toEqual([...keys].sort());
      expect(migrations.flatMap(({ conflicts }) => conflicts)).toEqual([]);
      expect(await contents(place.open())).toEqual({
        [`${renamed}`]: 3,
        [`${renamed}:1`]: 3,
        [`${renamed}:2`]: 3,
        [`3:${renamed}`]: 3,
        '7:7': 1,
      });
    });

    test('an update of the chat is never lost between its two keys', async () => {
      const [old, renamed] = [-42, -1001234567890];
      const keys = upTo(6).map((user) => `${old}:${user}`);
      const bot = botOn(place.open());
      await Promise.all(keys.map((key) => bot.update(key, count)));
      const late = keys.map((key) => bot.update(key, count));
      const { moved, conflicts } = await migrateChat(place.open() as SessionStore, old, renamed, { keys });
      await Promise.all(late);
      const again = await migrateChat(place.open() as SessionStore, old, renamed);
      expect([moved.length, conflicts]).toEqual([6, []]);
      // What came after the move is a session of its own under the old key, and is told instead of being thrown away.
      const found = await contents(place.open());
      const sum = Object.values(found).reduce<number>((total, counter) => total + (counter ?? 0), 0);
      expect(sum).toBe(12);
      expect(
        Object.keys(found)
          .filter((key) => key.startsWith(`${old}:`))
          .sort(),
      ).toEqual(again.conflicts.sort());
    });
  });
});
