/** Which commands RedisSessionStore sends, and how it finds keys whose names a pattern could misread. */

import { RedisSessionStore } from '@sessiongram/redis';
import { Redis } from 'ioredis';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { skipsRedis } from '../support/servers/redis';
import { useRedis } from '../support/servers/use-redis';

const KEY = '42:42';

async function keysOf(store: RedisSessionStore, prefix = ''): Promise<string[]> {
  const found = [];
  for await (const key of store.keys({ prefix })) found.push(key);
  return found.sort();
}

describe.skipIf(skipsRedis())('RedisSessionStore', () => {
  const redis = useRedis();

  beforeEach(() => redis.client.flushall());

  test('lets the commands of one moment leave ioredis in one piece', async () => {
    const store = new RedisSessionStore(redis.client);
    await store.set(KEY, 1);
    const socket = redis.client.stream as unknown as Record<'_write' | '_writev' | 'cork', () => void>;
    const [alone, together, cork] = [
      vi.spyOn(socket, '_write'),
      vi.spyOn(socket, '_writev'),
      vi.spyOn(socket, 'cork'),
    ];
    for (const times of [1, 2]) {
      const read = async (after: number) => {
        for (let count = 0; count < after; count++) await undefined;
        return store.get(KEY);
      };
      expect(await Promise.all(Array.from({ length: 20 }, (_, after) => read(after)))).toEqual(
        Array(20).fill(1),
      );
      expect([alone, together, cork].map(({ mock }) => mock.calls.length)).toEqual([0, times, times]);
    }
  });

  test('lets commands leave by a client that is not connected yet', async () => {
    const client = new Redis(redis.server.port);
    try {
      expect(await new RedisSessionStore(client).get(KEY)).toBe(undefined);
    } finally {
      client.disconnect();
    }
  });

  test('reads by a command that no replica answers', async () => {
    const store = new RedisSessionStore(redis.client);
    await redis.client.config('RESETSTAT');
    await store.get(KEY);
    const stats = await redis.client.info('commandstats');
    expect(stats).toContain('cmdstat_getex:calls=1,');
    expect(stats).not.toContain('cmdstat_get:');
  });

  test('sends a script as a text only to a server that does not know it', async () => {
    const store = new RedisSessionStore(redis.client, { ttlMs: 60_000 });
    await redis.client.script('FLUSH');
    await redis.client.config('RESETSTAT');
    for (let count = 0; count < 3; count++) await store.get(KEY);
    const stats = await redis.client.info('commandstats');
    expect(stats).toContain('cmdstat_eval:calls=1,');
    expect(stats).toContain('cmdstat_evalsha:calls=3,');
  });

  test('does not send a script again that has failed', async () => {
    const store = new RedisSessionStore(redis.client, { ttlMs: 60_000 });
    await redis.client.rpush(KEY, 'a');
    await expect(store.get(KEY)).rejects.toThrow(/^WRONGTYPE/);
    await redis.client.config('RESETSTAT');
    await expect(store.get(KEY)).rejects.toThrow(/^WRONGTYPE/);
    expect(await redis.client.info('commandstats')).not.toContain('cmdstat_eval:');
  });

  test.each(['*', '?', '[a]', '\\', '^', '-', ']'])(
    'finds only its own keys behind the prefix %s',
    async (prefix) => {
      const store = new RedisSessionStore(redis.client, { prefix });
      await store.set('1', 1);
      for (const other of ['b1', 'a1', '11']) await redis.client.set(other, '1');
      expect(await keysOf(store)).toEqual(['1']);
    },
  );

  test.each(['*', '?', '[', ']', '\\', '^', '-', '😀'])(
    'finds the keys that begin with %s',
    async (prefix) => {
      const store = new RedisSessionStore(redis.client);
      await store.set(`${prefix}1`, 1);
      await store.set('x1', 1);
      expect(await keysOf(store, prefix)).toEqual([`${prefix}1`]);
    },
  );

  test('keeps values as the codec makes them that it was given', async () => {
    const codec = { stringify: (value: unknown) => `<${value}>`, parse: (text: string) => text.slice(1, -1) };
    const store = new RedisSessionStore(redis.client, { codec });
    await store.set(KEY, 'a');
    expect(await redis.client.get(KEY)).toBe('<a>');
    expect(await store.get(KEY)).toBe('a');
  });

  test('refuses an option that it does not know, and a prefix with half a character', () => {
    for (const options of [{ tllMs: 1 }, { prefix: '\uD83D' }]) {
      expect(() => new RedisSessionStore(redis.client, options as object)).toThrow(TypeError);
    }
  });

  test('keeps its prefix before a key that is rewritten', async () => {
    const store = new RedisSessionStore(redis.client, { prefix: 'lock' });
    await store.set(':{1}', 1);
    expect(await redis.client.keys('*')).toEqual(['lock\u0001":{1}"']);
    expect(await keysOf(store)).toEqual([':{1}']);
  });

  test('finds rewritten keys by how they began', async () => {
    const store = new RedisSessionStore(redis.client);
    for (const key of ['lock:{1}', '{1}:lock', 'l']) await store.set(key, 1);
    expect(await keysOf(store, 'lock:')).toEqual(['lock:{1}']);
    expect(await keysOf(store, '{')).toEqual(['{1}:lock']);
  });

  test('lists what others have stored, but for what looks rewritten and is not', async () => {
    const store = new RedisSessionStore(redis.client);
    for (const key of ['\u0001\0\u0007', '\u0001"', '{shop}:1', 'lock:1']) await redis.client.set(key, '1');
    expect((await keysOf(store)).sort()).toEqual(['lock:1', '{shop}:1']);
  });
});
