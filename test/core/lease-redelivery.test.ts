/** `skipRedelivered` on a store with leases: an update that comes again has its effect once, whoever gets it. */

import { setImmediate } from 'node:timers/promises';
import { type SessionOptions, Sessions } from '@sessiongram/core';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { LeasingStore } from '../support/leasing-store';
import { type Context, type Counter, contextOf, session } from './numbered-updates';

const initial = (): Counter => ({ counter: 0 });
const count = (data: Counter): void => void data.counter++;
const failure = new Error('the handler failed');

let store: LeasingStore<Counter>;
let engines: Sessions<Counter>[];

beforeEach(() => {
  store = new LeasingStore();
  engines = [engineOn(store), engineOn(store.sibling())];
});

function engineOn(on: LeasingStore<Counter>, options: SessionOptions<Counter> = {}): Sessions<Counter> {
  return new Sessions<Counter>({ store: on, initial, skipRedelivered: true, ...options });
}

/** Handles an update by one of the processes, and counts. */
function handle(
  updateId: unknown,
  engine = 0,
  body: (ctx: Context) => unknown = (ctx) => count(ctx.session),
): Promise<unknown> {
  const ctx = contextOf(updateId);
  return session(engines[engine] as Sessions<Counter>)(ctx, async () => body(ctx));
}

const stored = (): unknown => JSON.parse(store.texts.get('42:42') ?? 'null');
const marks = (): string[] => (store.locks.get('42:42')?.marks ?? '').split(',').filter(Boolean);
const closed = (): Promise<unknown> => Promise.all(engines.map((engine) => engine.close()));

describe('an update', () => {
  test('runs once, in whichever process it comes again', async () => {
    for (const [id, engine] of [
      [1, 0],
      [1, 0],
      [1, 1],
      [2, 1],
      [2, 0],
    ] as const)
      await handle(id, engine);
    expect(stored()).toEqual({ counter: 2 });
  });

  test('runs once also when it comes again while it still runs', async () => {
    const runs = vi.fn(async (ctx: Context) => {
      const { counter } = ctx.session;
      await setImmediate();
      ctx.session.counter = counter + 1;
    });
    await Promise.all([handle(1, 0, runs), handle(1, 0, runs), handle(1, 1, runs), handle(1, 1, runs)]);
    expect(runs).toHaveBeenCalledTimes(1);
    expect(stored()).toEqual({ counter: 1 });
  });

  test('leaves its mark in the same commit as its data', async () => {
    const commit = vi.spyOn(store, 'commit');
    await handle(7);
    expect(commit).toHaveBeenCalledTimes(1);
    expect(commit.mock.calls[0]?.[2]).toMatchObject({
      change: { kind: 'set', value: { counter: 1 } },
      mark: '7',
      marks: '7',
    });
    expect(marks()).toEqual(['7']);
  });

  test('that comes again is passed over without a write, and answers nothing', async () => {
    await handle(7);
    store.commands.length = 0;
    const body = vi.fn();
    await expect(handle(7, 0, body)).resolves.toBeUndefined();
    await closed();
    expect(body).toHaveBeenCalledTimes(0);
    expect(store.commands).toEqual(['acquire 42:42', 'commit none 42:42']);
    expect(marks()).toEqual(['7']);
    expect(store.locks.get('42:42')?.token).toBeUndefined();
  });

  test('that changed nothing leaves a mark as well', async () => {
    const body = vi.fn();
    await handle(7, 0, body);
    await handle(7, 0, body);
    await handle(7, 1, body);
    expect(body).toHaveBeenCalledTimes(1);
    expect(marks()).toEqual(['7']);
    expect(store.texts.size).toBe(0);
  });

  test('that deleted the session does not run again', async () => {
    await handle(6);
    const body = vi.fn((ctx: Context) => {
      ctx.session = null as unknown as Counter;
    });
    await handle(7, 0, body);
    await handle(7, 1, body);
    expect(body).toHaveBeenCalledTimes(1);
    expect(store.texts.size).toBe(0);
    expect(marks()).toEqual(['6', '7']);
  });

  test('whose handler threw leaves no mark and runs again', async () => {
    await expect(handle(7, 0, () => Promise.reject(failure))).rejects.toBe(failure);
    await vi.waitFor(() => expect(store.locks.get('42:42')?.token).toBeUndefined());
    expect(marks()).toEqual([]);
    await handle(7, 1);
    await handle(7, 0);
    expect(stored()).toEqual({ counter: 1 });
  });

  test('whose write was refused runs again', async () => {
    store.failNext('commit', 'before', new Error('read only'));
    await expect(handle(7)).rejects.toMatchObject({ code: 'SESSION_SAVE_FAILED' });
    await handle(7);
    await handle(7);
    expect(stored()).toEqual({ counter: 1 });
  });

  test('whose write was done but answered with an error does not run again', async () => {
    store.failNext('commit', 'after', new Error('killed'));
    await expect(handle(7)).rejects.toMatchObject({ code: 'SESSION_SAVE_FAILED' });
    await handle(7, 1);
    expect(stored()).toEqual({ counter: 1 });
  });

  test('that saved and then failed keeps what it saved, and runs again', async () => {
    const all = engines[0] as Sessions<Counter>;
    const run = all.visit(
      '42:42',
      async (session) => {
        session.data.counter += 10;
        await session.save();
        throw failure;
      },
      initial,
      { update_id: 7 },
    );
    await expect(run).rejects.toBe(failure);
    await handle(7, 1);
    expect(stored()).toEqual({ counter: 11 });
  });

  test('is one of another key where the key is another', async () => {
    for (const key of ['1:1', '2:2', '1:1']) {
      const ctx = contextOf(7);
      await session(engines[0] as Sessions<Counter>, key)(ctx, async () => count(ctx.session));
    }
    expect([...store.texts]).toEqual([
      ['1:1', '{"counter":1}'],
      ['2:2', '{"counter":1}'],
    ]);
  });

  test('without an id runs as often as it comes', async () => {
    for (const id of [undefined, undefined, '7', '7']) await handle(id);
    expect(stored()).toEqual({ counter: 4 });
  });
});

