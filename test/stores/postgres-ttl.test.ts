/** How sessions in PostgreSQL end, and what becomes of their rows. */

import type { LeaseCommit, LeaseGrant } from '@sessiongram/core';
import { type PostgresClient, PostgresSessionStore } from '@sessiongram/postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keysOf, newTable, type OwnedClient, openPglite, passTime } from './postgres-clients';

const TTL_MS = 100_000;
const DAY_MS = 86_400_000;
const DELETE = { change: { kind: 'delete' }, mark: undefined, marks: '' } as const;

describe('the end of a session', () => {
  let owned: OwnedClient;
  let table: string;

  beforeAll(async () => {
    owned = await openPglite();
  }, 60_000);

  afterAll(() => owned?.close());

  function open(ttlMs: number | undefined = TTL_MS): PostgresSessionStore {
    table = newTable();
    return new PostgresSessionStore(owned.client, { table, ...(ttlMs === 0 ? {} : { ttlMs }) });
  }

  const pass = (ms: number) => passTime(owned, table, ms);
  const rows = async () => (await owned.query(`SELECT * FROM ${table}`)).length;
  /** Changes with every version of the row. */
  const version = async () => (await owned.query(`SELECT ctid::text, xmin::text FROM ${table}`))[0];

  let tokens = 0;
  async function take(store: PostgresSessionStore, key = 'a'): Promise<LeaseGrant<unknown>> {
    const token = `token ${++tokens}`;
    const answer = await store.acquire(key, { token, leaseMs: 60_000, contender: 'c', reserveMs: 150 });
    if (!answer.granted) throw new Error('refused');
    return answer;
  }
  const leave = (mark?: string): LeaseCommit<unknown> => ({
    change: { kind: 'none' },
    mark,
    marks: mark ?? '',
  });

  test('a session that is over is over everywhere, before anything is purged', async () => {
    const store = open();
    await store.set('a', 1);
    await pass(TTL_MS);
    await store.touch('a');
    expect(await store.get('a')).toBeUndefined();
    expect(await keysOf(store)).toEqual([]);
    const grant = await take(store);
    expect(grant.read()).toBeUndefined();
    expect(await store.commit('a', grant.lease, leave())).toEqual({ state: 'done' });
    expect(await store.get('a')).toBeUndefined();
  });

  test('a commit without change renews what has aged while it was held', async () => {
    const store = open();
    await store.set('a', 1);
    const { lease } = await take(store);
    await pass(TTL_MS * 0.2);
    await store.commit('a', lease, leave());
    await pass(TTL_MS * 0.9);
    expect(await store.get('a')).toBe(1);
  });

  test('a commit without change gives an end to what another program wrote while the key was held', async () => {
    const store = open();
    const { lease } = await take(store);
    await owned.query(`UPDATE ${table} SET value = '1'`);
    await store.commit('a', lease, leave());
    expect(await owned.query(`SELECT value, expires_at IS NULL AS endless FROM ${table}`)).toEqual([
      { value: '1', endless: false },
    ]);
  });

  test('a commit whose row is gone is lost, with a mark as well', async () => {
    const store = open();
    const { lease } = await take(store);
    await owned.query(`DELETE FROM ${table}`);
    expect(await store.commit('a', lease, leave('7'))).toEqual({ state: 'lost' });
  });

  test('a lease is a use: what is held lives on', async () => {
    const store = open();
    await store.set('a', 1);
    await pass(TTL_MS * 0.75);
    await take(store);
    await pass(TTL_MS * 0.5);
    expect(await store.get('a')).toBe(1);
  });

  test('what was remembered of updates stays for a day when a session is deleted without a lease', async () => {
    const store = open();
    const { lease } = await take(store);
    await store.commit('a', lease, { change: { kind: 'set', value: 1 }, mark: '7', marks: '7' });
    await store.delete('a');
    expect(await store.get('a')).toBeUndefined();
    await pass(DAY_MS - 60_000);
    expect(await store.purge()).toBe(0);
    expect((await take(store)).marks).toBe('7');
  });

  test('a session whose time was up while its handler ran lives on with the commit', async () => {
    const store = open();
    await store.set('a', 1);
    const { lease } = await take(store);
    await pass(TTL_MS + 1);
    expect(await store.purge()).toBe(0);
    await store.commit('a', lease, leave());
    expect(await store.get('a')).toBe(1);
  });

  test.each<[string, (store: PostgresSessionStore) => Promise<unknown>]>([
    ['get', (store) => store.get('a')],
    ['touch', (store) => store.touch('a')],
    ['a commit without change', async (store) => store.commit('a', (await take(store)).lease, leave())],
  ])('%s renews the time, at most once per tenth of it', async (_, use) => {
    const store = open();
    await store.set('a', 1);
    const end = async () => (await owned.query(`SELECT expires_at, purge_at FROM ${table}`))[0];
    const first = await end();
    await use(store);
    expect(await end()).toEqual(first);
    await pass(TTL_MS * 0.2);
    const second = await end();
    await use(store);
    expect(await end()).not.toEqual(second);
    await pass(TTL_MS * 0.9);
    expect(await store.get('a')).toBe(1);
  });

  test('a get within the tenth writes nothing', async () => {
    const store = open();
    await store.set('a', 1);
    const before = await version();
    await store.get('a');
    await store.touch('a');
    expect(await version()).toEqual(before);
    await pass(TTL_MS * 0.2);
    const later = await version();
    await store.get('a');
    expect(await version()).not.toEqual(later);
  });

  test('a session from before there was a time to live gets one with its next use', async () => {
    const store = open(0);
    await store.set('a', 1);
    const mortal = new PostgresSessionStore(owned.client, { table, ttlMs: TTL_MS });
    await pass(TTL_MS * 2);
    expect(await mortal.get('a')).toBe(1);
    await pass(TTL_MS);
    expect(await mortal.get('a')).toBeUndefined();
  });

  test('purge removes what is over, and says how much', async () => {
    const store = open();
    await store.set('new', 1);
    await owned.query(`
      INSERT INTO ${table} (key, value, expires_at, purge_at, ours)
      SELECT 'old ' || n, '1', clock_timestamp(), clock_timestamp(), true FROM generate_series(1, 1500) AS n`);
    expect(await store.purge()).toBe(1_500);
    expect(await rows()).toBe(1);
    expect(await store.get('new')).toBe(1);
  });

  test('purge spares what has no end', async () => {
    const store = open(0);
    await store.set('a', 1);
    await pass(100 * DAY_MS);
    expect(await store.purge()).toBe(0);
    expect(await store.get('a')).toBe(1);
  });

  test.each([
    ['without marks is kept for a minute', undefined, 60_000],
    ['with marks is kept for a day', 'm', DAY_MS],
  ])('a row without data %s', async (_, mark, keptMs) => {
    const store = open(0);
    await store.set('a', 1);
    await store.commit('a', (await take(store)).lease, { ...DELETE, mark, marks: mark ?? '' });
    await pass(keptMs - 10_000);
    expect(await store.purge()).toBe(0);
    expect((await take(store, 'a')).marks).toBe(mark ?? '');
    await store.set('b', 1);
    await pass(DAY_MS + 120_000);
    expect(await store.purge()).toBe(1);
    expect(await keysOf(store)).toEqual(['b']);
  });

  test('marks outlive the data by a day', async () => {
    const store = open();
    const { lease } = await take(store);
    await store.commit('a', lease, { change: { kind: 'set', value: 1 }, mark: 'm', marks: 'm' });
    await pass(TTL_MS + DAY_MS - 10_000);
    expect(await store.purge()).toBe(0);
    const grant = await take(store);
    expect([grant.read(), grant.marks]).toEqual([undefined, 'm']);
  });

  test('a row with a lease is not purged, not even when that has lapsed: nobody has taken it', async () => {
    const store = open();
    const { lease } = await take(store);
    await pass(3_600_000);
    expect(await store.purge()).toBe(0);
    const commit = { change: { kind: 'set', value: 'late' }, mark: undefined, marks: '' } as const;
    expect(await store.commit('a', lease, commit)).toEqual({ state: 'done' });
    const dead = await take(store, 'dead');
    await pass(DAY_MS + 120_000);
    expect(await store.purge()).toBe(2);
    expect(await store.commit('dead', dead.lease, commit)).toEqual({ state: 'lost' });
  });

  test('rows that are over are purged after a write, once for many, and never two at once', async () => {
    const earlier = open();
    await earlier.set('old', 1);
    await earlier.close();
    await pass(TTL_MS);
    const { client, statements } = overheard(owned);
    const store = new PostgresSessionStore(client, { table, ttlMs: TTL_MS });
    await Promise.all(Array.from({ length: 20 }, (_, index) => store.set(`${index}`, 1)));
    await store.close();
    expect(await rows()).toBe(20);
    expect(statements.filter((text) => text.includes('SKIP LOCKED'))).toHaveLength(1);
  });

  test('a purge in the background that fails is nobody’s error', async () => {
    const { client, refuse } = overheard(owned);
    table = newTable();
    const store = new PostgresSessionStore(client, { table });
    refuse('SKIP LOCKED');
    await store.set('a', 1);
    await store.close();
    expect(await store.get('a')).toBe(1);
    await expect(store.purge()).rejects.toMatchObject({ code: '42601' });
  });
});

/** A client whose statements are heard, and those that contain a text made wrong. */
function overheard({ client }: OwnedClient) {
  const { query } = client as {
    query: (text: string, values: (string | null)[]) => Promise<{ rows: object[] }>;
  };
  const statements: string[] = [];
  let refused: string | undefined;
  const heard: PostgresClient = {
    query(text, values) {
      statements.push(text);
      const wrong = refused !== undefined && text.includes(refused);
      return query.call(client, wrong ? `${text} )` : text, values);
    },
  };
  return {
    client: heard,
    statements,
    refuse: (text: string) => {
      refused = text;
    },
  };
}
