/** Waiting for a lease that another process has: how often it is asked for, for how long, and by whom. */

import type { LeaseAnswer, LeaseRequest } from '@sessiongram/core';
import { Sessions } from '@sessiongram/core';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Turns } from '../../packages/core/src/turns';
import { LeasingStore } from '../support/leasing-store';
import { deferred } from '../support/recording-store';

interface Counter {
  counter: number;
}

/** Writes down when the engine asked, by the test's clock. */
class Timed extends LeasingStore<Counter> {
  readonly askedAt: number[] = [];

  override acquire(key: string, request: LeaseRequest): Promise<LeaseAnswer<Counter>> {
    this.askedAt.push(Date.now());
    return super.acquire(key, request);
  }

  /** The times between one question and the next. */
  get pauses(): number[] {
    return this.askedAt.slice(1).map((at, index) => at - (this.askedAt[index] as number));
  }
}

const leaseMs = 1000;
const initial = (): Counter => ({ counter: 0 });
const count = (data: Counter): void => void data.counter++;
const busy = expect.objectContaining({ code: 'SESSION_BUSY', key: '42:42' });
const transient = (): Error => Object.assign(new Error('the connection broke'), { transient: true });

let store: Timed;
let sessions: Sessions<Counter>;

beforeEach(() => {
  vi.useFakeTimers();
  store = new Timed();
  sessions = new Sessions<Counter>({ store, initial, leaseMs });
});
afterEach(() => void vi.useRealTimers());

const elapse = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);
const isFree = (): boolean => store.locks.get('42:42')?.token === undefined;

/** What another process asks for. */
function requestOf(contender: string, ms = 60_000): LeaseRequest {
  return { token: `token-of-${contender}`.padEnd(16, '-'), contender, leaseMs: ms, reserveMs: 150 };
}

/** Lets another process have the key, until it gives it back or its lease lapses. */
async function held(ms?: number): Promise<() => Promise<unknown>> {
  const other = store.sibling();
  const answer = await other.acquire('42:42', requestOf('other-process-01', ms));
  if (!answer.granted) throw new Error('the key was not free');
  const { lease, marks } = answer;
  return () => other.commit('42:42', lease, { change: { kind: 'none' }, mark: undefined, marks });
}

/** Keeps the reservation with a third process, which asks for the key from time to time. */
function reserved(): () => void {
  const third = store.sibling();
  const ask = (): unknown => third.acquire('42:42', requestOf('third-process-01', 1));
  void ask();
  const asking = setInterval(ask, 5);
  return () => clearInterval(asking);
}

describe('a key that another process has', () => {
  test('is had as soon as that one gives it back', async () => {
    const giveBack = await held();
    const waiting = sessions.update('42:42', count);
    await elapse(5000);
    await giveBack();
    await elapse(6);
    await expect(waiting).resolves.toEqual({ counter: 1 });
  });

  test('is asked for every 6 ms by the process that has the reservation', async () => {
    await held();
    void sessions.update('42:42', count);
    await elapse(600);
    expect(store.locks.get('42:42')?.reserved).toBeDefined();
    expect(store.pauses.length).toBeGreaterThan(90);
    for (const pause of store.pauses) expect(pause).toBe(6);
  });

  test('is asked for about every 60 ms by the others', async () => {
    await held();
    const giveUp = reserved();
    void sessions.update('42:42', count);
    await elapse(3000);
    giveUp();
    expect(store.pauses.length).toBeGreaterThan(30);
    for (const pause of store.pauses) {
      expect(pause).toBeGreaterThanOrEqual(30);
      expect(pause).toBeLessThanOrEqual(91);
    }
    expect(new Set(store.pauses).size).toBeGreaterThan(5); // processes do not march in step
  });

  test('is not had before the process that reserved it', async () => {
    const giveBack = await held();
    const giveUp = reserved();
    const waiting = vi.fn(count);
    void sessions.update('42:42', waiting);
    await elapse(100);
    giveUp();
    await giveBack();
    await elapse(100);
    expect(waiting).toHaveBeenCalledTimes(0); // the third has 150 ms to come and take it
    await elapse(150);
    expect(waiting).toHaveBeenCalledTimes(1);
  });

  test('whose holder has died is asked for no later than its lease ends', async () => {
    const start = Date.now();
    await held(20);
    const giveUp = reserved(); // without it, the reservation would be ours, and asking more frequent
    const waiting = sessions.update('42:42', count);
    await elapse(19);
    expect(store.askedAt.map((at) => at - start)).toEqual([0]);
    await elapse(1);
    expect(store.askedAt.map((at) => at - start)).toEqual([0, 20]);
    giveUp();
    await elapse(500);
    await expect(waiting).resolves.toEqual({ counter: 1 });
  });

  test('is asked for by the first of those who wait in this process, and by no other', async () => {
    const giveBack = await held();
    const all = Promise.all(Array.from({ length: 20 }, () => sessions.update('42:42', count)));
    await elapse(60);
    expect(store.askedAt).toHaveLength(11);
    await giveBack();
    await elapse(6);
    await all;
    expect(JSON.parse(store.texts.get('42:42') ?? '')).toEqual({ counter: 20 });
  });

  test('does not cost the first of those who wait its turn, however long it takes', async () => {
    const hasty = new Sessions<Counter>({ store, initial, leaseMs, maxHoldMs: 200 });
    const giveBack = await held();
    const order: number[] = [];
    const all = [1, 2, 3].map((id) => hasty.run('42:42', () => void order.push(id)));
    await elapse(5000);
    expect(order).toEqual([]);
    await giveBack();
    await elapse(100);
    await Promise.all(all);
    expect(order).toEqual([1, 2, 3]);
  });

  test('may be had for a whole hold once it came', async () => {
    const hasty = new Sessions<Counter>({ store, initial, leaseMs, maxHoldMs: 500 });
    const giveBack = await held();
    const first = hasty.run('42:42', async ({ data }) => {
      await new Promise((resolve) => setTimeout(resolve, 400));
      data.counter++;
    });
    const second = hasty.update('42:42', count);
    await elapse(400);
    await giveBack();
    await elapse(1000);
    await first;
    await expect(second).resolves.toEqual({ counter: 2 });
  });
});

