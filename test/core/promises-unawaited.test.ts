/** What a handler forgot to await does not end the process: what went wrong is told when the handler has ended. */

import { setImmediate } from 'node:timers/promises';
import { Sessions } from '@sessiongram/core';
import { beforeEach, expect, test } from 'vitest';
import { FailingStore } from '../support/failing-store';
import { LeasingStore } from '../support/leasing-store';
import { deferred } from '../support/recording-store';

interface Counter {
  counter: number;
}

const away = new Error('the store is away');

let store: FailingStore<Counter>;
let sessions: Sessions<Counter>;

beforeEach(() => {
  store = new FailingStore();
  sessions = new Sessions<Counter>({ store, initial: () => ({ counter: 0 }) });
});

/** Collects the rejections that nobody handles, which in Node.js end the process, in place of the test runner. */
async function unhandledDuring(work: () => Promise<unknown>): Promise<unknown[]> {
  const unhandled: unknown[] = [];
  const others = process.listeners('unhandledRejection');
  const collect = (reason: unknown): void => void unhandled.push(reason);
  process.removeAllListeners('unhandledRejection').on('unhandledRejection', collect);
  try {
    await work();
    await setImmediate();
  } finally {
    process.off('unhandledRejection', collect);
    for (const other of others) process.on('unhandledRejection', other);
  }
  return unhandled;
}

test('an unhandled rejection is seen by these tests', async () => {
  expect(await unhandledDuring(async () => void Promise.reject(away))).toEqual([away]);
});

test('a run that fails in every way leaves none to whoever catches it', async () => {
  const unhandled = await unhandledDuring(async () => {
    for (const method of ['get', 'set'] as const) {
      store.failNext(method, () => Promise.reject(away));
      await sessions.update('42:42', (data) => void data.counter++).catch(() => {});
      store.failNext(method, () => Promise.reject(away));
      await sessions
        .visitLazily('42:42', async (session) => void (await session.data).counter++)
        .catch(() => {});
    }
    const failing = sessions.run('42:42', () => Promise.reject(away));
    await sessions.run('42:42', () => {});
    await failing.catch(() => {});
  });
  expect(unhandled).toEqual([]);
});

test('a lazy session whose failed assignment is not awaited leaves none', async () => {
  let told: unknown;
  const unhandled = await unhandledDuring(async () => {
    store.failNext('get', () => Promise.reject(away));
    const run = sessions.visitLazily('42:42', (session) => {
      session.data = { counter: 1 };
    });
    told = await run.catch((error: unknown) => error);
  });
  expect(unhandled).toEqual([]);
  expect(told).toMatchObject({ code: 'SESSION_LOAD_FAILED', cause: away });
});

test('a lazy session whose failed assignment is not awaited leaves none where the handler throws', async () => {
  const failure = new Error('the handler failed');
  let told: unknown;
  const unhandled = await unhandledDuring(async () => {
    store.failNext('get', () => Promise.reject(away));
    const run = sessions.visitLazily('42:42', (session) => {
      session.data = { counter: 1 };
      throw failure;
    });
    told = await run.catch((error: unknown) => error);
  });
  expect(unhandled).toEqual([]);
  expect(told).toBe(failure);
});

test('a lazy session that is assigned a promise which rejects while the turn is awaited leaves none', async () => {
  let told: unknown;
  const unhandled = await unhandledDuring(async () => {
    const gate = deferred();
    const first = sessions.run('42:42', () => gate.promise);
    const second = sessions.visitLazily('42:42', (session) => {
      session.data = Promise.reject(away);
    });
    await setImmediate();
    gate.resolve();
    await first;
    told = await second.catch((error: unknown) => error);
  });
  expect(unhandled).toEqual([]);
  expect(told).toBe(away);
});

test('a lazy session that was looked at, not awaited, and not loaded leaves none', async () => {
  let told: unknown;
  const unhandled = await unhandledDuring(async () => {
    store.failNext('get', () => Promise.reject(away));
    const run = sessions.visitLazily('42:42', (session) => void session.data);
    told = await run.catch((error: unknown) => error);
  });
  expect(unhandled).toEqual([]);
  expect(told).toMatchObject({ code: 'SESSION_LOAD_FAILED', cause: away });
});

test('a save() that was not awaited and failed leaves none: it is tried again at the end', async () => {
  const unhandled = await unhandledDuring(async () => {
    store.failNext('set', () => Promise.reject(away));
    await sessions.run('42:42', (session) => {
      session.data.counter = 1;
      void session.save();
    });
  });
  expect(unhandled).toEqual([]);
  expect(store.values.get('42:42')).toEqual({ counter: 1 });
});

test('a save() that waits behind another and fails when the handler has ended is told by the run', async () => {
  let saves: Promise<PromiseSettledResult<void>[]> | undefined;
  const writing = deferred();
  store.failNext('set', () => {
    store.failNext('set', () => {
      store.failNext('set', () => Promise.reject(away));
      return Promise.reject(away);
    });
    return writing.promise;
  });
  const run = sessions.run('42:42', async (session) => {
    session.data.counter = 1;
    const first = session.save();
    await setImmediate();
    session.data.counter = 2;
    saves = Promise.allSettled([first, session.save()]);
  });
  const told = run.catch((error: unknown) => error);
  await setImmediate();
  await setImmediate();
  writing.resolve();
  expect(await told).toMatchObject({ code: 'SESSION_SAVE_FAILED', cause: away });
  expect((await saves)?.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
});

test('an initial that is async by mistake and rejects leaves none: it is told by name', async () => {
  const initial = (async () => {
    throw away;
  }) as unknown as () => Counter;
  let told: unknown;
  const unhandled = await unhandledDuring(async () => {
    const careless = new Sessions<Counter>({ store, initial });
    told = await careless.run('42:42', (session) => session.data).catch((error: unknown) => error);
  });
  expect(unhandled).toEqual([]);
  expect(told).toBeInstanceOf(TypeError);
});

test('a lease that comes too late and cannot be given back leaves none', async () => {
  const leasing = new LeasingStore<Counter>();
  const hasty = new Sessions<Counter>({ store: leasing, initial: () => ({ counter: 0 }), maxWaitMs: 1 });
  const gate = deferred();
  leasing.before = () => gate.promise;
  let told: unknown;
  const unhandled = await unhandledDuring(async () => {
    told = await hasty.run('42:42', () => {}).catch(({ code }) => code);
    leasing.before = undefined;
    leasing.failNext('commit', 'before', away);
    gate.resolve();
    await setImmediate();
  });
  expect(told).toBe('SESSION_BUSY');
  expect(leasing.commands).toEqual(['acquire 42:42', 'commit none 42:42']);
  expect(unhandled).toEqual([]);
});
