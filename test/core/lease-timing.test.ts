/** When the hold of a lease begins, when a lease is asked for again, and when its renewal ends. */

import { Sessions } from '@sessiongram/core';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { LeasingStore } from '../support/leasing-store';
import { deferred } from '../support/recording-store';

interface Counter {
  counter: number;
}

const KEY = '42:42';
const initial = (): Counter => ({ counter: 0 });
const count = (data: Counter): void => void data.counter++;
const transient = (): Error => Object.assign(new Error('the connection broke'), { transient: true });
const another = { contender: 'another-process1', leaseMs: 600_000, reserveMs: 150 };

let store: LeasingStore<Counter>;
let sibling: LeasingStore<Counter>;

beforeEach(() => {
  vi.useFakeTimers();
  store = new LeasingStore();
  sibling = store.sibling();
});
afterEach(() => void vi.useRealTimers());

const engine = (options: object = {}): Sessions<Counter> => new Sessions({ store, initial, ...options });
const elapse = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const times = (command: string): number => store.commands.filter((each) => each === command).length;

/** Why a promise was rejected, or `fulfilled`. */
async function fate(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => 'fulfilled',
    (error: { code?: unknown }) => error.code,
  );
}

describe('a hold', () => {
  test('begins when the lease has come, however long the store took', async () => {
    const sessions = engine({ maxHoldMs: 1_000 });
    store.before = (command) => (command.startsWith('acquire') ? pause(900) : undefined);
    const first = fate(
      sessions.run(KEY, async ({ data }) => {
        data.counter++;
        await pause(500);
      }),
    );
    const second = fate(sessions.update(KEY, count));
    await elapse(5_000);
    expect([await first, await second]).toEqual(['fulfilled', 'fulfilled']);
  });

  test('that ends while reload() reads is told by reload()', async () => {
    const sessions = engine({ maxHoldMs: 1_000 });
    const reading = deferred();
    const codes: unknown[] = [];
    const first = fate(
      sessions.run(KEY, async (session) => {
        store.before = (command) => (command.startsWith('get') ? reading.promise : undefined);
        codes.push(await fate(session.reload()));
      }),
    );
    await elapse(0);
    const second = fate(sessions.update(KEY, count));
    await elapse(1_500);
    reading.resolve();
    await elapse(0);
    expect([codes, await second]).toEqual([['SESSION_LEASE_LOST'], 'fulfilled']);
    await first;
  });
});

describe('the renewal of a lease', () => {
  test('begins anew with save()', async () => {
    const done = engine({ leaseMs: 900 }).run(KEY, async (session) => {
      await pause(200);
      session.data.counter++;
      await session.save();
      await pause(250);
      renewals.push(times(`renew ${KEY}`));
      await pause(150);
      renewals.push(times(`renew ${KEY}`));
    });
    const renewals: number[] = [];
    await elapse(1_000);
    await done;
    expect(renewals).toEqual([0, 1]);
  });

  test('ends when the store says that the lease is lost', async () => {
    const done = fate(engine({ leaseMs: 900 }).run(KEY, () => pause(2_000)));
    await elapse(100);
    await sibling.set(KEY, { counter: 7 });
    vi.setSystemTime(Date.now() + 600_000);
    expect((await sibling.acquire(KEY, { ...another, token: 'another-token-01' })).granted).toBe(true);
    await elapse(3_000);
    await done;
    expect(times(`renew ${KEY}`)).toBe(1);
  });

  test('ends when the turn is taken by close()', async () => {
    const sessions = engine({ leaseMs: 900 });
    const done = fate(sessions.run(KEY, () => pause(5_000)));
    await elapse(100);
    const closed = fate(sessions.close({ timeoutMs: 100 }));
    await elapse(6_000);
    expect([await closed, await done]).toEqual(['SESSION_BUSY', 'fulfilled']);
    expect(times(`renew ${KEY}`)).toBe(0);
  });
});

test('a lease that save() found lost is not given back a second time', async () => {
  const sessions = engine();
  const codes: unknown[] = [];
  const done = sessions.run(KEY, async (session) => {
    vi.setSystemTime(Date.now() + 600_000);
    await sibling.acquire(KEY, { ...another, token: 'another-token-01' });
    session.data.counter++;
    codes.push(await fate(session.save()));
    session.data.counter--;
  });
  await fate(done);
  await sessions.close();
  expect(codes).toEqual(['SESSION_LEASE_LOST']);
  expect(store.commands).toEqual([`acquire ${KEY}`, `commit set+next ${KEY}`]);
});

describe('a contender', () => {
  beforeEach(() => {
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
  });

  test('does not wait beyond maxWaitMs for a later answer, however short that is', async () => {
    await sibling.acquire(KEY, { ...another, token: 'another-token-01' });
    const done = fate(engine({ maxWaitMs: 100 }).update(KEY, count));
    let code: unknown;
    void done.then((told) => {
      code = told;
    });
    await elapse(1);
    store.before = () => pause(1_000);
    await elapse(100);
    expect(code).toBe('SESSION_BUSY');
    await elapse(2_000);
  });

  test('whose store fails twice, with an answer in between, has its patience anew', async () => {
    await sibling.acquire(KEY, { ...another, token: 'another-token-01' });
    const done = fate(engine({ leaseMs: 300 }).update(KEY, count));
    store.failNext('acquire', 'before', transient());
    await elapse(1_000);
    store.failNext('acquire', 'before', transient());
    await elapse(1_000);
    sibling.dropLock(KEY);
    await elapse(1_000);
    expect(await done).toBe('fulfilled');
  });

  test('whose store has answered in between asks again as soon as after its first failure', async () => {
    await sibling.acquire(KEY, { ...another, token: 'another-token-01' });
    for (let failures = 0; failures < 6; failures++) store.failNext('acquire', 'before', transient());
    const done = fate(engine().update(KEY, count));
    await elapse(1_000);
    store.failNext('acquire', 'before', transient());
    const before = times(`acquire ${KEY}`);
    await elapse(100);
    expect(times(`acquire ${KEY}`) - before).toBeGreaterThan(5);
    sibling.dropLock(KEY);
    await elapse(1_000);
    expect(await done).toBe('fulfilled');
  });

  test('with a maxWaitMs above what a timer can take waits for the store', async () => {
    store.before = (command) => (command.startsWith('acquire') ? pause(100) : undefined);
    const done = fate(engine({ maxWaitMs: 2 ** 40 }).update(KEY, count));
    await elapse(1_000);
    expect(await done).toBe('fulfilled');
  });
});
