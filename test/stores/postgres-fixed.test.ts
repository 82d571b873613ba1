/** With a fixed time, the row of a session keeps the end that its first write has set. */

import { PostgresSessionStore } from '@sessiongram/postgres';
import { afterAll, beforeAll, describe } from 'vitest';
import { PostgresServer, postgresAbsence } from '../support/servers/postgres';
import { KEY, registerFixedTtl, TTL_MS } from './fixed-ttl';
import { newTable, type OwnedClient, openClient, openPglite } from './postgres-clients';

const absence = postgresAbsence();
if (absence !== undefined) console.warn(`Only PGlite is tested: ${absence}.`);

describe('on PGlite', () => registerOn(openPglite));

describe.skipIf(absence !== undefined)('on a server', () => {
  let server: PostgresServer | undefined;
  registerOn(async () => {
    server = await PostgresServer.start();
    return openClient('pg Pool', server.url(await server.createDatabase()));
  });
  afterAll(() => server?.stop());
});

function registerOn(connect: () => Promise<OwnedClient>): void {
  let owned: OwnedClient;

  beforeAll(async () => {
    owned = await connect();
  }, 60_000);

  afterAll(() => owned?.close());

  registerFixedTtl('PostgresSessionStore', {
    make: (options) => new PostgresSessionStore(owned.client, options),
    async open() {
      const table = newTable();
      const store = new PostgresSessionStore(owned.client, { table, ttlMs: TTL_MS, ttl: 'fixed' });
      await store.get(KEY);
      return {
        store,
        async left() {
          const [row] = await owned.query(
            `SELECT (extract(epoch FROM expires_at - clock_timestamp()) * 1000)::float8 AS ms FROM ${table}
            WHERE value IS NOT NULL`,
          );
          return (row?.['ms'] as number | null) ?? undefined;
        },
        pass: async (ms) => {
          const by = `${ms} * interval '1 ms'`;
          await owned.query(
            `UPDATE ${table} SET expires_at = expires_at - ${by}, purge_at = purge_at - ${by}`,
          );
        },
        putEndless: async (value) => {
          await owned.query(`INSERT INTO ${table} (key, value) VALUES ($1, $2)`, [
            KEY,
            JSON.stringify(value),
          ]);
        },
        purge: () => store.purge(),
      };
    },
  });
}
