/** Which clients RedisSessionStore refuses, and what it says of errors, without a server. */

import type { LeaseRequest } from '@sessiongram/core';
import { RedisSessionStore } from '@sessiongram/redis';
import { Cluster, Redis } from 'ioredis';
import { createClient, createCluster, createSentinel } from 'redis';
import { createClient as createClient4, createCluster as createCluster4 } from 'redis4';
import { createClient as createClient5 } from 'redis5';
import { describe, expect, test } from 'vitest';

function request(): LeaseRequest {
  return { token: 't'.repeat(16), leaseMs: 60_000, contender: 'c'.repeat(16), reserveMs: 1 };
}

test('what is no client is refused', () => {
  const sentinel = createSentinel({ name: 'main', sentinelRootNodes: [] });
  const shaped = [
    { call: true, status: 'ready' },
    { sendCommand: true, isOpen: true },
  ];
  const unlike = [
    sentinel,
    createClient5().legacy(),
    createClient().legacy(),
    new Redis({ lazyConnect: true }).pipeline(),
  ];
  const others = [undefined, null, 'redis://localhost', {}, new Map(), () => {}, ...unlike, ...shaped];
  for (const other of others) {
    expect(() => new RedisSessionStore(other as never)).toThrow(TypeError);
    expect(() => new RedisSessionStore(other as never)).toThrow(/takes a client of ioredis/);
  }
});

test('a prefix of the client is refused, because it would tear keys and locks apart', () => {
  const options = { lazyConnect: true, keyPrefix: 'bot:' };
  const clustered = new Cluster([{ port: 1 }], { lazyConnect: true, redisOptions: options });
  for (const client of [new Redis(options), clustered, createClient({ keyPrefix: 'bot:' })]) {
    expect(() => new RedisSessionStore(client)).toThrow(/keyPrefix/);
  }
});

test('a prefix of a Cluster of redis is refused, which does not show it among its options', () => {
  const client = createCluster({ rootNodes: [], keyPrefix: 'bot:' });
  expect('options' in client).toBe(false);
  expect(() => new RedisSessionStore(client)).toThrow(/keyPrefix/);
});

test('a client in legacyMode is refused', () => {
  expect(() => new RedisSessionStore(createClient4({ legacyMode: true }))).toThrow(/client\.v4/);
});

test('the versions 4 to 6 of redis have to be connected, and an error says so', async () => {
  const clients = [createClient4(), createClient5(), createClient(), createCluster4({ rootNodes: [] })];
  for (const client of clients) {
    const store = new RedisSessionStore(client);
    for (const call of [
      () => store.get('a'),
      () => store.acquire('a', request()),
      () => store.keys().next(),
    ]) {
      const failure = await call().then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(failure).toBeInstanceOf(TypeError);
      expect(String(failure)).toContain('await client.connect()');
      expect(store.isTransient(failure)).toBe(false);
    }
    expect(client.isOpen).toBe(false);
  }
});

describe('errors', () => {
  const { isTransient } = new RedisSessionStore(new Redis({ lazyConnect: true }));

  test.each([
    "READONLY You can't write against a read only replica. script: 3b1c, on @user_script:9.",
    'ERR Error running script (call to f_3b1c): @user_script:9: @user_script: 9: -READONLY You can’t write',
    'TRYAGAIN Multiple keys request during rehashing of slot',
    'CLUSTERDOWN The cluster is down',
    'LOADING Redis is loading the dataset in memory',
    "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
    'BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.',
    'MOVED 866 127.0.0.1:7001',
    'ASK 866 127.0.0.1:7001',
  ])('%s: passes by itself', (text) => {
    expect(isTransient(new Error(text))).toBe(true);
  });

  test.each([
    'WRONGTYPE Operation against a key holding the wrong kind of value',
    'NOAUTH Authentication required.',
    "OOM command not allowed when used memory > 'maxmemory'.",
    'BUSYKEY Target key name already exists.',
    'ERR unknown command',
    'ASKING for trouble',
  ])('%s: does not', (text) => {
    expect(isTransient(new Error(text))).toBe(false);
  });

  test('what is no error does not', () => {
    expect([undefined, null, 'ECONNRESET', { code: 'ECONNRESET' }].map(isTransient)).toEqual(
      Array.from({ length: 4 }, () => false),
    );
  });
});
