/** PostgresSessionStore: its clients, its options, its table, and what it leaves there. */

import { PostgresSessionStore, type PostgresSessionStoreOptions } from '@sessiongram/postgres';
import pg from 'pg';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PostgresServer, skipsPostgres } from '../support/servers/postgres';
import { clientKinds, keysOf, newTable, type OwnedClient, openClient, openPglite } from './postgres-clients';

const odd = `o"d'd; DROP TABLE x -- $1 ☃`;

describe('options', () => {
  const client = new pg.Pool();

  test.each<[string, object, RegExp]>([
    ['an unknown option', { life: 1 }, /unknown option "life"/],
    ['an empty table name', { table: '' }, /option "table" must be a name of 1 to 63 bytes/],
    ['a name that PostgreSQL would cut', { table: 'é'.repeat(32) }, /1 to 63 bytes/],
    ['a name with NUL', { schema: 'a\0b' }, /option "schema"/],
    ['a name that is no text', { table: 1 }, /option "table"/],
    ['an empty name of the column for keys', { keyColumn: '' }, /option "keyColumn"/],
    ['an empty name of the column for values', { valueColumn: '' }, /option "valueColumn"/],
    ['a kind of time that there is not', { ttlMs: 1, ttl: 'sliding' }, /option "ttl"/],
    ['a time to live of 0', { ttlMs: 0 }, /option "ttlMs"/],
    ['a codec without parse', { codec: { stringify: String } }, /option "codec"/],
    ['one column for keys and values', { keyColumn: 'value' }, /two names/],
    ["a column of the lease's for the keys", { keyColumn: 'tok' }, /two names, none of them ver, tok, until/],
    ["a column of the lease's", { valueColumn: 'until' }, /two names, none of them ver, tok, until/],
  ])('%s is refused at once', (_, options, text) => {
    const make = () => new PostgresSessionStore(client, options as PostgresSessionStoreOptions);
    expect(make).toThrow(TypeError);
    expect(make).toThrow(text);
  });

  test('names of 63 bytes are taken, and those that every object knows', () => {
    const names = { table: 't'.repeat(63), keyColumn: 'toString', valueColumn: 'constructor' };
    expect(() => new PostgresSessionStore(client, names)).not.toThrow();
  });

  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['an object whose query is none', { query: true }],
    ['an object whose unsafe is none', { unsafe: true }],
    ['an address', 'postgres://me:secret@localhost/bots'],
    ['an object without query', {}],
  ])('%s in place of a client is refused, without telling what it was', (_, client) => {
    const make = () => new PostgresSessionStore(client as pg.Pool);
    expect(make).toThrow(/takes a Pool or Client of "pg", the sql of "postgres" or a PGlite, but got/);
    expect(make).not.toThrow(/secret/);
  });

  test('a store of each kind of client names what it can do, and does nothing yet', () => {
    for (const idle of [client, new pg.Client(), postgres({ host: '127.0.0.1', port: 1 })]) {
      const supports = { leases: true, ttl: false, keys: true, encodes: true };
      expect(new PostgresSessionStore(idle).supports).toEqual(supports);
      expect(new PostgresSessionStore(idle, { ttlMs: 1 }).supports.ttl).toBe(true);
    }
  });
});

