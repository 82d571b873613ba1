/** What an engine tells of its work, and whom it warns of handlers that are slow. */

import {
  MemorySessionStore,
  type SessionEvent,
  Sessions,
  withEncryption,
  withMigrations,
} from '@sessiongram/core';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { hashedKey } from '../../packages/core/src/watch/hashed-key';
import { FailingStore } from '../support/failing-store';
import { LeasingStore } from '../support/leasing-store';

interface Counter {
  counter: number;
}

const initial = (): Counter => ({ counter: 0 });
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

let events: SessionEvent[];
let store: FailingStore<Counter>;

beforeEach(() => {
  vi.useFakeTimers();
  events = [];
  store = new FailingStore();
});
afterEach(() => void vi.useRealTimers());

const onEvent = (event: SessionEvent): void => void events.push(event);
const engine = (options: object = {}): Sessions<Counter> =>
  new Sessions<Counter>({ store, initial, prefix: 'bot:', onEvent, ...options });
/** What was told, without the key, which {@link hashedKey} has its own tests for. */
const told = (): object[] => events.map(({ key: _, ...rest }) => rest);

describe('onEvent is told', () => {
  test('of a session that is new, and saved', async () => {
    await engine().update('42:42', (data) => void data.counter++);
    expect(told()).toEqual([
      { type: 'loaded', isNew: true, durationMs: 0 },
      { type: 'saved', change: 'set', durationMs: 0 },
    ]);
  });

  test('of no busy session where the store was away', async () => {
    store.failNext('get', () => Promise.reject(new Error('It was cut.')));
    const failed = engine().update('42:42', (data) => void data.counter++);
    await expect(failed).rejects.toMatchObject({ code: 'SESSION_LOAD_FAILED' });
    const leasing = new LeasingStore<Counter>();
    leasing.isTransient = () => false;
    leasing.acquire = () => Promise.reject(new Error('It was cut.'));
    const refused = engine({ store: leasing }).update('42:42', (data) => void data.counter++);
    await expect(refused).rejects.toMatchObject({ code: 'SESSION_LOAD_FAILED' });
    expect(told().filter((event) => 'type' in event && event.type === 'busy')).toEqual([]);
  });

  test('of a session that is there, and deleted', async () => {
    store.values.set('bot:42:42', { counter: 1 });
    await engine().run('42:42', (session) => {
      session.data = null;
    });
    expect(told()).toEqual([
      { type: 'loaded', isNew: false, durationMs: 0 },
      { type: 'saved', change: 'delete', durationMs: 0 },
    ]);
  });

  test('of a session that nothing has changed in', async () => {
    await engine().run('42:42', ({ data }) => data.counter);
    expect(told()).toEqual([{ type: 'loaded', isNew: true, durationMs: 0 }, { type: 'unchanged' }]);
  });

  test('how long the store took to read and to write', async () => {
    store.failNext('get bot:42:42', () => pause(30));
    store.failNext('set bot:42:42', () => pause(20));
    const run = engine().update('42:42', (data) => void data.counter++);
    await vi.advanceTimersByTimeAsync(100);
    await run;
    expect(told()).toMatchObject([{ durationMs: 30 }, { durationMs: 20 }]);
  });

  test('of save(), and of what comes after it', async () => {
    await engine().run('42:42', async (session) => {
      session.data.counter = 1;
      await session.save();
    });
    expect(events.map(({ type }) => type)).toEqual(['loaded', 'saved', 'unchanged']);
  });

  test('how long an update has waited for its turn', async () => {
    const sessions = engine();
    const runs = [sessions.run('42:42', () => pause(70)), sessions.run('42:42', () => {})];
    await vi.advanceTimersByTimeAsync(100);
    await Promise.all(runs);
    expect(told().filter((event) => 'durationMs' in event && event.durationMs === 70)).toEqual([
      { type: 'waited', durationMs: 70 },
    ]);
  });

  test('of an update that waited in vain', async () => {
    const sessions = engine({ maxWaitMs: 50 });
    const runs = [sessions.run('42:42', () => pause(70)), sessions.run('42:42', () => {})];
    const outcome = expect(runs[1]).rejects.toMatchObject({ code: 'SESSION_BUSY' });
    await vi.advanceTimersByTimeAsync(100);
    await outcome;
    expect(told()).toContainEqual({ type: 'busy', durationMs: 50 });
  });

  test('of a handler that held its turn for too long, once, and how long', async () => {
    const sessions = engine({ maxHoldMs: 40 });
    const late = sessions.update('42:42', async (data) => {
      data.counter = 99;
      await pause(70);
    });
    const outcome = expect(late).rejects.toMatchObject({ code: 'SESSION_LEASE_LOST' });
    const next = sessions.run('42:42', () => {});
    await vi.advanceTimersByTimeAsync(100);
    await Promise.all([outcome, next]);
    expect(told().filter((event) => 'type' in event && event.type === 'leaseLost')).toEqual([
      { type: 'leaseLost', durationMs: 40 },
    ]);
  });

  test('of the wait for another process', async () => {
    const first = new LeasingStore<Counter>();
    const other = new Sessions<Counter>({ store: first.sibling(), initial });
    const sessions = engine({ store: first, prefix: '' });
    const busy = other.run('42:42', () => pause(300));
    await vi.advanceTimersByTimeAsync(1);
    const run = sessions.run('42:42', () => {});
    await vi.advanceTimersByTimeAsync(2_000);
    await Promise.all([busy, run]);
    expect(events.map(({ type }) => type)).toEqual(['waited', 'loaded', 'unchanged']);
  });

  test('nothing of a wait where a lease was free', async () => {
    await engine({ store: new LeasingStore<Counter>() }).run('42:42', () => {});
    expect(events.map(({ type }) => type)).toEqual(['loaded', 'unchanged']);
  });

  test('nothing of a session that failed to load, but the error', async () => {
    store.failNext('get bot:42:42', () => Promise.reject(new Error('away')));
    await expect(engine().run('42:42', () => {})).rejects.toMatchObject({ code: 'SESSION_LOAD_FAILED' });
    expect(events).toEqual([]);
  });

  test('of what the memory store has dropped', async () => {
    const memory = new MemorySessionStore<Counter>({ max: 1, ttlMs: 50 });
    const sessions = engine({ store: memory });
    await sessions.update('1:1', (data) => void data.counter++);
    await sessions.update('2:2', (data) => void data.counter++);
    await vi.advanceTimersByTimeAsync(60);
    expect(memory.size).toBe(0);
    expect(events.filter(({ type }) => type === 'evicted')).toEqual([
      { type: 'evicted', reason: 'max', key: hashedKey('bot:1:1') },
      { type: 'evicted', reason: 'ttl', key: hashedKey('bot:2:2') },
    ]);
  });
});

