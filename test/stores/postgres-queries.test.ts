/** How clients are asked: the names of statements, and one statement at a time on a single connection. */

import type { EventEmitter } from 'node:events';
import { type PostgresClient, PostgresSessionStore } from '@sessiongram/postgres';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { queryWith } from '../../packages/postgres/src/client';
import { PostgresServer, skipsPostgres } from '../support/servers/postgres';
import { granted, request } from './leases';
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

  describe.each([
    ['tells the state of its connection', 'connection'],
    ['is older, and only hears of it', 'getTransactionStatus'],
  ])('a Client of pg that %s', (_, hidden) => {
    const clients: pg.Client[] = [];

    /** A client, and how it looks to a store: one of the two ways to know is not there. */
    async function connected() {
      const own = new pg.Client({ connectionString: server.url() });
      await own.connect();
      clients.push(own);
      const lent = new Proxy(own, {
        get(target, name) {
          const member = name === hidden ? undefined : Reflect.get(target, name);
          return typeof member === 'function' ? member.bind(target) : member;
        },
      });
      return { own, lent };
    }

    afterAll(async () => {
      for (const each of clients) await each.end();
    });

    test('saves nothing within a transaction of its owner, and changes none of its settings', async () => {
      const { own, lent } = await connected();
      const store = new PostgresSessionStore(lent, { table: newTable() });
      await store.set('a', 1);
      await own.query('BEGIN');
      await expect(store.set('a', 2)).rejects.toThrow(TypeError);
      await expect(store.acquire('a', request())).rejects.toThrow(/transaction of yours/);
      expect((await own.query('SHOW synchronous_commit')).rows).toEqual([{ synchronous_commit: 'on' }]);
      await expect(own.query('SELECT 1 / 0')).rejects.toThrow();
      await expect(store.get('a')).rejects.toThrow(/transaction of yours/);
      await own.query('ROLLBACK');
      expect(await store.get('a')).toBe(1);
      expect(granted(await store.acquire('a', request())).read()).toBe(1);
    });

    test('acknowledges nothing within one that was begun at the same moment', async () => {
      const { own, lent } = await connected();
      const store = new PostgresSessionStore(lent, { table: newTable() });
      await store.set('a', 1);
      await store.close();
      const begun = own.query('BEGIN');
      await expect(store.set('a', 2)).rejects.toThrow(/transaction of yours/);
      await begun;
      await own.query('ROLLBACK');
      expect(await store.get('a')).toBe(1);
    });
  });

  test('a Client of pg is listened to once, by however many stores', () => {
    const lent = new pg.Client();
    const { connection } = lent as unknown as { readonly connection: EventEmitter };
    const before = connection.listenerCount('readyForQuery');
    for (const table of [newTable(), newTable()]) new PostgresSessionStore(lent, { table });
    expect(connection.listenerCount('readyForQuery') - before).toBe(1);
  });
});
