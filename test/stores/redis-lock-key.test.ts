/** The lock of a session lies in the slot of the session, and under a key that no session can have. */

import { RedisSessionStore } from '@sessiongram/redis';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lockKeyOf, mayBeLockKey, slotOf } from '../../packages/redis/src/lock-key';
import { RedisCluster, skipsRedis } from '../support/servers/redis';

/** Keys full of what decides on slots and on names of locks. */
const keys = fc
  .array(fc.constantFrom('{', '}', '{}', '}{', 'lock:', ':lock', ':', 'a', '42', 'ü', '👩', '0'), {
    minLength: 1,
    maxLength: 9,
  })
  .map((parts) => parts.join(''));
const storedKeys = keys.filter((key) => !mayBeLockKey(key));

describe('names', () => {
  test('a key without a closing brace is named whole', () => {
    expect(lockKeyOf('42:42')).toBe('{42:42}:lock');
    expect(lockKeyOf('a{b')).toBe('{a{b}:lock');
  });

  test('a key with a hash tag keeps it', () => {
    expect(lockKeyOf('bot{42}:7')).toBe('lock:bot{42}:7');
    expect(lockKeyOf('a{42}{7}')).toBe('lock:a{42}{7}');
    expect(lockKeyOf('a}b{42}')).toBe('lock:a}b{42}');
  });

  test('a key with a closing brace and no hash tag is given a tag of its slot', () => {
    expect(lockKeyOf('a}b')).toMatch(/^lock:\{[0-9a-z]{1,4}\}:a\}b$/);
    expect(lockKeyOf('a{}b')).toMatch(/^lock:\{[0-9a-z]{1,4}\}:a\{\}b$/);
    expect(lockKeyOf('a}b')).toBe(lockKeyOf('a}b'));
  });

  test('a key keeps its lock, whatever other keys are asked for', () => {
    const before = lockKeyOf('a}b');
    for (let count = 0; count < 3_000; count++) lockKeyOf(`${count}}`);
    expect(lockKeyOf('a}b')).toBe(before);
  });

  test('a slot is counted as Clusters count it', () => {
    expect(['123456789', 'foo', 'a{foo}b', 'ü'].map(slotOf)).toEqual([12_739, 12_182, 12_182, 9_552]);
  });

  test('a key and its lock have one slot', () => {
    fc.assert(
      fc.property(storedKeys, (key) => slotOf(lockKeyOf(key)) === slotOf(key)),
      { numRuns: 3_000 },
    );
  });

  test('no two keys have the same lock', () => {
    fc.assert(
      fc.property(
        storedKeys,
        storedKeys,
        (one, other) => (lockKeyOf(one) === lockKeyOf(other)) === (one === other),
      ),
      { numRuns: 3_000 },
    );
    // These two would: therefore the second is never stored under its own name.
    const twin = lockKeyOf('a}b').slice('lock:'.length);
    expect(lockKeyOf(twin)).toBe(lockKeyOf('a}b'));
    expect(mayBeLockKey(twin)).toBe(true);
  });

  test.each([
    '{shop}:42',
    '{42}',
    '{',
    '{}:lock',
    '{a}:locks',
    '{a}:b{c}',
    'lock:',
    'lock:42',
    'lock:a}b',
    'lock:{}',
  ])('%s is stored under its own name, because no key has it for its lock', (key) =>
    expect(mayBeLockKey(key)).toBe(false),
  );

  test.each([
    '{a}:lock',
    '{a{b}:lock',
    'lock:{a}',
    'lock:b{a}',
    'lock:{a}:b}',
    '{a}:b}',
    '{a\nb}:lock',
    '{a}:\n}',
  ])('%j is not, because a key may have it or its lock for a lock', (key) =>
    expect(mayBeLockKey(key)).toBe(true),
  );

  test('no key that is stored is the lock of another', () => {
    fc.assert(
      fc.property(keys, (key) => mayBeLockKey(lockKeyOf(key))),
      { numRuns: 1_000 },
    );
  });
});

describe.skipIf(skipsRedis())('with a Cluster', () => {
  let cluster: RedisCluster;
  let client: Redis;

  beforeAll(async () => {
    cluster = await RedisCluster.start();
    const { host, port } = cluster.nodes[0] as RedisCluster['nodes'][number];
    client = new Redis(port, host);
  }, 30_000);

  afterAll(async () => {
    client?.disconnect();
    await cluster?.stop();
  });

  test('the Cluster finds a key and its lock in the slot that was computed', async () => {
    const sample = fc.sample(storedKeys, { numRuns: 500, seed: 1 });
    const asked = sample.flatMap((key) => [key, lockKeyOf(key)]);
    const slots = await Promise.all(asked.map((key) => client.cluster('KEYSLOT', key)));
    expect(slots).toEqual(sample.flatMap((key) => [slotOf(key), slotOf(key)]));
    expect(new Set(slots).size).toBeGreaterThan(100);
  });
});

describe('refusals', () => {
  const client = new Redis({ lazyConnect: true });

  test.each(['{', '{bot}:', 'lock:', 'lock:bot:'])('the prefix %s is refused', (prefix) => {
    expect(() => new RedisSessionStore(client, { prefix })).toThrow(TypeError);
    expect(() => new RedisSessionStore(client, { prefix })).toThrow(/option "prefix" must be/);
  });

  test('an empty key is refused by every method, before anything is sent', async () => {
    const store = new RedisSessionStore(client, { prefix: 'bot:' });
    const lease = { token: 'a'.repeat(16) };
    const request = { ...lease, leaseMs: 1_000, contender: 'b'.repeat(16), reserveMs: 100 };
    const commit = { change: { kind: 'none' }, mark: undefined, marks: '' } as const;
    const calls = [
      store.get(''),
      store.set('', 1),
      store.delete(''),
      store.acquire('', request),
      store.renew('', lease, 1_000),
      store.commit('', lease, commit),
    ];
    for (const outcome of await Promise.allSettled(calls)) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: expect.any(TypeError) });
    }
    expect(client.status).toBe('wait');
  });

  test('options are checked at once', () => {
    expect(() => new RedisSessionStore(client, { ttlMs: 0 })).toThrow(/option "ttlMs" must be/);
    expect(() => new RedisSessionStore(client, { codec: {} as never })).toThrow(/option "codec" must be/);
    expect(() => new RedisSessionStore(client, { life: 1 } as object)).toThrow(/unknown option "life"/);
  });
});
