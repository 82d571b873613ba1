/** Guards that no other test would miss. */

import { readFileSync } from 'node:fs';
import { type SessionEvent, Sessions, withMigrations } from '@sessiongram/core';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { LeasingStore } from '../support/leasing-store';
import { deferred } from '../support/recording-store';
import { guards } from './guards/index';

interface Counter {
  counter: number;
}

const KEY = '42:42';
const initial = (): Counter => ({ counter: 0 });

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const elapse = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);
const countUp = ({ data }: { data: Counter }): void => void data.counter++;

/** Why a promise was rejected, or `fulfilled`. */
async function fate(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => 'fulfilled',
    (error: { code?: unknown }) => error.code,
  );
}

/** A handler that has changed its session and ends when it is told to. */
function longWork(sessions: Sessions<Counter>, key = KEY) {
  const ends = deferred();
  const done = fate(
    sessions.run(key, (session) => {
      countUp(session);
      return ends.promise;
    }),
  );
  return { end: () => ends.resolve(), done };
}

test('an update that waits in this process does not get the lease when another process has reserved it', async () => {
  const store = new LeasingStore<Counter>();
  const sessions = new Sessions<Counter>({ store, initial });
  const first = longWork(sessions);
  await elapse(0);
  const second = longWork(sessions);
  const other = store.sibling();
  const request = { contender: 'other-process-01', leaseMs: 1_000, reserveMs: 150 };
  expect(await other.acquire(KEY, { ...request, token: 'other-token-0001' })).toMatchObject({
    reserved: true,
  });
  first.end();
  expect(await first.done).toBe('fulfilled');
  expect(await other.acquire(KEY, { ...request, token: 'other-token-0002' })).toMatchObject({
    granted: true,
  });
  await elapse(2_000);
  second.end();
  expect(await second.done).toBe('fulfilled');
});

describe('close() whose time is over', () => {
  test('takes the turns of those who still run, whose changes are refused', async () => {
    const store = new LeasingStore<Counter>();
    const sessions = new Sessions<Counter>({ store, initial });
    const late = longWork(sessions);
    await elapse(0);
    const closed = fate(sessions.close({ timeoutMs: 100 }));
    await elapse(100);
    expect(await closed).toBe('SESSION_BUSY');
    expect(store.locks.get(KEY)?.token).toBe(undefined);
    late.end();
    expect(await late.done).toBe('SESSION_LEASE_LOST');
    expect(store.texts.size).toBe(0);
  });

  test('takes the turns of all who still run, whoever was the first and has ended', async () => {
    const store = new Map<string, Counter>();
    const sessions = new Sessions<Counter>({ store, initial });
    const [first, ...late] = ['1:1', '2:2', '3:3'].map((key) => longWork(sessions, key));
    await elapse(0);
    first?.end();
    expect(await first?.done).toBe('fulfilled');
    late.push(longWork(sessions, '4:4')); // stands where the first stood
    await elapse(0);
    const closed = fate(sessions.close({ timeoutMs: 100 }));
    await elapse(100);
    expect(await closed).toBe('SESSION_BUSY');
    for (const { end } of late) end();
    expect(await Promise.all(late.map(({ done }) => done))).toEqual(late.map(() => 'SESSION_LEASE_LOST'));
    expect([...store.keys()]).toEqual(['1:1']);
  });

  test('takes the turns of the others where the first has ended', async () => {
    const store = new Map<string, Counter>();
    const sessions = new Sessions<Counter>({ store, initial });
    const [first, second] = ['1:1', '2:2'].map((key) => longWork(sessions, key));
    await elapse(0);
    first?.end();
    expect(await first?.done).toBe('fulfilled');
    const closed = fate(sessions.close({ timeoutMs: 100 }));
    await elapse(100);
    expect(await closed).toBe('SESSION_BUSY');
    second?.end();
    expect(await second?.done).toBe('SESSION_LEASE_LOST');
    expect([...store.keys()]).toEqual(['1:1']);
  });

  test('refuses those who still wait', async () => {
    const sessions = new Sessions<Counter>({ store: new LeasingStore<Counter>(), initial });
    const late = longWork(sessions);
    await elapse(0);
    const body = vi.fn(countUp);
    const waiting = fate(sessions.run(KEY, body));
    const closed = fate(sessions.close({ timeoutMs: 100 }));
    await elapse(100);
    expect(await closed).toBe('SESSION_BUSY');
    expect(await waiting).toBe('SESSION_CLOSED');
    expect(body).not.toHaveBeenCalled();
    late.end();
    await late.done;
  });
});

test('a handler that holds a session for 10 seconds while another waits is told once, to the log and as an event', async () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
  const events: SessionEvent[] = [];
  const sessions = new Sessions<Counter>({ initial, onEvent: (event) => void events.push(event) });
  const slow = longWork(sessions);
  await elapse(5_000);
  const behind = fate(sessions.run(KEY, countUp));
  await elapse(4_990);
  expect(warn).not.toHaveBeenCalled();
  await elapse(30_000);
  expect(warn).toHaveBeenCalledTimes(1);
  expect(events.filter(({ type }) => type === 'slow')).toHaveLength(1);
  slow.end();
  expect([await slow.done, await behind]).toEqual(['fulfilled', 'fulfilled']);
});

test('engines over a store and over its wrapper take turns', async () => {
  const values = new Map<string, Counter>();
  const wrapped = withMigrations(values, { version: 0, migrations: {} });
  const order: string[] = [];
  const [plain, migrated] = [values, wrapped].map((store) => new Sessions<Counter>({ store, initial }));
  const ends = deferred();
  const first = plain?.run(KEY, async () => {
    await ends.promise;
    order.push('first');
  });
  const second = migrated?.run(KEY, () => void order.push('second'));
  await elapse(10);
  ends.resolve();
  await Promise.all([first, second]);
  expect(order).toEqual(['first', 'second']);
});

test('each guard that the soak takes out stands once in its source', () => {
  const places = guards.map(({ name, patch: { file, find } }) => {
    const text = readFileSync(new URL(`../../packages/${file}`, import.meta.url), 'utf8');
    return { name, times: text.split(find).length - 1 };
  });
  expect(places.length).toBeGreaterThan(100);
  expect(places.filter(({ times }) => times !== 1)).toEqual([]);
});
