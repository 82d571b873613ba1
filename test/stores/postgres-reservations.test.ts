/** Reservations in PostgreSQL: who has one, how long others are told to wait, and what it takes from nobody. */

import type { LeaseGrant, LeaseRequest } from '@sessiongram/core';
import { PostgresSessionStore, type PostgresSessionStoreOptions } from '@sessiongram/postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { granted, NONE, request as requestOf } from './leases';
import { newTable, type OwnedClient, openPglite, passTime } from './postgres-clients';

const TTL_MS = 100_000;
const DAY_MS = 86_400_000;
const HELD_MS = 10 * DAY_MS;

describe('reservations', () => {
  let owned: OwnedClient;
  let table: string;

  beforeAll(async () => {
    owned = await openPglite();
  }, 60_000);

  afterAll(() => owned?.close());

  function open(options: PostgresSessionStoreOptions = { ttlMs: TTL_MS }): PostgresSessionStore {
    table = newTable();
    return new PostgresSessionStore(owned.client, { table, ...options });
  }

  const pass = (ms: number) => passTime(owned, table, ms);

  /** A key that one holds and another has reserved for a day. */
  async function reserved(store: PostgresSessionStore, leaseMs = HELD_MS): Promise<LeaseGrant<unknown>> {
    const held = await take(store, { leaseMs });
    expect(await store.acquire('a', request({ contender: 'd' }))).toMatchObject({ reserved: true });
    return held;
  }

  async function refusal(store: PostgresSessionStore, contender = 'e'): Promise<number> {
    const answer = await store.acquire('a', request({ contender }));
    if (answer.granted) throw new Error('granted');
    expect(answer.reserved).toBe(false);
    return answer.remainingMs;
  }

  test('a session that is over stays over when its key is reserved', async () => {
    const store = open();
    await store.set('a', 1);
    await take(store);
    await pass(TTL_MS + 1);
    expect(await store.acquire('a', request({ contender: 'd' }))).toMatchObject({ reserved: true });
    expect(await store.get('a')).toBeUndefined();
  });

  test('whoever is refused while there is a lease waits for its end', async () => {
    const store = open();
    await reserved(store);
    const ms = await refusal(store);
    expect(ms).toBeGreaterThan(HELD_MS - DAY_MS);
    expect(ms).toBeLessThanOrEqual(HELD_MS);
  });

  test.each<[string, (store: PostgresSessionStore, lease: LeaseGrant<unknown>) => Promise<unknown>]>([
    ['has lapsed', () => pass(1_001)],
    ['was given back', (store, { lease }) => store.commit('a', lease, NONE)],
    ['was ended by a plain set', (store) => store.set('a', 1)],
  ])('whoever is refused when the lease %s waits for the end of the reservation', async (_, end) => {
    const store = open();
    const held = await reserved(store, 1_000);
    await store.renew('a', held.lease, 1_000);
    await end(store, held);
    const ms = await refusal(store);
    expect(ms).toBeGreaterThan(DAY_MS - 60_000);
    expect(ms).toBeLessThanOrEqual(DAY_MS);
  });

  test('whoever is refused when a plain set ended a long lease waits for the end of the reservation', async () => {
    const store = open();
    await reserved(store);
    await store.set('a', 1);
    expect(await refusal(store)).toBeLessThanOrEqual(DAY_MS);
  });

  test('a holder that asks again leaves another its reservation', async () => {
    const store = open();
    const asked = { token: 'asked twice' };
    await take(store, asked);
    expect(await store.acquire('a', request({ contender: 'd' }))).toMatchObject({ reserved: true });
    const again = await take(store, asked);
    await store.commit('a', again.lease, NONE);
    expect(await refusal(store)).toBeLessThanOrEqual(DAY_MS);
    await take(store, { contender: 'd' });
  });

  test('a hand-over to whoever has the reservation gives it back', async () => {
    const store = open();
    const held = await reserved(store);
    const next = { ...request({ contender: 'd' }), yields: true };
    const answer = await store.commit('a', held.lease, { ...NONE, mark: 'm', marks: 'm', next });
    if (answer.state !== 'done' || answer.next === undefined) throw new Error('not handed over');
    expect(await store.commit('a', answer.next.lease, NONE)).toEqual({ state: 'done' });
    await take(store, { contender: 'e' });
  });

  test('a hand-over that need not yield leaves another its reservation', async () => {
    const store = open();
    const held = await reserved(store);
    const next = { ...request(), yields: false };
    const answer = await store.commit('a', held.lease, { ...NONE, mark: 'm', marks: 'm', next });
    if (answer.state !== 'done' || answer.next === undefined) throw new Error('not handed over');
    expect(await refusal(store)).toBeGreaterThan(HELD_MS - DAY_MS);
    expect(await store.commit('a', answer.next.lease, NONE)).toEqual({ state: 'done' });
    expect(await refusal(store)).toBeLessThanOrEqual(DAY_MS);
    await take(store, { contender: 'd' });
  });

  test('whoever has reserved a key and reserves it again has it for longer', async () => {
    const store = open();
    const held = await reserved(store);
    await pass(DAY_MS / 2);
    expect(await store.acquire('a', request({ contender: 'd' }))).toMatchObject({ reserved: true });
    await store.commit('a', held.lease, NONE);
    expect(await refusal(store)).toBeGreaterThan(DAY_MS / 2);
  });

  test('a key whose reservation has ended is purged with its row', async () => {
    const store = open();
    await store.set('a', 1);
    await store.commit('a', (await take(store)).lease, NONE);
    await pass(DAY_MS);
    expect(await store.purge()).toBe(1);
  });

  test('a mark is not taken for a longer one that contains it', async () => {
    const store = open();
    const first = await take(store);
    await store.commit('a', first.lease, { ...NONE, mark: '11', marks: '11' });
    const second = await take(store);
    const commit = { ...NONE, mark: '1', marks: '11,1' };
    expect(await store.commit('a', first.lease, commit)).toEqual({ state: 'lost' });
    expect(await store.commit('a', second.lease, commit)).toEqual({ state: 'done' });
  });

  test('a commit of no change gives data without an end one', async () => {
    const store = open({});
    await store.set('a', 1);
    const mortal = new PostgresSessionStore(owned.client, { table, ttlMs: TTL_MS });
    await mortal.commit('a', (await take(mortal)).lease, NONE);
    await pass(TTL_MS + 1);
    expect(await mortal.get('a')).toBeUndefined();
  });
});

function request(more: Partial<LeaseRequest> = {}): LeaseRequest {
  return requestOf({ leaseMs: HELD_MS, reserveMs: DAY_MS, ...more });
}

async function take(store: PostgresSessionStore, more?: Partial<LeaseRequest>): Promise<LeaseGrant<unknown>> {
  return granted(await store.acquire('a', request(more)));
}
