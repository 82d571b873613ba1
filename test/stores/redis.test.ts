/** What RedisSessionStore does inside of Redis, and what becomes of leases when Redis forgets something. */

import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { LeaseCommit, LeaseGrant, LeaseRequest, StoredChange } from '@sessiongram/core';
import { RedisSessionStore, type RedisSessionStoreOptions } from '@sessiongram/redis';
import type { Redis } from 'ioredis';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { lockKeyOf } from '../../packages/redis/src/lock-key';
import { skipsRedis } from '../support/servers/redis';
import { useRedis } from '../support/servers/use-redis';

const KEY = '42:42';
const LOCK = lockKeyOf(KEY);
const NONE = { kind: 'none' } as const;

function request(contender = 'a', leaseMs = 60_000): LeaseRequest {
  const token = randomBytes(12).toString('base64url');
  return { token, leaseMs, contender: contender.padEnd(16, '_'), reserveMs: 60_000 };
}

function set(value: unknown): StoredChange<unknown> {
  return { kind: 'set', value };
}

function committing(change: StoredChange<unknown>, mark: string | undefined): LeaseCommit<unknown> {
  return { change, mark, marks: mark ?? '' };
}

describe.skipIf(skipsRedis())('RedisSessionStore', () => {
  const redis = useRedis();
  let client: Redis;
  let store: RedisSessionStore;

  beforeAll(() => {
    client = redis.client;
    store = new RedisSessionStore(client);
  });

  beforeEach(() => client.flushall());

  async function take(contender = 'a', key = KEY, from = store): Promise<LeaseGrant<unknown>> {
    const answer = await from.acquire(key, request(contender));
    if (!answer.granted) throw new Error(`Refused for ${answer.remainingMs} ms.`);
    return answer;
  }

  async function commit(grant: LeaseGrant<unknown>, change: StoredChange<unknown>, mark?: string) {
    return (await store.commit(KEY, grant.lease, committing(change, mark))).state;
  }

  describe('in Redis', () => {
    test('an acquire and a commit are one command each', async () => {
      await commit(await take(), set(0), 'm');
      await client.config('RESETSTAT');
      for (let count = 1; count <= 50; count++) await commit(await take(), set(count), 'm'.repeat(count + 1));
      const stats = await client.info('commandstats');
      const calls = Object.fromEntries(
        Array.from(stats.matchAll(/cmdstat_(\S+?):calls=(\d+)/g), ([, name, count]) => [name, Number(count)]),
      );
      // What the scripts themselves do is counted as well: acquire GET, GET, SET; commit GET, SET, SET. The clock is not asked.
      expect(calls).toEqual({ 'config|resetstat': 1, evalsha: 100, get: 150, set: 150 });
    });

    test('the data is plain JSON under the plain key', async () => {
      await commit(await take(), set({ counter: 1, ü: null }));
      expect(await client.get(KEY)).toBe('{"counter":1,"ü":null}');
      await store.set(KEY, [1]);
      expect(await client.get(KEY)).toBe('[1]');
    });

    test('a codec of the caller decides on the text', async () => {
      const reversed = (text: string) => [...text].reverse().join('');
      const codec = {
        stringify: (value: unknown) => reversed(JSON.stringify(value)),
        parse: (text: string) => JSON.parse(reversed(text)),
      };
      const own = new RedisSessionStore(client, { codec });
      await own.set(KEY, { a: 12 });
      expect(await client.get(KEY)).toBe('}21:"a"{');
      expect(await own.get(KEY)).toEqual({ a: 12 });
      expect((await take('a', KEY, own)).read()).toEqual({ a: 12 });
    });

    test('a fence has 16 digits, and each acquire and each commit makes it greater', async () => {
      const fences: string[] = [];
      const look = async () => fences.push(((await client.get(LOCK)) ?? '').slice(16, 32));
      for (let count = 0; count < 20; count++) {
        const grant = await take();
        await look();
        await commit(grant, NONE);
        await look();
      }
      expect(fences.every((fence) => /^\d{16}$/.test(fence))).toBe(true);
      expect(fences).toEqual([...new Set(fences)].sort());
    });

    test('a fence grows also when the clock of the server was turned back', async () => {
      const grant = await take();
      const lock = (await client.get(LOCK)) as string;
      await client.set(LOCK, `${lock.slice(0, 16)}9000000000000000${lock.slice(32)}`);
      expect(await commit(grant, set('late'))).toBe('lost');
      await client.set(LOCK, `${'.'.repeat(16)}9000000000000000${lock.slice(32)}`);
      await take();
      expect((await client.get(LOCK))?.slice(16, 32)).toBe('9000000000000001');
    });

    test('a commit that was carried out before still ends the lease that it is sent with', async () => {
      await commit(await take(), set(1), '7');
      expect(await commit(await take(), set(2), '7')).toBe('repeated');
      expect((await take('b')).read()).toBe(1);
    });

    test('a lock ends by itself: a minute after its use, a day after an update that it remembers', async () => {
      const grant = await take();
      const held = await client.pttl(LOCK);
      expect(held).toBeGreaterThan(110_000);
      expect(held).toBeLessThanOrEqual(120_000);
      await commit(grant, set(1), '.commit');
      const minute = await client.pttl(LOCK);
      expect(minute).toBeGreaterThan(50_000);
      expect(minute).toBeLessThanOrEqual(60_000);
      await commit(await take(), { kind: 'delete' }, '123456789');
      const day = await client.pttl(LOCK);
      expect(day).toBeGreaterThan(86_390_000);
      expect(day).toBeLessThanOrEqual(86_400_000);
    });

    test('a key of another type fails, is left alone, and leaves no lock behind', async () => {
      await client.rpush(KEY, 'a');
      await expect(take()).rejects.toThrow(/^WRONGTYPE/);
      await expect(store.get(KEY)).rejects.toThrow(/^WRONGTYPE/);
      expect(await client.keys('*')).toEqual([KEY]);
      expect(await client.lrange(KEY, 0, -1)).toEqual(['a']);
    });

    test('what is no lock but has its name is taken for none', async () => {
      await client.set(LOCK, 'mine');
      expect(await commit(await take(), set(1), 'm')).toBe('done');
      expect(await store.get(KEY)).toBe(1);
    });

    test('a key with the name of a lock is another session', async () => {
      const twin = lockKeyOf('a}b').slice('lock:'.length);
      const names = [KEY, LOCK, 'a}b', lockKeyOf('a}b'), twin, 'lock:', '{', '{a}'];
      await Promise.all(names.map((key) => take('a', key)));
      for (const [index, key] of names.entries()) await store.set(key, index);
      const values = await Promise.all(names.map((key) => store.get(key)));
      expect(values).toEqual(names.map((_, index) => index));
      const found = [];
      for await (const key of store.keys()) found.push(key);
      expect(found.sort()).toEqual([...names].sort());
    });

    test('keys come from every page of a large database, without locks and without other types', async () => {
      const fill = client.pipeline();
      for (let count = 0; count < 3_000; count++) fill.set(`bot:${count}`, '1').set(`other:${count}`, '1');
      await fill.exec();
      const own = new RedisSessionStore(client, { prefix: 'bot:' });
      await take('a', 'held', own);
      await client.hset('bot:hash', 'a', '1');
      const found = new Set();
      for await (const key of own.keys()) found.add(key);
      expect(found).toEqual(new Set(Array.from({ length: 3_000 }, (_, count) => String(count))));
      const some = new Set();
      for await (const key of own.keys({ prefix: '29' })) some.add(key);
      expect(some.size).toBe(1 + 10 + 100);
    });
  });

  describe('values that end', () => {
    const DAY = 86_400_000;
    const uses: [string, (own: RedisSessionStore) => Promise<unknown>][] = [
      ['get', (own) => own.get(KEY)],
      ['touch', (own) => own.touch(KEY)],
      ['acquire', (own) => take('a', KEY, own)],
      [
        'a commit of no change',
        async (own) => {
          const { lease } = await take('a', KEY, new RedisSessionStore(client));
          await own.commit(KEY, lease, committing(NONE, undefined));
        },
      ],
    ];

    test.each(uses)('%s lets them live on, at most once per tenth of the time', async (_, use) => {
      const own = new RedisSessionStore(client, { ttlMs: DAY });
      await own.set(KEY, 1);
      expect(await client.pttl(KEY)).toBeGreaterThan(DAY - 10_000);
      await client.pexpire(KEY, DAY * 0.95);
      await use(own);
      expect(await client.pttl(KEY)).toBeLessThanOrEqual(DAY * 0.95);
      await client.pexpire(KEY, DAY * 0.85);
      await client.del(LOCK);
      await use(own);
      expect(await client.pttl(KEY)).toBeGreaterThan(DAY - 10_000);
      expect(await client.get(KEY)).toBe('1');
    });

    test('a commit gives what it sets a life of its own', async () => {
      const own = new RedisSessionStore(client, { ttlMs: DAY });
      await own.commit(KEY, (await take('a', KEY, own)).lease, committing(set(1), undefined));
      expect(await client.pttl(KEY)).toBeGreaterThan(DAY - 10_000);
    });

    test('without ttlMs they live for ever, and touch does nothing', async () => {
      await store.set(KEY, 1);
      await store.touch(KEY);
      await commit(await take(), NONE);
      expect(await client.pttl(KEY)).toBe(-1);
      expect(store.supports).toEqual({ leases: true, ttl: false, keys: true, encodes: true });
      const options: RedisSessionStoreOptions = { ttlMs: DAY };
      expect(new RedisSessionStore(client, options).supports.ttl).toBe(true);
    });
  });

  describe('when Redis forgets', () => {
    test('a lock over unchanged data: the commit is carried out', async () => {
      await store.set(KEY, 1);
      const grant = await take();
      await client.del(LOCK);
      expect(await commit(grant, set(2), 'm')).toBe('done');
      expect(await store.get(KEY)).toBe(2);
      expect(await commit(grant, set(2), 'm')).toBe('repeated');
      expect((await take('b')).marks).toBe('m');
    });

    test('a lock over no data: the commit is carried out', async () => {
      const grant = await take();
      await client.del(LOCK);
      expect(await commit(grant, set(1))).toBe('done');
    });

    test('a lock over data that has changed: the commit is lost', async () => {
      await store.set(KEY, 1);
      const grant = await take();
      await client.del(LOCK);
      await store.set(KEY, 'changed');
      expect(await commit(grant, set(2), 'm')).toBe('lost');
      expect(await commit(grant, { kind: 'delete' }, 'm')).toBe('lost');
      expect(await store.get(KEY)).toBe('changed');
    });

    test('a lock that another has acquired since: the commit is lost, also when nothing was changed', async () => {
      await store.set(KEY, 1);
      const grant = await take();
      await client.del(LOCK);
      const newer = await take('b');
      expect(await commit(grant, set(2))).toBe('lost');
      expect(await commit(newer, NONE)).toBe('done');
      expect(await commit(grant, set(2))).toBe('lost');
    });

    test('the commit hands over as always', async () => {
      const grant = await take();
      await client.del(LOCK);
      const next = { ...request(), yields: true };
      const answer = await store.commit(KEY, grant.lease, { ...committing(set(1), 'm'), next });
      if (answer.state === 'lost' || answer.next === undefined) throw new Error('Nothing was handed over.');
      expect(answer.next.read()).toBe(1);
      expect(await commit(answer.next, set(2), 'n')).toBe('done');
    });

    test('renewing makes the lock again over unchanged data, so that nobody else comes in between', async () => {
      await store.set(KEY, 1);
      const grant = await take();
      await client.del(LOCK);
      expect(await store.renew(KEY, grant.lease, 60_000)).toBe(true);
      expect(await store.acquire(KEY, request('b'))).toMatchObject({ granted: false });
      expect(await commit(grant, set(2))).toBe('done');
    });

    test('renewing does not bring back a lease over data that has changed', async () => {
      await store.set(KEY, 1);
      const grant = await take();
      await client.del(LOCK);
      await commit(await take('b'), set('newer'), 'm');
      await client.del(LOCK);
      expect(await store.renew(KEY, grant.lease, 60_000)).toBe(false);
      expect(await commit(grant, set('late'))).toBe('lost');
      expect(await store.get(KEY)).toBe('newer');
    });

    test('everything: the late commit does not bring back what is gone', async () => {
      await store.set(KEY, 1);
      const grant = await take();
      await client.flushall();
      expect(await commit(grant, set(2), 'm')).toBe('lost');
      expect(await store.get(KEY)).toBeUndefined();
      expect(await commit(await take(), set(1), 'm')).toBe('done');
    });

    test('the scripts: they are sent again', async () => {
      const own = new RedisSessionStore(client, { ttlMs: 60_000 });
      await client.script('FLUSH');
      const grant = await take('a', KEY, own);
      await client.script('FLUSH');
      expect(await own.renew(KEY, grant.lease, 60_000)).toBe(true);
      await client.script('FLUSH');
      expect(await commit(grant, set(1))).toBe('done');
      await client.script('FLUSH');
      await Promise.all([own.touch(KEY), own.get(KEY), own.get(KEY)]);
      expect(await own.get(KEY)).toBe(1);
    });

    test('a lock in the middle of 200 increments by four: none is lost', async () => {
      let done = 0;
      const increment = async (contender: string): Promise<void> => {
        const answer = await store.acquire(KEY, { ...request(contender), reserveMs: 5 });
        if (!answer.granted) return wait(1);
        const counter = (answer.read() as number | undefined) ?? 0;
        if (Math.random() < 0.3) await client.del(LOCK);
        const change = set(counter + 1);
        const { state } = await store.commit(KEY, answer.lease, committing(change, answer.lease.token));
        if (state === 'done') done++;
      };
      await Promise.all(
        ['a', 'b', 'c', 'd'].map(async (contender) => {
          while (done < 200) await increment(contender);
        }),
      );
      expect(await store.get(KEY)).toBe(done);
    });
  });
});
