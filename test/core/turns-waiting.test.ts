/** `maxWaitMs` and `maxWaiting`: who waits too long, or comes to a queue that is full, is told `SESSION_BUSY`. */

import { Sessions } from '@sessiongram/core';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Turns } from '../../packages/core/src/turns';
import { deferred } from '../support/recording-store';

interface Counter {
  counter: number;
}

const initial = (): Counter => ({ counter: 0 });
const busy = expect.objectContaining({ code: 'SESSION_BUSY', key: '42:42' });

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('maxWaitMs', () => {
  test('ends the waiting then and not before', async () => {
    const sessions = new Sessions<Counter>({ initial, maxWaitMs: 500 });
    const gate = deferred();
    void sessions.run('42:42', () => gate.promise);
    const handler = vi.fn();
    const told = vi.fn();
    const waiting = sessions.run('42:42', handler).catch(told);
    await vi.advanceTimersByTimeAsync(499);
    expect(told).toHaveBeenCalledTimes(0);
    await vi.advanceTimersByTimeAsync(1);
    await waiting;
    expect(told).toHaveBeenCalledExactlyOnceWith(busy);
    gate.resolve();
    await vi.advanceTimersByTimeAsync(1000);
    expect(handler).toHaveBeenCalledTimes(0);
  });

  test('does not end what got its turn in time, however long it takes', async () => {
    const sessions = new Sessions<Counter>({ initial, maxWaitMs: 500 });
    const gate = deferred();
    void sessions.run('42:42', () => gate.promise);
    const second = sessions.run('42:42', async (session) => {
      await new Promise((resolve) => setTimeout(resolve, 60_000));
      session.data.counter++;
    });
    await vi.advanceTimersByTimeAsync(499);
    gate.resolve();
    await vi.advanceTimersByTimeAsync(0);
    expect(vi.getTimerCount()).toBe(1); // the handler's own
    await vi.advanceTimersByTimeAsync(60_000);
    await expect(second).resolves.toBeUndefined();
  });

  test('of 0 waits for nobody, and takes a turn that is free', async () => {
    const sessions = new Sessions<Counter>({ initial, maxWaitMs: 0 });
    const gate = deferred();
    const first = sessions.run('42:42', () => gate.promise);
    const second = expect(sessions.run('42:42', () => {})).rejects.toEqual(busy);
    await vi.advanceTimersByTimeAsync(1);
    await second;
    gate.resolve();
    await expect(first).resolves.toBeUndefined();
  });

  test('is endless where nothing is said, and takes no timer of its own', async () => {
    const store = new Map<string, Counter>();
    const sessions = new Sessions<Counter>({ store, initial, maxHoldMs: 2 ** 31 - 1 });
    const gate = deferred();
    void sessions.run('42:42', () => gate.promise);
    const waiting = sessions.run('42:42', () => 'came');
    expect(vi.getTimerCount()).toBe(1); // the watch over the holder
    await vi.advanceTimersByTimeAsync(2 ** 31 - 2);
    gate.resolve();
    await expect(waiting).resolves.toBe('came');
  });

  test('above what a timer can take waits as long as a timer can', async () => {
    const sessions = new Sessions<Counter>({ initial, maxWaitMs: Number.MAX_VALUE });
    const gate = deferred();
    void sessions.run('42:42', () => gate.promise);
    const waiting = sessions.run('42:42', () => 'came');
    await vi.advanceTimersByTimeAsync(10_000);
    gate.resolve();
    await expect(waiting).resolves.toBe('came');
  });
});

