/** Where a fleet's sessions are kept, and how a process gets there. */

import type { SessionStore } from '@sessiongram/core';
import { PostgresSessionStore } from '@sessiongram/postgres';
import { RedisSessionStore } from '@sessiongram/redis';
import { SqliteSessionStore } from '@sessiongram/sqlite';

const HOST = '127.0.0.1';

/** An address that crosses to another process. */
export type Place =
  | { readonly kind: 'redis'; readonly port: number }
  | {
      readonly kind: 'cluster';
      readonly port: number;
      /** Which port to connect to in place of one that the nodes tell: where proxies stand in front of them. */
      readonly detours: Readonly<Record<number, number>>;
    }
  | { readonly kind: 'postgres'; readonly port: number; readonly user: string; readonly database: string }
  | { readonly kind: 'sqlite'; readonly path: string };

/** A store with a connection of its own. */
export interface OpenPlace {
  readonly store: SessionStore;
  /** Waits for what the store does in the background. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Connects as a bot would, with the drivers' own defaults: they reconnect, and ioredis sends commands again.
 *
 * @param corner - a part of the place that nobody else uses: a prefix, a table; by default that of all who name none
 */
export async function openPlace(place: Place, corner?: string): Promise<OpenPlace> {
  const prefixed = corner === undefined ? {} : { prefix: corner };
  const tabled = corner === undefined ? {} : { table: corner };
  switch (place.kind) {
    case 'redis': {
      const { Redis } = await import('ioredis');
      const client = new Redis({ host: HOST, port: place.port });
      client.on('error', ignore);
      const store = new RedisSessionStore(client, prefixed);
      return { store, settle: async () => {}, close: async () => client.disconnect() };
    }
    case 'cluster': {
      const { Cluster } = await import('ioredis');
      const detours = Object.entries(place.detours).map(([from, port]) => [
        `${HOST}:${from}`,
        { host: HOST, port },
      ]);
      const client = new Cluster([{ host: HOST, port: place.port }], { natMap: Object.fromEntries(detours) });
      client.on('error', ignore);
      const store = new RedisSessionStore(client, prefixed);
      return { store, settle: async () => {}, close: async () => client.disconnect() };
    }
    case 'postgres': {
      const { kind: _, ...address } = place;
      const { default: pg } = await import('pg');
      const pool = new pg.Pool({ host: HOST, ...address });
      pool.on('error', ignore);
      const store = new PostgresSessionStore(pool, tabled);
      return { store, settle: () => store.close(), close: () => pool.end() };
    }
    case 'sqlite': {
      const store = new SqliteSessionStore(place.path, tabled);
      return { store, settle: async () => {}, close: async () => store.close() };
    }
  }
}

/** A client that loses its connection says so here as well; what matters is the command that fails. */
function ignore(): void {}