test('what a store drops is told through its wrappers, until the engine is closed', async () => {
  const memory = new MemorySessionStore<unknown>(1);
  const keys = { only: new Uint8Array(32) };
  const wrapped = withMigrations(withEncryption(memory, { keys }), { version: 1 });
  const sessions = engine({ store: wrapped });
  vi.useRealTimers();
  await sessions.update('1:1', (data) => void data.counter++);
  await sessions.update('2:2', (data) => void data.counter++);
  await sessions.close();
  memory.set('3:3', 'another');
  expect(events.filter(({ type }) => type === 'evicted')).toEqual([
    { type: 'evicted', reason: 'max', key: hashedKey('bot:1:1') },
  ]);
});

test('what a store drops is told no longer when the time of close() is over', async () => {
  const memory = new MemorySessionStore<Counter>(1);
  const sessions = engine({ store: memory });
  void sessions.run('42:42', () => new Promise(() => {}));
  const closing = expect(sessions.close({ timeoutMs: 50 })).rejects.toMatchObject({ code: 'SESSION_BUSY' });
  await vi.advanceTimersByTimeAsync(50);
  await closing;
  for (const key of ['bot:1:1', 'bot:2:2']) memory.set(key, initial());
  expect(memory.stats.evicted).toBe(1);
  expect(events.filter(({ type }) => type === 'evicted')).toEqual([]);
});

test('a listener whose promise rejects costs no session, and is told of once', async () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
  const failure = new Error('the listener failed');
  const watched = new Sessions<{ counter: number }>({
    initial: () => ({ counter: 0 }),
    onEvent: async () => {
      throw failure;
    },
  });
  for (const _ of [1, 2]) await watched.update('42:42', (data) => void data.counter++);
  expect(await watched.read('42:42')).toEqual({ counter: 2 });
  expect(warn.mock.calls).toEqual([[expect.stringContaining('"onEvent"'), failure]]);
});

