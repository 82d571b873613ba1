/** The calls of an engine through leases: update, delete, run, close, calls from inside, and what they leave behind. */

import { Sessions } from '@sessiongram/core';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Turns } from '../../packages/core/src/turns';
import { LeasingStore } from '../support/leasing-store';
import { deferred } from '../support/recording-store';

interface Counter {
  counter: number;
}

const initial = (): Counter => ({ counter: 0 });
const count = (data: Counter): void => void data.counter++;

let store: LeasingStore<Counter>;
let sessions: Sessions<Counter>;

beforeEach(() => {
  vi.useFakeTimers();
  store = new LeasingStore();
  sessions = new Sessions<Counter>({ store, initial, leaseMs: 1000 });
});
afterEach(() => void vi.useRealTimers());

const elapse = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);
const isFree = (key = '42:42'): boolean => store.locks.get(key)?.token === undefined;

describe('calls', () => {
  test('update resolves to the new data, run to what its function returns', async () => {
    await expect(sessions.update('42:42', () => ({ counter: 5 }))).resolves.toEqual({ counter: 5 });
    await expect(sessions.run('42:42', ({ data, isNew }) => [data.counter, isNew])).resolves.toEqual([
      5,
      false,
    ]);
  });

  test('delete removes what is there, and harms nothing where nothing is', async () => {
    await sessions.update('42:42', count);
    await sessions.delete('42:42');
    await sessions.delete('42:42');
    expect(store.texts.size).toBe(0);
    expect(isFree()).toBe(true);
  });

  test('delete waits for its turn and for the lease of another process', async () => {
    const other = new Sessions<Counter>({ store: store.sibling(), initial });
    const ends = deferred();
    const running = other.run('42:42', async ({ data }) => {
      data.counter++;
      await ends.promise;
    });
    await elapse(0);
    const deleted = vi.fn();
    void sessions.delete('42:42').then(deleted);
    await elapse(300);
    expect(deleted).toHaveBeenCalledTimes(0);
    ends.resolve();
    await running;
    await elapse(100);
    expect(deleted).toHaveBeenCalledTimes(1);
    expect(store.texts.size).toBe(0);
  });

  test('a delete that the store refuses is told, and gives turn and lease back', async () => {
    store.failNext('commit', 'before', new Error('read only'));
    await expect(sessions.delete('42:42')).rejects.toMatchObject({ code: 'SESSION_SAVE_FAILED' });
    await elapse(0);
    expect(isFree()).toBe(true);
    expect(Turns.of(store).size).toBe(0);
  });

  test('a late holder cannot bring back what another has deleted', async () => {
    await sessions.update('42:42', count);
    store.before = (command) => {
      if (command.startsWith('renew')) throw new Error('cut off');
    };
    const ends = deferred();
    const late = sessions.run('42:42', async ({ data }) => {
      data.counter++;
      await ends.promise;
    });
    await elapse(1000);
    const other = new Sessions<Counter>({ store: store.sibling(), initial });
    await other.delete('42:42');
    ends.resolve();
    await expect(late).rejects.toMatchObject({ code: 'SESSION_LEASE_LOST' });
    expect(store.texts.size).toBe(0);
  });

  test('keys do not wait for each other', async () => {
    void sessions.run('42:42', () => new Promise(() => {}));
    await expect(sessions.update('7:7', count)).resolves.toEqual({ counter: 1 });
  });
});

describe('from inside a handler', () => {
  test('the session that it holds itself is refused with SESSION_REENTERED', async () => {
    const inner = vi.fn();
    const outcomes = await sessions.run('42:42', () =>
      Promise.allSettled([sessions.run('42:42', inner), sessions.delete('42:42')]),
    );
    const reentered = { status: 'rejected', reason: { code: 'SESSION_REENTERED' } };
    expect(outcomes).toMatchObject([reentered, reentered]);
    expect(inner).toHaveBeenCalledTimes(0);
  });

  test('another session may be changed, and is refused to those that hold it', async () => {
    await sessions.run('42:42', async ({ data }) => {
      await sessions.update('7:7', async (inner) => {
        inner.counter++;
        await expect(sessions.read('42:42')).resolves.toBeUndefined();
        await expect(sessions.update('42:42', count)).rejects.toMatchObject({ code: 'SESSION_REENTERED' });
      });
      data.counter++;
    });
    expect([...store.texts.values()]).toEqual(['{"counter":1}', '{"counter":1}']);
  });

  test('a call after the handler waits for the lease to be given back, without being refused', async () => {
    const held = deferred();
    store.before = (command) => (command.startsWith('commit none') ? held.promise : undefined);
    await sessions.run('42:42', () => {});
    const next = sessions.update('42:42', count);
    await elapse(10);
    expect(store.commands).toEqual(['acquire 42:42', 'commit none 42:42']);
    held.resolve();
    await expect(next).resolves.toEqual({ counter: 1 });
  });
});

