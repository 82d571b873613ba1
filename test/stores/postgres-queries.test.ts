/** How clients are asked: the names of statements, and one statement at a time on a single connection. */

import { type PostgresClient, PostgresSessionStore } from '@sessiongram/postgres';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { queryWith } from '../../packages/postgres/src/client';
import { PostgresServer, skipsPostgres } from '../support/servers/postgres';
import { newTable } from './postgres-clients';

interface Named {
  readonly name: string;
}

/** Something with the shape of a Pool that answers each statement so. */
const pooled = (answer: (named: Named) => Promise<{ rows: object[] }>): PostgresClient =>
  ({ totalCount: 1, query: answer }) as unknown as PostgresClient;

test('no two of 200,000 texts have one name, and each has always the same', async () => {
  const names: string[] = [];
  const query = queryWith(
    pooled(async ({ name }) => {
      names.push(name);
      return { rows: [] };
    }),
  );
  // Each half of a name is the same for some of them.
  const texts = Array.from(
    { length: 200_000 },
    (_, at) => `SELECT ${Math.imul(at + 1, 2_654_435_761) >>> 0}`,
  );
  expect(new Set(texts).size).toBe(200_000);
  for (const text of texts) await query(text, []);
  const first = [...names];
  expect(new Set(first).size).toBe(200_000);
  for (const text of texts.slice(0, 1_000)) await query(text, []);
  expect(names.slice(200_000)).toEqual(first.slice(0, 1_000));
});

test('what is thrown comes as it is, also where it is no error', async () => {
  const query = queryWith(pooled(() => Promise.reject(null)));
  await expect(query('SELECT 1', [])).rejects.toBeNull();
});

describe.skipIf(skipsPostgres())('on a server', () => {
  let server: PostgresServer;
  let client: pg.Client;
  let underWay = 0;
  let most = 0;

  beforeAll(async () => {
    server = await PostgresServer.start();
    client = new pg.Client({ connectionString: server.url(await server.createDatabase()) });
    await client.connect();
    const ask = client.query.bind(client) as (...asked: unknown[]) => Promise<unknown>;
    Object.assign(client, {
      query: async (...asked: unknown[]) => {
        most = Math.max(most, ++underWay);
        try {
          return await ask(...asked);
        } finally {
          underWay--;
        }
      },
    });
  }, 60_000);

  afterAll(async () => {
    await client?.end();
    await server?.stop();
  });

  test('two stores on a Client of pg ask one statement at a time', async () => {
    const stores = [newTable(), newTable()].map((table) => new PostgresSessionStore(client, { table }));
    await Promise.all(stores.flatMap((store) => ['a', 'b', 'c'].map((key) => store.set(key, key))));
    expect(await Promise.all(stores.map((store) => store.get('c')))).toEqual(['c', 'c']);
    for (const store of stores) await store.close();
    expect(most).toBe(1);
  });
});