describe('maxWaitMs', () => {
  const impatient = (maxWaitMs: number): Sessions<Counter> =>
    new Sessions<Counter>({ store, initial, leaseMs, maxWaitMs });

  test('ends the wait for a lease with SESSION_BUSY, on time', async () => {
    const giveBack = await held();
    const body = vi.fn();
    const waiting = expect(impatient(500).run('42:42', body)).rejects.toEqual(busy);
    await elapse(499);
    expect(Turns.of(store).size).toBe(1);
    await elapse(2);
    await waiting;
    await giveBack();
    await elapse(1000);
    expect(body).toHaveBeenCalledTimes(0);
    expect(isFree()).toBe(true);
    expect(Turns.of(store).size).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('counts from when the turn was asked for', async () => {
    await held();
    const engine = impatient(500);
    const slow = new Sessions<Counter>({ store, initial, leaseMs, maxWaitMs: 300 });
    const first = expect(slow.run('42:42', () => {})).rejects.toEqual(busy);
    const second = expect(engine.run('42:42', () => {})).rejects.toEqual(busy);
    await elapse(501);
    await Promise.all([first, second]);
    expect(Turns.of(store).size).toBe(0);
  });

  test('ends the wait also while the store does not answer, and gives back a lease that comes later', async () => {
    const hangs = deferred();
    store.before = (command) => (command.startsWith('acquire') ? hangs.promise : undefined);
    const body = vi.fn();
    const waiting = expect(impatient(500).run('42:42', body)).rejects.toEqual(busy);
    await elapse(500);
    await waiting;
    expect(Turns.of(store).size).toBe(0);
    hangs.resolve();
    await elapse(0);
    expect(body).toHaveBeenCalledTimes(0);
    expect(store.commands).toEqual(['acquire 42:42', 'commit none 42:42']);
    expect(isFree()).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('is not disturbed by a refusal or an error that comes later', async () => {
    await held();
    const hangs = deferred();
    store.before = (command) => (command.startsWith('acquire') ? hangs.promise : undefined);
    const waiting = [1, 2].map(() => expect(impatient(500).run('42:42', () => {})).rejects.toEqual(busy));
    await elapse(502);
    await Promise.all(waiting);
    store.failNext('acquire', 'before', new Error('too late'));
    hangs.resolve();
    await elapse(100);
    expect(Turns.of(store).size).toBe(0);
  });

  test('ends the wait also while the store fails', async () => {
    store.before = (command) => {
      if (command.startsWith('acquire')) throw transient();
    };
    const waiting = expect(impatient(300).run('42:42', () => {})).rejects.toEqual(busy);
    await elapse(301);
    await waiting;
  });

  test('of 0 waits for nobody, but has a key that is free', async () => {
    store.before = () => new Promise((resolve) => setTimeout(resolve, 2));
    const update = impatient(0).update('42:42', count);
    update.catch(() => {});
    await elapse(100);
    await expect(update).resolves.toEqual({ counter: 1 });
  });
});

describe('an acquire that hangs for longer than maxHoldMs', () => {
  test('costs the turn, and its lease is given back when it comes', async () => {
    const engine = new Sessions<Counter>({ store, initial, leaseMs, maxHoldMs: 500 });
    const hangs = deferred();
    store.before = (command) => {
      store.before = undefined;
      return command.startsWith('acquire') ? hangs.promise : undefined;
    };
    const stuck = vi.fn();
    const first = expect(engine.run('42:42', stuck)).rejects.toMatchObject({ code: 'SESSION_LEASE_LOST' });
    const second = engine.update('42:42', count);
    await elapse(500);
    await expect(second).resolves.toEqual({ counter: 1 });
    hangs.resolve();
    await first;
    await elapse(0);
    expect(stuck).toHaveBeenCalledTimes(0);
    expect(isFree()).toBe(true);
    expect(Turns.of(store).size).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('and is refused then does not ask again', async () => {
    const engine = new Sessions<Counter>({ store, initial, leaseMs, maxHoldMs: 500 });
    const hangs = deferred();
    store.before = () => {
      store.before = undefined;
      return hangs.promise;
    };
    const first = engine.run('42:42', () => {});
    first.catch(() => {});
    const done = deferred();
    const second = engine.run('42:42', () => done.promise);
    await elapse(500);
    expect(store.askedAt).toHaveLength(2);
    hangs.resolve();
    await elapse(300);
    const asked = store.askedAt.length;
    done.resolve();
    await second;
    await elapse(1000);
    expect(asked).toBe(2);
  });
});