describe('close', () => {
  test('waits until the leases are given back', async () => {
    const held = deferred();
    store.before = (command) => (command.startsWith('commit') ? held.promise : undefined);
    await sessions.run('42:42', () => {});
    const ended = vi.fn();
    void sessions.close().then(ended);
    await elapse(100);
    expect(ended).toHaveBeenCalledTimes(0);
    held.resolve();
    await elapse(0);
    expect(ended).toHaveBeenCalledTimes(1);
    expect(isFree()).toBe(true);
  });

  /** An engine that has a lease on its way back, because who was to have it has given up. */
  const returning = async (underWay: Promise<void>): Promise<Sessions<Counter>> => {
    const hasty = new Sessions<Counter>({ store, initial, maxWaitMs: 50 });
    const handedOn = deferred();
    store.before = (command) => (command.includes('+next') ? handedOn.promise : undefined);
    const first = hasty.update('42:42', count);
    const second = expect(hasty.update('42:42', count)).rejects.toMatchObject({ code: 'SESSION_BUSY' });
    await elapse(50);
    await second;
    store.before = (command) => (command.startsWith('commit none') ? underWay : undefined);
    handedOn.resolve();
    await first;
    expect(isFree()).toBe(false);
    return hasty;
  };

  test.each([
    ['without an end', {}],
    ['whose time is over', { timeoutMs: 50 }],
  ])('%s waits also for a lease that nobody took on', async (_, options) => {
    const held = deferred();
    const hasty = await returning(held.promise);
    const ended = vi.fn();
    void hasty.close(options).then(ended);
    await elapse(900);
    expect(ended).toHaveBeenCalledTimes(0);
    held.resolve();
    await elapse(0);
    expect(ended).toHaveBeenCalledTimes(1);
    expect(isFree()).toBe(true);
  });

  test('waits also for a lease that comes when the wait for it is over', async () => {
    const asked = deferred();
    store.before = (command) => (command.startsWith('acquire') ? asked.promise : undefined);
    const hasty = new Sessions<Counter>({ store, initial, maxWaitMs: 50 });
    const busy = expect(hasty.update('42:42', count)).rejects.toMatchObject({ code: 'SESSION_BUSY' });
    await elapse(300);
    await busy;
    const ended = vi.fn();
    void hasty.close().then(ended);
    await elapse(900);
    expect(ended).toHaveBeenCalledTimes(0);
    asked.resolve();
    await elapse(0);
    expect(ended).toHaveBeenCalledTimes(1);
    expect(store.commands).toEqual(['acquire 42:42', 'commit none 42:42']);
  });

  test('waits for a lease that nobody took on no longer than a second', async () => {
    const hasty = await returning(new Promise(() => {}));
    const ended = vi.fn();
    void hasty.close().then(ended);
    await elapse(1000);
    expect(ended).toHaveBeenCalledTimes(1);
  });

  test('waits until those that wait for a lease have run', async () => {
    const other = new Sessions<Counter>({ store: store.sibling(), initial });
    const ends = deferred();
    const running = other.run('42:42', () => ends.promise);
    await elapse(0);
    const waiting = sessions.update('42:42', count);
    const ended = vi.fn();
    void sessions.close().then(ended);
    await expect(sessions.run('42:42', () => {})).rejects.toMatchObject({ code: 'SESSION_CLOSED' });
    await elapse(1500);
    expect(ended).toHaveBeenCalledTimes(0);
    ends.resolve();
    await running;
    await elapse(100);
    await expect(waiting).resolves.toEqual({ counter: 1 });
    expect(ended).toHaveBeenCalledTimes(1);
  });

  test('does not wait for a handler that has lost its turn', async () => {
    const hasty = new Sessions<Counter>({ store, initial, maxHoldMs: 500 });
    void hasty.run('42:42', () => new Promise(() => {}));
    const second = hasty.update('42:42', count);
    await elapse(600);
    await second;
    await expect(hasty.close()).resolves.toBeUndefined();
  });

  test('does not wait for a lease that was being given back when its turn was lost', async () => {
    const hasty = new Sessions<Counter>({ store, initial, maxHoldMs: 500, leaseMs: 1000 });
    store.before = (command) => {
      if (!command.startsWith('commit none')) return undefined;
      store.before = undefined;
      return new Promise(() => {});
    };
    await hasty.run('42:42', () => {});
    const second = hasty.update('42:42', count);
    await elapse(3000);
    await second;
    const ended = vi.fn();
    void hasty.close().then(ended);
    await elapse(60_000);
    expect(ended).toHaveBeenCalledTimes(1);
  });
});

test('many keys at once, of all fates, leave nothing behind', async () => {
  const failure = new Error('the handler failed');
  const impatient = new Sessions<Counter>({ store, initial, leaseMs: 1000, maxWaitMs: 300, maxHoldMs: 800 });
  const keys = Array.from({ length: 60 }, (_, id) => `${id}:${id}`);
  const fates: ((key: string) => Promise<unknown>)[] = [
    (key) => sessions.update(key, count),
    (key) => sessions.run(key, () => {}),
    (key) => sessions.run(key, () => Promise.reject(failure)),
    (key) => sessions.run(key, () => new Promise((resolve) => setTimeout(resolve, 2000))),
    (key) => impatient.update(key, count),
    (key) => sessions.delete(key),
  ];
  const all = Promise.allSettled(keys.flatMap((key) => fates.map((fate) => fate(key))));
  await elapse(20_000);
  const outcomes = await all;
  expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(2 * keys.length);
  await Promise.all([sessions.close(), impatient.close()]);
  expect(Turns.of(store).size).toBe(0);
  expect(vi.getTimerCount()).toBe(0);
  expect([...store.locks.keys()].filter((key) => !isFree(key))).toEqual([]);
});
