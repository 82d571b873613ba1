/** Stores that fail while a lease is had or given back: what is repeated, what is told, and what stays as it was. */

import type { CommitAnswer, Lease, LeaseAnswer, LeaseCommit, LeaseRequest, Session } from '@sessiongram/core';
import { Sessions } from '@sessiongram/core';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Turns } from '../../packages/core/src/turns';
import { LeasingStore } from '../support/leasing-store';

interface Counter {
  counter: number;
  text?: string;
}

/** Remembers what the engine asked for. */
class Overheard extends LeasingStore<Counter> {
  readonly requests: LeaseRequest[] = [];
  readonly leases: Lease[] = [];
  readonly commits: LeaseCommit<Counter>[] = [];
  readonly answers: CommitAnswer<Counter>[] = [];

  override acquire(key: string, request: LeaseRequest): Promise<LeaseAnswer<Counter>> {
    this.requests.push(request);
    return super.acquire(key, request);
  }

  override async commit(
    key: string,
    lease: Lease,
    commit: LeaseCommit<Counter>,
  ): Promise<CommitAnswer<Counter>> {
    this.leases.push(lease);
    this.commits.push(commit);
    const answer = await super.commit(key, lease, commit);
    this.answers.push(answer);
    return answer;
  }
}

const leaseMs = 1000;
const initial = (): Counter => ({ counter: 0 });
const transient = (): Error => Object.assign(new Error('the connection broke'), { transient: true });
const broken = new Error('permission denied');
const count = (data: Counter): void => void data.counter++;

let store: Overheard;
let sessions: Sessions<Counter>;

beforeEach(() => {
  vi.useFakeTimers();
  store = new Overheard();
  sessions = new Sessions<Counter>({ store, initial, leaseMs });
});
afterEach(() => void vi.useRealTimers());

const stored = (): unknown => JSON.parse(store.texts.get('42:42') ?? 'null');
const isFree = (): boolean => store.locks.get('42:42')?.token === undefined;

/** Turns the clock while a promise is on its way. */
async function settled<T>(promise: Promise<T>, ms = 10_000): Promise<PromiseSettledResult<T>> {
  const all = Promise.allSettled([promise]);
  await vi.advanceTimersByTimeAsync(ms);
  const [result] = await all;
  return result as PromiseSettledResult<T>;
}

const failed = (code: string, cause?: unknown): unknown => ({
  status: 'rejected',
  reason: expect.objectContaining({ code, key: '42:42', ...(cause === undefined ? {} : { cause }) }),
});

