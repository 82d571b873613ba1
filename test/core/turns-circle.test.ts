/** Handlers that wait for each other: one of them is told, and the others go on. */

import { middlewareOf, Sessions } from '@sessiongram/core';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { CIRCLE_MS } from '../../packages/core/src/circle';
import { Turns } from '../../packages/core/src/turns';
import { deferred } from '../support/recording-store';

interface Purse {
  money: number;
}

const initial = (): Purse => ({ money: 100 });
const told = expect.objectContaining({ code: 'SESSION_REENTERED' });
const elapse = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

let stores: Map<string, Purse>[];
let engines: Sessions<Purse>[];

beforeEach(() => {
  vi.useFakeTimers();
  stores = [new Map(), new Map(), new Map()];
  engines = stores.map((store) => new Sessions<Purse>({ store, initial }));
});

afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  expect(Reflect.get(globalThis, Symbol.for('sessiongram.waits'))).toEqual(new Set());
  expect(stores.map((store) => Turns.of(store).size)).toEqual([0, 0, 0]);
  vi.useRealTimers();
});

/** Each takes from the one and gives to the next, and holds the one meanwhile. */
function pay(from: [engine: number, key: string], to: [engine: number, key: string]): Promise<unknown> {
  return engine(from).run(from[1], async (session) => {
    session.data.money -= 10;
    await elapse(1);
    await engine(to).update(to[1], ({ money }) => ({ money: money + 10 }));
  });
}

function engine([at]: [engine: number, key: string]): Sessions<Purse> {
  return engines[at] as Sessions<Purse>;
}

describe('a circle', () => {
  test.each([
    ['of two', [0, 'a'], [0, 'b']],
    ['of three', [0, 'a'], [0, 'b'], [0, 'c']],
    ['through several stores', [0, 'a'], [1, 'a'], [2, 'a']],
  ] as [name: string, ...places: [number, string][]][])(
    '%s: one is told, the others go on',
    async (_, ...places) => {
      const all = Promise.allSettled(
        places.map((place, at) => pay(place, places[(at + 1) % places.length] as [number, string])),
      );
      await elapse(CIRCLE_MS + 10);
      const outcomes = await all;
      const failed = outcomes.filter(({ status }) => status === 'rejected');
      expect(failed).toEqual([{ status: 'rejected', reason: told }]);
    },
  );

  test('is not seen in a wait that only takes long, nor in those behind it', async () => {
    const gate = deferred();
    const long = engine([0, 'b']).run('b', () => gate.promise);
    const waiting = [pay([0, 'a'], [0, 'b']), pay([0, 'c'], [0, 'b']), pay([0, 'd'], [0, 'a'])];
    await elapse(10 * CIRCLE_MS);
    gate.resolve();
    await Promise.all([long, ...waiting]);
    expect(await engine([0, 'b']).read('b')).toEqual({ money: 120 });
  });

  test('is not seen where nobody waits who has a turn', async () => {
    const gate = deferred();
    const long = engine([0, 'a']).run('a', () => gate.promise);
    const after = engine([0, 'a']).update('a', () => {});
    const timers = vi.getTimerCount();
    const another = engine([0, 'a']).update('a', () => {});
    expect(vi.getTimerCount()).toBe(timers);
    gate.resolve();
    await Promise.all([long, after, another]);
  });

  test('of one that gives its turn back meanwhile is none', async () => {
    const other = engine([0, 'b']).run('b', async () => {
      await elapse(1);
      await engine([0, 'a']).update('a', () => {});
    });
    const one = engine([0, 'a']).run('a', (session) =>
      session.release(() => engine([0, 'b']).update('b', (data) => void data.money++)),
    );
    await elapse(CIRCLE_MS + 10);
    await Promise.all([one, other]);
    expect(await engine([0, 'b']).read('b')).toEqual({ money: 101 });
  });

  test('is looked for no longer where the turn has come', async () => {
    const gate = deferred();
    const long = engine([0, 'b']).run('b', () => gate.promise);
    const nested = engine([0, 'a']).run('a', () => engine([0, 'b']).update('b', () => {}));
    await elapse(1);
    expect(vi.getTimerCount()).toBeGreaterThan(0);
    gate.resolve();
    await Promise.all([long, nested]);
  });

  test('ends where a wait gives up by itself', async () => {
    engines = stores.map((store) => new Sessions<Purse>({ store, initial, maxWaitMs: CIRCLE_MS / 2 }));
    const all = Promise.allSettled([pay([0, 'a'], [0, 'b']), pay([0, 'b'], [0, 'a'])]);
    await elapse(CIRCLE_MS);
    const codes = (await all).map((each) => (each.status === 'rejected' ? each.reason.code : each.status));
    expect(codes).toContain('SESSION_BUSY');
    expect(codes).not.toContain('SESSION_REENTERED');
  });

  test('of lazy sessions that handlers look at in different orders', async () => {
    type Looker = { update: object; user: Promise<Purse>; group: Promise<Purse> };
    const lazily = (property: string, sessions: Sessions<Purse> | undefined) =>
      middlewareOf<Purse, Looker>({ sessions, property, getSessionKey: () => 'k' } as never, {
        where: 'lazySession()',
        mode: 'lazy',
        onMissingKey: 'throw',
      });
    const [user, group] = [lazily('user', engines[0]), lazily('group', engines[1])];
    const look = (...names: ('user' | 'group')[]) => {
      const ctx = { update: {} } as Looker;
      return user(ctx, () =>
        group(ctx, async () => {
          for (const name of names) {
            (await ctx[name]).money++;
            await elapse(1);
          }
        }),
      );
    };
    const all = Promise.allSettled([look('user', 'group'), look('group', 'user')]);
    await elapse(10);
    await elapse(CIRCLE_MS + 10);
    expect((await all).map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(await all).toContainEqual({ status: 'rejected', reason: told });
  });
});

test('a handler that waits for itself is told at once', async () => {
  let reason: unknown;
  const run = engine([0, 'a']).run('a', () => engine([0, 'a']).update('a', () => {}));
  run.catch((error) => {
    reason = error;
  });
  await elapse(0);
  expect(reason).toEqual(told);
});
