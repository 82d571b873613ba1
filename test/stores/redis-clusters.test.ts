/** RedisSessionStore in a Cluster: each command goes to the master of its key, and keys come from all masters. */

import { RedisSessionStore } from '@sessiongram/redis';
import { Cluster } from 'ioredis';
import { createCluster, RESP_TYPES } from 'redis';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { RedisCluster, RedisServer, skipsRedis } from '../support/servers/redis';

const NAMES = Array.from({ length: 30 }, (_, count) => `${count}`.padStart(2, '0'));

describe.skipIf(skipsRedis())('in a Cluster', () => {
  let cluster: RedisCluster;
  let replica: RedisServer | undefined;
  const opened: (() => unknown)[] = [];

  beforeAll(async () => {
    cluster = await RedisCluster.start({ args: ['--repl-diskless-sync-delay', '0'] });
    const client = ofIoredis();
    const store = new RedisSessionStore(client);
    await Promise.all(NAMES.map((key) => store.set(key, 1)));
  }, 30_000);

  afterAll(async () => {
    await Promise.allSettled(opened.map((close) => close()));
    await Promise.all([cluster?.stop(), replica?.stop()]);
  });

  function ofIoredis(): Cluster {
    const client = new Cluster(cluster.addresses.slice(0, 1));
    opened.push(() => client.disconnect());
    return client;
  }

  async function ofRedis(defaults = {}) {
    const rootNodes = cluster.nodes.slice(0, 1).map(({ url }) => ({ url }));
    const client = await createCluster({ rootNodes, defaults }).connect();
    opened.push(() => client.destroy());
    return client;
  }

  async function keysOf(store: RedisSessionStore): Promise<string[]> {
    const found: string[] = [];
    for await (const key of store.keys()) found.push(key);
    return found.sort();
  }

  test('a client of ioredis finds the keys of all masters from the beginning', async () => {
    expect(await keysOf(new RedisSessionStore(ofIoredis()))).toEqual(NAMES);
  });

  test('a client of redis finds the keys of all masters', async () => {
    expect(await keysOf(new RedisSessionStore(await ofRedis()))).toEqual(NAMES);
  });

  test('a client of redis sends each command to the master of its key', async () => {
    const client = await ofRedis();
    const sent = vi.spyOn(client, 'sendCommand');
    const store = new RedisSessionStore(client, { prefix: '1' });
    expect(await store.get('7')).toBe(1);
    expect(sent.mock.calls.map(([key, isReadonly]) => [key, isReadonly])).toEqual([['17', false]]);
  });

  test('a client of redis may be told to answer bytes', async () => {
    const typeMapping = { [RESP_TYPES.BLOB_STRING]: Buffer };
    const client = await ofRedis({ commandOptions: { typeMapping } });
    const store = new RedisSessionStore(client.withTypeMapping(typeMapping));
    const request = { token: 't'.repeat(16), leaseMs: 60_000, contender: 'c'.repeat(16), reserveMs: 1 };
    expect(await store.acquire('07', request)).toMatchObject({ granted: true, marks: '' });
    expect(await keysOf(store)).toEqual(NAMES);
  });

  test('keys are asked of masters alone', async () => {
    const [master] = cluster.nodes as [RedisServer];
    replica = await RedisServer.start({ args: ['--cluster-enabled', 'yes'] });
    const added = replica;
    const id = await master.cli('CLUSTER', 'MYID');
    await added.cli('CLUSTER', 'MEET', master.host, String(master.port));
    await expect.poll(() => added.cli('CLUSTER', 'REPLICATE', id), { timeout: 10_000 }).toBe('OK');
    await expect
      .poll(() => added.cli('INFO', 'replication'), { timeout: 10_000 })
      .toContain('master_link_status:up');
    // Each client asks any one node for the others, so that all have to know of it.
    for (const node of cluster.nodes) {
      const slots = expect.poll(() => node.cli('CLUSTER', 'SLOTS'), { timeout: 10_000 });
      await slots.toContain(String(added.port));
    }
    const client = ofIoredis();
    await client.ping();
    expect(client.nodes('slave')).toHaveLength(1);
    expect(await keysOf(new RedisSessionStore(client))).toEqual(NAMES);
  }, 20_000);
});