describe('a waiter that gave up', () => {
  /** One holds, and three wait behind it, of whom one is impatient. */
  async function queueWithImpatient(place: number) {
    const store = new Map<string, Counter>();
    const patient = new Sessions<Counter>({ store, initial });
    const impatient = new Sessions<Counter>({ store, initial, maxWaitMs: 500 });
    const gate = deferred();
    const order: string[] = [];
    const holder = patient.run('42:42', () => gate.promise);
    const waiters = [0, 1, 2].map((id) =>
      (id === place ? impatient : patient).run('42:42', () => void order.push(`waiter ${id}`)),
    );
    const outcomes = Promise.allSettled(waiters);
    await vi.advanceTimersByTimeAsync(500);
    const late = patient.run('42:42', () => void order.push('late'));
    return { store, gate, order, done: () => Promise.all([holder, late, outcomes]) };
  }

  test.each([0, 1, 2])('from place %i leaves the others in their order', async (place) => {
    const { store, gate, order, done } = await queueWithImpatient(place);
    gate.resolve();
    const [, , outcomes] = await done();
    const others = [0, 1, 2].filter((id) => id !== place).map((id) => `waiter ${id}`);
    expect(order).toEqual([...others, 'late']);
    expect(outcomes.map(({ status }) => status)).toEqual(
      [0, 1, 2].map((id) => (id === place ? 'rejected' : 'fulfilled')),
    );
    expect(Turns.of(store).size).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('after the one before it did so as well is forgotten like that one', async () => {
    const store = new Map<string, Counter>();
    const waiting = (maxWaitMs: number) => new Sessions<Counter>({ store, initial, maxWaitMs });
    const gate = deferred();
    const came = vi.fn();
    const holder = waiting(Infinity).run('42:42', () => gate.promise);
    const told = [100, 200, 300].map((maxWaitMs) =>
      expect(waiting(maxWaitMs).run('42:42', came)).rejects.toEqual(busy),
    );
    const last = waiting(Infinity).run('42:42', () => 'came');
    await vi.advanceTimersByTimeAsync(300);
    await Promise.all(told);
    gate.resolve();
    await holder;
    await expect(last).resolves.toBe('came');
    expect(came).toHaveBeenCalledTimes(0);
    expect(Turns.of(store).size).toBe(0);
  });

  test('and was the only one leaves no trace', async () => {
    const store = new Map<string, Counter>();
    const sessions = new Sessions<Counter>({ store, initial, maxWaitMs: 500 });
    const gate = deferred();
    const holder = sessions.run('42:42', () => gate.promise);
    const told = expect(sessions.run('42:42', () => {})).rejects.toEqual(busy);
    await vi.advanceTimersByTimeAsync(500);
    await told;
    expect(vi.getTimerCount()).toBe(0);
    gate.resolve();
    await holder;
    expect(Turns.of(store).size).toBe(0);
  });

  test('makes room for another', async () => {
    const sessions = new Sessions<Counter>({ initial, maxWaitMs: 500, maxWaiting: 1 });
    const gate = deferred();
    void sessions.run('42:42', () => gate.promise);
    const told = expect(sessions.run('42:42', () => {})).rejects.toEqual(busy);
    await vi.advanceTimersByTimeAsync(500);
    await told;
    const another = sessions.run('42:42', () => 'came');
    gate.resolve();
    await expect(another).resolves.toBe('came');
  });
});

describe('maxWaiting', () => {
  test.each([0, 1, 3])('of %i lets that many wait and tells one more at once', async (maxWaiting) => {
    const sessions = new Sessions<Counter>({ initial, maxWaiting });
    const gate = deferred();
    const ran = vi.fn();
    const runs = [sessions.run('42:42', () => gate.promise)];
    for (let n = 0; n < maxWaiting; n++) runs.push(sessions.run('42:42', ran));
    const refused = vi.fn();
    await expect(sessions.run('42:42', refused)).rejects.toEqual(busy);
    gate.resolve();
    await Promise.all(runs);
    expect(ran).toHaveBeenCalledTimes(maxWaiting);
    expect(refused).toHaveBeenCalledTimes(0);
  });

  test('is 1,000 where nothing is said', async () => {
    const sessions = new Sessions<Counter>({ initial });
    const gate = deferred();
    const runs = [sessions.run('42:42', () => gate.promise)];
    for (let n = 0; n < 1000; n++) runs.push(sessions.run('42:42', () => {}));
    await expect(sessions.run('42:42', () => {})).rejects.toEqual(busy);
    gate.resolve();
    await expect(Promise.all(runs)).resolves.toHaveLength(1001);
  });

  test('counts those who wait, each key for itself, and not the one who holds', async () => {
    const sessions = new Sessions<Counter>({ initial, maxWaiting: 1 });
    const gate = deferred();
    const runs = ['1:1', '2:2'].flatMap((key) => [
      sessions.run(key, () => gate.promise),
      sessions.run(key, () => {}),
    ]);
    gate.resolve();
    await expect(Promise.all(runs)).resolves.toHaveLength(4);
  });

  test('has room again when the queue has moved on', async () => {
    const sessions = new Sessions<Counter>({ initial, maxWaiting: 1 });
    for (let round = 0; round < 5; round++) {
      const gate = deferred();
      const holder = sessions.run('42:42', () => gate.promise);
      const waiter = sessions.run('42:42', () => round);
      await expect(sessions.run('42:42', () => {})).rejects.toEqual(busy);
      gate.resolve();
      await holder;
      await expect(waiter).resolves.toBe(round);
    }
  });
});
