/** A failure is not an absence: it is told, nothing is written, and the next update tries afresh. */

import { Sessions } from '@sessiongram/core';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { Turns } from '../../packages/core/src/turns';
import { FailingStore } from '../support/failing-store';

interface Counter {
  counter: number;
}

const away = new Error('the store is away');
/** The ways in which a call to a store can fail. */
const faults: [name: string, fault: () => unknown][] = [
  ['rejects', () => Promise.reject(away)],
  [
    'throws at once',
    () => {
      throw away;
    },
  ],
  [
    'answers a thenable that throws',
    () => ({
      // biome-ignore lint/suspicious/noThenProperty: what a store may answer by mistake
      then() {
        throw away;
      },
    }),
  ],
  [
    'answers a thenable that rejects later',
    () => ({
      // biome-ignore lint/suspicious/noThenProperty: what drivers of databases answer
      then: (_: unknown, reject: (error: unknown) => void) => queueMicrotask(() => reject(away)),
    }),
  ],
  [
    'answers an object whose then cannot be read',
    () => ({
      // biome-ignore lint/suspicious/noThenProperty: what a proxy may answer
      get then() {
        throw away;
      },
    }),
  ],
];

let store: FailingStore<Counter>;
let sessions: Sessions<Counter>;

beforeEach(() => {
  store = new FailingStore();
  store.values.set('42:42', { counter: 5 });
  sessions = new Sessions<Counter>({ store, initial: () => ({ counter: 0 }) });
});

async function expectNextToCountTo(counter: number): Promise<void> {
  await expect(sessions.update('42:42', (data) => void data.counter++)).resolves.toEqual({ counter });
  expect(store.values.get('42:42')).toEqual({ counter });
  expect(Turns.of(store).size).toBe(0);
}

