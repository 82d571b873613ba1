/** Leases in PostgreSQL, where transactions meet: what conformance cases cannot arrange. */

import type { LeaseGrant, LeaseRequest } from '@sessiongram/core';
import { type PostgresClient, PostgresSessionStore } from '@sessiongram/postgres';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CuttingProxy } from '../support/cutting-proxy';
import { type Isolation, PostgresServer, skipsPostgres } from '../support/servers/postgres';
import { newTable, openClient, passTime } from './postgres-clients';

const isolations: readonly Isolation[] = ['read committed', 'repeatable read', 'serializable'];
const NONE = { kind: 'none' } as const;

describe.skipIf(skipsPostgres())('leases', () => {
  let server: PostgresServer;
  const databases = new Map<Isolation, string>();
  const ends: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    server = await PostgresServer.start({ settings: { max_connections: '200' } });
    for (const isolation of isolations) databases.set(isolation, await server.createDatabase({ isolation }));
  }, 60_000);

  afterAll(async () => {
    for (const end of ends) await end();
    await server?.stop();
  });

  function pool(isolation: Isolation = 'read committed', max = 4): pg.Pool {
    const opened = new pg.Pool({ connectionString: server.url(databases.get(isolation)), max });
    opened.on('error', () => {});
    ends.push(() => opened.end());
    return opened;
  }

  describe.each(isolations)('with %s', (isolation) => {
    // Stricter isolation makes transactions fail where they would wait for a row, so less is done in the same time.
    const each = isolation === 'read committed' ? 250 : 50;

    test(`${8 * each} increments of one key by 8 processes count exactly`, async () => {
      const table = newTable();
      await Promise.all(
        Array.from({ length: 8 }, async (_, process) => {
          const store = new PostgresSessionStore<number>(pool(isolation, 2), { table });
          for (let count = 0; count < each; count++) {
            const grant = await wait(store, 'hot', `process ${process}`);
            await insist(() => commitOf(store, 'hot', grant, (grant.read() ?? 0) + 1, `${process}.${count}`));
          }
        }),
      );
      const store = new PostgresSessionStore<number>(pool(isolation), { table });
      expect(await store.get('hot')).toBe(8 * each);
    }, 60_000);

    test('whoever waited for a row gets the data of who was before, not of the time it began to wait', async () => {
      const { blocking, store, table } = await blocked(isolation);
      await store.set('a', 'old');
      const grant = await take(store, 'a');
      await blocking.begin();
      expect(await commitOf(blocking.store, 'a', grant, 'new', 'm')).toEqual({ state: 'done' });
      const next = store.acquire('a', request());
      await blocking.end(table);
      const answer = await next;
      expect(answer.granted && answer.read()).toBe('new');
      expect(answer.granted && answer.marks).toBe('m');
    });

    test('a commit that is sent again while its first copy is not over yet is told of it', async () => {
      const { blocking, store, table } = await blocked(isolation);
      const grant = await take(store, 'a');
      const next = { ...request(), yields: true };
      const commit = { change: { kind: 'set', value: 1 }, mark: 'm', marks: 'm', next } as const;
      await blocking.begin();
      const first = await blocking.store.commit('a', grant.lease, commit);
      const copy = store.commit('a', grant.lease, commit);
      await blocking.end(table);
      const again = await copy;
      expect([first.state, again.state]).toEqual(['done', 'repeated']);
      if (again.state === 'lost' || again.next === undefined) throw new Error('no next');
      expect([again.next.read(), again.next.marks]).toEqual([1, 'm']);
      expect(await commitOf(store, 'a', again.next, 2, 'm2')).toEqual({ state: 'done' });
      expect(await store.get('a')).toBe(2);
    });

    test('a commit that another acquires the key from under is lost', async () => {
      const { blocking, store, table } = await blocked(isolation);
      const late = await take(store, 'a', 0);
      await blocking.begin();
      await take(blocking.store, 'a');
      const commit = commitOf(store, 'a', late, 'late', 'm');
      await blocking.end(table);
      expect(await commit).toEqual({ state: 'lost' });
      expect(await store.get('a')).toBeUndefined();
    });
  });

  test('an acquire and a commit take one round trip each, and so does what follows on a commit', async () => {
    for (const kind of ['pg Pool', 'postgres'] as const) {
      const proxy = await CuttingProxy.start({ protocol: 'postgres', target: server.port });
      const url = server.url(databases.get('read committed'), proxy.port);
      const { client, close } = await openClient(kind, url);
      const store = new PostgresSessionStore<number>(client, { table: newTable() });
      const update = async (key: string): Promise<void> => {
        const grant = await take(store, key);
        await commitOf(store, key, grant, (grant.read() ?? 0) + 1, `${grant.lease.token}`);
      };
      // Enough for each connection to have made its statements.
      for (let count = 0; count < 20; count++) await Promise.all(['a', 'b', 'c', 'd'].map(update));
      const before = proxy.requests;
      for (let count = 0; count < 50; count++) await update('a');
      const came = proxy.requests - before;
      await close();
      await proxy.stop();
      expect([kind, came]).toEqual([kind, 100]);
    }
  });

  test('the fence comes from the clock, so a row that was purged and made again has no old one', async () => {
    const database = pool();
    const table = newTable();
    const store = new PostgresSessionStore(database, { table });
    const before = Date.now();
    const first = await take(store, 'a');
    await store.commit('a', first.lease, { change: { kind: 'delete' }, mark: undefined, marks: '' });
    const fences = [await fenceOf(database, table)];
    await passTime(
      { query: async (text, values) => (await database.query(text, [...(values ?? [])])).rows },
      table,
      120_000,
    );
    expect(await store.purge()).toBe(1);
    const second = await take(store, 'a');
    fences.push(await fenceOf(database, table));
    await commitOf(store, 'a', second, 1, undefined);
    fences.push(await fenceOf(database, table));
    await take(store, 'a');
    fences.push(await fenceOf(database, table));
    expect(fences).toEqual([...new Set(fences)].sort((a, b) => a - b));
    expect(fences[0]).toBeGreaterThanOrEqual((before - 60_000) * 1_000);
    expect(await commitOf(store, 'a', first, 'late', undefined)).toEqual({ state: 'lost' });
  });

  test('a row with the same fence and another holder is another’s', async () => {
    const database = pool();
    const table = newTable();
    const store = new PostgresSessionStore(database, { table });
    const held = await take(store, 'a');
    await database.query(`UPDATE ${table} SET tok = 'another'`);
    expect(await commitOf(store, 'a', held, 'late', 'm')).toEqual({ state: 'lost' });
    expect(await store.get('a')).toBeUndefined();
  });

  test('a plain set or delete takes the lease from whoever has it', async () => {
    const store = new PostgresSessionStore(pool(), { table: newTable() });
    for (const [change, expected] of [
      [() => store.set('a', 'plain'), 'plain'],
      [() => store.delete('a'), undefined],
    ] as const) {
      const held = await take(store, 'a');
      await change();
      expect(await store.renew('a', held.lease, 1_000)).toBe(false);
      expect(await commitOf(store, 'a', held, 'late', 'm')).toEqual({ state: 'lost' });
      expect(await store.get('a')).toBe(expected);
      const next = await take(store, 'a');
      await store.commit('a', next.lease, { change: NONE, mark: undefined, marks: '' });
    }
  });

  test('an acquire changes no setting of the connection', async () => {
    const { client, query, close } = await openClient(
      'pg Client',
      server.url(databases.get('read committed')),
    );
    const store = new PostgresSessionStore(client, { table: newTable() });
    await take(store, 'a');
    await take(store, 'b');
    expect(await query('SHOW synchronous_commit')).toEqual([{ synchronous_commit: 'on' }]);
    await close();
  });

  test('an error that may pass is told from one that will not', async () => {
    const database = pool();
    const store = new PostgresSessionStore(database, { table: newTable() });
    await store.set('a', 1);
    const failure = async (work: () => Promise<unknown>): Promise<unknown> =>
      work().then(
        () => Promise.reject(new Error('It should have failed.')),
        (error: unknown) => error,
      );
    const of = (state: string) =>
      failure(() => database.query(`DO $$ BEGIN RAISE 'x' USING ERRCODE = '${state}'; END $$`));
    for (const state of ['08006', '40001', '40P01', '53300', '57P01', '57P03', '55P03'])
      expect([state, store.isTransient(await of(state))]).toEqual([state, true]);
    for (const state of ['42501', '23502', '22001', '57014'])
      expect([state, store.isTransient(await of(state))]).toEqual([state, false]);

    const nowhere = { host: '127.0.0.1', port: 1 };
    expect(store.isTransient(await failure(() => new pg.Client(nowhere).connect()))).toBe(true);
    const ended = new pg.Pool(nowhere);
    await ended.end();
    expect(store.isTransient(await failure(() => ended.query('SELECT 1')))).toBe(false);
    expect(store.isTransient(await failure(() => database.query('SELECT nothing')))).toBe(false);
    expect(
      [undefined, null, 'ECONNRESET', new TypeError('x')].map((each) => store.isTransient(each)),
    ).toEqual(Array(4).fill(false));
  });

  test.each(['pg Pool', 'postgres'] as const)(
    '%s: what a server that is killed breaks is transient, and works again when it is back',
    async (kind) => {
      const { client, close } = await openClient(kind, server.url(databases.get('read committed')));
      const store = new PostgresSessionStore(client, { table: newTable() });
      await store.set('a', 'kept');
      const held = await take(store, 'b', 60_000);
      const underWay = client as {
        query?(text: string): Promise<unknown>;
        unsafe?(text: string): Promise<unknown>;
      };
      const sleeping = Promise.resolve(
        (underWay.unsafe ?? underWay.query)?.call(client, 'SELECT pg_sleep(60)'),
      );
      const broken = sleeping.catch((error: unknown) => error);
      await busy();
      await server.kill9();
      expect(store.isTransient(await broken)).toBe(true);
      const refused = await Promise.allSettled([store.get('a'), store.get('a')]);
      for (const each of refused) {
        expect(each.status).toBe('rejected');
        expect(each.status === 'rejected' && store.isTransient(each.reason)).toBe(true);
      }
      await server.restart();
      expect(await insist(async () => store.get('a'))).toBe('kept');
      // The acquire may be forgotten, as no crash of the server can make a handler wrong: then its commit is lost.
      const { state } = await insist(() => commitOf(store, 'b', held, 1, 'm'));
      expect(await store.get('b')).toBe(state === 'done' ? 1 : undefined);
      await close();
    },
    30_000,
  );

  /** Waits until a statement of the test is being carried out. */
  async function busy(): Promise<void> {
    while ((await server.query(`SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'`)).length === 0);
  }

  /** A store whose statements are all in one transaction, which ends only when the other store waits for it. */
  async function blocked(isolation: Isolation) {
    const client = new pg.Client({ connectionString: server.url(databases.get(isolation)) });
    await client.connect();
    const table = newTable();
    // Its own transactions would be refused on a Client that is known as one.
    const asked: PostgresClient = { query: (text, values) => client.query(text, values) };
    const blocking = new PostgresSessionStore<unknown>(asked, { table });
    const store = new PostgresSessionStore<unknown>(pool(isolation), { table });
    await store.get('a');
    await blocking.get('a');
    return {
      table,
      store,
      blocking: {
        store: blocking,
        begin: () => client.query('BEGIN'),
        end: async (name: string) => {
          const waiting = `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%"${name}"%'`;
          while ((await server.query(waiting)).length === 0);
          await client.query('COMMIT');
          await client.end();
        },
      },
    };
  }
});

