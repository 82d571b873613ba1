/** The lock of a key in Redis: its fence, its life, its reservation and its marks after each step. */

import { randomBytes } from 'node:crypto';
import type { CommitAnswer, LeaseCommit, LeaseGrant, LeaseRequest } from '@sessiongram/core';
import { RedisSessionStore } from '@sessiongram/redis';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { lockKeyOf } from '../../packages/redis/src/lock-key';
import { skipsRedis } from '../support/servers/redis';
import { useRedis } from '../support/servers/use-redis';

const KEY = '42:42';
const LOCK = lockKeyOf(KEY);
const HOUR = 3_600_000;
const NOBODY = '.'.repeat(16);
/** Far ahead of every clock. */
const AHEAD = 9_000_000_000_000_000;

function request(contender = 'a'): LeaseRequest {
  const token = randomBytes(12).toString('base64url');
  return { token, contender: contender.padEnd(16, '_'), leaseMs: 60_000, reserveMs: 30_000 };
}

describe.skipIf(skipsRedis())('the lock of a key', () => {
  const redis = useRedis();
  let store: RedisSessionStore;

  beforeAll(() => {
    store = new RedisSessionStore(redis.client);
  });

  beforeEach(() => redis.client.flushall());

  const lock = async (): Promise<string> => (await redis.client.get(LOCK)) ?? '';
  const fence = async (): Promise<number> => Number((await lock()).slice(16, 32));
  const lives = (): Promise<number> => redis.client.pttl(LOCK);

  async function take(contender?: string): Promise<LeaseGrant<unknown>> {
    const answer = await store.acquire(KEY, request(contender));
    if (!answer.granted) throw new Error(`Refused for ${answer.remainingMs} ms.`);
    return answer;
  }

  function commit(
    { lease }: LeaseGrant<unknown>,
    value: unknown,
    mark?: string,
    next?: LeaseCommit<unknown>['next'],
  ): Promise<CommitAnswer<unknown>> {
    return store.commit(KEY, lease, { change: { kind: 'set', value }, mark, marks: mark ?? '', next });
  }

  test('that lapsed gives the next a fence above its own, wherever the clock stands', async () => {
    await redis.client.set(LOCK, `${'b'.repeat(16)}${AHEAD}m-`, 'PX', 50_000);
    await take();
    expect(await fence()).toBe(AHEAD + 1);
  });

  test('that has gone is made again with a fence above that of the lease, wherever the clock stands', async () => {
    await redis.client.set(LOCK, `${NOBODY}${AHEAD}m-`);
    const grant = await take();
    await redis.client.del(LOCK);
    await commit(grant, 1);
    expect(await fence()).toBe(AHEAD + 2);
  });

  test('that is new, or stands where something else stood, has a fence that begins with the time', async () => {
    await take();
    expect(await fence()).toBeGreaterThan(1_600_000_000_000_000);
    await redis.client.set(LOCK, 'mine');
    await take();
    expect(await fence()).toBeGreaterThan(1_600_000_000_000_000);
  });

  test('that is free, with a fence not above that of the lease, tells of nobody since', async () => {
    for (const behind of [0, 1]) {
      const grant = await take();
      await redis.client.set(LOCK, `${NOBODY}${(await fence()) - behind}m-`);
      expect(await commit(grant, behind)).toEqual({ state: 'done' });
      expect(await store.get(KEY)).toBe(behind);
    }
  });

  test('is nobody’s after a commit that is repeated', async () => {
    await commit(await take(), 1, '7');
    expect(await commit(await take(), 2, '7')).toEqual({ state: 'repeated' });
    expect((await lock()).slice(0, 16)).toBe(NOBODY);
  });

  test('that remembers updates keeps its lease when that is renewed', async () => {
    await commit(await take(), 1, '7');
    const { lease } = await take();
    expect(await store.renew(KEY, lease, 60_000)).toBe(true);
    expect(await lives()).toBeGreaterThan(23 * HOUR);
    expect(await store.acquire(KEY, request('b'))).toMatchObject({ granted: false });
  });

  test('that remembers updates lives for a day from each acquire on', async () => {
    await commit(await take(), 1, '7');
    await redis.client.pexpire(LOCK, HOUR);
    await take();
    expect(await lives()).toBeGreaterThan(23 * HOUR);
  });

  test('that remembers updates and is free is acquired without a look at the clock', async () => {
    await commit(await take(), 1, '7');
    await redis.client.config('RESETSTAT');
    await take();
    const stats = await redis.client.info('commandstats');
    expect(stats).toContain('cmdstat_evalsha:calls=1,');
    expect(stats).not.toContain('cmdstat_time:');
  });

  test.each([
    ['a9,7', 86_400_000],
    ['a9,b', 60_000],
  ])('with the marks %s lives for %i ms', async (marks, ms) => {
    const { lease } = await take();
    await store.commit(KEY, lease, { change: { kind: 'none' }, mark: 'b', marks });
    const left = await lives();
    expect(left).toBeLessThanOrEqual(ms);
    expect(left).toBeGreaterThan(ms - 20_000);
  });

  test('that lapsed with updates to remember goes to the next', async () => {
    await commit(await take(), 1, '7');
    await take();
    await redis.client.pexpire(LOCK, 23 * HOUR);
    expect(await take('b')).toMatchObject({ granted: true, marks: '7' });
  });

  test('remembers updates while it is held and another has reserved it', async () => {
    await commit(await take(), 1, '7');
    const first = await take();
    expect(await store.acquire(KEY, request('b'))).toMatchObject({ granted: false, reserved: true });
    const next = { ...request(), yields: false };
    const answer = await commit(first, 2, '7', next);
    expect(answer).toMatchObject({ state: 'repeated', next: { marks: '7' } });
    expect((await lock()).slice(33, 50)).toBe(`!${'b'.padEnd(16, '_')}`);
  });

  test('that is handed on by a commit that is repeated comes with what is stored', async () => {
    await commit(await take(), 1, '7');
    const answer = await commit(await take(), 2, '7', { ...request(), yields: false });
    if (answer.state === 'lost' || answer.next === undefined)
      throw new Error(`Nothing came: ${answer.state}.`);
    expect(answer.next.read()).toBe(1);
  });

  test('that is reserved and held is left to who has reserved it', async () => {
    const first = await take();
    expect(await store.acquire(KEY, request('b'))).toMatchObject({ granted: false, reserved: true });
    await commit(first, 1, 'm');
    expect(await store.acquire(KEY, request('c'))).toMatchObject({ granted: false, reserved: false });
    expect(await take('b')).toMatchObject({ marks: 'm' });
  });

  test('tells the end of a reservation to the millisecond', async () => {
    await take();
    while (Date.now() % 1_000 < 200); // whoever counts only seconds is far behind
    const before = Date.now();
    await store.acquire(KEY, request('b'));
    const until = Number((await lock()).slice(50, 63));
    expect(until).toBeGreaterThanOrEqual(before + 30_000);
    expect(until).toBeLessThanOrEqual(Date.now() + 30_000);
  });

  test('that is handed on with updates to remember has a lease no longer than others', async () => {
    await commit(await take(), 1, '7', { ...request(), yields: false });
    const answer = await store.acquire(KEY, request('b'));
    if (answer.granted) throw new Error('The key is not held.');
    expect(answer.remainingMs).toBeLessThanOrEqual(60_000);
  });

  test('that was handed on is told in full to who asks again, whose commit needs no look at the clock', async () => {
    const first = await take();
    const next = { ...request(), yields: false };
    await commit(first, 1, '7', next);
    const again = await commit(first, 1, '7', next);
    if (again.state === 'lost' || again.next === undefined) throw new Error(`Nothing came: ${again.state}.`);
    expect(again).toMatchObject({ state: 'repeated', next: { marks: '7' } });
    await redis.client.config('RESETSTAT');
    expect(await commit(again.next, 2)).toEqual({ state: 'done' });
    expect(await redis.client.info('commandstats')).not.toContain('cmdstat_time:');
  });

  test('keeps the sixteen digits of its fence, however small that is', async () => {
    await redis.client.set(LOCK, `${NOBODY}${'1'.padStart(16, '0')}m-`);
    await commit(await take(), 1);
    expect(await lock()).toBe(`${NOBODY}${'3'.padStart(16, '0')}m-`);
  });

  test('that is nobody’s and reserved by nobody any more is free, however long it lives', async () => {
    await redis.client.set(LOCK, `${NOBODY}${AHEAD}m!${'b'.repeat(16)}${'1'.padStart(13, '0')}`, 'PX', HOUR);
    await take();
    expect(await fence()).toBe(AHEAD + 1);
  });

  test('with no marks needs no look at the clock for a commit without a mark', async () => {
    await commit(await take(), 1);
    await redis.client.config('RESETSTAT');
    await commit(await take(), 2);
    expect(await redis.client.info('commandstats')).not.toContain('cmdstat_time:');
  });

  test('whose reservation cannot be read is reserved for nobody', async () => {
    await redis.client.set(LOCK, `${NOBODY}${AHEAD}m!${'b'.repeat(16)}`);
    await take();
    expect(await fence()).toBe(AHEAD + 1);
  });

  test('that has gone comes back with the marks of the lease after a commit without a mark', async () => {
    await commit(await take(), 1, '7');
    const grant = await take();
    await redis.client.del(LOCK);
    expect(await commit(grant, 2)).toEqual({ state: 'done' });
    expect(await take()).toMatchObject({ marks: '7' });
  });
});
