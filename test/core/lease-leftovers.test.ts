/** What a lease leaves behind: no timer, no command that is not needed, and no wait for those who come next. */

import { type LeaseAnswer, type LeaseGrant, type SessionStore, Sessions } from '@sessiongram/core';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { LeasingStore } from '../support/leasing-store';
import { deferred } from '../support/recording-store';

interface Counter {
  counter: number;
}

const KEY = '42:42';
const initial = (): Counter => ({ counter: 0 });
const countUp = (data: Counter): void => void data.counter++;

afterEach(() => void vi.useRealTimers());

test('the next has its lease at once also where the answer to a hand-over of no change was lost', async () => {
  vi.useFakeTimers();
  const store = new LeasingStore<Counter>();
  const sessions = new Sessions<Counter>({ store, initial });
  const reading = sessions.run(KEY, ({ data }) => data.counter);
  const next = sessions.update(KEY, countUp);
  store.failNext('commit', 'after', Object.assign(new Error('It was cut.'), { transient: true }));
  await vi.advanceTimersByTimeAsync(2_000);
  await reading;
  await next;
  expect(store.commands.filter((command) => command.startsWith('acquire'))).toHaveLength(1);
});

test('a refusal that comes too late is not given back', async () => {
  vi.useFakeTimers();
  const store = new LeasingStore<Counter>();
  const other = store.sibling();
  const token = 'other-token-0001';
  await other.acquire(KEY, { token, contender: token, leaseMs: 60_000, reserveMs: 100 });
  const answers = deferred();
  store.before = () => answers.promise;
  const refused = new Sessions<Counter>({ store, initial, maxWaitMs: 10 }).update(KEY, countUp);
  const code = refused.catch((error: { code?: unknown }) => error.code);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(await code).toBe('SESSION_BUSY');
  answers.resolve();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(store.commands).toEqual([`acquire ${KEY}`]);
});

test('who had its lease in time leaves no timer', async () => {
  vi.useFakeTimers();
  const store = new LeasingStore<Counter>();
  await new Sessions<Counter>({ store, initial, maxWaitMs: 60_000 }).update(KEY, countUp);
  expect(vi.getTimerCount()).toBe(0);
});

test('who waits for ever for an answer has no timer', async () => {
  vi.useFakeTimers();
  const store = new LeasingStore<Counter>();
  const answers = deferred();
  store.before = () => answers.promise;
  const running = new Sessions<Counter>({ store, initial }).update(KEY, countUp);
  await vi.advanceTimersByTimeAsync(0);
  expect(vi.getTimerCount()).toBe(0);
  answers.resolve();
  await running;
});

test('the wait for a renewal keeps no process alive', async () => {
  const sessions = new Sessions<Counter>({ store: new LeasingStore<Counter>(), initial });
  const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const before = timers();
  expect(await sessions.run(KEY, () => timers())).toBe(before);
});

describe('a store that answers at once', () => {
  function atOnce(): SessionStore<Counter> {
    const grant: LeaseGrant<Counter> = {
      granted: true,
      lease: { token: 'token-of-16-chars' },
      marks: '',
      read: () => ({ counter: 1 }),
    };
    return {
      supports: { leases: true },
      get: () => undefined,
      set: () => {},
      delete: () => {},
      acquire: (): LeaseAnswer<Counter> => grant,
      renew: () => true,
      commit: () => ({ state: 'done' }),
      isTransient: () => false,
    };
  }

  test('starts a handler at once', async () => {
    let counter = 0;
    const running = new Sessions<Counter>({ store: atOnce(), initial }).run(KEY, ({ data }) => {
      counter = data.counter;
    });
    expect(counter).toBe(1);
    await running;
  });
});

test('an update that was handled before asks the store for its lease, and not for the data', async () => {
  const store = new LeasingStore<Counter>();
  const reads = vi.fn();
  const { acquire } = store;
  store.acquire = async (...args) => {
    const answer = await acquire.apply(store, args);
    if (!answer.granted) return answer;
    return { ...answer, read: () => [reads(), answer.read()][1] as Counter | undefined };
  };
  const sessions = new Sessions<Counter>({ store, initial, skipRedelivered: true });
  const update = { update_id: 7, message: {} };
  const body = vi.fn();
  for (let time = 0; time < 2; time++) await sessions.visit(KEY, body, undefined, update);
  expect(body).toHaveBeenCalledTimes(1);
  expect(reads).toHaveBeenCalledTimes(1);
});
