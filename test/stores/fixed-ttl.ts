/**
 * Registers the tests of `ttl: 'fixed'` with vitest for one kind of store, on the database itself:
 *
 * ```ts
 * registerFixedTtl('SqliteSessionStore', { make: (options) => new SqliteSessionStore(path, options), open });
 * ```
 */

import {
  type LeaseCommit,
  type LeaseGrant,
  type NextLease,
  type SessionStore,
  Sessions,
  type TtlKind,
} from '@sessiongram/core';
import { describe, expect, test } from 'vitest';

/** The key of all tests. */
export const KEY = '42:42';

/** How long a session lives in them: so long that no test takes a part of it that counts. */
export const TTL_MS = 10 * 86_400_000;

/** What the test itself may take of it, on a busy machine. */
const SLACK_MS = 60_000;

/** A store with `ttl: 'fixed'` and {@link TTL_MS}, empty, and the means to look behind it. */
export interface OpenFixed {
  readonly store: SessionStore;
  /** How many milliseconds the value has left; `undefined` where it has no end. */
  left(): Promise<number | undefined>;
  /** Lets time pass for the value. */
  pass(ms: number): Promise<void>;
  /** Puts a value where the store keeps it, with no end, as another program does. */
  putEndless(value: unknown): Promise<void>;
  /** Removes what is to be removed by now. */
  purge(): Promise<unknown>;
}

/** How one kind of store is made. */
export interface FixedSubject {
  /** Makes a store of which nothing but its options counts. */
  make(options: { ttlMs?: number; ttl?: TtlKind }): SessionStore;
  open(): Promise<OpenFixed> | OpenFixed;
}

type Leasing = Required<Pick<SessionStore, 'acquire' | 'renew' | 'commit' | 'touch'>> & SessionStore;

const NONE = { kind: 'none' } as const;
const DELETE = { kind: 'delete' } as const;
const set = (value: unknown) => ({ kind: 'set', value }) as const;

type Use = readonly [name: string, use: (store: Leasing) => Promise<unknown>];

const reads: readonly Use[] = [
  ['get', async (store) => store.get(KEY)],
  ['touch', async (store) => store.touch(KEY)],
  ['acquire', take],
  ['renew', async (store) => store.renew(KEY, (await take(store)).lease, 60_000)],
  ['a commit of no change', (store) => takeAndCommit(store, NONE)],
  ['a commit of no change with a mark', (store) => takeAndCommit(store, NONE, marked())],
  ['a commit of no change that hands over', (store) => takeAndCommit(store, NONE, { next: nextOf() })],
];

const writes: readonly Use[] = [
  ['set', async (store) => store.set(KEY, 2)],
  ['a commit', (store) => takeAndCommit(store, set(2))],
  ['a commit with a mark', (store) => takeAndCommit(store, set(2), marked())],
  ['a commit that hands over', (store) => takeAndCommit(store, set(2), { next: nextOf() })],
];

