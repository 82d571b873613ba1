/** RedisSessionStore takes every kind of client, and knows which of its errors pass by themselves. */

import { setTimeout as wait } from 'node:timers/promises';
import { type LeaseGrant, type LeaseRequest, Sessions } from '@sessiongram/core';
import { type RedisClientLike, RedisSessionStore } from '@sessiongram/redis';
import { Cluster, Redis } from 'ioredis';
import { createClient, RESP_TYPES } from 'redis';
import { createClient as createClient5, RESP_TYPES as TYPES5 } from 'redis5';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { slotOf } from '../../packages/redis/src/lock-key';
import { RedisCluster, RedisServer, skipsRedis } from '../support/servers/redis';
import { clientKinds, everydayKinds, type OpenClient } from '../support/servers/redis-clients';

let tokens = 0;

function request(): LeaseRequest {
  const token = String(tokens++).padStart(16, '0');
  return { token, leaseMs: 60_000, contender: 'c'.repeat(16), reserveMs: 1 };
}

describe.skipIf(skipsRedis())('clients', () => {
  let node: RedisServer;
  let cluster: RedisCluster;
  const opened: { close(): unknown }[] = [];

  beforeAll(async () => {
    [node, cluster] = await Promise.all([RedisServer.start(), RedisCluster.start()]);
  }, 30_000);

  afterAll(async () => {
    await Promise.allSettled(opened.map((each) => each.close()));
    await Promise.all([node?.stop(), cluster?.stop()]);
  });

  function closed<Client extends RedisClientLike>(
    client: Client,
    close: (client: Client) => unknown,
  ): Client {
    opened.push({ close: () => close(client) });
    return client;
  }

  async function expectWorks(client: RedisClientLike, prefix: string): Promise<void> {
    const store = new RedisSessionStore(client, { prefix, ttlMs: 60_000 });
    await store.set('ü', { text: '漢' });
    expect(await store.get('ü')).toEqual({ text: '漢' });
    const [got, refused] = [await store.acquire('ü', request()), await store.acquire('ü', request())];
    if (!got.granted) throw new Error('The key is held.');
    expect(got.read()).toEqual({ text: '漢' });
    expect(refused).toEqual({ granted: false, remainingMs: expect.any(Number), reserved: true });
    const commit = { change: { kind: 'set', value: 2 }, mark: '12', marks: '11,12' } as const;
    expect(await store.commit('ü', got.lease, commit)).toEqual({ state: 'done' });
    expect(await store.acquire('ü', request())).toMatchObject({ granted: true, marks: '11,12' });
    const found = [];
    for await (const key of store.keys()) found.push(key);
    expect(found).toEqual(['ü']);
  }

  test.each(clientKinds)('of $name: values end, and keys of all masters are found', async (kind) => {
    const { client, close } = await kind.open({ node, cluster });
    opened.push({ close });
    const prefix = `${kind.name}:`;
    const store = new RedisSessionStore(client, { prefix, ttlMs: 2_000 });
    const forEver = new RedisSessionStore(client, { prefix });
    await store.set('ends', 1);
    expect(await forEver.get('ends')).toBe(1);
    const names = Array.from({ length: 30 }, (_, count) => `stays ${count}`);
    await Promise.all(names.map((key) => forEver.set(key, 1)));
    // Read without a time to live, which would renew it.
    await expect.poll(() => forEver.get('ends'), { timeout: 15_000 }).toBeUndefined();
    const fresh = await kind.open({ node, cluster });
    opened.push(fresh);
    const found = [];
    for await (const key of new RedisSessionStore(fresh.client, { prefix }).keys()) found.push(key);
    expect(found.sort()).toEqual(names.sort());
  });

  test('of redis may be told to answer bytes', async () => {
    const six = await createClient({ url: node.url }).connect();
    opened.push({ close: () => six.destroy() });
    await expectWorks(six.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer }), 'bytes 6:');
    const commandOptions = { typeMapping: { [TYPES5.BLOB_STRING]: Buffer } };
    const five = await createClient5({ url: node.url, RESP: 3, commandOptions }).connect();
    opened.push({ close: () => five.destroy() });
    await expectWorks(five, 'bytes 5:');
  });

  test('of ioredis that are inside of a MULTI are refused whatever is to be carried out', async () => {
    const client = closed(new Redis(node.port), (one) => one.disconnect());
    const store = new RedisSessionStore(client, { prefix: 'multi:', ttlMs: 60_000 });
    const sessions = new Sessions<{ n: number }>({ store, initial: () => ({ n: 0 }) });
    await sessions.update('42:42', () => ({ n: 7 }));
    const { lease, marks } = (await store.acquire('held', request())) as LeaseGrant<unknown>;
    await client.multi({ pipeline: false });
    const ran = vi.fn();
    const refused = expect.objectContaining({ message: expect.stringContaining('inside of a MULTI') });
    const calls = {
      set: store.set('42:42', { n: 1 }),
      delete: store.delete('42:42'),
      touch: store.touch('42:42'),
      renew: store.renew('held', lease, 1_000),
      commit: store.commit('held', lease, { change: { kind: 'delete' }, mark: 'm', marks }),
      setFixed: new RedisSessionStore(client, { ttl: 'fixed', ttlMs: 60_000 }).set('other', 1),
      update: sessions.update('42:42', ran),
    };
    const outcomes = await Promise.allSettled(Object.values(calls));
    await client.discard();
    const names = Object.keys(calls);
    expect(
      Object.fromEntries(
        outcomes.map((outcome, at) => [names[at], (outcome as PromiseRejectedResult).reason]),
      ),
    ).toEqual({
      ...Object.fromEntries(names.map((name) => [name, refused])),
      update: expect.objectContaining({ code: 'SESSION_LOAD_FAILED', cause: refused }),
    });
    expect(ran).not.toHaveBeenCalled();
    expect(await sessions.read('42:42')).toEqual({ n: 7 });
  });

  test('of ioredis may be told to answer numbers as text, and to send commands in batches', async () => {
    const options = { stringNumbers: true, enableAutoPipelining: true };
    await expectWorks(
      closed(new Redis(node.port, { ...options }), (client) => client.disconnect()),
      'auto:',
    );
    await cluster.nodes[0]?.cli('SCRIPT', 'FLUSH');
    const inBatches = new Cluster(cluster.addresses, { ...options, scaleReads: 'all' });
    await expectWorks(
      closed(inBatches, (client) => client.disconnect()),
      'auto:',
    );
  });
});