describe('a store that fails to answer acquire', () => {
  test('is asked again with a fresh token, and told the one before', async () => {
    store.failNext('acquire', 'before', transient());
    store.failNext('acquire', 'before', transient());
    await expect(settled(sessions.update('42:42', count))).resolves.toMatchObject({ status: 'fulfilled' });
    const [first, second, third] = store.requests as [LeaseRequest, LeaseRequest, LeaseRequest];
    expect(store.requests).toHaveLength(3);
    expect(new Set(store.requests.map(({ token }) => token)).size).toBe(3);
    expect([first.previous, second.previous, third.previous]).toEqual([undefined, first.token, second.token]);
    expect(new Set(store.requests.map(({ contender }) => contender)).size).toBe(1);
  });

  test('gives the lease at once where only the answer was lost', async () => {
    store.failNext('acquire', 'after', transient());
    await expect(settled(sessions.update('42:42', count), 50)).resolves.toMatchObject({
      status: 'fulfilled',
    });
    expect(store.requests).toHaveLength(2);
  });

  test('gives the lease at once also where it was away for some attempts after that', async () => {
    store.failNext('acquire', 'after', transient());
    store.failNext('acquire', 'before', transient());
    const start = Date.now();
    const ended = sessions.update('42:42', count).then(() => Date.now() - start);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await ended).toBeLessThan(leaseMs / 2);
  });

  test.each([null, undefined, {}, 'yes'])('but %s, is told what it has to answer', async (answer) => {
    store.acquire = (() => Promise.resolve(answer)) as never;
    const body = vi.fn();
    await expect(settled(sessions.run('42:42', body), 0)).resolves.toEqual(
      failed(
        'SESSION_LOAD_FAILED',
        expect.objectContaining({ message: expect.stringContaining('{ granted, … }') }),
      ),
    );
    expect(body).toHaveBeenCalledTimes(0);
    expect(Turns.of(store).size).toBe(0);
  });

  test('and whose error is of another kind is not asked again', async () => {
    store.failNext('acquire', 'before', broken);
    const body = vi.fn();
    await expect(settled(sessions.run('42:42', body), 0)).resolves.toEqual(
      failed('SESSION_LOAD_FAILED', broken),
    );
    expect(body).toHaveBeenCalledTimes(0);
    expect(store.requests).toHaveLength(1);
    expect(Turns.of(store).size).toBe(0);
  });

  test('and cannot tell whether that passes has failed for good, for the first reason', async () => {
    store.isTransient = () => {
      throw new Error('no such answer');
    };
    store.failNext('acquire', 'before', broken);
    await expect(settled(sessions.update('42:42', count), 0)).resolves.toEqual(
      failed('SESSION_LOAD_FAILED', broken),
    );
    store.failNext('commit', 'before', broken);
    await expect(settled(sessions.update('42:42', count))).resolves.toEqual(
      failed('SESSION_SAVE_FAILED', broken),
    );
    expect(Turns.of(store).size).toBe(0);
  });

  test('for longer than a lease lives is given up, and the handler never runs', async () => {
    const start = Date.now();
    store.before = (command) => {
      if (command.startsWith('acquire')) throw transient();
    };
    const body = vi.fn();
    const ended = sessions.run('42:42', body).catch((error) => [error.code, Date.now() - start]);
    await vi.advanceTimersByTimeAsync(10_000);
    const [code, after] = await ended;
    expect(code).toBe('SESSION_LOAD_FAILED');
    expect(after).toBeGreaterThan(leaseMs);
    expect(after).toBeLessThan(leaseMs + 500);
    expect(store.requests.length).toBeGreaterThan(3);
    expect(store.requests.length).toBeLessThan(30);
    expect(body).toHaveBeenCalledTimes(0);
    expect(Turns.of(store).size).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('by throwing at once is treated alike', async () => {
    const answer = vi.spyOn(store, 'acquire').mockImplementationOnce(() => {
      throw transient();
    });
    await expect(settled(sessions.update('42:42', count))).resolves.toMatchObject({ status: 'fulfilled' });
    expect(answer).toHaveBeenCalledTimes(2);
    answer.mockImplementationOnce(() => {
      throw broken;
    });
    await expect(settled(sessions.update('42:42', count))).resolves.toEqual(
      failed('SESSION_LOAD_FAILED', broken),
    );
  });
});

describe('a store that fails to answer commit', () => {
  test.each(['before', 'after'] as const)(
    'is sent the very same again, and its effect is there once, where it failed %s it',
    async (when) => {
      store.failNext('commit', when, transient());
      store.failNext('commit', when, transient());
      await expect(settled(sessions.update('42:42', count))).resolves.toMatchObject({ status: 'fulfilled' });
      expect(store.commits).toHaveLength(3);
      expect(store.commits[1]).toEqual(store.commits[0]);
      expect(store.commits[2]).toEqual(store.commits[0]);
      expect(new Set(store.leases).size).toBe(1);
      expect(store.commits[0]?.mark).toMatch(/^\.[\w-]{8}$/);
      expect(store.answers).toEqual([{ state: when === 'after' ? 'repeated' : 'done' }]);
      expect(stored()).toEqual({ counter: 1 });
      expect(isFree()).toBe(true);
    },
  );

  test('is sent the same hand-over again, and the next one has its lease', async () => {
    store.failNext('commit', 'after', transient());
    const both = Promise.all([sessions.update('42:42', count), sessions.update('42:42', count)]);
    await expect(settled(both)).resolves.toMatchObject({ status: 'fulfilled' });
    expect(store.commits[0]?.next).toBeDefined();
    expect(store.commits[1]).toEqual(store.commits[0]);
    expect(store.answers[0]?.state).toBe('repeated');
    expect(store.requests).toHaveLength(1);
    expect(stored()).toEqual({ counter: 2 });
  });

  test('in the middle of a handler is sent it again, and the handler keeps its lease', async () => {
    store.failNext('commit', 'after', transient());
    const run = sessions.run('42:42', async (session) => {
      session.data.counter = 1;
      await session.save();
      session.data.counter = 2;
    });
    await expect(settled(run)).resolves.toMatchObject({ status: 'fulfilled' });
    expect(store.requests).toHaveLength(1);
    expect(store.answers.map(({ state }) => state)).toEqual(['repeated', 'done']);
    expect(stored()).toEqual({ counter: 2 });
  });

  test('and whose error is of another kind is not sent it again', async () => {
    await sessions.update('42:42', count);
    store.failNext('commit', 'before', broken);
    await expect(settled(sessions.update('42:42', count))).resolves.toEqual(
      failed('SESSION_SAVE_FAILED', broken),
    );
    expect(store.commands.slice(2)).toEqual(['acquire 42:42', 'commit set 42:42', 'commit none 42:42']);
    expect(stored()).toEqual({ counter: 1 });
    expect(isFree()).toBe(true);
  });

  test.each([null, undefined, {}, 'QUEUED', { state: 'QUEUED' }])(
    'but %s, is told what it has to answer, and nothing counts as saved',
    async (answer) => {
      vi.spyOn(store, 'commit').mockImplementation(() => answer as never);
      const { status, reason } = (await settled(sessions.update('42:42', count))) as PromiseRejectedResult;
      expect([status, reason]).toMatchObject([
        'rejected',
        { code: 'SESSION_SAVE_FAILED', cause: expect.any(TypeError) },
      ]);
      expect(reason.cause.message).toContain("{ state: 'done' | 'repeated' | 'lost', … }");
    },
  );

  test('for longer than a lease lives is given up', async () => {
    const start = Date.now();
    store.before = (command) => {
      if (command.startsWith('commit')) throw transient();
    };
    const ended = sessions.update('42:42', count).catch((error) => [error.code, Date.now() - start]);
    await vi.advanceTimersByTimeAsync(10_000);
    const [code, after] = (await ended) as [string, number];
    expect(code).toBe('SESSION_SAVE_FAILED');
    expect(after).toBeGreaterThan(leaseMs);
    expect(after).toBeLessThan(leaseMs + 500);
    expect(stored()).toBeNull();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(Turns.of(store).size).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('to give back an untouched lease harms nobody', async () => {
    store.failNext('commit', 'before', broken);
    await expect(settled(sessions.run('42:42', () => {}))).resolves.toMatchObject({ status: 'fulfilled' });
    await sessions.close();
    await vi.advanceTimersByTimeAsync(leaseMs);
    const later = new Sessions<Counter>({ store: store.sibling(), initial });
    await expect(settled(later.update('42:42', count))).resolves.toMatchObject({ status: 'fulfilled' });
  });

  /** Changes the session, fails to save it although the store has done it, and goes on as a test says. */
  async function savedUnawares(goOn: (session: Session<Counter>) => unknown): Promise<unknown> {
    const told: string[] = [];
    store.failNext('commit', 'after', broken);
    const run = sessions.run('42:42', async (session) => {
      session.data.counter = 1;
      await session.save().catch(({ code }) => told.push(code));
      session.data.counter = 2;
      await goOn(session);
    });
    const { status } = await settled(run);
    expect(told).toEqual(['SESSION_SAVE_FAILED']);
    return { status, stored: stored() };
  }

  const honest = [
    { status: 'fulfilled', stored: { counter: 2 } },
    { status: 'rejected', stored: { counter: 1 } },
  ];

  test('is not believed to have stored what came after a save that it had done unawares', async () => {
    expect(honest).toContainEqual(await savedUnawares(() => {}));
  });

  test('does not make a second save succeed that stores nothing', async () => {
    let saved = false;
    await savedUnawares(async (session) => {
      await session.save().then(
        () => {
          saved = true;
        },
        () => {},
      );
    });
    expect(saved && (stored() as Counter).counter === 1).toBe(false);
  });
});
