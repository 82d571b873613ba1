/** When PostgresSessionStore purges by itself. */

import { PostgresSessionStore, type QueryClient } from '@sessiongram/postgres';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { deferred } from '../support/recording-store';
import { newTable, type OwnedClient, openPglite } from './postgres-clients';

describe('a purge in the background', () => {
  let owned: OwnedClient;
  let purges = 0;
  let mayGoOn: Promise<void> | undefined;

  /** A client that counts purges, and lets them wait. */
  const client: QueryClient = {
    async query(text, values) {
      if (text.includes('SKIP LOCKED')) {
        purges++;
        await mayGoOn;
      }
      return (owned.client as QueryClient).query(text, values);
    },
  };

  beforeAll(async () => {
    owned = await openPglite();
  }, 60_000);

  afterAll(() => owned?.close());

  afterEach(() => {
    purges = 0;
    mayGoOn = undefined;
    vi.useRealTimers();
  });

  function open(): PostgresSessionStore {
    vi.useFakeTimers({ toFake: ['performance'] });
    return new PostgresSessionStore(client, { table: newTable() });
  }

  test.each<[string, (store: PostgresSessionStore) => Promise<unknown>]>([
    ['set', (store) => store.set('a', 1)],
    ['delete', (store) => store.delete('a')],
    [
      'commit',
      async (store) => {
        const answer = await store.acquire('a', { token: 't', leaseMs: 1, contender: 'c', reserveMs: 1 });
        if (!answer.granted) throw new Error('refused');
        await store.commit('a', answer.lease, { change: { kind: 'none' }, mark: undefined, marks: '' });
      },
    ],
  ])('follows a %s, and close() waits for it', async (_, write) => {
    const store = open();
    const { promise, resolve } = deferred();
    mayGoOn = promise;
    await write(store);
    let isClosed = false;
    const closed = store.close().then(() => {
      isClosed = true;
    });
    await new Promise((seen) => setTimeout(seen, 10));
    expect([purges, isClosed]).toEqual([1, false]);
    resolve();
    await closed;
  });

  test('follows writes once a minute', async () => {
    const store = open();
    const counts: number[] = [];
    for (const ms of [0, 30_000, 29_999, 1, 59_999, 1]) {
      vi.advanceTimersByTime(ms);
      await store.set('a', 1);
      await store.close();
      counts.push(purges);
    }
    expect(counts).toEqual([1, 1, 1, 2, 2, 3]);
  });

  test('does not meet another that takes longer than a minute', async () => {
    const store = open();
    const { promise, resolve } = deferred();
    mayGoOn = promise;
    await store.set('a', 1);
    vi.advanceTimersByTime(60_000);
    await store.set('a', 2);
    expect(purges).toBe(1);
    resolve();
    await store.close();
    await store.set('a', 3);
    await store.close();
    expect(purges).toBe(2);
  });
});
