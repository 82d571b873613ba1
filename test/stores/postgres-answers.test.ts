/** What each statement of PostgresSessionStore answers: about one key, and what its asker has. */

import type { LeaseGrant, LeaseRequest } from '@sessiongram/core';
import {
  type PostgresClient,
  PostgresSessionStore,
  type PostgresSessionStoreOptions,
} from '@sessiongram/postgres';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { PostgresServer, skipsPostgres } from '../support/servers/postgres';
import { granted, NONE, request as requestOf, setTo } from './leases';
import { keysOf, newTable, passTime } from './postgres-clients';

const TTL_MS = 100_000;
const DAY_MS = 86_400_000;
const HELD_MS = 10 * DAY_MS;

describe.skipIf(skipsPostgres())('answers', () => {
  let server: PostgresServer;
  let pool: pg.Pool;
  let table: string;
  let answers: object[][];
  /** Texts that are asked in place of those that contain the first. */
  let instead: readonly [string, string] | undefined;

  const client: PostgresClient = {
    async query(text, values) {
      const other = instead !== undefined && text.includes(instead[0]) ? instead[1] : undefined;
      const { rows } = await (other === undefined ? pool.query(text, values) : pool.query(other));
      answers.push(rows);
      return { rows };
    },
  };

  beforeAll(async () => {
    server = await PostgresServer.start();
    const connectionString = server.url(await server.createDatabase());
    // What waits for a row of another transaction fails.
    pool = new pg.Pool({ connectionString, max: 2, options: '-c lock_timeout=500' });
  }, 60_000);

  afterAll(async () => {
    await pool?.end();
    await server?.stop();
  });

  beforeEach(() => {
    table = newTable();
    answers = [];
    instead = undefined;
  });

  const open = (options: PostgresSessionStoreOptions = { ttlMs: TTL_MS }) =>
    new PostgresSessionStore(client, { table, ...options });
  const query = async (text: string, values: readonly unknown[] = []) =>
    (await pool.query(text, [...values])).rows as Record<string, unknown>[];
  const pass = (ms: number) => passTime({ query }, table, ms);
  const rowOf = async (key: string) => (await query(`SELECT * FROM ${table} WHERE key = '${key}'`))[0];

  describe('of two keys', () => {
    test.each<[string, (store: PostgresSessionStore) => Promise<unknown>]>([
      ['a get', (store) => store.get('a')],
      ['a touch', (store) => store.touch('a')],
      ['a delete', (store) => store.delete('a')],
      ['a set', (store) => store.set('a', 2)],
      ['an acquire', (store) => take(store, 'a')],
      ['a commit', async (store) => store.commit('a', (await take(store, 'a')).lease, NONE)],
    ])('%s leaves the other as it is', async (_, use) => {
      const store = open();
      for (const key of ['a', 'b']) await store.set(key, 1);
      await pass(TTL_MS * 0.2);
      const before = await rowOf('b');
      await use(store);
      expect(await rowOf('b')).toEqual(before);
    });

    test('each has what was set for it', async () => {
      const store = open({});
      for (const key of ['a', 'b', 'c']) await store.set(key, key);
      for (const key of ['c', 'a', 'b']) expect(await store.get(key)).toBe(key);
      expect(await store.get('d')).toBeUndefined();
    });

    test('the lease of one is none of the other', async () => {
      const store = open();
      const { lease } = await take(store, 'a');
      await store.set('b', 1);
      expect(await store.renew('b', lease, HELD_MS)).toBe(false);
      expect(await store.commit('b', lease, setTo(2))).toEqual({ state: 'lost' });
      expect([await store.get('a'), await store.get('b')]).toEqual([undefined, 1]);
    });

    test.each(['a', 'c'])(
      'a commit that is repeated is known by the marks of its own, beside %s',
      async (other) => {
        const store = open();
        await store.commit(other, (await take(store, other)).lease, { ...setTo(1), mark: 'x', marks: 'x' });
        const { lease } = await take(store, 'b');
        const commit = { ...setTo(1), mark: 'm', marks: 'm' };
        expect(await store.commit('b', lease, commit)).toEqual({ state: 'done' });
        expect(await store.commit('b', lease, commit)).toEqual({ state: 'repeated' });
      },
    );

    test('whoever is refused one is told of the end of that one, in whole ms', async () => {
      const store = open();
      await take(store, 'a', { leaseMs: DAY_MS });
      for (const other of ['b', '0']) await take(store, other, { leaseMs: 2 * DAY_MS });
      await store.acquire('a', request({ contender: 'd' }));
      const answer = await store.acquire('a', request({ contender: 'e' }));
      expect(answer).toMatchObject({ granted: false, reserved: false });
      const ms = answer.granted ? undefined : answer.remainingMs;
      expect(ms).toBeLessThanOrEqual(DAY_MS);
      expect(Number.isInteger(ms)).toBe(true);
    });
  });

  describe('nobody is sent the data', () => {
    const sent = async (work: () => Promise<unknown>) => {
      const before = answers.length;
      await work();
      return JSON.stringify(answers.slice(before));
    };

    test('who reserves the key or is refused', async () => {
      const store = open();
      await store.set('a', 'secret');
      expect(await sent(() => take(store, 'a'))).toContain('secret');
      for (const [contender, reserved] of [
        ['d', true],
        ['e', false],
      ] as const) {
        const texts = await sent(async () =>
          expect(await store.acquire('a', request({ contender }))).toMatchObject({
            granted: false,
            reserved,
          }),
        );
        expect(texts).not.toContain('secret');
      }
    });

    test('whose commit hands nothing on', async () => {
      const store = open();
      await store.set('a', 'secret');
      const { lease } = await take(store, 'a');
      expect(await sent(() => store.commit('a', lease, NONE))).not.toContain('secret');
    });

    test('whose commit is repeated and hands nothing on', async () => {
      const store = open();
      const { lease } = await take(store, 'a');
      const commit = { ...setTo('secret'), mark: 'm', marks: 'm' };
      await store.commit('a', lease, commit);
      const texts = await sent(async () =>
        expect(await store.commit('a', lease, commit)).toEqual({ state: 'repeated' }),
      );
      expect(texts).not.toContain('secret');
    });
  });

  test('an acquire that is granted is answered with one row', async () => {
    const store = open();
    for (const key of ['a', 'a', 'b']) {
      await store.set(key, 1);
      await take(store, key);
      expect(answers.at(-1)).toHaveLength(1);
    }
  });

  test('a key that text cannot keep is one key in all statements', async () => {
    const store = open();
    const key = 'n\0ul';
    await store.set(key, 1);
    expect(await store.get(key)).toBe(1);
    await store.touch(key);
    const { lease } = await take(store, key);
    expect(await store.renew(key, lease, HELD_MS)).toBe(true);
    const commit = { ...setTo(2), mark: 'm', marks: 'm' };
    expect(await store.commit(key, lease, commit)).toEqual({ state: 'done' });
    expect(await store.commit(key, lease, commit)).toEqual({ state: 'repeated' });
    expect(await open({}).get(key)).toBe(2);
    expect(await keysOf(store)).toEqual([key]);
    expect(await keysOf(store, { prefix: 'n' })).toEqual([key]);
    await store.delete(key);
    expect(await store.get(key)).toBeUndefined();
  });

  test('keys come in batches of a thousand at most', async () => {
    const store = open();
    await store.get('');
    await query(
      `INSERT INTO ${table} (key, value) SELECT 'user:' || n, '1' FROM generate_series(1, 2500) AS n`,
    );
    answers = [];
    const keys = new Set<string>();
    for await (const key of store.keys()) {
      keys.add(key);
      if (answers.length > 3) throw new Error('It goes on without end.');
    }
    expect(keys.size).toBe(2_500);
    expect(answers.map((rows) => rows.length)).toEqual([1_000, 1_000, 500]);
  });

  test('keys of a table that another program sorts otherwise come once each', async () => {
    await query(`CREATE TABLE ${table} (key text COLLATE "und-x-icu" PRIMARY KEY, value text)`);
    const store = open();
    await store.get('');
    await query(`INSERT INTO ${table} (key, value)
      SELECT CASE n % 3 WHEN 0 THEN 'a' WHEN 1 THEN 'B' ELSE '_' END || n, '1' FROM generate_series(1, 2500) AS n`);
    const keys = await keysOf(store);
    expect([keys.length, new Set(keys).size]).toEqual([2_500, 2_500]);
    expect(keys).toEqual([...keys].sort());
    expect(await keysOf(store, { prefix: 'B' })).toEqual(keys.filter((key) => key.startsWith('B')));
  });

  test('a purge waits for nobody who has a row', async () => {
    const store = open({});
    await store.get('');
    for (const key of ['a', 'b'])
      await query(`INSERT INTO ${table} (key, purge_at) VALUES ('${key}', clock_timestamp())`);
    const other = await pool.connect();
    try {
      await other.query('BEGIN');
      await other.query(`SELECT FROM ${table} WHERE key = 'a' FOR UPDATE`);
      expect(await store.purge()).toBe(1);
    } finally {
      await other.query('ROLLBACK');
      other.release();
    }
    expect(await store.purge()).toBe(1);
  });

  test('keys with a prefix are looked for in the index from there on', async () => {
    const store = open();
    await store.get('');
    let asked = '';
    const overheard: PostgresClient = {
      query(text, values) {
        asked = text;
        return pool.query(text, values);
      },
    };
    await keysOf(new PostgresSessionStore(overheard, { table }), { prefix: 'user:2' });
    const session = await pool.connect();
    await session.query('SET enable_seqscan = off');
    await session.query('SET plan_cache_mode = force_generic_plan');
    await session.query(`PREPARE ${table} AS ${asked}`);
    const plan = (await session.query(`EXPLAIN EXECUTE ${table} ('user:2', NULL, '10')`)).rows;
    session.release(true);
    expect(JSON.stringify(plan)).toMatch(/Index Cond: [^"]*>= \$1/);
  });

  test('a lost commit without a mark is not looked for', async () => {
    const store = open();
    const { lease } = await take(store, 'a');
    await store.delete('a');
    await store.close();
    answers = [];
    expect(await store.commit('a', lease, NONE)).toEqual({ state: 'lost' });
    expect(answers).toHaveLength(1);
  });

  test('what a codec makes of a value is stored', async () => {
    const codec = { stringify: (value: unknown) => `<${value}>`, parse: (text: string) => text.slice(1, -1) };
    const store = open({ codec });
    await store.set('a', 'b');
    expect(await rowOf('a')).toMatchObject({ value: '<b>' });
    expect(await store.get('a')).toBe('b');
  });

  test('whoever never gets to see the row is refused, and may ask again at once', async () => {
    const store = open();
    await store.get('a');
    instead = ["set_config('synchronous_commit'", 'SELECT WHERE false'];
    answers = [];
    expect(await store.acquire('a', request())).toEqual({ granted: false, remainingMs: 1, reserved: false });
    expect(answers).toHaveLength(5);
  });

  test('an acquire does not wait for the disk, and a commit does', async () => {
    const store = open();
    await store.get('a');
    await query(`CREATE TABLE ${table}_seen (setting text)`);
    await query(`CREATE FUNCTION ${table}_see() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      INSERT INTO ${table}_seen VALUES (current_setting('synchronous_commit')); RETURN NEW; END $$`);
    await query(
      `CREATE TRIGGER see BEFORE INSERT OR UPDATE ON ${table} FOR EACH ROW EXECUTE FUNCTION ${table}_see()`,
    );
    const { lease } = await take(store, 'a');
    await store.commit('a', lease, NONE);
    expect(await query(`SELECT setting FROM ${table}_seen`)).toEqual([{ setting: 'off' }, { setting: 'on' }]);
  });
});

function request(more: Partial<LeaseRequest> = {}): LeaseRequest {
  return requestOf({ leaseMs: HELD_MS, reserveMs: DAY_MS, ...more });
}

async function take(
  store: PostgresSessionStore,
  key: string,
  more?: Partial<LeaseRequest>,
): Promise<LeaseGrant<unknown>> {
  return granted(await store.acquire(key, request(more)));
}
