/** `maxHoldMs`: a handler that hangs loses its turn, and one that is only slow does not lose its changes. */

import { SessionError, Sessions } from '@sessiongram/core';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Turns } from '../../packages/core/src/turns';
import { deferred, HeldStore, RecordingStore } from '../support/recording-store';

interface Counter {
  counter: number;
}

const initial = (): Counter => ({ counter: 0 });
const leaseLost = expect.objectContaining({ code: 'SESSION_LEASE_LOST', key: '42:42' });

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('a handler that never settles', () => {
  test('loses its turn at maxHoldMs and not before', async () => {
    const sessions = new Sessions<Counter>({ initial, maxHoldMs: 1000 });
    void sessions.run('42:42', () => new Promise(() => {}));
    const next = vi.fn();
    void sessions.run('42:42', next);
    await vi.advanceTimersByTimeAsync(999);
    expect(next).toHaveBeenCalledTimes(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(next).toHaveBeenCalledTimes(1);
  });

  test('holds for 300,000 ms where nothing else is said', async () => {
    const sessions = new Sessions<Counter>({ initial });
    void sessions.run('42:42', () => new Promise(() => {}));
    const next = vi.fn();
    void sessions.run('42:42', next);
    await vi.advanceTimersByTimeAsync(299_999);
    expect(next).toHaveBeenCalledTimes(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(next).toHaveBeenCalledTimes(1);
  });

  test('loses its turn as well where a test turns timers on, and no other clock', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const sessions = new Sessions<Counter>({ initial });
    vi.spyOn(console, 'warn').mockImplementation(() => {});
    void sessions.run('42:42', () => new Promise(() => {}));
    const next = vi.fn();
    void sessions.run('42:42', next);
    await vi.advanceTimersByTimeAsync(300_000);
    expect(next).toHaveBeenCalledTimes(1);
  });

  test('costs no timer as long as nobody waits', async () => {
    const sessions = new Sessions<Counter>({ initial, maxHoldMs: 1000 });
    void sessions.run('42:42', () => new Promise(() => {}));
    await vi.advanceTimersByTimeAsync(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('gives way at once to whoever comes when its time is over already', async () => {
    const sessions = new Sessions<Counter>({ initial, maxHoldMs: 1000 });
    void sessions.run('42:42', () => new Promise(() => {}));
    await vi.advanceTimersByTimeAsync(60_000);
    const next = vi.fn();
    void sessions.run('42:42', next);
    await vi.advanceTimersByTimeAsync(0);
    expect(next).toHaveBeenCalledTimes(1);
  });

  test('costs each of those behind it no more than one hold, in order of arrival', async () => {
    const sessions = new Sessions<Counter>({ initial, maxHoldMs: 1000 });
    const began: [id: number, at: number][] = [];
    const start = Date.now();
    for (const id of [0, 1, 2, 3]) {
      void sessions.run('42:42', () => {
        began.push([id, Date.now() - start]);
        return new Promise(() => {});
      });
    }
    await vi.advanceTimersByTimeAsync(10_000);
    expect(began).toEqual([
      [0, 0],
      [1, 1000],
      [2, 2000],
      [3, 3000],
    ]);
  });

  test('leaves the keys of others alone', async () => {
    const sessions = new Sessions<Counter>({ initial, maxHoldMs: 1000 });
    void sessions.run('42:42', () => new Promise(() => {}));
    await expect(sessions.update('7:7', (data) => void data.counter++)).resolves.toEqual({ counter: 1 });
  });

  test('keeps nobody from the session when it is the store that hangs', async () => {
    const store = new HeldStore<Counter>();
    const sessions = new Sessions<Counter>({ store, initial, maxHoldMs: 1000 });
    const stuck = vi.fn();
    const first = sessions.run('42:42', stuck);
    const second = sessions.update('42:42', (data) => void data.counter++);
    await vi.advanceTimersByTimeAsync(1000);
    store.pass(1);
    await vi.advanceTimersByTimeAsync(0);
    store.pass(1);
    await expect(second).resolves.toEqual({ counter: 1 });
    store.pass();
    await expect(first).rejects.toEqual(leaseLost);
    expect(stuck).toHaveBeenCalledTimes(0);
  });
});

describe('a handler that was overtaken', () => {
  /** Lets one handler change the session, be overtaken by another, and go on as a test says. */
  async function overtaken(
    goOn: (session: { data: Counter; save(): Promise<void>; reload(): Promise<void> }) => unknown,
  ) {
    const store = new RecordingStore<Counter>();
    const sessions = new Sessions<Counter>({ store, initial, maxHoldMs: 1000 });
    await sessions.update('42:42', () => ({ counter: 10 }));
    const woken = deferred();
    const first = sessions.run('42:42', async (session) => {
      session.data.counter = 99;
      await woken.promise;
      return goOn(session);
    });
    const second = sessions.update('42:42', (data) => void data.counter++);
    await vi.advanceTimersByTimeAsync(1000);
    return { first, second, store, sessions, wake: () => woken.resolve() };
  }

  test('hands on the data as it was before', async () => {
    const { second } = await overtaken(() => {});
    await expect(second).resolves.toEqual({ counter: 11 });
  });

  test('has its late write refused, and the store keeps the newer data', async () => {
    const { first, store, wake } = await overtaken(() => {});
    wake();
    await expect(first).rejects.toEqual(leaseLost);
    expect(store.values.get('42:42')).toEqual({ counter: 11 });
    expect(store.writes).toEqual(['set 42:42', 'set 42:42']);
  });

  test('is told by save() as well', async () => {
    const saved: unknown[] = [];
    const { first, wake } = await overtaken((session) => session.save().catch((error) => saved.push(error)));
    wake();
    await expect(first).rejects.toEqual(leaseLost);
    expect(saved).toEqual([leaseLost]);
  });

  test('is told of its own error where it throws', async () => {
    const failure = new Error('the handler failed too');
    const { first, wake } = await overtaken(() => Promise.reject(failure));
    wake();
    await expect(first).rejects.toBe(failure);
  });

  test('ends without an error where it has nothing to write', async () => {
    const { first, wake } = await overtaken((session) => {
      session.data.counter = 10;
    });
    wake();
    await expect(first).resolves.toBeUndefined();
  });

  test('does not take the turn away from whoever holds it now when it ends', async () => {
    const { first, sessions, store, wake } = await overtaken(() => {});
    const order: string[] = [];
    const holds = deferred();
    const third = sessions.run('42:42', async () => {
      order.push('third begins');
      await holds.promise;
      order.push('third ends');
    });
    const fourth = sessions.run('42:42', () => void order.push('fourth'));
    wake();
    await expect(first).rejects.toBeInstanceOf(SessionError);
    holds.resolve();
    await Promise.all([third, fourth]);
    expect(order).toEqual(['third begins', 'third ends', 'fourth']);
    expect(Turns.of(store).size).toBe(0);
  });

  test('lets in nobody who comes after its end while another holds the turn', async () => {
    const { first, sessions, wake } = await overtaken(() => {});
    const order: string[] = [];
    const holds = deferred();
    const elsewhere = sessions.run('43:43', () => holds.promise);
    const third = sessions.run('42:42', () => holds.promise.then(() => void order.push('third ends')));
    wake();
    await expect(first).rejects.toBeInstanceOf(SessionError);
    const fourth = sessions.run('42:42', () => void order.push('fourth'));
    await vi.advanceTimersByTimeAsync(0);
    holds.resolve();
    await Promise.all([elsewhere, third, fourth]);
    expect(order).toEqual(['third ends', 'fourth']);
  });

  test('may ask for another turn, behind the one that has overtaken it', async () => {
    const sessions = new Sessions<Counter>({ store: new RecordingStore(), initial, maxHoldMs: 1000 });
    const [woken, holds] = [deferred(), deferred()];
    const first = sessions.run('42:42', async () => {
      await woken.promise;
      return sessions.update('42:42', (data) => void data.counter++);
    });
    const second = sessions.run('42:42', () => holds.promise);
    await vi.advanceTimersByTimeAsync(1000);
    woken.resolve();
    await vi.advanceTimersByTimeAsync(0);
    holds.resolve();
    await second;
    await expect(first).resolves.toEqual({ counter: 1 });
  });

  test('is told by reload() as well, also by a store that answers at once', async () => {
    const told: unknown[] = [];
    const { first, wake } = await overtaken((session) => session.reload().catch((error) => told.push(error)));
    wake();
    await Promise.allSettled([first]);
    expect(told).toEqual([leaseLost]);
  });
});

describe('a slow handler', () => {
  test('that nobody waited for still saves', async () => {
    const store = new RecordingStore<Counter>();
    const sessions = new Sessions<Counter>({ store, initial, maxHoldMs: 1000 });
    const slow = sessions.run('42:42', async (session) => {
      await new Promise((resolve) => setTimeout(resolve, 60_000));
      session.data.counter = 1;
    });
    await vi.advanceTimersByTimeAsync(60_000);
    await slow;
    expect(store.values.get('42:42')).toEqual({ counter: 1 });
  });

  test('whose only waiter has given up still saves', async () => {
    const store = new RecordingStore<Counter>();
    const sessions = new Sessions<Counter>({ store, initial, maxHoldMs: 1000, maxWaitMs: 500 });
    const slow = sessions.run('42:42', async (session) => {
      await new Promise((resolve) => setTimeout(resolve, 60_000));
      session.data.counter = 1;
    });
    const impatient = expect(sessions.run('42:42', () => {})).rejects.toMatchObject({ code: 'SESSION_BUSY' });
    await vi.advanceTimersByTimeAsync(60_000);
    await Promise.all([slow, impatient]);
    expect(store.values.get('42:42')).toEqual({ counter: 1 });
  });

  test('gets a hold of its own for a write that is on its way', async () => {
    const store = new HeldStore<Counter>();
    const sessions = new Sessions<Counter>({ store, initial, maxHoldMs: 1000 });
    const slow = sessions.run('42:42', async (session) => {
      await new Promise((resolve) => setTimeout(resolve, 999));
      session.data.counter = 1;
    });
    store.pass(); // its read
    const next = sessions.update('42:42', (data) => void data.counter++);
    await vi.advanceTimersByTimeAsync(999 + 999);
    expect(store.held).toBe(1); // its write, and no read of the next one
    store.pass();
    await expect(slow).resolves.toBeUndefined();
    store.pass();
    await vi.advanceTimersByTimeAsync(0);
    store.pass();
    await expect(next).resolves.toEqual({ counter: 2 });
    expect(store.overlaps).toEqual([]);
  });

  test('is told when even its write took longer than a hold, because nobody knows which came last', async () => {
    const store = new HeldStore<Counter>();
    const sessions = new Sessions<Counter>({ store, initial, maxHoldMs: 1000 });
    const slow = sessions.run('42:42', (session) => void session.data.counter++);
    store.pass();
    const next = sessions.run('42:42', () => {});
    await vi.advanceTimersByTimeAsync(1000);
    expect(store.commands).toEqual(['get 42:42']);
    store.pass();
    store.pass();
    await expect(slow).rejects.toEqual(leaseLost);
    await next;
  });
});
