/** Tables of other programs: what they wrote is read, what is written they read, and their rows are theirs. */

import { PsqlAdapter } from '@grammyjs/storage-psql';
import { PostgresSessionStore, type PostgresSessionStoreOptions } from '@sessiongram/postgres';
import { Postgres as telegrafPostgres } from '@telegraf/session/pg';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PostgresServer, skipsPostgres } from '../support/servers/postgres';
import { keysOf } from './postgres-clients';

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

  test('a column whose values are no text is told of as such', async () => {
    const pool = await poolOnNewDatabase();
    await pool.query('CREATE TABLE sessions (key text PRIMARY KEY, value jsonb)');
    await pool.query(`INSERT INTO sessions VALUES ('1', '{"counter": 1}')`);
    const store = new PostgresSessionStore<Session>(pool);
    await expect(store.get('1')).rejects.toThrow(/not text\. Its column is to be of the type text/);
  });

  let tokens = 0;
  function request() {
    return { token: `token${++tokens}`, leaseMs: 60_000, contender: 'c', reserveMs: 100 };
  }

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