test('a listener that throws costs no session, and is told of once', async () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
  const failure = new Error('the listener failed');
  const sessions = engine({
    onEvent: () => {
      throw failure;
    },
  });
  await sessions.update('42:42', (data) => void data.counter++);
  await sessions.update('42:42', (data) => void data.counter++);
  expect(store.values.get('bot:42:42')).toEqual({ counter: 2 });
  expect(warn.mock.calls).toEqual([[expect.stringContaining('"onEvent"'), failure]]);
});

describe('the key of an event', () => {
  test('is the same for the same key, with its prefix, and has nothing of it', async () => {
    await engine().update('123456789:42', (data) => void data.counter++);
    expect(new Set(events.map(({ key }) => key))).toEqual(new Set([hashedKey('bot:123456789:42')]));
    expect(JSON.stringify(events)).not.toContain('123456789');
  });

  test('is another for each key', () => {
    const keys = Array.from({ length: 20_000 }, (_, id) => `${id}:${id}`);
    expect(new Set(keys.map(hashedKey)).size).toBe(keys.length);
    for (const key of ['', 'a', 'ab', 'abc', 'abcd', 'абвг', '\ud800'])
      expect(hashedKey(key)).toMatch(/^[0-9a-f]{16}$/);
  });
});

describe('a handler that has held its turn for ten seconds while others wait', () => {
  const update = { update_id: 1, callback_query: {} };

  test('is warned of once, with the kind of its update, and told to onEvent each time', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const sessions = engine();
    for (const key of ['1:1', '2:2']) {
      void sessions.visit(key, () => pause(30_000), undefined, update);
      void sessions.run(key, () => {});
    }
    await vi.advanceTimersByTimeAsync(9_999);
    expect(warn).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(30_000);
    expect(warn.mock.calls).toEqual([
      [expect.stringMatching(/"callback_query" has held a session for 10 seconds/)],
    ]);
    expect(told().filter((event) => 'type' in event && event.type === 'slow')).toEqual([
      { type: 'slow', updateKind: 'callback_query', durationMs: 10_000 },
      { type: 'slow', updateKind: 'callback_query', durationMs: 10_000 },
    ]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('is warned of at once when somebody first waits later', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const sessions = engine();
    void sessions.run('1:1', () => pause(30_000));
    await vi.advanceTimersByTimeAsync(20_000);
    expect(warn).not.toHaveBeenCalled();
    void sessions.run('1:1', () => {});
    await vi.advanceTimersByTimeAsync(1);
    expect(warn.mock.calls).toEqual([[expect.stringMatching(/A call has held a session/)]]);
  });

  test('is not warned of while nobody waits, nor where it may not hold its turn for so long', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    void engine().run('1:1', () => pause(30_000));
    const strict = engine({ maxHoldMs: 5_000 });
    strict.run('2:2', () => pause(30_000)).catch(() => {});
    void strict.run('2:2', () => {});
    await vi.advanceTimersByTimeAsync(40_000);
    expect(warn).not.toHaveBeenCalled();
  });

  test('still loses its turn at maxHoldMs', async () => {
    vi.spyOn(console, 'warn').mockImplementation(() => {});
    const sessions = engine({ maxHoldMs: 15_000 });
    void sessions.run('1:1', () => new Promise(() => {}));
    let ran = 0;
    void sessions.run('1:1', () => void ran++);
    await vi.advanceTimersByTimeAsync(14_999);
    expect(ran).toBe(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(ran).toBe(1);
  });
});

describe('an engine among others over one store', () => {
  test('is told of the sessions that were pushed out with its own prefix, and of no others', async () => {
    const shared = new MemorySessionStore<Counter>(1);
    const mine = engine({ store: shared });
    const others = new Sessions<Counter>({ store: shared, initial, prefix: 'another:' });
    const evicted = (): number => events.filter(({ type }) => type === 'evicted').length;
    const counted: number[] = [];
    for (const [sessions, key] of [
      [others, '1:1'],
      [others, '2:2'],
      [mine, '3:3'],
      [mine, '4:4'],
    ] as const) {
      await sessions.update(key, (data) => void data.counter++);
      counted.push(evicted());
    }
    expect(counted).toEqual([0, 0, 0, 1]);
  });
});
