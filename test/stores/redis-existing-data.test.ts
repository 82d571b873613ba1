/** What other libraries wrote into Redis is read as it is, and they read what this store writes. */

import { RedisAdapter } from '@grammyjs/storage-redis';
import { RedisSessionStore, type RedisSessionStoreOptions } from '@sessiongram/redis';
import { Redis as telegrafRedis } from '@telegraf/session/redis';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { skipsRedis } from '../support/servers/redis';
import { useRedis } from '../support/servers/use-redis';

const SESSION = { counter: 1, cart: ['a'], locale: 'ü', scene: null };
const NEWER = { counter: 2, cart: [], locale: 'en' };

/** Another library, with the options that make this store read its data. */
interface Rival {
  readonly name: string;
  readonly options: RedisSessionStoreOptions;
  readonly key: string;
  write(value: unknown): Promise<unknown>;
  read(): Promise<unknown>;
}

describe.skipIf(skipsRedis())('existing data', () => {
  const redis = useRedis();
  let client: Redis;
  const rivals: Rival[] = [];
  const closing: (() => unknown)[] = [];

  beforeAll(async () => {
    client = redis.client;
    const grammyClient = new Redis(redis.server.port);
    const telegrafClient = createClient({ url: redis.server.url });
    closing.push(
      () => grammyClient.disconnect(),
      () => telegrafClient.destroy(),
    );
    const grammy = new RedisAdapter({ instance: grammyClient });
    const mortal = new RedisAdapter({ instance: grammyClient, ttl: 60 });
    const telegraf = telegrafRedis({ client: telegrafClient as never });
    rivals.push(
      {
        name: '@grammyjs/storage-redis',
        options: {},
        key: '42',
        write: async (value) => grammy.write('42', value),
        read: async () => grammy.read('42'),
      },
      {
        name: '@grammyjs/storage-redis under a hash tag',
        options: {},
        key: '{shop}:42',
        write: async (value) => grammy.write('{shop}:42', value),
        read: async () => grammy.read('{shop}:42'),
      },
      {
        name: '@grammyjs/storage-redis with a ttl',
        options: { ttlMs: 60_000 },
        key: '-1001234567890',
        write: async (value) => mortal.write('-1001234567890', value),
        read: async () => mortal.read('-1001234567890'),
      },
      {
        name: '@telegraf/session',
        options: { prefix: 'telegraf:' },
        key: '42:42',
        write: async (value) => telegraf.set('42:42', value as object),
        read: async () => telegraf.get('42:42'),
      },
      {
        name: 'JSON under the key',
        options: { prefix: 'vibegram:session:', ttlMs: 86_400_000 },
        key: '42:7',
        write: (value) => client.psetex('vibegram:session:42:7', 86_400_000, JSON.stringify(value)),
        read: async () => JSON.parse((await client.get('vibegram:session:42:7')) as string),
      },
    );
  });

  beforeEach(() => client.flushall());

  afterAll(async () => {
    for (const close of closing) close();
  });

  test('of every library is read, plainly and with a lease', async () => {
    for (const { name, options, key, write } of rivals) {
      const store = new RedisSessionStore(client, options);
      await write(SESSION);
      expect(await store.get(key), name).toEqual(SESSION);
      const grant = await acquired(store, key);
      expect(grant.read(), name).toEqual(SESSION);
    }
    expect(rivals).toHaveLength(5);
  });

  test('can be read by every library after this store has written it, plainly and with a lease', async () => {
    for (const { name, options, key, write, read } of rivals) {
      const store = new RedisSessionStore(client, options);
      await write(SESSION);
      await store.set(key, NEWER);
      expect(await read(), name).toEqual(NEWER);
      const { lease } = await acquired(store, key);
      const change = { kind: 'set', value: SESSION } as const;
      await store.commit(key, lease, { change, mark: 'm', marks: 'm' });
      expect(await read(), name).toEqual(SESSION);
      await store.delete(key);
      expect(await client.exists(`${options.prefix ?? ''}${key}`), name).toBe(0);
    }
  });

  test('is listed under the keys that the libraries use', async () => {
    for (const { options, key, write } of rivals) {
      await client.flushall();
      await write(SESSION);
      const found = [];
      for await (const each of new RedisSessionStore(client, options).keys()) found.push(each);
      expect(found).toEqual([key]);
    }
  });

  test('that lives for ever begins to end once a store with ttlMs uses it', async () => {
    await client.set('42', JSON.stringify(SESSION));
    const store = new RedisSessionStore(client, { ttlMs: 60_000 });
    await store.get('42');
    expect(await client.pttl('42')).toBeGreaterThan(50_000);
  });
});

async function acquired(store: RedisSessionStore, key: string) {
  const token = crypto.randomUUID().slice(0, 16);
  const answer = await store.acquire(key, {
    token,
    leaseMs: 60_000,
    contender: 'c'.repeat(16),
    reserveMs: 100,
  });
  if (!answer.granted) throw new Error('The key is held.');
  return answer;
}
