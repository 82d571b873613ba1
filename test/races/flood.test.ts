/** A flood of one user costs that user alone, and a million users cost no more than the store's cap. */

import { MemorySessionStore, type SessionError, type SessionStore, Sessions } from '@sessiongram/core';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Turns } from '../../packages/core/src/turns';
import { LeasingStore } from '../support/leasing-store';
import { RedisServer, skipsRedis } from '../support/servers/redis';
import { isSoak, note, runsOf } from './figures';
import { type FloodFigures, floodLatency } from './flood';
import { openPlace } from './place';
import { RUN_WITHIN_MS } from './sizes';

interface Counter {
  counter: number;
}

const HANDLER_MS = 50;
const FLOOD = 10_000;
const OTHERS = 100;
const MAX_WAITING = 1_000;
const KEYS_AT_A_TIME = 1_000;

const initial = (): Counter => ({ counter: 0 });

afterEach(() => void vi.useRealTimers());

describe.each<[name: string, open: () => SessionStore]>([
  ['memory', () => new MemorySessionStore()],
  ['a store with leases', () => new LeasingStore()],
])('one user sends 10,000 updates at once, on %s', (_, open) => {
  test('maxWaiting of them wait, the rest is refused at once, and the others do not wait for them', async () => {
    vi.useFakeTimers();
    const store = open();
    const sessions = new Sessions<Counter>({ store, initial, maxWaiting: MAX_WAITING });
    const done = { flood: 0, busy: 0, others: 0 };
    const handle = (key: string): Promise<void> =>
      sessions.run(key, async (session) => {
        await new Promise((resolve) => setTimeout(resolve, HANDLER_MS));
        session.data.counter++;
      });

    for (let count = 0; count < FLOOD; count++) {
      handle('666:666').then(
        () => void done.flood++,
        ({ code }: SessionError) => void (code === 'SESSION_BUSY' && done.busy++),
      );
    }
    for (let user = 1; user <= OTHERS; user++) void handle(`${user}:${user}`).then(() => void done.others++);

    await vi.advanceTimersByTimeAsync(0);
    expect(done).toEqual({ flood: 0, busy: FLOOD - MAX_WAITING - 1, others: 0 });
    expect(Turns.of(store).size).toBe(OTHERS + 1);

    await vi.advanceTimersByTimeAsync(HANDLER_MS);
    expect(done.others).toBe(OTHERS);
    expect(done.flood).toBeLessThanOrEqual(1);
    expect(Turns.of(store).size).toBe(1);

    await vi.advanceTimersByTimeAsync(MAX_WAITING * HANDLER_MS * 2);
    expect(done.flood).toBe(MAX_WAITING + 1);
    expect(await store.get('666:666')).toEqual({ counter: MAX_WAITING + 1 });
    expect(Turns.of(store).size).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('the latency of the others in a flood', { timeout: RUN_WITHIN_MS }, () => {
  const options = isSoak
    ? { rounds: 4, updates: FLOOD, others: 1_000 }
    : { rounds: 2, updates: 3_000, others: 100 };

  /** Of times, nothing is expected here: they are for the report. */
  function expectWhole(name: string, figures: FloodFigures): void {
    const { ratio, served, flood } = figures;
    expect(ratio).toBeGreaterThan(0);
    expect(served).toBe(2 * options.rounds * options.others);
    expect(flood.handled + flood.busy).toBe(options.rounds * options.updates);
    expect(flood.busy).toBeGreaterThan(0);
    note('flood', { name, ...figures });
  }

  test('is measured on the memory store', async () => {
    expectWhole('in memory', await floodLatency(new MemorySessionStore(), options));
  });

  test.skipIf(skipsRedis())('is measured on Redis', async () => {
    const server = await RedisServer.start();
    const { store, close } = await openPlace({ kind: 'redis', port: server.port });
    expectWhole('Redis', await floodLatency(store, options));
    await close();
    await server.stop();
  });
});

test('as many users as there may be leave no turn behind, and as many sessions as the store may keep', {
  timeout: RUN_WITHIN_MS,
}, async () => {
  const cap = 10_000;
  const store = new MemorySessionStore<Counter>(cap);
  const sessions = new Sessions<Counter>({ store, initial, skipRedelivered: true });
  const keys = runsOf(100_000, 1_000_000);
  let runs = 0;
  for (let first = 0; first < keys; first += KEYS_AT_A_TIME) {
    const visits = Array.from({ length: KEYS_AT_A_TIME }, (_, index) => {
      const update_id = first + index;
      const visit = ({ data }: { data: Counter }): void => {
        runs++;
        data.counter++;
      };
      return sessions.visit(`${update_id}:${update_id}`, visit, initial, { update_id });
    });
    await Promise.all(visits);
    expect(store.size).toBeLessThanOrEqual(cap);
  }
  expect(runs).toBe(keys);
  expect(store.size).toBe(cap);
  expect(Turns.of(store).size).toBe(0);
  note('distinct', { name: 'in memory', keys, kept: store.size });
});
