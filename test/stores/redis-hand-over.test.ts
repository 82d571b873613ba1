/** What a commit hands on in Redis: the lease, its fence and its marks, and no reservation of its own. */

import { randomBytes } from 'node:crypto';
import type { LeaseCommit, LeaseGrant, LeaseRequest } from '@sessiongram/core';
import { RedisSessionStore } from '@sessiongram/redis';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { lockKeyOf } from '../../packages/redis/src/lock-key';
import { RedisServer, skipsRedis } from '../support/servers/redis';

const KEY = '42:42';
const LOCK = lockKeyOf(KEY);
const HOUR = 3_600_000;

function request(contender = 'a'.repeat(16)): LeaseRequest {
  const token = randomBytes(12).toString('base64url');
  return { token, contender, leaseMs: 60_000, reserveMs: 60_000 };
}

describe.skipIf(skipsRedis())('RedisSessionStore', () => {
  let server: RedisServer;
  let client: Redis;
  let store: RedisSessionStore;

  beforeAll(async () => {
    server = await RedisServer.start();
    client = new Redis(server.port);
    store = new RedisSessionStore(client);
  });

  beforeEach(() => client.flushall());

  afterAll(async () => {
    client?.disconnect();
    await server?.stop();
  });

  async function take(contender?: string): Promise<LeaseGrant<unknown>> {
    const answer = await store.acquire(KEY, request(contender));
    if (!answer.granted) throw new Error(`Refused for ${answer.remainingMs} ms.`);
    return answer;
  }

  /** Sets a value, and hands the lease on within the process. */
  async function handOn({ lease }: LeaseGrant<unknown>, value: unknown, mark: string, marks = mark) {
    const next = { ...request(), yields: true };
    const commit: LeaseCommit<unknown> = { change: { kind: 'set', value }, mark, marks, next };
    const answer = await store.commit(KEY, lease, commit);
    if (answer.state === 'lost' || answer.next === undefined)
      throw new Error(`Nothing came: ${answer.state}.`);
    return { state: answer.state, next: answer.next };
  }

  test('a lock that was handed on after it had gone has a fence above the one before', async () => {
    const first = await take();
    const fence = async (): Promise<number> => Number((await client.get(LOCK))?.slice(16, 32));
    const before = await fence();
    await client.del(LOCK);
    await handOn(first, 1, 'm');
    expect(await fence()).toBeGreaterThan(before);
  });

  test('a lock that is handed on with the marks of updates lives for a day', async () => {
    await handOn(await take(), 1, '7');
    expect(await client.pttl(LOCK)).toBeGreaterThan(23 * HOUR);
  });

  test('whoever is handed the key gives back the reservation of its own process', async () => {
    const first = await take();
    expect(await store.acquire(KEY, request())).toMatchObject({ granted: false, reserved: true });
    const { next } = await handOn(first, 1, 'm');
    await store.commit(KEY, next.lease, { change: { kind: 'none' }, mark: undefined, marks: next.marks });
    expect(await store.acquire(KEY, request('b'.repeat(16)))).toMatchObject({ granted: true });
  });

  test('a mark is not taken for another that it is a part of', async () => {
    const { next } = await handOn(await take(), 1, '170');
    const { state } = await handOn(next, 2, '17', '170,17');
    expect(state).toBe('done');
    expect(await store.get(KEY)).toBe(2);
  });

  test('a lock with the same fence and another holder is another’s', async () => {
    const { lease } = await take();
    const lock = (await client.get(LOCK)) as string;
    await client.set(LOCK, 'b'.repeat(16) + lock.slice(16), 'KEEPTTL');
    const commit: LeaseCommit<unknown> = { change: { kind: 'set', value: 1 }, mark: 'm', marks: 'm' };
    expect(await store.commit(KEY, lease, commit)).toEqual({ state: 'lost' });
    expect(await store.get(KEY)).toBeUndefined();
  });

  test('an empty key is refused, and Redis hears nothing', async () => {
    const refusal = new TypeError('The key of a session must not be empty.');
    await expect(store.get('')).rejects.toThrow(refusal);
    await expect(store.acquire('', request())).rejects.toThrow(refusal);
    expect(await client.dbsize()).toBe(0);
  });
});
