/** The kinds of store that the races are run on, each with a server of its own. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CuttingProxy } from '../support/cutting-proxy';
import { PostgresServer, skipsPostgres } from '../support/servers/postgres';
import { RedisCluster, RedisServer, skipsRedis } from '../support/servers/redis';
import type { Place } from './place';

export interface BackendKind {
  readonly name: string;
  /** Whether there is no such server here; prints why. */
  isSkipped(): boolean;
  start(): Promise<Backend>;
}

/** A store that is there. */
export interface Backend {
  readonly place: Place;
  /** Another way to it. Offered where there is a server to stand in front of. */
  readonly detour?: () => Promise<Detour>;
  /** Ends a server without any chance to save, and starts it again. */
  readonly crash?: () => Promise<void>;
  stop(): Promise<void>;
}

/** The way to a server through proxies, one for each of its nodes. */
export interface Detour {
  readonly place: Place;
  readonly proxies: readonly CuttingProxy[];
  stop(): Promise<void>;
}

export const redis: BackendKind = {
  name: 'Redis',
  isSkipped: skipsRedis,
  async start() {
    const server = await RedisServer.start({ durable: true });
    return {
      place: { kind: 'redis', port: server.port },
      detour: () => detour('resp', [server.port], ([port]) => ({ kind: 'redis', port: port as number })),
      crash: () => crash(server),
      stop: () => server.stop(),
    };
  },
};

export const cluster: BackendKind = {
  name: 'a Redis Cluster',
  isSkipped: skipsRedis,
  async start() {
    const whole = await RedisCluster.start({ durable: true });
    const ports = whole.nodes.map(({ port }) => port);
    return {
      place: { kind: 'cluster', port: ports[0] as number, detours: {} },
      detour: () =>
        detour('resp', ports, (others) => ({
          kind: 'cluster',
          port: others[0] as number,
          detours: Object.fromEntries(ports.map((port, index) => [port, others[index] as number])),
        })),
      crash: () => crash(whole.nodes[Math.floor(Math.random() * whole.nodes.length)] as RedisServer),
      stop: () => whole.stop(),
    };
  },
};

export const postgres: BackendKind = {
  name: 'PostgreSQL',
  isSkipped: skipsPostgres,
  async start() {
    const server = await PostgresServer.start();
    const { user } = server;
    const database = await server.createDatabase();
    return {
      place: { kind: 'postgres', port: server.port, user, database },
      detour: () =>
        detour('postgres', [server.port], ([port]) => ({
          kind: 'postgres',
          port: port as number,
          user,
          database,
        })),
      crash: () => crash(server),
      stop: () => server.stop(),
    };
  },
};

export const sqlite: BackendKind = {
  name: 'SQLite',
  isSkipped: () => false,
  async start() {
    const folder = await mkdtemp(join(tmpdir(), 'sessiongram-sqlite-'));
    return {
      place: { kind: 'sqlite', path: join(folder, 'sessions.db') },
      stop: () => rm(folder, { recursive: true, force: true }),
    };
  },
};

async function detour(
  protocol: 'resp' | 'postgres',
  targets: readonly number[],
  placeAt: (ports: readonly number[]) => Place,
): Promise<Detour> {
  const proxies = await Promise.all(targets.map((target) => CuttingProxy.start({ protocol, target })));
  return {
    place: placeAt(proxies.map(({ port }) => port)),
    proxies,
    stop: async () => void (await Promise.all(proxies.map((proxy) => proxy.stop()))),
  };
}

async function crash(server: { kill9(): Promise<void>; restart(): Promise<void> }): Promise<void> {
  await server.kill9();
  await server.restart();
}
