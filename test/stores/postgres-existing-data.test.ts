/** Tables of other programs: what they wrote is read, what is written they read, and their rows are theirs. */

import { PsqlAdapter } from '@grammyjs/storage-psql';
import { PostgresSessionStore, type PostgresSessionStoreOptions } from '@sessiongram/postgres';
import { Postgres as telegrafPostgres } from '@telegraf/session/pg';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PostgresServer, skipsPostgres } from '../support/servers/postgres';
import { granted, NONE, request } from './leases';
import { keysOf, passTime } from './postgres-clients';

const DAY_MS = 86_400_000;

interface Session {
  counter: number;
  text: string;
}

interface Rival {
  get(key: string): Promise<Session | undefined>;
  set(key: string, value: Session): Promise<unknown>;
}

interface Kind {
  readonly name: string;
  readonly options: PostgresSessionStoreOptions;
  open(pool: pg.Pool): Promise<Rival>;
}

const kinds: readonly Kind[] = [
  {
    name: '@grammyjs/storage-psql',
    options: {},
    async open(client) {
      const storage = await PsqlAdapter.create({ client: client as never, tableName: 'sessions' });
      return {
        get: async (key) => (await storage.read(key)) as Session | undefined,
        set: (key, value) => storage.write(key, value),
      };
    },
  },
  {
    name: '@telegraf/session (postgres)',
    options: { table: 'telegraf-sessions', valueColumn: 'session' },
    async open(pool) {
      const store = telegrafPostgres({
        pool,
        onInitError: (error: unknown) => {
          throw error;
        },
      });
      // It waits for its table at its first use only, and does not expect that another makes it meanwhile.
      await store.get('');
      return {
        get: async (key) => (await store.get(key)) as Session | undefined,
        set: async (key, value) => store.set(key, value),
      };
    },
  },
];

const odd: Session = { counter: 7, text: `"quoted" 'twice' \\ \u0000 \ud800 😀` };

