/** The table in PostgreSQL as it is made or completed, and the statements that clients are asked to name. */

import {
  type PostgresClient,
  PostgresSessionStore,
  type PostgresSessionStoreOptions,
  type QueryClient,
} from '@sessiongram/postgres';
import pg from 'pg';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PostgresServer, skipsPostgres } from '../support/servers/postgres';
import { granted, NONE, request, setTo } from './leases';
import { newTable } from './postgres-clients';

/** The statement of delete(). */
const DELETING = /SET "\w+" = NULL, tok = NULL/;

describe.skipIf(skipsPostgres())('tables', () => {
  let server: PostgresServer;
  let url: string;
  let pool: pg.Pool;

  beforeAll(async () => {
    server = await PostgresServer.start();
    url = server.url(await server.createDatabase());
    pool = new pg.Pool({ connectionString: url, max: 1 });
  }, 60_000);

  afterAll(async () => {
    await pool?.end();
    await server?.stop();
  });

  const storeOn = (client: PostgresClient, options: PostgresSessionStoreOptions = {}) =>
    new PostgresSessionStore(client, { table: newTable(), ...options });
  const query = async (text: string) => (await pool.query(text)).rows as Record<string, unknown>[];
  const indexes = async (table: string) =>
    (await query(`SELECT indexdef FROM pg_indexes WHERE tablename = '${table}'`))
      .map(({ indexdef }) => indexdef as string)
      .filter((text) => text.includes('(purge_at)'));
  const namesOn = async (client: Pick<pg.Pool, 'query'>) =>
    (await client.query('SELECT name FROM pg_prepared_statements')).rows as { name: string }[];

  test.each(['short', 'l'.repeat(63), '☃'.repeat(21)])(
    'a table named %s has an index for the purge',
    async (table) => {
      await storeOn(pool, { table }).get('a');
      expect(await indexes(table)).toHaveLength(1);
    },
  );

  test.each(['setting', 'answer', 'touched', 'gone', 'emptied', 'a', 's', 'n', 'excluded'])(
    'a table may have the name %s, by which statements call something else',
    async (table) => {
      const store = storeOn(pool, { table, ttlMs: 60_000 });
      const { lease } = granted(await store.acquire('a', request()));
      expect(await store.acquire('a', request())).toMatchObject({ granted: false });
      expect(await store.commit('a', lease, setTo(1))).toEqual({ state: 'done' });
      expect(await store.get('a')).toBe(1);
      await query(
        `UPDATE "${table}" SET expires_at = clock_timestamp(), purge_at = clock_timestamp(), reserved_until = NULL`,
      );
      expect(await store.get('a')).toBe(undefined);
      expect(await store.purge()).toBe(1);
    },
  );

  test('tables whose names begin alike have an index for the purge each', async () => {
    const tables = ['one', 'other'].map((end) => `${'p'.repeat(55)}${end}`);
    for (const table of tables) await storeOn(pool, { table }).get('a');
    for (const table of tables) expect(await indexes(table)).toHaveLength(1);
  });

  test('a table with the name that another one had has an index for the purge', async () => {
    const table = newTable();
    await storeOn(pool, { table }).get('a');
    await query(`ALTER TABLE ${table} RENAME TO ${table}_of_last_year`);
    await storeOn(pool, { table }).get('a');
    expect(await indexes(table)).toHaveLength(1);
  });

  test('an index for the purge that meets another of its name is made again', async () => {
    let failures = 0;
    const client = instead((text) =>
      text.startsWith('CREATE INDEX') && ++failures === 1 ? raising('23505') : text,
    );
    const table = newTable();
    await storeOn(client, { table }).get('a');
    expect(await indexes(table)).toHaveLength(1);
    expect(failures).toBe(2);
  });

  test('a table without index is used when making it has failed', async () => {
    const client = instead((text) => (text.startsWith('CREATE INDEX') ? raising('57014') : text));
    const store = storeOn(client);
    await expect(store.get('a')).rejects.toMatchObject({ code: '57014' });
    await store.set('a', 1);
    expect(await store.get('a')).toBe(1);
  });

  describe.each([
    ['made', () => newTable()],
    [
      'completed',
      async () => {
        const table = newTable();
        await query(`CREATE TABLE ${table} (key text PRIMARY KEY, value text)`);
        return table;
      },
    ],
  ])('a table that is %s', (_, begun) => {
    test('has one index for the purge when it is opened twice', async () => {
      const table = await begun();
      for (let start = 0; start < 2; start++) await storeOn(pool, { table }).get('a');
      expect(await indexes(table)).toHaveLength(1);
    });

    test('has one index for the purge when it is opened by eight at once', async () => {
      const eight = new pg.Pool({ connectionString: url, max: 8 });
      const clients = await Promise.all(Array.from({ length: 8 }, () => eight.connect()));
      for (let round = 0; round < 5; round++) {
        const table = await begun();
        await Promise.all(clients.map((client) => storeOn(client as QueryClient, { table }).get('a')));
        expect(await indexes(table)).toHaveLength(1);
      }
      for (const client of clients) client.release();
      await eight.end();
    });
  });

  test('a column that was missing alone is added, and no index that its owner has dropped', async () => {
    const table = newTable();
    await storeOn(pool, { table }).get('a');
    await query(`DROP INDEX ${table}_purge_at_idx`);
    expect(await indexes(table)).toEqual([]);
    await query(`ALTER TABLE ${table} DROP COLUMN reserved`);
    const store = storeOn(pool, { table });
    await store.set('a', 1);
    expect(await store.get('a')).toBe(1);
    expect(await indexes(table)).toEqual([]);
  });

  test('the index for the purge has no row without an end, and pages have room for the next version of a row', async () => {
    const table = newTable();
    await storeOn(pool, { table }).get('a');
    expect(await indexes(table)).toEqual([expect.stringContaining('WHERE (purge_at IS NOT NULL)')]);
    expect(await query(`SELECT reloptions FROM pg_class WHERE relname = '${table}'`)).toEqual([
      { reloptions: ['fillfactor=70'] },
    ]);
  });

  test('a column that was dropped is missing', async () => {
    const table = newTable();
    await storeOn(pool, { table }).get('a');
    await query(`ALTER TABLE ${table} DROP COLUMN value`);
    await expect(storeOn(pool, { table }).get('a')).rejects.toThrow(/has no column "value"/);
  });

  test('keys are kept in the order of their bytes', async () => {
    const table = newTable();
    await storeOn(pool, { table }).get('a');
    const [column] = await query(
      `SELECT collation_name FROM information_schema.columns WHERE table_name = '${table}' AND column_name = 'key'`,
    );
    expect(column).toEqual({ collation_name: 'C' });
  });

  test('a column of the system is none for the keys', async () => {
    const table = newTable();
    await storeOn(pool, { table }).get('a');
    await expect(storeOn(pool, { table, keyColumn: 'xmin' }).get('a')).rejects.toThrow(
      /has no column "xmin"/,
    );
  });

  test('a table that can never be made is not tried without end', async () => {
    const table = newTable();
    await query(`CREATE TYPE ${table} AS ENUM ()`); // a table makes a type of its own name
    let asked = 0;
    const client = instead((text) => {
      if (++asked > 100) throw new Error('It was tried without end.');
      return text;
    });
    await expect(storeOn(client, { table }).get('a')).rejects.toMatchObject({ code: '42710' });
  });

  test.each(['40001', '40P01'])('a table whose making ends with %s is made again', async (code) => {
    let failures = 0;
    const client = instead((text) =>
      text.startsWith('CREATE TABLE') && ++failures === 1 ? raising(code) : text,
    );
    expect(await storeOn(client).get('a')).toBeUndefined();
    expect(failures).toBe(2);
  });

  test('a table that may not be made is not tried again', async () => {
    let failures = 0;
    const client = instead((text) => {
      if (!text.startsWith('CREATE TABLE')) return text;
      failures++;
      return raising('42501');
    });
    await expect(storeOn(client).get('a')).rejects.toMatchObject({ code: '42501' });
    expect(failures).toBe(1);
  });

  test('a table of the same name in another schema is another', async () => {
    const table = newTable();
    await storeOn(pool, { table }).set('a', 1);
    await query(`CREATE SCHEMA of_${table}`);
    const store = storeOn(pool, { table, schema: `of_${table}` });
    expect(await store.get('a')).toBeUndefined();
  });

  test('a statement that is always in the way of others fails in the end', async () => {
    let failures = 0;
    const client = instead((text) => {
      if (!DELETING.test(text)) return text;
      if (++failures > 10) throw new Error('It was tried without end.');
      return raising('40001');
    });
    await expect(storeOn(client).delete('a')).rejects.toMatchObject({ code: '40001' });
  });

  test('a statement that fails for a reason of its own is not tried again', async () => {
    let failures = 0;
    const client = instead((text) => {
      if (!DELETING.test(text)) return text;
      failures++;
      return raising('42501');
    });
    await expect(storeOn(client).delete('a')).rejects.toMatchObject({ code: '42501' });
    expect(failures).toBe(1);
  });

  test('statements of a Pool of pg have names', async () => {
    const single = new pg.Pool({ connectionString: url, max: 1 });
    await storeOn(single).set('a', 1);
    expect((await namesOn(single)).length).toBeGreaterThan(0);
    await single.end();
  });

  test('statements of postgres have names where they are not turned off', async () => {
    const sql = postgres(url, { max: 1 });
    const table = newTable();
    await storeOn(sql, { table }).set('a', 1);
    const named =
      await sql`SELECT 1 FROM pg_prepared_statements WHERE statement LIKE ${`%INSERT INTO "${table}"%`}`;
    expect(named).toHaveLength(1);
    await sql.end();
  });

  test('no statement has a name once a pooler did not know one', async () => {
    const single = new pg.Pool({ connectionString: url, max: 1 });
    const store = storeOn(single);
    await store.set('a', 1);
    await store.close();
    await single.query('DEALLOCATE ALL');
    await store.set('a', 2);
    await store.delete('a');
    expect(await namesOn(single)).toEqual([]);
    await single.end();
  });

  test('a column that got another type since a statement was planned is no error', async () => {
    const single = new pg.Pool({ connectionString: url, max: 1 });
    const table = newTable();
    const store = storeOn(single, { table });
    const used = await timesUsed(store, 'a');
    await query(`ALTER TABLE ${table} ALTER COLUMN value TYPE varchar`);
    expect(await timesUsed(store, 'a')).toBe(used + 1);
    expect((await namesOn(single)).length).toBeGreaterThan(3);
    await single.end();
  });

  test('a column may get another type while postgres has many statements under way', async () => {
    const sql = postgres(url, { max: 2 });
    const table = newTable();
    const store = storeOn(sql, { table });
    const keys = Array.from({ length: 20 }, (_, at) => `${at}`);
    const useAll = async () => new Set(await Promise.all(keys.map((key) => timesUsed(store, key))));
    for (const times of [1, 2, 3]) expect(await useAll()).toEqual(new Set([times]));
    await query(`ALTER TABLE ${table} ALTER COLUMN value TYPE varchar`);
    for (const times of [4, 5, 6]) expect(await useAll()).toEqual(new Set([times]));
    await sql.end();
  });

  /** Counts a use by all statements that answer data. */
  async function timesUsed(store: PostgresSessionStore, key: string): Promise<number> {
    const { lease, read } = granted(await store.acquire(key, request()));
    const mark = lease.token;
    const first = { change: { kind: 'set', value: Number(read() ?? 0) + 1 }, mark, marks: mark } as const;
    await store.commit(key, lease, { ...first, next: { ...request(), yields: false } });
    const next = { ...request(), yields: false };
    expect(await store.commit(key, lease, { ...first, next })).toMatchObject({ state: 'repeated' });
    await store.set(key, await store.get(key));
    const again = granted(await store.acquire(key, request()));
    const handed = await store.commit(key, again.lease, { ...NONE, next });
    if (handed.state !== 'done' || handed.next === undefined) throw new Error('It was not handed over.');
    await store.commit(key, handed.next.lease, NONE);
    return handed.next.read() as number;
  }

  test('a Client of pg that is connecting is waited for', async () => {
    const client = new pg.Client({ connectionString: url });
    const connected = client.connect();
    expect(await storeOn(client).get('a')).toBeUndefined();
    await connected;
    await client.end();
  });

  /** A client that is given another text in place of some. */
  function instead(of: (text: string) => string): PostgresClient {
    return {
      async query(text: string, values: (string | null)[]) {
        const asked = of(text);
        return asked === text ? pool.query(text, values) : pool.query(asked);
      },
    };
  }
});

function raising(code: string): string {
  return `DO $$ BEGIN RAISE 'x' USING ERRCODE = '${code}'; END $$`;
}