describe.skipIf(skipsRedis())('a server that is killed and comes back', () => {
  const KEY = '42:42';
  let node: RedisServer;
  let cluster: RedisCluster;

  beforeAll(async () => {
    [node, cluster] = await Promise.all([RedisServer.start(), RedisCluster.start()]);
  }, 30_000);

  afterAll(() => Promise.all([node?.stop(), cluster?.stop()]));

  /** The node that has the key: the slots are dealt out in order. */
  function victimOf(on: 'node' | 'cluster'): RedisServer {
    return on === 'node' ? node : (cluster.nodes[Math.floor(slotOf(KEY) / 5_461)] as RedisServer);
  }

  /** Kills the server while commands are on their way, and goes on until one succeeds. Answers what failed. */
  async function failuresOf(store: RedisSessionStore, victim: RedisServer): Promise<unknown[]> {
    await store.set(KEY, 1);
    await victim.cli('CLIENT', 'PAUSE', '20000', 'ALL');
    const onTheirWay = Promise.allSettled([store.get(KEY), store.acquire(KEY, request())]);
    await victim.kill9();
    const late = Promise.allSettled([store.set(KEY, 2), store.acquire(KEY, request())]);
    await wait(300);
    await victim.restart();
    const outcomes = [...(await onTheirWay), ...(await late)];
    const failures = outcomes.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
    for (;;) {
      try {
        await store.set(KEY, 3);
        expect(await store.get(KEY)).toBe(3);
        return failures;
      } catch (error) {
        failures.push(error);
        if (!store.isTransient(error)) return failures;
        await wait(50);
      }
    }
  }

  test.each(everydayKinds)(
    'is told by $name in errors that pass by themselves',
    async (kind) => {
      const { client, close } = await kind.open({ node, cluster });
      try {
        const store = new RedisSessionStore(client);
        const failures = await failuresOf(store, victimOf(kind.on));
        expect(failures.filter((error) => !store.isTransient(error))).toEqual([]);
      } finally {
        await close();
      }
    },
    20_000,
  );

  function quiet(client: Redis): OpenClient {
    client.on('error', () => {});
    return { client, close: async () => client.disconnect() };
  }

  const impatient: [name: string, open: () => Promise<OpenClient>][] = [
    [
      'ioredis without offline queue',
      async () => {
        // Without a time limit it would forget what was on its way, and never answer.
        const offline = { enableOfflineQueue: false, autoResendUnfulfilledCommands: false };
        const client = new Redis(node.port, { ...offline, commandTimeout: 500 });
        await new Promise((resolve) => client.once('ready', resolve));
        return quiet(client);
      },
    ],
    [
      'ioredis without retries',
      async () => {
        const client = new Redis(node.port, { maxRetriesPerRequest: 0, commandTimeout: 500 });
        return quiet(client);
      },
    ],
    [
      'redis without offline queue',
      async () => {
        const client = createClient({ url: node.url, disableOfflineQueue: true });
        await client.on('error', () => {}).connect();
        return { client, close: async () => client.destroy() };
      },
    ],
    [
      'redis with a time limit',
      async () => {
        const client = createClient({ url: node.url, commandOptions: { timeout: 100 } });
        await client.on('error', () => {}).connect();
        return { client, close: async () => client.destroy() };
      },
    ],
  ];

  test.each(impatient)(
    'is told at once by %s, in errors that pass by themselves',
    async (_, open) => {
      const { client, close } = await open();
      try {
        const store = new RedisSessionStore(client);
        const failures = await failuresOf(store, node);
        expect(failures.length).toBeGreaterThan(0);
        expect(failures.filter((error) => !store.isTransient(error))).toEqual([]);
      } finally {
        await close();
      }
    },
    20_000,
  );
});
