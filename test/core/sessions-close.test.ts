/** `close()` waits for what runs and refuses what comes. */

import { setImmediate } from 'node:timers/promises';
import { Sessions } from '@sessiongram/core';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { LeasingStore } from '../support/leasing-store';
import { deferred, HeldStore, RecordingStore } from '../support/recording-store';

interface Counter {
  counter: number;
}

const initial = (): Counter => ({ counter: 0 });
const closed = expect.objectContaining({ code: 'SESSION_CLOSED', key: '42:42' });

let store: RecordingStore<Counter>;
let sessions: Sessions<Counter>;

beforeEach(() => {
  store = new RecordingStore();
  sessions = new Sessions<Counter>({ store, initial });
});
afterEach(() => void vi.useRealTimers());

/** Whether a promise has settled by now. */
async function hasSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  const note = () => {
    settled = true;
  };
  promise.then(note, note);
  await setImmediate();
  return settled;
}

describe('close()', () => {
  test('of an engine that was never used, or has come to rest, resolves', async () => {
    await expect(sessions.close()).resolves.toBeUndefined();
    const used = new Sessions<Counter>({ initial });
    await used.update('42:42', (data) => void data.counter++);
    await expect(used.close()).resolves.toBeUndefined();
  });

  test('waits for a handler that runs, and for its write', async () => {
    const gate = deferred();
    const run = sessions.run('42:42', async (session) => {
      await gate.promise;
      session.data.counter = 1;
    });
    const closing = sessions.close();
    expect(await hasSettled(closing)).toBe(false);
    gate.resolve();
    await closing;
    expect(store.values.get('42:42')).toEqual({ counter: 1 });
    await run;
  });

  test('waits until a slow store has answered', async () => {
    const held = new HeldStore<Counter>();
    const slow = new Sessions<Counter>({ store: held, initial });
    const run = slow.update('42:42', (data) => void data.counter++);
    const closing = slow.close();
    held.pass();
    expect(await hasSettled(closing)).toBe(false);
    held.pass();
    await closing;
    expect(held.values.get('42:42')).toEqual({ counter: 1 });
    await run;
  });

  test('waits for those who were waiting already, of all keys, and for read() and delete()', async () => {
    const gate = deferred();
    const runs = ['1:1', '2:2'].flatMap((key) => [
      sessions.run(key, () => gate.promise),
      sessions.update(key, (data) => void data.counter++),
      sessions.read(key),
      sessions.delete(key),
      sessions.update(key, (data) => void data.counter++),
    ]);
    const closing = sessions.close();
    expect(await hasSettled(closing)).toBe(false);
    gate.resolve();
    await closing;
    await Promise.all(runs);
    expect(Object.fromEntries(store.values)).toEqual({ '1:1': { counter: 1 }, '2:2': { counter: 1 } });
  });

  test('resolves where a handler or the store fails', async () => {
    const gate = deferred();
    const run = sessions.run('42:42', async () => {
      await gate.promise;
      throw new Error('the handler failed');
    });
    const closing = sessions.close();
    gate.resolve();
    await expect(run).rejects.toThrow('the handler failed');
    await expect(closing).resolves.toBeUndefined();
  });

  test('called again gives the same end', async () => {
    const gate = deferred();
    const run = sessions.run('42:42', () => gate.promise);
    const both = Promise.all([sessions.close(), sessions.close()]);
    expect(await hasSettled(both)).toBe(false);
    gate.resolve();
    await both;
    await expect(sessions.close()).resolves.toBeUndefined();
    await run;
  });

  test('leaves another engine over the same store open', async () => {
    const other = new Sessions<Counter>({ store, initial });
    await sessions.close();
    await expect(other.update('42:42', (data) => void data.counter++)).resolves.toEqual({ counter: 1 });
  });

  test('does not wait for another engine over the same store', async () => {
    const other = new Sessions<Counter>({ store, initial });
    const gate = deferred();
    const run = other.run('42:42', () => gate.promise);
    await expect(sessions.close()).resolves.toBeUndefined();
    gate.resolve();
    await run;
  });

  test('does not wait for a handler that hangs and has lost its turn: it can save nothing', async () => {
    vi.useFakeTimers();
    const brief = new Sessions<Counter>({ store, initial, maxHoldMs: 1000 });
    void brief.run('42:42', () => new Promise(() => {}));
    const next = brief.run('42:42', () => {});
    await vi.advanceTimersByTimeAsync(1000);
    await next;
    const ended = vi.fn();
    void brief.close().then(ended);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(ended).toHaveBeenCalledTimes(1);
  });
});

describe('after close()', () => {
  const calls: [name: string, call: () => Promise<unknown>][] = [
    ['run()', () => sessions.run('42:42', () => {})],
    ['update()', () => sessions.update('42:42', () => {})],
    ['read()', () => sessions.read('42:42')],
    ['delete()', () => sessions.delete('42:42')],
    ['a lazy visit', () => sessions.visitLazily('42:42', () => {})],
  ];

  test.each(calls)('%s is refused, and the store hears nothing', async (_, call) => {
    await sessions.close();
    await expect(call()).rejects.toEqual(closed);
    expect(store.commands).toEqual([]);
  });

  test.each(calls)('%s is refused while others still run', async (_, call) => {
    const gate = deferred();
    const run = sessions.run('42:42', () => gate.promise);
    const closing = sessions.close();
    await expect(call()).rejects.toEqual(closed);
    gate.resolve();
    await Promise.all([run, closing]);
  });
});