describe.skipIf(skipsPostgres())('on a server', () => {
  let server: PostgresServer;
  let url: string;
  let owned: OwnedClient;
  const open: OwnedClient[] = [];

  beforeAll(async () => {
    server = await PostgresServer.start();
    url = server.url(await server.createDatabase());
    owned = await opened('pg Pool');
  }, 60_000);

  afterAll(async () => {
    for (const client of open) await client.close();
    await server?.stop();
  });

  async function opened(kind: (typeof clientKinds)[number], at: string = url): Promise<OwnedClient> {
    const client = await openClient(kind, at);
    open.push(client);
    return client;
  }

  function storeOn({ client }: OwnedClient, options: PostgresSessionStoreOptions = {}) {
    return new PostgresSessionStore(client, { table: newTable(), ...options });
  }

  test.each(clientKinds)('%s: 50 calls at once do not get in each other’s way', async (kind) => {
    const store = storeOn(await opened(kind), { ttlMs: 60_000 });
    const keys = Array.from({ length: 50 }, (_, index) => `key ${index}`);
    await Promise.all(keys.map((key) => store.set(key, { key })));
    expect(await Promise.all(keys.map((key) => store.get(key)))).toEqual(keys.map((key) => ({ key })));
  });

  test('a Client of pg is never asked while it answers another statement, also by two stores', async () => {
    const warnings: Error[] = [];
    const hear = (warning: Error): void => void warnings.push(warning);
    process.on('warning', hear);
    const client = await opened('pg Client');
    const [one, other] = [storeOn(client), storeOn(client)];
    await Promise.all([one.set('a', 1), other.set('a', 2), one.set('b', 3), other.get('b')]);
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', hear);
    expect(warnings).toEqual([]);
    expect([await one.get('a'), await other.get('a')]).toEqual([1, 2]);
  });

  test('a failed statement does not hold up the next one on a Client of pg', async () => {
    const client = await opened('pg Client');
    const store = storeOn(client, { schema: 'nowhere' });
    const fine = storeOn(client);
    const answers = await Promise.allSettled([store.set('a', 1), fine.set('a', 1)]);
    expect(answers.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
  });

  test('postgres may rename columns, change what is undefined and turn named statements off', async () => {
    const sql = postgres(url, {
      max: 1,
      prepare: false,
      transform: { column: { to: postgres.fromPascal, from: postgres.toPascal }, undefined: null },
      types: { bigint: postgres.BigInt },
    });
    const store = new PostgresSessionStore(sql, { table: newTable() });
    const request = { token: 't', leaseMs: 60_000, contender: 'c', reserveMs: 60_000 };
    const grant = await store.acquire('key', request);
    if (!grant.granted) throw new Error('refused');
    const commit = { change: { kind: 'set', value: { a: 1 } }, mark: 'm', marks: 'm' } as const;
    expect(await store.commit('key', grant.lease, commit)).toEqual({ state: 'done' });
    expect(await store.get('key')).toEqual({ a: 1 });
    await sql.end();
  });

  describe('a client of pg plans each statement once, by a name', () => {
    const inserts =
      "SELECT name, statement FROM pg_prepared_statements WHERE statement LIKE '%INSERT INTO %'";

    test('which stays', async () => {
      const single = await opened('pg Client');
      const store = storeOn(single);
      await store.set('a', 1);
      await store.set('b', 2);
      expect(await single.query(inserts)).toHaveLength(1);
    });

    test('and without it where a pooler does not know the name', async () => {
      const single = await opened('pg Client');
      const store = storeOn(single);
      await store.set('a', 1);
      await single.query('DEALLOCATE ALL');
      await store.set('a', 2);
      expect(await store.get('a')).toBe(2);
      expect(await single.query(inserts)).toEqual([]);
    });

    test('and without it where a pooler knows the name already', async () => {
      const [one, other] = [await opened('pg Client'), await opened('pg Client')];
      const table = newTable();
      await storeOn(one, { table }).set('a', 1);
      const [row] = await one.query(inserts);
      const [name, statement] = Object.values(row as object) as [string, string];
      await other.query(`PREPARE ${name} AS ${statement}`);
      const store = storeOn(other, { table });
      await store.set('a', 2);
      expect(await store.get('a')).toBe(2);
    });
  });

  test('with prepare: false, no named statement stays behind', async () => {
    const sql = postgres(url, { max: 1, prepare: false });
    await new PostgresSessionStore(sql, { table: newTable() }).set('a', 1);
    expect([...(await sql.unsafe('SELECT name FROM pg_prepared_statements'))]).toEqual([]);
    await sql.end();
  });

  test('the client is still open when the store was closed', async () => {
    const store = storeOn(owned);
    await store.set('a', 1);
    await store.close();
    expect(await owned.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  test('names are quoted in every statement, whatever they are', async () => {
    const name = odd.slice(0, 40);
    await owned.query(`CREATE SCHEMA "${name.replaceAll('"', '""')}"`);
    const options = {
      schema: name,
      table: name,
      keyColumn: `${name} key`,
      valueColumn: `${name} "v"`,
      ttlMs: 60_000,
    };
    const store = storeOn(owned, options);
    const request = { token: 't', leaseMs: 60_000, contender: 'c', reserveMs: 60_000 };
    await store.set('a', 1);
    await store.touch('a');
    const grant = await store.acquire('a', request);
    if (!grant.granted) throw new Error('refused');
    expect(await store.renew('a', grant.lease, 60_000)).toBe(true);
    for (const kind of ['none', 'delete'] as const) {
      await store.commit('a', grant.lease, { change: { kind }, mark: 'm', marks: 'm' });
    }
    expect(await store.get('a')).toBe(1);
    expect(await keysOf(store)).toEqual(['a']);
    expect(await store.purge()).toBe(0);
    await store.delete('a');
    expect(await store.get('a')).toBeUndefined();
  });

  test('a table that several processes make at the same moment is made once, without a word', async () => {
    const notices: unknown[] = [];
    const clients = Array.from({ length: 8 }, () =>
      postgres(url, { max: 1, onnotice: (n) => notices.push(n) }),
    );
    await Promise.all(clients.map((sql) => sql`SELECT 1`));
    for (let round = 0; round < 5; round++) {
      const table = newTable();
      await Promise.all(
        clients.map((sql, index) => new PostgresSessionStore(sql, { table }).set(`${index}`, index)),
      );
      expect(await owned.query(`SELECT count(*)::int FROM ${table}`)).toEqual([{ count: 8 }]);
    }
    await Promise.all(clients.map((sql) => sql.end()));
    expect(notices).toEqual([]);
  });

  test('the columns that several processes add at the same moment are added once', async () => {
    const pools = await Promise.all(Array.from({ length: 6 }, () => opened('pg Pool')));
    const table = newTable();
    await owned.query(`CREATE TABLE ${table} (key varchar PRIMARY KEY, value text)`);
    await Promise.all(pools.map((pool, index) => storeOn(pool, { table }).set(`${index}`, index)));
    expect(await owned.query(`SELECT count(*)::int FROM ${table}`)).toEqual([{ count: 6 }]);
  });

  test('a table that could not be made is made at a later use', async () => {
    const schema = `later_${newTable()}`;
    const store = storeOn(owned, { schema });
    await expect(store.set('a', 1)).rejects.toMatchObject({ code: '3F000' });
    await expect(store.get('a')).rejects.toMatchObject({ code: '3F000' });
    await owned.query(`CREATE SCHEMA ${schema}`);
    await store.set('a', 1);
    expect(await store.get('a')).toBe(1);
  });

  test('a table that was dropped fails once, and is made again', async () => {
    const table = newTable();
    const store = storeOn(owned, { table });
    await store.set('a', 1);
    await store.close(); // or the purge in the background is the one to find out
    await owned.query(`DROP TABLE ${table}`);
    await expect(store.get('a')).rejects.toMatchObject({ code: '42P01' });
    expect(await store.get('a')).toBeUndefined();
  });

  test('a table without a column for the values is refused, and left as it is', async () => {
    const table = newTable();
    await owned.query(`CREATE TABLE ${table} (key text PRIMARY KEY, other text)`);
    await expect(storeOn(owned, { table }).get('a')).rejects.toThrow(/has no column "value"/);
    await expect(storeOn(owned, { table, keyColumn: 'id' }).get('a')).rejects.toThrow(/has no column "id"/);
    const columns = await owned.query(
      `SELECT count(*)::int FROM pg_attribute WHERE attrelid = '${table}'::regclass AND attnum > 0`,
    );
    expect(columns).toEqual([{ count: 2 }]);
  });

  test('a column for the values that takes no NULL is refused with what to do', async () => {
    const table = newTable();
    await owned.query(`CREATE TABLE ${table} (key text PRIMARY KEY, value text NOT NULL)`);
    const store = storeOn(owned, { table });
    await expect(store.get('a')).rejects.toThrow(/DROP NOT NULL/);
    await owned.query(`ALTER TABLE ${table} ALTER COLUMN value DROP NOT NULL`);
    expect(await store.get('a')).toBeUndefined();
  });

  test('a role that may only use the table needs no more than that', async () => {
    const table = newTable();
    await storeOn(owned, { table }).set('a', 1);
    await owned.query(`CREATE ROLE bot_${table} LOGIN`);
    await owned.query(`GRANT SELECT, INSERT, UPDATE, DELETE ON ${table} TO bot_${table}`);
    const bot = await opened('pg Pool', url.replace('postgres@', `bot_${table}@`));
    const store = storeOn(bot, { table });
    expect(await store.get('a')).toBe(1);
    await store.set('a', 2);
    expect(await store.get('a')).toBe(2);
  });

  test('keys come in batches, each once, the odd ones among them', async () => {
    const store = storeOn(owned);
    const odds = ['', 'n\0ul', 'n', '\ud800n', 'n%', 'n_', '😀', '\u0001'];
    const many = Array.from({ length: 2_500 }, (_, index) => `user:${index}`);
    await Promise.all([...odds, ...many].map((key) => store.set(key, 1)));
    expect((await keysOf(store)).sort()).toEqual([...odds, ...many].sort());
    expect((await keysOf(store, { prefix: 'user:24' })).length).toBe(111);
    expect((await keysOf(store, { prefix: 'n' })).sort()).toEqual(['n', 'n\0ul', 'n%', 'n_'].sort());
    expect(await keysOf(store, { prefix: 'n%' })).toEqual(['n%']);
    expect(await keysOf(store, { prefix: 'n\0' })).toEqual(['n\0ul']);
    expect(await keysOf(store, { prefix: '\ud83d' })).toEqual(['😀']);
    expect(await keysOf(store, { prefix: '\u0001' })).toEqual(['\u0001']);
  });
});

describe('on PGlite', () => {
  test('it stores without any server', async () => {
    const owned = await openPglite();
    const store = new PostgresSessionStore(owned.client, { ttlMs: 60_000 });
    await store.set('a', { counter: 1 });
    expect(await store.get('a')).toEqual({ counter: 1 });
    expect(await owned.query('SELECT key, value FROM sessions')).toEqual([
      { key: 'a', value: '{"counter":1}' },
    ]);
    await store.close();
    await owned.close();
  }, 30_000);
});
