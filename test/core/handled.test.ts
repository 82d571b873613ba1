/** The updates that this process has handled, for stores that cannot keep them with the data. */

import { MemorySessionStore, type Middleware, Sessions } from '@sessiongram/core';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { Handled } from '../../packages/core/src/handled';
import { LeasingStore } from '../support/leasing-store';
import { RecordingStore } from '../support/recording-store';
import { type Context, type Counter, contextOf, session } from './numbered-updates';

const initial = (): Counter => ({ counter: 0 });

describe('what was handled', () => {
  test('is one for all who share a store, and another for another store', () => {
    const store = new Map();
    Handled.of(store).add('42:42', 7);
    expect(Handled.of(store).has('42:42', 7)).toBe(true);
    expect(Handled.of(store).has('42:42', 8)).toBe(false);
    expect(Handled.of(store).has('43:43', 7)).toBe(false);
    expect(Handled.of(new Map()).has('42:42', 7)).toBe(false);
  });

  test('is one for two copies of the package', async () => {
    const store = new Map();
    Handled.of(store).add('42:42', 7);
    vi.resetModules();
    const other = await import('../../packages/core/src/handled');
    expect(other.Handled).not.toBe(Handled);
    expect(other.Handled.of(store).has('42:42', 7)).toBe(true);
  });

  test('is remembered for 64 updates of a key', () => {
    const handled = Handled.of(new Map());
    for (let id = 1; id <= 65; id++) handled.add('42:42', id);
    expect(handled.has('42:42', 1)).toBe(false);
    for (let id = 2; id <= 65; id++) expect(handled.has('42:42', id)).toBe(true);
  });

  test('is remembered for 64 updates also where one was noted twice, as after release()', () => {
    const handled = Handled.of(new Map());
    for (let id = 1; id <= 64; id++) for (const _ of ['released', 'ended']) handled.add('42:42', id);
    for (let id = 1; id <= 64; id++) expect(handled.has('42:42', id)).toBe(true);
  });

  test('is remembered for 10,000 keys, those used last', () => {
    const handled = Handled.of(new Map());
    for (let id = 0; id < 10_000; id++) handled.add(`${id}`, 1);
    handled.add('0', 2);
    handled.add('10000', 1);
    expect(handled.has('0', 1)).toBe(true);
    expect(handled.has('1', 1)).toBe(false);
    expect(handled.has('2', 1)).toBe(true);
  });
});

describe.each([
  ['a memory store', () => new MemorySessionStore<Counter>()],
  ['a Map', () => new Map<string, Counter>()],
  ['a store of three methods', () => new RecordingStore<Counter>()],
])('skipRedelivered on %s', (_, make) => {
  let sessions: Sessions<Counter>;
  let middleware: Middleware<Context>;

  beforeEach(() => {
    sessions = new Sessions<Counter>({ store: make(), initial, skipRedelivered: true });
    middleware = session(sessions);
  });

  /** Handles an update, and counts. */
  function handle(updateId: unknown, body: (ctx: Context) => unknown = () => {}): Promise<unknown> {
    const ctx = contextOf(updateId);
    return middleware(ctx, async () => {
      ctx.session.counter++;
      return body(ctx);
    });
  }

  test('runs an update once', async () => {
    for (const id of [1, 2, 1, 2, 3]) await handle(id);
    expect(await sessions.read('42:42')).toEqual({ counter: 3 });
  });

  test('runs one once that comes again while it still runs', async () => {
    await Promise.all([handle(1), handle(1), handle(1)]);
    expect(await sessions.read('42:42')).toEqual({ counter: 1 });
  });

  test('runs one again whose handler threw', async () => {
    const failure = new Error('the handler failed');
    await expect(handle(1, () => Promise.reject(failure))).rejects.toBe(failure);
    await handle(1);
    await handle(1);
    expect(await sessions.read('42:42')).toEqual({ counter: 1 });
  });

  test('does not run one again that has changed nothing', async () => {
    const next = vi.fn(async () => 'ran');
    await expect(middleware(contextOf(1), next)).resolves.toBe('ran');
    await expect(middleware(contextOf(1), next)).resolves.toBeUndefined();
    expect(next).toHaveBeenCalledTimes(1);
  });

  test('runs updates without an id, and work that is no update, as often as it comes', async () => {
    for (const id of [undefined, undefined, '7', '7', null]) await handle(id);
    await sessions.update('42:42', (data) => void data.counter++);
    await sessions.update('42:42', (data) => void data.counter++);
    expect(await sessions.read('42:42')).toEqual({ counter: 7 });
  });
});

test('an update whose write failed runs again', async () => {
  const store = new RecordingStore<Counter>();
  const set = vi.spyOn(store, 'set').mockRejectedValueOnce(new Error('the disk is full'));
  const middleware = session(new Sessions<Counter>({ store, initial, skipRedelivered: true }));
  const handle = (): Promise<unknown> => {
    const ctx = contextOf(1);
    return middleware(ctx, async () => void ctx.session.counter++);
  };
  await expect(handle()).rejects.toMatchObject({ code: 'SESSION_SAVE_FAILED' });
  await handle();
  await handle();
  expect(set).toHaveBeenCalledTimes(2);
  expect(store.values.get('42:42')).toEqual({ counter: 1 });
});

test('two engines on one store know of each other what they have handled', async () => {
  const store = new RecordingStore<Counter>();
  const engines = [1, 2].map(() => new Sessions<Counter>({ store, initial, skipRedelivered: true }));
  for (const engine of engines) {
    const ctx = contextOf(1);
    await session(engine)(ctx, async () => void ctx.session.counter++);
  }
  expect(store.values.get('42:42')).toEqual({ counter: 1 });
});

test('an engine that does not skip lets the same update through as often as it comes', async () => {
  const store = new LeasingStore<Counter>();
  const sessions = new Sessions<Counter>({ store, initial });
  for (let times = 0; times < 3; times++) {
    const ctx = contextOf(1);
    await session(sessions)(ctx, async () => void ctx.session.counter++);
  }
  expect(await sessions.read('42:42')).toEqual({ counter: 3 });
});

describe('skipRedelivered inside of another session', () => {
  const next = async (): Promise<void> => {};

  test('is refused: the update would be skipped for the sake of one, and lost for the other', async () => {
    const outer = session(new Sessions<Counter>({ initial }));
    const inner = session(new Sessions<Counter>({ initial, skipRedelivered: true }));
    const ctx = contextOf(1);
    const run = outer(ctx, () => inner(ctx, next));
    await expect(run).rejects.toThrow(TypeError);
    await expect(run).rejects.toThrow(/skipRedelivered.*installed first/);
  });

  test('is taken around another one, behind one that has ended, and where both have one engine', async () => {
    const skipping = new Sessions<Counter>({ initial, skipRedelivered: true });
    const other = session(new Sessions<Counter>({ initial }));
    const ctx = contextOf(1);
    await other(ctx, next);
    await session(skipping)(ctx, () => other(ctx, next));
    const again = contextOf(2);
    await session(skipping)(again, () =>
      session(skipping)(again, async () => {
        again.session.counter++;
      }),
    );
    expect(await skipping.read('42:42')).toEqual({ counter: 1 });
  });
});
