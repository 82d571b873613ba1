/** No prefix or key addresses another session's data, or any session's lock. */

import { randomBytes } from 'node:crypto';
import { type LeaseGrant, MemorySessionStore, type SessionStore, Sessions } from '@sessiongram/core';
import { RedisSessionStore } from '@sessiongram/redis';
import { SqliteSessionStore } from '@sessiongram/sqlite';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { mayBeLockKey } from '../../packages/redis/src/lock-key';
import { skipsRedis } from '../support/servers/redis';
import { useRedis } from '../support/servers/use-redis';
import { Folder } from './sqlite-drivers';

/** What separates, what decides on slots and locks, what text cannot keep, and what is rewritten. */
const PARTS = [
  '{',
  '}',
  '{}',
  'lock',
  'lock:',
  ':lock',
  ':',
  'a',
  'b',
  '1',
  '\0',
  '\u0001',
  '"',
  '\\',
  '\ud800',
  '\udc00',
  '\ufffd',
  'ü',
  '👩',
  '*',
  '?',
  '[',
];
const texts = (minLength: number) =>
  fc.array(fc.constantFrom(...PARTS), { minLength, maxLength: 5 }).map((parts) => parts.join(''));
const keys = texts(1);
const distinctKeys = fc.uniqueArray(keys, { minLength: 2, maxLength: 8 });
/** Half a character. */
const HALF = /\p{Surrogate}/u;
/** As the option wants them. */
const redisPrefixes = texts(0).filter((prefix) => !/^(?:\{|lock:)/.test(prefix) && !HALF.test(prefix));

const withoutRedis = skipsRedis();
let folder: Folder;
const redis = useRedis();

beforeAll(() => {
  folder = new Folder();
});

afterEach(async () => {
  if (!withoutRedis) await redis.client.flushall();
});

afterAll(() => folder.remove());

async function take(store: SessionStore, key: string): Promise<LeaseGrant<unknown>> {
  const token = randomBytes(12).toString('base64url');
  const answer = await store.acquire?.(key, {
    token,
    leaseMs: 60_000,
    contender: 'a'.repeat(16),
    reserveMs: 100,
  });
  if (answer?.granted !== true) throw new Error(`The lease of ${JSON.stringify(key)} is another's.`);
  return answer;
}

interface Held {
  readonly store: SessionStore;
  readonly key: string;
}

/** Whether all of these can be held and written at the same time, each with a value of its own. */
async function areApart(places: readonly Held[]): Promise<void> {
  const held = await Promise.all(places.map(({ store, key }) => take(store, key)));
  await Promise.all(
    places.map(async ({ store, key }, index) => {
      const { lease } = held[index] as LeaseGrant<unknown>;
      const change = { kind: 'set', value: { mine: index } } as const;
      const answer = await store.commit?.(key, lease, { change, mark: undefined, marks: '' });
      expect(answer).toMatchObject({ state: 'done' });
    }),
  );
  const found = await Promise.all(places.map(({ store, key }) => store.get(key)));
  expect(found).toEqual(places.map((_, index) => ({ mine: index })));
  await Promise.all(places.map(({ store, key }) => store.delete(key)));
}

describe.skipIf(withoutRedis)('in Redis', () => {
  test('different keys of one store have data and leases of their own, whatever the prefix', async () => {
    await fc.assert(
      fc.asyncProperty(redisPrefixes, distinctKeys, async (prefix, names) => {
        const store = new RedisSessionStore(redis.client, { prefix });
        await areApart(names.map((key) => ({ store, key })));
        await redis.client.flushall();
      }),
      { numRuns: 300 },
    );
  });

  test('stores whose prefixes do not begin with each other share nothing', async () => {
    const apart = fc
      .tuple(redisPrefixes, redisPrefixes)
      .filter(([one, other]) => !one.startsWith(other) && !other.startsWith(one));
    await fc.assert(
      fc.asyncProperty(apart, distinctKeys, async (prefixes, names) => {
        const stores = prefixes.map((prefix) => new RedisSessionStore(redis.client, { prefix }));
        await areApart(stores.flatMap((store) => names.map((key) => ({ store, key }))));
        await redis.client.flushall();
      }),
      { numRuns: 200 },
    );
  });

  test('what lies in the database under the name of a lock is a lock, whatever prefixes and keys were used', async () => {
    await fc.assert(
      fc.asyncProperty(redisPrefixes, redisPrefixes, distinctKeys, async (one, other, names) => {
        const stores = [one, other].map((prefix) => new RedisSessionStore(redis.client, { prefix }));
        const places = stores.flatMap((store) => names.map((key) => ({ store, key })));
        for (const { store, key } of places) await store.set(key, { counter: 1 });
        const written = (await redis.client.keys('*')).filter(mayBeLockKey);
        expect(written).toEqual([]);
        await redis.client.flushall();
      }),
      { numRuns: 200 },
    );
  });

  test('a prefix with half a character is refused: all halves are the same in Redis', () => {
    for (const prefix of ['\ud800', 'a\udc00:', '\udc00\ud800'])
      expect(() => new RedisSessionStore(redis.client, { prefix })).toThrow(/option "prefix" must be/);
    expect(() => new RedisSessionStore(redis.client, { prefix: '👩:' })).not.toThrow();
  });

  test('prefixes that overlap lead to one session, and it has one holder', async () => {
    const one = new RedisSessionStore(redis.client, { prefix: 'a' });
    const other = new RedisSessionStore(redis.client, { prefix: 'ab:' });
    const { lease } = await take(one, 'b:1');
    await expect(take(other, '1')).rejects.toThrow(/is another's/);
    const change = { kind: 'set', value: { counter: 1 } } as const;
    await one.commit('b:1', lease, { change, mark: undefined, marks: '' });
    expect(await other.get('1')).toEqual({ counter: 1 });
  });
});

describe('in SQLite', () => {
  test('different keys of one table have data and leases of their own', async () => {
    const store = folder.keep(new SqliteSessionStore(folder.file()));
    await fc.assert(
      fc.asyncProperty(distinctKeys, (names) => areApart(names.map((key) => ({ store, key })))),
      { numRuns: 50 },
    );
  });

  test('a key that reads like a statement is a key', async () => {
    const store = folder.keep(new SqliteSessionStore(folder.file('statements.db')));
    const names = ["'; DROP TABLE sessions; --", '1 OR 1=1', "' OR ''='", '"', '%', '_', '?1', ':key'];
    await areApart(names.map((key) => ({ store, key })));
  });
});

describe('of engines', () => {
  test('that share a store, keys are apart where the prefixes do not begin with each other', async () => {
    const apart = fc
      .tuple(texts(0), texts(0))
      .filter(([one, other]) => !one.startsWith(other) && !other.startsWith(one));
    await fc.assert(
      fc.asyncProperty(apart, distinctKeys, async (prefixes, names) => {
        const store = new MemorySessionStore();
        const engines = prefixes.map((prefix) => new Sessions<{ mine: string }>({ store, prefix }));
        for (const [index, engine] of engines.entries())
          for (const key of names) await engine.update(key, () => ({ mine: `${index} ${key}` }));
        for (const [index, engine] of engines.entries())
          for (const key of names) expect(await engine.read(key)).toEqual({ mine: `${index} ${key}` });
      }),
      { numRuns: 200 },
    );
  });

  test('whose prefixes overlap, one session has two names, and still one turn', async () => {
    const store = new MemorySessionStore();
    const one = new Sessions({ store, prefix: 'a', initial: () => ({ counter: 0 }) });
    const other = new Sessions({ store, prefix: 'ab:', initial: () => ({ counter: 0 }) });
    const count = async (data: { counter: number }): Promise<void> => {
      const { counter } = data;
      await Promise.resolve();
      data.counter = counter + 1;
    };
    await Promise.all([one.update('b:1', count), other.update('1', count), one.update('b:1', count)]);
    expect(await other.read('1')).toEqual({ counter: 3 });
  });
});