describe.each(faults)('a get that %s', (_, fault) => {
  const loadFailed = { code: 'SESSION_LOAD_FAILED', key: '42:42', cause: away };

  test('is told, runs no handler, writes nothing, and the next update works', async () => {
    store.failNext('get', fault);
    const handler = vi.fn();
    await expect(sessions.run('42:42', handler)).rejects.toMatchObject(loadFailed);
    expect(handler).toHaveBeenCalledTimes(0);
    expect(store.writes).toEqual([]);
    await expectNextToCountTo(6);
  });

  test('does not hold up those who wait', async () => {
    store.failNext('get', fault);
    const outcomes = await Promise.allSettled([
      sessions.run('42:42', () => {}),
      sessions.update('42:42', (data) => void data.counter++),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
    await expectNextToCountTo(7);
  });

  test('is told by read() as well', async () => {
    store.failNext('get', fault);
    await expect(sessions.read('42:42')).rejects.toMatchObject(loadFailed);
    await expect(sessions.read('42:42')).resolves.toEqual({ counter: 5 });
  });

  test('is told to a lazy handler and to whoever called it, also where the handler does not care', async () => {
    store.failNext('get', fault);
    const told: unknown[] = [];
    const run = sessions.visitLazily('42:42', async (session) => {
      await session.data.catch((error) => told.push(error));
      await session.data.catch((error) => told.push(error));
    });
    await expect(run).rejects.toMatchObject(loadFailed);
    expect(told).toEqual([expect.objectContaining(loadFailed), expect.objectContaining(loadFailed)]);
    expect(store.commands).toEqual([]);
    await expectNextToCountTo(6);
  });
});

describe.each(faults)('a set that %s', (_, fault) => {
  const saveFailed = { code: 'SESSION_SAVE_FAILED', key: '42:42', cause: away };

  test('is told, keeps the old data, and the next update works', async () => {
    store.failNext('set', fault);
    const run = sessions.run('42:42', (session) => void session.data.counter++);
    await expect(run).rejects.toMatchObject(saveFailed);
    expect(store.values.get('42:42')).toEqual({ counter: 5 });
    await expectNextToCountTo(6);
  });

  test('is told by update(), and does not hold up those who wait', async () => {
    store.failNext('set', fault);
    const outcomes = await Promise.allSettled([
      sessions.update('42:42', (data) => void data.counter++),
      sessions.update('42:42', (data) => void data.counter++),
    ]);
    expect(outcomes).toEqual([
      { status: 'rejected', reason: expect.objectContaining(saveFailed) },
      { status: 'fulfilled', value: { counter: 6 } },
    ]);
  });
});

describe.each(faults)('a delete that %s', (_, fault) => {
  const saveFailed = { code: 'SESSION_SAVE_FAILED', key: '42:42', cause: away };

  test('is told by a handler that assigned null, and the next update works', async () => {
    store.failNext('delete', fault);
    const run = sessions.run('42:42', (session) => {
      session.data = null;
    });
    await expect(run).rejects.toMatchObject(saveFailed);
    await expectNextToCountTo(6);
  });

  test('is told by delete(), and the next update works', async () => {
    store.failNext('delete', fault);
    await expect(sessions.delete('42:42')).rejects.toMatchObject(saveFailed);
    await expectNextToCountTo(6);
  });
});

describe('a get that answers', () => {
  const garbage: [name: string, answer: () => unknown][] = [
    ['a function', () => () => {}],
    ['a symbol', () => Symbol('garbage')],
    ['a promise of a function', () => Promise.resolve(() => {})],
    ['a promise of a symbol', () => Promise.resolve(Symbol('garbage'))],
    ['an object with a function in it', () => ({ counter: () => 5 })],
    ['a WeakMap', () => new WeakMap()],
    ['a generator', () => (function* () {})()],
    ['an object with a promise in it', () => ({ counter: Promise.resolve(5) })],
  ];

  test.each(garbage)(
    '%s is told as corrupt, nothing is written, the next update works',
    async (_, answer) => {
      const corrupt = { code: 'SESSION_CORRUPT', key: '42:42', cause: expect.any(TypeError) };
      store.failNext('get', answer);
      const run = sessions.update('42:42', (data) => void data.counter++);
      await expect(run).rejects.toMatchObject(corrupt);
      store.failNext('get', answer);
      await expect(sessions.read('42:42')).rejects.toMatchObject(corrupt);
      expect(store.writes).toEqual([]);
      await expectNextToCountTo(6);
    },
  );

  test.each(garbage)('%s is not overwritten by a handler that never looked at it', async (_, answer) => {
    store.failNext('get', answer);
    const run = sessions.run('42:42', (session) => {
      session.data = { counter: 100 };
    });
    await Promise.allSettled([run]);
    expect(store.writes).toEqual([]);
  });
});

describe('a handler that leaves', () => {
  const unstorable: [name: string, value: () => unknown][] = [
    ['a function', () => () => {}],
    ['a symbol', () => Symbol('garbage')],
    ['a promise', () => Promise.resolve({ counter: 1 })],
    ['a function deep inside', () => ({ counter: [new Map([['a', { b: () => {} }]])] })],
    ['a WeakRef deep inside', () => ({ counter: new Set([new WeakRef({})]) })],
  ];

  test.each(unstorable)('%s is told, the old data stays, the next update works', async (_, value) => {
    const run = sessions.run('42:42', (session) => {
      session.data = value() as Counter;
    });
    await expect(run).rejects.toMatchObject({
      code: 'SESSION_INVALID',
      key: '42:42',
      cause: expect.any(TypeError),
    });
    expect(store.writes).toEqual([]);
    await expectNextToCountTo(6);
  });
});

describe('initial', () => {
  test('that throws is told with its cause, nothing is written, the next update works', async () => {
    const broken = new Error('no defaults today');
    const initial = vi
      .fn(() => ({ counter: 0 }))
      .mockImplementationOnce(() => {
        throw broken;
      });
    const fresh = new Sessions<Counter>({ store, initial });
    const run = fresh.update('7:7', (data) => void data.counter++);
    await expect(run).rejects.toMatchObject({ code: 'SESSION_LOAD_FAILED', key: '7:7', cause: broken });
    expect(store.writes).toEqual([]);
    await expect(fresh.update('7:7', (data) => void data.counter++)).resolves.toEqual({ counter: 1 });
    expect(initial).toHaveBeenCalledTimes(2);
  });

  test('that returns a Promise is refused by name, and nothing is written', async () => {
    const initial = vi.fn(async () => ({ counter: 0 }));
    const fresh = new Sessions<Counter>({ store, initial: initial as never });
    const run = fresh.update('7:7', (data) => void data.counter++);
    await expect(run).rejects.toThrow(TypeError);
    await expect(run).rejects.toThrow(/"initial".*Promise/);
    expect(store.writes).toEqual([]);
    expect(Turns.of(store).size).toBe(0);
  });

  test('that makes what cannot be stored is told, and nothing is written', async () => {
    const fresh = new Sessions<unknown>({ store: store as never, initial: () => ({ counter: () => 0 }) });
    const run = fresh.run('7:7', (session) => session.data);
    await expect(run).rejects.toMatchObject({ code: 'SESSION_INVALID', key: '7:7' });
    expect(store.writes).toEqual([]);
  });

  test('is not called where a session is stored, nor for one that nobody looks at', async () => {
    const initial = vi.fn(() => ({ counter: 0 }));
    const sparing = new Sessions<Counter>({ store, initial });
    await sparing.update('42:42', (data) => void data.counter++);
    await sparing.run('7:7', () => {});
    expect(initial).toHaveBeenCalledTimes(0);
  });
});