describe('what a key remembers', () => {
  test('are its last 64 updates', async () => {
    for (let id = 1; id <= 65; id++) await handle(id);
    expect(marks()).toEqual(Array.from({ length: 64 }, (_, index) => `${index + 2}`));
    for (let id = 2; id <= 65; id++) await handle(id, 1);
    expect(stored()).toEqual({ counter: 65 });
    await handle(1);
    expect(stored()).toEqual({ counter: 66 });
  });

  test('is not pushed out by the commits of others, which are remembered beside it', async () => {
    await handle(7);
    const plain = new Sessions<Counter>({ store: store.sibling(), initial });
    for (let times = 0; times < 100; times++) await plain.update('42:42', count);
    expect(marks()).toHaveLength(1 + 8);
    await handle(7);
    expect(stored()).toEqual({ counter: 101 });
  });

  test('is still known after sessions.delete, and after save()', async () => {
    await handle(7);
    await engines[0]?.delete('42:42');
    await engines[1]?.run('42:42', async (session) => {
      session.data.counter = 5;
      await session.save();
    });
    await handle(7);
    await closed();
    expect(stored()).toEqual({ counter: 5 });
  });

  test('goes with the lease from one update to the next', async () => {
    await Promise.all([1, 2, 2, 3, 1, 3].map((id) => handle(id)));
    await closed();
    expect(stored()).toEqual({ counter: 3 });
    expect(marks().filter((mark) => !mark.startsWith('.'))).toEqual(['1', '2', '3']);
  });
});

describe('an update that gives its turn back by release()', () => {
  const visit = (body: Parameters<Sessions<Counter>['visit']>[1], engine = 0): Promise<unknown> =>
    (engines[engine] as Sessions<Counter>).visit('42:42', body, undefined, { update_id: 7 });

  test('keeps what it changes afterwards, and is remembered once', async () => {
    await visit(async (session) => {
      session.data.counter = 1;
      await session.release(() => {});
      session.data.counter = 2;
    });
    await closed();
    expect(stored()).toEqual({ counter: 2 });
    expect(marks().filter((mark) => mark === '7')).toEqual(['7']);
  });

  test('is passed over by another process, and keeps what it changes afterwards', async () => {
    const again = vi.fn();
    await visit(async (session) => {
      await session.release(() => visit(again, 1));
      session.data.counter = 2;
    });
    await closed();
    expect(again).not.toHaveBeenCalled();
    expect(stored()).toEqual({ counter: 2 });
  });

  test('and whose release() failed after it was carried out is told that what came after is not stored', async () => {
    const codes: unknown[] = [];
    const update = visit(async (session) => {
      session.data.counter = 1;
      store.failNext('commit', 'after', new Error('the answer was lost'));
      await session.release(() => {}).catch(({ code }) => codes.push(code));
      session.data.counter = 2;
    });
    await expect(update).rejects.toMatchObject({ code: 'SESSION_LEASE_LOST' });
    expect(codes).toEqual(['SESSION_SAVE_FAILED']);
    expect(stored()).toEqual({ counter: 1 });
  });

  test('and whose release() failed before it was carried out is stored and remembered at its end', async () => {
    const codes: unknown[] = [];
    await visit(async (session) => {
      session.data.counter = 1;
      store.failNext('commit', 'before', new Error('the store is away'));
      await session.release(() => {}).catch(({ code }) => codes.push(code));
      session.data.counter = 2;
    });
    expect(codes).toEqual(['SESSION_SAVE_FAILED']);
    expect(stored()).toEqual({ counter: 2 });
    expect(marks()).toContain('7');
  });
});
