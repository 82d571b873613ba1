/** RedisSessionStore keeps the contract of stores on every client that it takes, on one node and in a Cluster. */

import { setTimeout as wait } from 'node:timers/promises';
import type { StoreSubject } from '@sessiongram/core/conformance';
import { toTextKey } from '@sessiongram/core/kit';
import { RedisSessionStore, type RedisSessionStoreOptions } from '@sessiongram/redis';
import { Redis } from 'ioredis';
import { afterAll, beforeAll } from 'vitest';
import { lockKeyOf } from '../../packages/redis/src/lock-key';
import { RedisCluster, RedisServer, redisAbsence } from '../support/servers/redis';
import { type ClientKind, everydayKinds, type OpenClient } from '../support/servers/redis-clients';
import { registerStoreCases } from './register';

const skip = redisAbsence();
const opened: OpenClient[] = [];
let node: RedisServer;
let cluster: RedisCluster;

beforeAll(async () => {
  if (skip === undefined) [node, cluster] = await Promise.all([RedisServer.start(), RedisCluster.start()]);
}, 30_000);

afterAll(async () => {
  await Promise.all(opened.map((each) => each.close()));
  await Promise.all([node?.stop(), cluster?.stop()]);
});

let stores = 0;
const WAITED_FOR = 'ioredis 6, node';

/** Stores of one kind of client; two connections serve them all, as if of two processes. */
function subjectOf(kind: ClientKind, always: RedisSessionStoreOptions = {}): StoreSubject {
  let ours: Promise<[OpenClient, OpenClient]> | undefined;
  const connect = async (): Promise<[OpenClient, OpenClient]> => {
    const both = await Promise.all([kind.open({ node, cluster }), kind.open({ node, cluster })]);
    opened.push(...both);
    return both;
  };
  return {
    async open(options = {}) {
      ours ??= connect();
      const [one, other] = await ours;
      const prefix = `conformance-${stores++}:`;
      const stored = (key: string) => prefix + toTextKey(key);
      const raw = new RedisSessionStore(one.client, { prefix, codec: asIs });
      return {
        store: new RedisSessionStore(one.client, { prefix, ...always, ...options }),
        another: () => new RedisSessionStore(other.client, { prefix, ...always, ...options }),
        putRaw: (key, text) => raw.set(key, text),
        dropLock: (key) => drop(kind, lockKeyOf(stored(key))),
        close() {},
        // The server's clock cannot be turned, so one kind is enough to wait for.
        ...(kind.name === WAITED_FOR ? { passTime: (ms: number) => wait(ms) } : {}),
      };
    },
  };
}

const asIs = { stringify: String, parse: (text: string) => text };

async function drop({ on }: ClientKind, key: string): Promise<void> {
  const server = on === 'node' ? node : (cluster.nodes[0] as RedisServer);
  await server.cli('-c', 'DEL', key);
}

for (const kind of everydayKinds) {
  registerStoreCases(`RedisSessionStore (${kind.name})`, subjectOf(kind), {
    skip,
    timeoutMs: 10_000,
    lacks: kind.name === WAITED_FOR ? [] : ['passTime', 'ttl'],
  });
}

const [anyKind] = everydayKinds.filter(({ name }) => name !== WAITED_FOR) as [ClientKind];

registerStoreCases(
  `RedisSessionStore (${anyKind.name}, a fixed time)`,
  subjectOf(anyKind, { ttlMs: 86_400_000, ttl: 'fixed' }),
  { skip, timeoutMs: 10_000, lacks: ['passTime', 'ttl'] },
);

/** Keys without a prefix are the hardest: some of them could be taken for locks. A database is to itself for that. */
const databases = new Map<number, Redis>();
let bareStores = 0;

registerStoreCases(
  'RedisSessionStore (without prefix)',
  {
    async open(options = {}) {
      const client = database(1 + (bareStores++ % 2));
      await client.flushdb();
      return {
        store: new RedisSessionStore(client, options),
        another: () => new RedisSessionStore(client, options),
        async putRaw(key, text) {
          await client.set(key, text);
        },
        async dropLock(key) {
          await client.del(lockKeyOf(key));
        },
        close() {},
      };
    },
  },
  { skip, lacks: ['passTime', 'ttl'] },
);

function database(db: number): Redis {
  const known = databases.get(db);
  if (known !== undefined) return known;
  const client = new Redis(node.port, node.host, { db });
  opened.push({ client, close: async () => client.disconnect() });
  databases.set(db, client);
  return client;
}
