/** What becomes of the rows in PostgreSQL: ends, marks, reservations and fences, looked at one by one. */

import type { LeaseCommit, LeaseGrant, LeaseRequest } from '@sessiongram/core';
import {
  type PostgresClient,
  PostgresSessionStore,
  type PostgresSessionStoreOptions,
} from '@sessiongram/postgres';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PostgresServer, skipsPostgres } from '../support/servers/postgres';
import { granted, NONE, request as requestOf, setTo } from './leases';
import { keysOf, newTable, type OwnedClient, openClient, passTime } from './postgres-clients';

const TTL_MS = 100_000;
const DAY_MS = 86_400_000;
const HELD_MS = 10 * DAY_MS;
const DELETE = { kind: 'delete' } as const;

describe.skipIf(skipsPostgres())('rows', () => {
  let server: PostgresServer;
  let url: string;
  let owned: OwnedClient;
  let table: string;
  let opened: PostgresSessionStore;

  beforeAll(async () => {
    server = await PostgresServer.start();
    url = server.url(await server.createDatabase());
    owned = await openClient('pg Pool', url);
  }, 60_000);

  afterAll(async () => {
    await owned?.close();
    await server?.stop();
  });

  function open(options: PostgresSessionStoreOptions = { ttlMs: TTL_MS }): PostgresSessionStore {
    table = newTable();
    opened = new PostgresSessionStore(owned.client, { table, ...options });
    return opened;
  }

  async function pass(ms: number): Promise<void> {
    await opened.close(); // or the purge in the background is the one that finds what is over
    await passTime(owned, table, ms);
  }

  const row = async () => (await owned.query(`SELECT * FROM ${table}`))[0] as Record<string, unknown>;

  test('a fence grows also where the clock has gone back', async () => {
    const store = open();
    await store.set('a', 1);
    await owned.query(`UPDATE ${table} SET ver = 9000000000000000`);
    await take(store);
    expect((await row())['ver']).toBe('9000000000000001');
  });

  test('a row that another program has removed and made anew has no old fence', async () => {
    const store = open();
    await store.get('a');
    const anew = async () => {
      await owned.query(`DELETE FROM ${table}`);
      await owned.query(`INSERT INTO ${table} (key, value) VALUES ('a', '"theirs"')`);
    };
    await anew();
    const asked = request();
    const first = await take(store, asked);
    await anew();
    await take(store, asked); // a delayed copy
    expect(await store.commit('a', first.lease, setTo('late'))).toEqual({ state: 'lost' });
    expect(await store.get('a')).toBe('theirs');
  });

  test('whoever waited for a row compares with the time at which it got it', async () => {
    const store = open();
    await take(store);
    const holding = await waitedFor(`UPDATE ${table} SET until = until`);
    const next = store.acquire('a', request('d'));
    await holding.end(`UPDATE ${table} SET until = clock_timestamp()`);
    expect(await next).toMatchObject({ granted: true });
  });

  test('whoever met a row that was not there when it began is told how long to wait', async () => {
    const store = open();
    await store.get('a');
    const holding = await waitedFor(`
      INSERT INTO ${table} (key, ver, tok, until, reserved, reserved_until)
      VALUES ('a', 1, 't', clock_timestamp() + interval '1 h', 'd', clock_timestamp() + interval '1 h')`);
    const next = store.acquire('a', request('c'));
    await holding.end();
    const answer = await next;
    expect(answer).toMatchObject({ granted: false, reserved: false });
    expect(answer.granted || answer.remainingMs).toBeGreaterThan(60_000);
  });

  test('whoever is refused or reserves takes nothing from a holder whose session is over', async () => {
    const store = open();
    await store.set('a', 1);
    const held = await take(store);
    await pass(TTL_MS + 1);
    expect(await store.acquire('a', request('d'))).toMatchObject({ granted: false, reserved: true });
    expect(await store.commit('a', held.lease, NONE)).toEqual({ state: 'done' });
    expect(await store.get('a')).toBe(1);
  });

  test('a holder that asks again has its lease, and another its reservation', async () => {
    const store = open();
    const asked = request();
    await take(store, asked);
    expect(await store.acquire('a', { ...request('d'), reserveMs: DAY_MS })).toMatchObject({
      reserved: true,
    });
    const again = await take(store, asked);
    expect(await store.commit('a', again.lease, NONE)).toEqual({ state: 'done' });
    const answer = await store.acquire('a', request('e'));
    expect(answer).toMatchObject({ granted: false, reserved: false });
    expect(answer.granted || answer.remainingMs).toBeGreaterThan(60_000);
  });

  test('a lease is renewed by its holder with its fence only', async () => {
    const store = open();
    const asked = request();
    const first = await take(store, asked);
    const copy = await take(store, asked);
    expect(await store.renew('a', first.lease, HELD_MS)).toBe(false);
    expect(await store.renew('a', copy.lease, HELD_MS)).toBe(true);
    await owned.query(`UPDATE ${table} SET tok = 'another'`);
    expect(await store.renew('a', copy.lease, HELD_MS)).toBe(false);
  });

  test('whoever reserves does not lengthen the lease', async () => {
    const store = open();
    await take(store);
    const { until } = await row();
    expect(await store.acquire('a', request('d', 2 * HELD_MS))).toMatchObject({ reserved: true });
    expect((await row())['until']).toEqual(until);
  });

  test.each<[string, (store: PostgresSessionStore) => Promise<unknown>]>([
    ['that was over when it was taken', (store) => pass(TTL_MS + 1).then(() => take(store))],
    ['that was deleted by a commit', (store) => taken(store, { ...NONE, change: DELETE })],
    ['that was over at a commit of no change', (store) => pass(TTL_MS + 1).then(() => taken(store, NONE))],
  ])('data that another program writes into the row of a session %s have no end', async (_, use) => {
    const store = open();
    await store.set('a', 1);
    await use(store);
    await owned.query(`UPDATE ${table} SET value = '"theirs"'`);
    await pass(2 * TTL_MS);
    expect(await store.get('a')).toBe('theirs');
  });

  test('with a fixed time, data that come where somebody has emptied the row have an end of their own', async () => {
    for (const write of [
      (store: PostgresSessionStore) => store.set('a', 2),
      (store: PostgresSessionStore) => taken(store, setTo(2)),
    ]) {
      const store = open({ ttlMs: TTL_MS, ttl: 'fixed' });
      await store.set('a', 1);
      await owned.query(`UPDATE ${table} SET value = NULL`);
      await pass(TTL_MS / 2);
      await write(store);
      await pass(TTL_MS * 0.75);
      expect(await store.get('a')).toBe(2);
    }
  });

  test.each<[string, (store: PostgresSessionStore) => Promise<unknown>]>([
    ['a get', (store) => store.get('a')],
    ['a touch', (store) => store.touch('a')],
    ['a set', (store) => store.set('a', 2)],
    ['a commit without a mark', (store) => taken(store, { ...NONE, marks: '' })],
    ['a commit that deletes, without a mark', (store) => taken(store, { ...NONE, change: DELETE })],
  ])('marks outlive by a day what %s has renewed', async (_, use) => {
    const store = open();
    await taken(store, { ...setTo(1), mark: 'm', marks: 'm' });
    await pass(TTL_MS * 0.2);
    await use(store);
    const { value } = await row();
    await pass((value === null ? 0 : TTL_MS) + DAY_MS - 10_000);
    expect(await store.purge()).toBe(0);
    expect((await take(store)).marks).toBe('m');
  });

  test('a lease that nobody gave back takes no mark from data that outlived it', async () => {
    const store = open({ ttlMs: 3 * DAY_MS });
    await taken(store, { ...setTo(1), mark: 'm', marks: 'm' });
    await take(store, request('c', 1_000));
    await pass(3 * DAY_MS + 60_000);
    expect(await store.purge()).toBe(0);
    expect((await take(store)).marks).toBe('m');
  });

  test('what has no marks is purged as soon as its data are over, and a minute after they were deleted', async () => {
    const store = open();
    await store.set('a', 1);
    await store.set('a', 2);
    await pass(TTL_MS + 1);
    expect(await store.purge()).toBe(1);
    await taken(store, { ...NONE, change: DELETE });
    await pass(60_001);
    expect(await store.purge()).toBe(1);
  });

  test('a row with a reservation is not purged', async () => {
    const store = open();
    const held = await take(store);
    expect(await store.acquire('a', { ...request('d'), reserveMs: DAY_MS })).toMatchObject({
      reserved: true,
    });
    await store.commit('a', held.lease, { ...NONE, change: DELETE });
    await pass(3_600_000);
    expect(await store.purge()).toBe(0);
    expect(await store.acquire('a', request('e'))).toMatchObject({ granted: false, reserved: false });
    await pass(DAY_MS);
    expect(await store.purge()).toBe(1);
  });

  test('a commit that is repeated when the session is over hands on nothing of it', async () => {
    const store = open();
    const held = await take(store);
    const next = { ...request('d'), yields: false };
    const commit = { ...setTo(1), mark: 'm', marks: 'm', next };
    expect(await store.commit('a', held.lease, commit)).toMatchObject({ state: 'done' });
    await pass(TTL_MS + 1);
    const again = await store.commit('a', held.lease, commit);
    if (again.state !== 'repeated' || again.next === undefined) throw new Error('not repeated');
    expect(again.next.read()).toBeUndefined();
  });

  test('keys() with a prefix fetches no other keys', async () => {
    const store = open();
    await Promise.all(['a', 'b', 'c', 'd'].map((key) => store.set(key, 1)));
    let fetched = 0;
    const counting: PostgresClient = {
      async query(text, values) {
        const answer = await (owned.client as pg.Pool).query(text, values);
        if (text.includes('starts_with')) fetched += answer.rows.length;
        return answer;
      },
    };
    expect(await keysOf(new PostgresSessionStore(counting, { table }), { prefix: 'b' })).toEqual(['b']);
    expect(fetched).toBe(1);
  });

  /** A transaction that has done a statement; it ends, with another one, when somebody waits for it. */
  async function waitedFor(text: string) {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query('BEGIN');
    await client.query(text);
    const name = table;
    return {
      async end(last = 'SELECT 1'): Promise<void> {
        const waiting = `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%"${name}"%'`;
        while ((await server.query(waiting)).length === 0);
        await client.query(last);
        await client.query('COMMIT');
        await client.end();
      },
    };
  }
});

function request(contender = 'c', leaseMs = HELD_MS): LeaseRequest {
  return requestOf({ contender, leaseMs });
}

async function take(store: PostgresSessionStore, asked = request()): Promise<LeaseGrant<unknown>> {
  return granted(await store.acquire('a', asked));
}

async function taken(store: PostgresSessionStore, commit: LeaseCommit<unknown>): Promise<void> {
  const { lease } = await take(store);
  expect(await store.commit('a', lease, commit)).toEqual({ state: 'done' });
}