let tokens = 0;

function request(contender = 'c', leaseMs = 60_000): LeaseRequest {
  return { token: `token ${++tokens}`, leaseMs, contender, reserveMs: 150 };
}

async function take<S>(
  store: PostgresSessionStore<S>,
  key: string,
  leaseMs?: number,
): Promise<LeaseGrant<S>> {
  const answer = await store.acquire(key, request('c', leaseMs));
  if (!answer.granted) throw new Error('refused');
  return answer;
}

/** Acquires as the engine does, in short: often with the reservation, seldom without. */
async function wait<S>(
  store: PostgresSessionStore<S>,
  key: string,
  contender: string,
): Promise<LeaseGrant<S>> {
  for (;;) {
    const answer = await insist(async () => store.acquire(key, request(contender, 15_000)));
    if (answer.granted) return answer;
    const most = answer.reserved ? 3 : 30 * (0.5 + Math.random());
    await new Promise((resolve) => setTimeout(resolve, Math.min(answer.remainingMs, most)));
  }
}

/** Repeats what failed for a while only, as the engine does. */
async function insist<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt === 20 || !new PostgresSessionStore(new pg.Pool() as PostgresClient).isTransient(error))
        throw error;
      await new Promise((resolve) => setTimeout(resolve, 10 * attempt * Math.random()));
    }
  }
}

function commitOf<S>(
  store: PostgresSessionStore<S>,
  key: string,
  { lease }: LeaseGrant<S>,
  value: S,
  mark: string | undefined,
) {
  return store.commit(key, lease, { change: { kind: 'set', value }, mark, marks: mark ?? '' });
}

async function fenceOf(database: pg.Pool, table: string): Promise<number> {
  return Number((await database.query(`SELECT ver FROM ${table}`)).rows[0].ver);
}
