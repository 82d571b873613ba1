/** Which leases are held at a place, as its tables and locks tell. */

import type { Place } from './place';

/** Where a lock names nobody: the length of a token. */
const NOBODY = '.'.repeat(16);

/** Looks into one place. */
export interface LeaseView {
  /** The tokens that hold a key, those whose lease has lapsed included: a lease that was given back leaves none. */
  tokens(): Promise<ReadonlySet<string>>;
  close(): Promise<void>;
}

export async function viewLeases(place: Place): Promise<LeaseView> {
  switch (place.kind) {
    case 'redis': {
      const { Redis } = await import('ioredis');
      const client = new Redis(place.port);
      return {
        async tokens() {
          const locks = await client.keys('{*}:lock');
          return heldOf(locks.length === 0 ? [] : await client.mget(locks));
        },
        close: async () => client.disconnect(),
      };
    }
    case 'postgres': {
      const { kind: _, ...address } = place;
      const { default: pg } = await import('pg');
      const client = new pg.Client({ host: '127.0.0.1', ...address });
      await client.connect();
      return {
        async tokens() {
          const { rows } = await client.query<{ tok: string | null }>('SELECT tok FROM sessions');
          return heldOf(rows.map(({ tok }) => tok));
        },
        close: () => client.end(),
      };
    }
    case 'sqlite': {
      const { default: Libsql } = await import('libsql');
      const database = new Libsql(place.path);
      return {
        async tokens() {
          const rows = database.prepare('SELECT "holder" FROM "sessions"').all() as { holder: string }[];
          return heldOf(rows.map(({ holder }) => holder));
        },
        close: async () => void database.close(),
      };
    }
    case 'cluster':
      throw new Error('Ask each node of the Cluster.');
  }
}

function heldOf(locks: readonly (string | null)[]): Set<string> {
  const tokens = locks.map((lock) => lock?.slice(0, NOBODY.length) ?? NOBODY);
  return new Set(tokens.filter((token) => token !== NOBODY));
}
