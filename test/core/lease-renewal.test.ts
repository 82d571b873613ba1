/** How long a lease is kept alive, and what becomes of a handler that could not keep it. */

import { type Session, Sessions } from '@sessiongram/core';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Turns } from '../../packages/core/src/turns';
import { LeasingStore } from '../support/leasing-store';
import { type Deferred, deferred } from '../support/recording-store';

interface Counter {
  counter: number;
}

const leaseMs = 900;
const maxHoldMs = 5000;
const initial = (): Counter => ({ counter: 0 });
const count = (data: Counter): void => void data.counter++;
const leaseLost = expect.objectContaining({ code: 'SESSION_LEASE_LOST', key: '42:42' });
const transient = (): Error => Object.assign(new Error('the connection broke'), { transient: true });

let store: LeasingStore<Counter>;
let sibling: LeasingStore<Counter>;
let sessions: Sessions<Counter>;
let others: Sessions<Counter>;

beforeEach(() => {
  vi.useFakeTimers();
  store = new LeasingStore();
  sibling = store.sibling();
  sessions = new Sessions<Counter>({ store, initial, leaseMs, maxHoldMs });
  others = new Sessions<Counter>({ store: sibling, initial, leaseMs, maxHoldMs });
});
afterEach(() => void vi.useRealTimers());

const elapse = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);
const renewals = (): number => store.commands.filter((command) => command === 'renew 42:42').length;
const isFree = (): boolean => store.locks.get('42:42')?.token === undefined;
const stored = (): unknown => JSON.parse(store.texts.get('42:42') ?? 'null');

/** A handler that changes the session and waits until a test lets it go on. */
function slow(goOn: (session: Session<Counter>) => unknown = () => {}): {
  run: Promise<unknown>;
  woken: Deferred<void>;
} {
  const woken = deferred();
  const run = sessions.run('42:42', async (session) => {
    session.data.counter += 10;
    await woken.promise;
    await goOn(session);
  });
  run.catch(() => {});
  return { run, woken };
}

/** Fails every renewal, as if this process were cut off while its handler works. */
function cutOff(): void {
  store.before = (command) => {
    if (command.startsWith('renew')) throw transient();
  };
}