describe.skipIf(skipsPostgres())('tables of other programs', () => {
  let server: PostgresServer;
  const pools: pg.Pool[] = [];

  beforeAll(async () => {
    server = await PostgresServer.start();
  }, 60_000);

  afterAll(async () => {
    for (const pool of pools) await pool.end();
    await server?.stop();
  });

  async function poolOnNewDatabase(): Promise<pg.Pool> {
    const connectionString = server.url(await server.createDatabase());
    const pool = new pg.Pool({ connectionString });
    pools.push(pool);
    return pool;
  }

  describe.each(kinds)('$name', ({ open, options }) => {
    test('what it wrote is read, by a plain get and with a lease', async () => {
      const pool = await poolOnNewDatabase();
      const rival = await open(pool);
      await rival.set('1', odd);
      await rival.set('42:42', { counter: 1, text: '' });
      const store = new PostgresSessionStore<Session>(pool, options);
      expect(await store.get('1')).toEqual(odd);
      const grant = await store.acquire('42:42', request());
      expect(grant.granted && grant.read()).toEqual({ counter: 1, text: '' });
      expect((await keysOf(store)).sort()).toEqual(['1', '42:42']);
    });

    test('it reads what was written and goes on to write, and nothing it wrote is purged', async () => {
      const pool = await poolOnNewDatabase();
      const rival = await open(pool);
      await rival.set('1', { counter: 1, text: 'a' });
      const store = new PostgresSessionStore<Session>(pool, options);
      await increment(store, '1');
      await increment(store, 'new');
      expect(await rival.get('1')).toEqual({ counter: 2, text: 'a' });
      expect(await rival.get('new')).toEqual({ counter: 1, text: '' });
      await store.set('1', odd);
      expect(await rival.get('1')).toEqual(odd);
      await rival.set('1', { counter: 10, text: 'b' });
      await increment(store, '1');
      expect(await rival.get('1')).toEqual({ counter: 11, text: 'b' });
    });

    test('what it writes into a row that was deleted here lives on', async () => {
      const pool = await poolOnNewDatabase();
      const rival = await open(pool);
      const store = new PostgresSessionStore<Session>(pool, options);
      const grant = await store.acquire('1', request());
      if (!grant.granted) throw new Error('refused');
      await store.commit('1', grant.lease, { change: { kind: 'delete' }, mark: undefined, marks: '' });
      await rival.set('1', odd);
      const table = `"${options.table ?? 'sessions'}"`;
      await pool.query(`UPDATE ${table} SET purge_at = purge_at - interval '2 days'`);
      expect(await store.purge()).toBe(0);
      expect(await store.get('1')).toEqual(odd);
    });

    test('its table, with all that was added, is found again by itself and by the next start', async () => {
      const pool = await poolOnNewDatabase();
      await open(pool);
      await new PostgresSessionStore<Session>(pool, options).set('1', odd);
      expect(await (await open(pool)).get('1')).toEqual(odd);
      expect(await new PostgresSessionStore<Session>(pool, options).get('1')).toEqual(odd);
    });
  });

  describe('a table of users', () => {
    const options = { table: 'users', keyColumn: 'id', valueColumn: 'session', ttlMs: 1_000 };

    /** Uses sessions in every way, and goes on when all of that is long over. */
    async function used(pool: pg.Pool): Promise<PostgresSessionStore> {
      const store = new PostgresSessionStore(pool, options);
      for (const key of ['asked', 'made by a lease']) {
        const { lease } = granted(await store.acquire(key, request()));
        await store.commit(key, lease, { ...NONE, mark: '7', marks: '7' });
      }
      for (const key of ['set', 'deleted', 'made by a set']) await store.set(key, 2);
      for (const key of ['deleted', 'made by a set']) await store.delete(key);
      await store.touch('touched');
      const query = async (text: string, values: readonly unknown[] = []) =>
        (await pool.query(text, [...values])).rows;
      await passTime({ query }, 'users', 3 * DAY_MS);
      return store;
    }

    test('keeps all rows that have more in them, whatever becomes of the sessions', async () => {
      const pool = await poolOnNewDatabase();
      await pool.query(`CREATE TABLE users (id text PRIMARY KEY, name text NOT NULL DEFAULT '', session text);
        INSERT INTO users VALUES ('never', 'Ann', NULL), ('asked', 'Bob', NULL), ('deleted', 'Cy', '1'),
          ('set', 'Dee', '1'), ('touched', 'Eve', '1')`);
      const store = await used(pool);
      await pool.query(`UPDATE users SET name = 'Flo' WHERE id = 'made by a lease'`);
      expect(await store.purge()).toBe(6);
      const { rows } = await pool.query('SELECT id, name, session, ring, purge_at FROM users ORDER BY name');
      const empty = { session: null, ring: '', purge_at: null };
      expect(rows).toEqual([
        { id: 'made by a set', name: '', ...empty },
        { id: 'never', name: 'Ann', ...empty },
        { id: 'asked', name: 'Bob', ...empty },
        { id: 'deleted', name: 'Cy', ...empty },
        { id: 'set', name: 'Dee', ...empty },
        { id: 'touched', name: 'Eve', ...empty },
        { id: 'made by a lease', name: 'Flo', ...empty },
      ]);
      expect(await store.purge()).toBe(0);
    });

    test('keeps the rows that were there where they are keys alone, and loses those of this store', async () => {
      const pool = await poolOnNewDatabase();
      await pool.query(`CREATE TABLE users (id text PRIMARY KEY, "of old" text, session text);
        ALTER TABLE users DROP COLUMN "of old";
        INSERT INTO users VALUES ('never', NULL), ('asked', NULL), ('deleted', '1'), ('set', '1'), ('touched', '1')`);
      const store = await used(pool);
      await store.purge();
      const { rows } = await pool.query('SELECT id, session FROM users ORDER BY id');
      expect(rows).toEqual(
        ['asked', 'deleted', 'never', 'set', 'touched'].map((id) => ({ id, session: null })),
      );
    });
  });

  test('a column whose values are no text is told of as such', async () => {
    const pool = await poolOnNewDatabase();
    await pool.query('CREATE TABLE sessions (key text PRIMARY KEY, value jsonb)');
    await pool.query(`INSERT INTO sessions VALUES ('1', '{"counter": 1}')`);
    const store = new PostgresSessionStore<Session>(pool);
    const told = /not text\. Its column is to be of the type text/;
    await expect(store.get('1')).rejects.toThrow(told);
    const grant = granted(await store.acquire('1', request()));
    expect(() => grant.read()).toThrow(told);
    expect(await store.get('2')).toBeUndefined();
    await pool.query('ALTER TABLE sessions ALTER COLUMN value TYPE varchar');
    expect(await store.get('1')).toEqual({ counter: 1 });
  });

  async function increment(store: PostgresSessionStore<Session>, key: string): Promise<void> {
    const grant = await store.acquire(key, request());
    if (!grant.granted) throw new Error('refused');
    const { counter, text } = grant.read() ?? { counter: 0, text: '' };
    const change = { kind: 'set', value: { counter: counter + 1, text } } as const;
    expect(await store.commit(key, grant.lease, { change, mark: undefined, marks: '' })).toEqual({
      state: 'done',
    });
  }
});
