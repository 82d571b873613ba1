/** Every kind of client that a `RedisSessionStore` takes, connected to a server of ours. */

import type { RedisClientLike } from '@sessiongram/redis';
import * as ioredis6 from 'ioredis';
import * as ioredis5 from 'ioredis5';
import * as redis6 from 'redis';
import * as redis4 from 'redis4';
import * as redis5 from 'redis5';
import type { RedisCluster, RedisServer } from './redis';

/** A connected client, and the way to close it. */
export interface OpenClient {
  readonly client: RedisClientLike;
  close(): Promise<void>;
}

/** Where a client is connected to. */
export interface Topology {
  readonly node: RedisServer;
  readonly cluster: RedisCluster;
}

/** A way to connect. */
export interface ClientKind {
  readonly name: string;
  readonly on: keyof Topology;
  open(topology: Topology): Promise<OpenClient>;
}

/** Of each version of each library, for one node and for a Cluster. Spelled out, so that the types of each are checked. */
export const clientKinds: readonly ClientKind[] = [
  kind('ioredis 5', 'node', async ({ node }) =>
    closing(quiet(new ioredis5.Redis(node.port, node.host)), 'disconnect'),
  ),
  kind('ioredis 5', 'cluster', async ({ cluster }) =>
    closing(quiet(new ioredis5.Cluster(cluster.addresses.slice(0, 1))), 'disconnect'),
  ),
  kind('ioredis 6', 'node', async ({ node }) =>
    closing(quiet(new ioredis6.Redis(node.port, node.host)), 'disconnect'),
  ),
  kind('ioredis 6', 'cluster', async ({ cluster }) =>
    closing(quiet(new ioredis6.Cluster(cluster.addresses.slice(0, 1))), 'disconnect'),
  ),
  kind('redis 4', 'node', async ({ node }) =>
    closing(await quiet(redis4.createClient({ url: node.url })).connect(), 'disconnect'),
  ),
  kind('redis 4', 'cluster', async ({ cluster }) => {
    const client = quiet(redis4.createCluster({ rootNodes: urls(cluster) }));
    await client.connect();
    return closing(client, 'disconnect');
  }),
  kind('redis 5', 'node', async ({ node }) =>
    closing(await quiet(redis5.createClient({ url: node.url })).connect(), 'destroy'),
  ),
  kind('redis 5', 'cluster', async ({ cluster }) =>
    closing(await quiet(redis5.createCluster({ rootNodes: urls(cluster) })).connect(), 'destroy'),
  ),
  kind('redis 6', 'node', async ({ node }) =>
    closing(await quiet(redis6.createClient({ url: node.url })).connect(), 'destroy'),
  ),
  kind('redis 6', 'cluster', async ({ cluster }) =>
    closing(await quiet(redis6.createCluster({ rootNodes: urls(cluster) })).connect(), 'destroy'),
  ),
];

/** Each version of each library once, on one node or on a Cluster; all of them on both with `SOAK=1`. */
export const everydayKinds: readonly ClientKind[] =
  process.env['SOAK'] === '1'
    ? clientKinds
    : clientKinds.filter(({ name }) =>
        [
          'ioredis 6, node',
          'ioredis 5, cluster',
          'redis 4, node',
          'redis 5, cluster',
          'redis 6, node',
        ].includes(name),
      );

function kind(name: string, on: keyof Topology, open: ClientKind['open']): ClientKind {
  return { name: `${name}, ${on}`, on, open };
}

/** Without a listener, a broken connection would end the process, or print a warning for each attempt. */
function quiet<Client extends { on(event: 'error', listener: () => void): unknown }>(client: Client): Client {
  client.on('error', () => {});
  return client;
}

function closing<Name extends string>(
  client: RedisClientLike & Record<Name, () => unknown>,
  name: Name,
): OpenClient {
  return {
    client,
    async close() {
      await client[name]();
    },
  };
}

/** One address is enough: clients find the other nodes. */
function urls(cluster: RedisCluster): { url: string }[] {
  return cluster.nodes.slice(0, 1).map(({ url }) => ({ url }));
}