describe('while the engine closes', () => {
  test('what a running handler calls still runs, and is waited for', async () => {
    const gate = deferred();
    const run = sessions.run('42:42', async (session) => {
      await gate.promise;
      session.data.counter = 1;
      await sessions.update('7:7', (data) => void data.counter++);
      await sessions.delete('8:8');
      return sessions.read('7:7');
    });
    const closing = sessions.close();
    gate.resolve();
    await closing;
    await expect(run).resolves.toEqual({ counter: 1 });
    expect(store.values.get('42:42')).toEqual({ counter: 1 });
  });

  test('what it calls and does not await is waited for as well', async () => {
    const held = new HeldStore<Counter>();
    const slow = new Sessions<Counter>({ store: held, initial });
    let nested: Promise<Counter> | undefined;
    const gate = deferred();
    const run = slow.run('42:42', async () => {
      await gate.promise;
      nested = slow.update('7:7', (data) => void data.counter++);
    });
    held.pass();
    await setImmediate();
    const closing = slow.close();
    gate.resolve();
    await run;
    expect(await hasSettled(closing)).toBe(false);
    held.pass();
    await setImmediate();
    held.pass();
    await closing;
    await expect(nested).resolves.toEqual({ counter: 1 });
  });

  test('a lazy handler may still look at its session for the first time', async () => {
    const gate = deferred();
    const run = sessions.visitLazily('42:42', async (session) => {
      await gate.promise;
      (await session.data).counter++;
    });
    const closing = sessions.close();
    gate.resolve();
    await Promise.all([run, closing]);
    expect(store.values.get('42:42')).toEqual({ counter: 1 });
  });
});

describe('close() from inside a handler', () => {
  const reentered = expect.objectContaining({ code: 'SESSION_REENTERED' });

  test('fails at once instead of waiting for itself, and closes nothing', async () => {
    await expect(sessions.run('42:42', () => sessions.close())).rejects.toEqual(reentered);
    await expect(sessions.update('42:42', (data) => void data.counter++)).resolves.toEqual({ counter: 1 });
  });

  test('fails after awaits, in a handler further in, and while the engine closes already', async () => {
    const run = sessions.run('1:1', async () => {
      await setImmediate();
      await sessions.run('2:2', () => sessions.close());
    });
    const closing = sessions.close();
    await expect(run).rejects.toEqual(reentered);
    await expect(closing).resolves.toBeUndefined();
  });

  test('of another engine waits for that one', async () => {
    const other = new Sessions<Counter>({ initial });
    await expect(sessions.run('42:42', () => other.close())).resolves.toBeUndefined();
    await expect(other.read('42:42')).rejects.toEqual(closed);
  });

  test('works for code that was started in a handler and runs after it has ended', async () => {
    const ended = deferred();
    let closing: Promise<void> | undefined;
    await sessions.run('42:42', () => {
      closing = ended.promise.then(() => sessions.close());
    });
    ended.resolve();
    await expect(closing).resolves.toBeUndefined();
    await expect(sessions.read('42:42')).rejects.toEqual(closed);
  });
});

test('waits for a handler that has lost its turn and taken it again by release()', async () => {
  vi.useFakeTimers();
  try {
    const store = new Map<string, { counter: number }>();
    const sessions = new Sessions<{ counter: number }>({
      store,
      initial: () => ({ counter: 0 }),
      maxHoldMs: 40,
    });
    const pass = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
    const late = sessions.run('42:42', async (session) => {
      await pass(120);
      await session.release(() => pass(10));
      session.data.counter++;
      await pass(20);
    });
    const next = sessions.run('42:42', () => {});
    await vi.advanceTimersByTimeAsync(135);
    await next;
    let isClosed = false;
    const closing = sessions.close().then(() => {
      isClosed = true;
    });
    await vi.advanceTimersByTimeAsync(10);
    expect(isClosed).toBe(false);
    await vi.advanceTimersByTimeAsync(10);
    await Promise.all([closing, late]);
    expect(store.get('42:42')).toEqual({ counter: 1 });
  } finally {
    vi.useRealTimers();
  }
});

test('does not let a handler come back by release() that had lost its turn before', async () => {
  vi.useFakeTimers();
  try {
    const sessions = new Sessions<{ counter: number }>({ initial: () => ({ counter: 0 }), maxHoldMs: 40 });
    const pass = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
    const late = sessions
      .run('42:42', async (session) => {
        await pass(120);
        await session.release(() => pass(10));
      })
      .catch((error) => error);
    const next = sessions.run('42:42', () => {});
    await vi.advanceTimersByTimeAsync(100);
    await next;
    await sessions.close();
    await vi.advanceTimersByTimeAsync(100);
    expect(await late).toMatchObject({ code: 'SESSION_CLOSED' });
  } finally {
    vi.useRealTimers();
  }
});

test('waits for a handler that takes its turn again while its lease is still on its way back', async () => {
  vi.useFakeTimers();
  try {
    const pass = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
    class Slow extends LeasingStore<{ counter: number }> {
      override async commit(...asked: Parameters<LeasingStore<{ counter: number }>['commit']>) {
        await pass(100);
        return super.commit(...asked);
      }
    }
    const store = new Slow();
    const sessions = new Sessions<{ counter: number }>({
      store,
      initial: () => ({ counter: 0 }),
      maxHoldMs: 40,
    });
    const late = sessions.run('42:42', async (session) => {
      await session.release(() => {});
      session.data.counter++;
      await pass(200);
    });
    await vi.advanceTimersByTimeAsync(150);
    const closing = sessions.close().then(() => sessions);
    await vi.advanceTimersByTimeAsync(1_000);
    await Promise.all([closing, late]);
    expect(JSON.parse(store.texts.get('42:42') ?? 'null')).toEqual({ counter: 1 });
  } finally {
    vi.useRealTimers();
  }
});