describe('a lease', () => {
  test('is renewed every third of leaseMs while the handler runs, and not after its end', async () => {
    const { run, woken } = slow();
    await elapse(299);
    expect(renewals()).toBe(0);
    await elapse(1);
    expect(renewals()).toBe(1);
    await elapse(300 * 9);
    expect(renewals()).toBe(10);
    expect(isFree()).toBe(false);
    expect(store.locks.get('42:42')?.until).toBeGreaterThan(Date.now());
    woken.resolve();
    await run;
    await elapse(10_000);
    expect(renewals()).toBe(10);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('lives 15,000 ms where nothing else is said, and is renewed every 5,000', async () => {
    const usual = new Sessions<Counter>({ store, initial });
    void usual.run('42:42', () => new Promise(() => {}));
    await elapse(0);
    expect((store.locks.get('42:42')?.until ?? 0) - Date.now()).toBe(15_000);
    await elapse(4999);
    expect(renewals()).toBe(0);
    await elapse(1);
    expect(renewals()).toBe(1);
  });

  test('is not renewed when the hold is over, so that others may have the key', async () => {
    const { run, woken } = slow();
    const waiting = others.update('42:42', count);
    await elapse(maxHoldMs + leaseMs);
    expect(renewals()).toBe(Math.floor(maxHoldMs / 300));
    await expect(waiting).resolves.toEqual({ counter: 1 });
    woken.resolve();
    await expect(run).rejects.toEqual(leaseLost);
  });

  test('is renewed again after a renewal that failed', async () => {
    store.failNext('renew', 'before', transient());
    store.failNext('renew', 'before', new Error('permission denied'));
    const { run, woken } = slow();
    await elapse(1000);
    expect(renewals()).toBe(3);
    woken.resolve();
    await run;
    expect(stored()).toEqual({ counter: 10 });
  });

  test('that has lapsed but that nobody took still saves', async () => {
    cutOff();
    const { run, woken } = slow();
    await elapse(leaseMs * 4);
    expect(store.locks.get('42:42')?.until).toBeLessThan(Date.now());
    woken.resolve();
    await run;
    expect(stored()).toEqual({ counter: 10 });
  });

  test('that save() has got is renewed in place of the one before', async () => {
    const again = deferred();
    const { run, woken } = slow(async (session) => {
      await session.save();
      await again.promise;
      session.data.counter++;
    });
    await elapse(200);
    woken.resolve();
    await elapse(leaseMs * 3);
    expect(store.locks.get('42:42')?.until).toBeGreaterThan(Date.now());
    again.resolve();
    await run;
    expect(stored()).toEqual({ counter: 11 });
  });

  test('that save() has got is renewed also where a renewal came between command and answer', async () => {
    const again = deferred();
    const answered = deferred();
    const { woken } = slow(async (session) => {
      await session.save();
      await again.promise;
    });
    const commit = store.commit.bind(store);
    vi.spyOn(store, 'commit').mockImplementationOnce(async (...command) => {
      const answer = await commit(...command);
      await answered.promise;
      return answer;
    });
    await elapse(250);
    woken.resolve();
    await elapse(100); // a renewal of the lease that the commit has ended
    answered.resolve();
    await elapse(leaseMs * 2);
    expect(store.locks.get('42:42')?.until).toBeGreaterThan(Date.now());
  });

  test('that save() has got after maxHoldMs is renewed as well', async () => {
    const again = deferred();
    const { woken } = slow(async (session) => {
      await session.save();
      await again.promise;
    });
    await elapse(maxHoldMs + 400);
    woken.resolve();
    await elapse(leaseMs * 2);
    expect(store.locks.get('42:42')?.until).toBeGreaterThan(Date.now());
  });

  test('that was handed over is renewed by whoever has it', async () => {
    const first = slow();
    const second = slow();
    await elapse(100);
    first.woken.resolve();
    await elapse(leaseMs * 3);
    expect(store.commands).toContain('commit set+next 42:42');
    expect(store.locks.get('42:42')?.until).toBeGreaterThan(Date.now());
    second.woken.resolve();
    await second.run;
    expect(stored()).toEqual({ counter: 20 });
  });
});

describe('a holder that was frozen', () => {
  /** Lets another process take the key, and the first one go on after that. */
  async function overtaken(goOn?: (session: Session<Counter>) => unknown) {
    cutOff();
    const { run, woken } = slow(goOn);
    await elapse(leaseMs);
    await others.update('42:42', count);
    return { run, woken };
  }

  test('has its late write refused, and the newer data stay', async () => {
    const { run, woken } = await overtaken();
    woken.resolve();
    await expect(run).rejects.toEqual(leaseLost);
    expect(stored()).toEqual({ counter: 1 });
  });

  test('passes its turn on', async () => {
    const { run, woken } = await overtaken();
    const next = sessions.update('42:42', count);
    woken.resolve();
    await Promise.allSettled([run]);
    await elapse(leaseMs);
    await expect(next).resolves.toEqual({ counter: 2 });
    expect(Turns.of(store).size).toBe(0);
  });

  test('is told by save(), again when it ends, and leaves nothing behind', async () => {
    const told: unknown[] = [];
    const { run, woken } = await overtaken((session) => session.save().catch((error) => told.push(error)));
    woken.resolve();
    await expect(run).rejects.toEqual(leaseLost);
    expect(told).toEqual([leaseLost]);
    expect(Turns.of(store).size).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('ends without an error where it has nothing to write, and does not end the lease of the others', async () => {
    cutOff();
    const woken = deferred();
    const run = sessions.run('42:42', () => woken.promise);
    await elapse(leaseMs);
    const holds = deferred();
    const other = others.run('42:42', () => holds.promise);
    await elapse(0);
    woken.resolve();
    await expect(run).resolves.toBeUndefined();
    await elapse(0);
    expect(isFree()).toBe(false);
    holds.resolve();
    await other;
  });

  test('is told of its own error where it throws', async () => {
    const failure = new Error('the handler failed too');
    const { run, woken } = await overtaken(() => Promise.reject(failure));
    woken.resolve();
    await expect(run).rejects.toBe(failure);
  });

  test('whose lock was lost and whose data another has changed is refused, by the content', async () => {
    const { run, woken } = slow();
    await elapse(100);
    store.dropLock('42:42');
    await others.update('42:42', count);
    store.dropLock('42:42');
    woken.resolve();
    await expect(run).rejects.toEqual(leaseLost);
    expect(stored()).toEqual({ counter: 1 });
  });

  test('whose lock was lost and whose data nobody has changed still saves', async () => {
    const { run, woken } = slow();
    await elapse(100);
    store.dropLock('42:42');
    woken.resolve();
    await run;
    expect(stored()).toEqual({ counter: 10 });
  });
});

describe('a handler that loses its turn at maxHoldMs', () => {
  test('gives its lease back at once, so that the next one has it', async () => {
    const { run, woken } = slow();
    await elapse(1);
    const next = vi.fn(count);
    void sessions.update('42:42', next);
    await elapse(maxHoldMs - 2);
    expect(next).toHaveBeenCalledTimes(0);
    expect(isFree()).toBe(false);
    await elapse(1 + 90);
    expect(next).toHaveBeenCalledTimes(1);
    expect(stored()).toEqual({ counter: 1 });
    woken.resolve();
    await expect(run).rejects.toEqual(leaseLost);
    expect(stored()).toEqual({ counter: 1 });
  });

  test('does not renew any more', async () => {
    slow();
    await elapse(1);
    void sessions.run('42:42', () => {});
    await elapse(maxHoldMs + 1);
    const before = renewals();
    await elapse(leaseMs * 3);
    expect(renewals()).toBe(before);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('while its save() is on its way gives the new lease back as well', async () => {
    const held = deferred();
    const commit = store.commit.bind(store);
    vi.spyOn(store, 'commit').mockImplementationOnce(async (...command) => {
      const answer = await commit(...command);
      await held.promise;
      return answer;
    });
    const patient = new Sessions<Counter>({ store, initial, leaseMs: 60_000, maxHoldMs });
    const run = patient.run('42:42', async (session) => {
      session.data.counter = 1;
      await session.save().catch(() => {});
    });
    run.catch(() => {});
    await elapse(1);
    const next = vi.fn();
    void patient.run('42:42', next);
    await elapse(maxHoldMs);
    held.resolve();
    await elapse(200);
    expect(next).toHaveBeenCalledTimes(1);
  });
});