/** Registers the tests, in a `describe` of their own. */
export function registerFixedTtl(name: string, { make, open }: FixedSubject): void {
  const opened = async (): Promise<OpenFixed & { store: Leasing }> => {
    const fixed = await open();
    return { ...fixed, store: fixed.store as Leasing };
  };

  describe(`${name} with a fixed time`, () => {
    test.for([...reads, ...writes])('%s does not lengthen the life of a session', async ([, use]) => {
      const { store, left, pass } = await opened();
      await store.set(KEY, 1);
      expectWhole(await left());
      await pass(TTL_MS * 0.4);
      const before = (await left()) as number;
      await use(store);
      const after = (await left()) as number;
      expect(after).toBeLessThanOrEqual(before);
      expect(after).toBeGreaterThan(before - SLACK_MS);
      await pass(TTL_MS * 0.6 + SLACK_MS);
      expect(await store.get(KEY)).toBeUndefined();
    });

    test.for(writes)('%s gives a new session its end', async ([, write]) => {
      const { store, left } = await opened();
      await write(store);
      expectWhole(await left());
    });

    test.for(writes)('%s begins anew where the session was deleted', async ([, write]) => {
      const { store, left, pass } = await opened();
      await store.set(KEY, 1);
      await pass(TTL_MS * 0.4);
      await store.delete(KEY);
      await write(store);
      expectWhole(await left());
      expect(await store.get(KEY)).toBe(2);
    });

    test.for(writes)('%s begins anew where a commit has deleted the session', async ([, write]) => {
      const { store, left, pass } = await opened();
      await takeAndCommit(store, set(1));
      await pass(TTL_MS * 0.4);
      await takeAndCommit(store, DELETE);
      await write(store);
      expectWhole(await left());
      expect(await store.get(KEY)).toBe(2);
    });

    test.for(writes)('%s begins anew where the session has ended', async ([, write]) => {
      const { store, left, pass } = await opened();
      await store.set(KEY, 1);
      await pass(TTL_MS * 1.1);
      await write(store);
      expectWhole(await left());
      expect(await store.get(KEY)).toBe(2);
    });

    test.for([
      ['', {}],
      [', handed over', { next: nextOf() }],
    ] as const)('what a holder saves after the end begins anew%s', async ([, more]) => {
      const { store, left, pass } = await opened();
      await store.set(KEY, 1);
      const grant = await take(store);
      await pass(TTL_MS * 1.1);
      expect(await commit(store, grant, set(2), more)).toMatchObject({ state: 'done' });
      expectWhole(await left());
      expect(await store.get(KEY)).toBe(2);
    });

    test('a session that ends while it is held does not come back by a commit of no change', async () => {
      const { store, pass } = await opened();
      await store.set(KEY, 1);
      const grant = await take(store);
      await pass(TTL_MS * 1.1);
      expect(await commit(store, grant, NONE)).toMatchObject({ state: 'done' });
      expect(await store.get(KEY)).toBeUndefined();
    });

    test.for(reads)('%s leaves data without an end as they are', async ([, use]) => {
      const { store, left, putEndless } = await opened();
      await putEndless(1);
      await use(store);
      expect(await left()).toBeUndefined();
      expect(await store.get(KEY)).toBe(1);
    });

    test.for(writes)('%s gives data without an end one', async ([, write]) => {
      const { store, left, putEndless } = await opened();
      await putEndless(1);
      await write(store);
      expectWhole(await left());
      expect(await store.get(KEY)).toBe(2);
    });

    test('of many who write at once, each succeeds, and all write into one life', async () => {
      const { store, left, pass } = await opened();
      for (let round = 0; round < 5; round++) {
        await Promise.all(Array.from({ length: 8 }, (_, index) => store.set(KEY, index)));
        expectWhole(await left());
        await pass(TTL_MS * 1.1);
      }
      expect(await store.get(KEY)).toBeUndefined();
    });

    test('an update that was carried out is known again after the session has ended', async () => {
      const { store, pass, purge } = await opened();
      await store.set(KEY, 1);
      await pass(TTL_MS - SLACK_MS);
      const update = marked();
      await takeAndCommit(store, set(2), update);
      await pass(2 * SLACK_MS);
      await purge();
      const grant = await take(store);
      expect([grant.read(), grant.marks]).toEqual([undefined, update.marks]);
      expect(await commit(store, grant, set(3), update)).toMatchObject({ state: 'repeated' });
    });

    test('a lease outlives the session', async () => {
      const { store, pass, purge } = await opened();
      await store.set(KEY, 1);
      await pass(TTL_MS - SLACK_MS);
      const { lease } = await take(store);
      await pass(2 * SLACK_MS);
      await purge();
      expect(await store.renew(KEY, lease, 60_000)).toBe(true);
      expect(await store.acquire(KEY, requestOf('b'))).toMatchObject({ granted: false });
    });

    test('the engine’s updates go into the life that the first of them began', async () => {
      const { store, left, pass } = await opened();
      const sessions = new Sessions<{ counter: number }>({ store, initial: () => ({ counter: 0 }) });
      for (let count = 1; count <= 3; count++) {
        await sessions.update(KEY, (data) => void data.counter++);
        await pass(TTL_MS * 0.2);
      }
      await sessions.run(KEY, (session) => void session.data.counter);
      const rest = (await left()) as number;
      expect(rest).toBeLessThanOrEqual(TTL_MS * 0.4);
      expect(rest).toBeGreaterThan(TTL_MS * 0.4 - SLACK_MS);
      expect(await sessions.read(KEY)).toEqual({ counter: 3 });
    });

    test('it does not claim that use renews its sessions', () => {
      expect(make({ ttlMs: 1_000, ttl: 'fixed' }).supports?.ttl).toBe(false);
      expect(make({ ttlMs: 1_000, ttl: 'rolling' }).supports?.ttl).toBe(true);
      expect(make({ ttlMs: 1_000 }).supports?.ttl).toBe(true);
    });

    test('ttl is refused without ttlMs, and where it is neither of the two', () => {
      for (const ttl of ['fixed', 'rolling'] as const) {
        expect(() => make({ ttl })).toThrow(
          new TypeError(`new ${name}(): option "ttl" needs "ttlMs", but got "${ttl}" alone. Add "ttlMs".`),
        );
      }
      const odd = { ttlMs: 1_000, ttl: 'sliding' as TtlKind };
      expect(() => make(odd)).toThrow(/option "ttl" must be 'rolling' or 'fixed', but got "sliding"/);
    });
  });
}

let asked = 0;
/** The token of the last lease that was handed on, which nobody here goes on to use. */
let heir: string | undefined;

function requestOf(contender: string) {
  const token = `fixed-${++asked}`.padEnd(16, '_');
  return { token, leaseMs: 60_000, contender: contender.padEnd(16, '_'), reserveMs: 60_000 };
}

function nextOf(): NextLease {
  const request = requestOf('a');
  heir = request.token;
  return { ...request, yields: true };
}

/** What a commit leaves that is to be known again. */
function marked() {
  const mark = String(++asked);
  return { mark, marks: mark };
}

async function take(store: Leasing): Promise<LeaseGrant<unknown>> {
  const answer = await store.acquire(KEY, { ...requestOf('a'), previous: heir });
  if (!answer.granted) throw new Error(`Refused for ${answer.remainingMs} ms.`);
  return answer;
}

async function commit(
  store: Leasing,
  { lease }: LeaseGrant<unknown>,
  change: LeaseCommit<unknown>['change'],
  more: Partial<LeaseCommit<unknown>> = {},
) {
  return store.commit(KEY, lease, { change, mark: undefined, marks: '', ...more });
}

async function takeAndCommit(
  store: Leasing,
  change: LeaseCommit<unknown>['change'],
  more: Partial<LeaseCommit<unknown>> = {},
): Promise<void> {
  const answer = await commit(store, await take(store), change, more);
  expect(answer.state).toBe('done');
  if (more.next !== undefined) expect(answer).toMatchObject({ next: { granted: true } });
}

/** Fails unless a life has just begun. */
function expectWhole(left: number | undefined): void {
  expect(left).toBeLessThanOrEqual(TTL_MS + SLACK_MS);
  expect(left).toBeGreaterThan(TTL_MS - SLACK_MS);
}
