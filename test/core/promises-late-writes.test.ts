/** Late writes are told: who assigns a session after its update has ended gets `SESSION_CLOSED`. */

import { setImmediate } from 'node:timers/promises';
import { type Session, Sessions } from '@sessiongram/core';
import { beforeEach, describe, expect, test } from 'vitest';
import { deferred, HeldStore, RecordingStore } from '../support/recording-store';

interface Counter {
  counter: number;
}

const closed = expect.objectContaining({ code: 'SESSION_CLOSED', key: '42:42' });
const initial = (): Counter => ({ counter: 0 });

let store: RecordingStore<Counter>;
let sessions: Sessions<Counter>;

beforeEach(() => {
  store = new RecordingStore();
  store.values.set('42:42', { counter: 5 });
  sessions = new Sessions<Counter>({ store, initial });
});

/** Runs a handler and hands out its session when it has ended. */
async function afterwards(visit: (session: Session<Counter>) => unknown): Promise<Session<Counter>> {
  let kept: Session<Counter> | undefined;
  await sessions
    .run('42:42', async (session) => {
      kept = session;
      await visit(session);
    })
    .catch(() => {});
  return kept as Session<Counter>;
}

const visits: [name: string, visit: (session: Session<Counter>) => unknown, seen: Counter | null][] = [
  ['touched nothing', () => {}, { counter: 5 }],
  ['read', (session) => session.data.counter, { counter: 5 }],
  ['wrote', (session) => void session.data.counter++, { counter: 6 }],
  [
    'deleted',
    (session) => {
      session.data = null;
    },
    null,
  ],
  [
    'threw',
    (session) => {
      session.data.counter = 9;
      throw new Error('the handler failed');
    },
    { counter: 9 },
  ],
];

test('assigning throws also while the store is told that an untouched session was used', async () => {
  const told = deferred<void>();
  const touched = Object.assign(store, { touch: () => told.promise });
  let kept: Session<Counter> | undefined;
  const running = new Sessions<Counter>({ store: touched, initial }).run('42:42', (session) => {
    kept = session;
  });
  await setImmediate();
  expect(() => {
    (kept as Session<Counter>).data = { counter: 9 };
  }).toThrow(closed);
  told.resolve();
  await running;
  expect(store.values.get('42:42')).toEqual({ counter: 5 });
});

describe.each(visits)('after a handler that %s', (_, visit, seen) => {
  test('assigning throws, and nothing is written', async () => {
    const session = await afterwards(visit);
    const before = store.commands.length;
    expect(() => {
      session.data = { counter: 100 };
    }).toThrow(closed);
    expect(() => {
      session.data = null;
    }).toThrow(closed);
    expect(store.commands).toHaveLength(before);
  });

  test('reading goes on to answer', async () => {
    const session = await afterwards(visit);
    const before = store.commands.length;
    expect(session.data).toEqual(seen);
    expect(session.key).toBe('42:42');
    expect(store.commands).toHaveLength(before);
  });

  test('save() and reload() reject, and nothing is read or written', async () => {
    const session = await afterwards(visit);
    const before = store.commands.length;
    await expect(session.save()).rejects.toEqual(closed);
    await expect(session.reload()).rejects.toEqual(closed);
    expect(store.commands).toHaveLength(before);
  });
});

test('assigning throws also while the next handler has the session, and does not disturb it', async () => {
  const session = await afterwards(() => {});
  const told: unknown[] = [];
  await sessions.run('42:42', async (next) => {
    next.data.counter++;
    try {
      session.data = { counter: 100 };
    } catch (error) {
      told.push(error);
    }
  });
  expect(told).toEqual([closed]);
  expect(store.values.get('42:42')).toEqual({ counter: 6 });
});

test('assigning throws also where a reload() that nobody awaited ends after the handler', async () => {
  const held = new HeldStore<Counter>();
  const slow = new Sessions<Counter>({ store: held, initial });
  let kept: Session<Counter> | undefined;
  const run = slow.run('42:42', (session) => {
    kept = session;
    session.reload().catch(() => {});
  });
  for (let commands = 0; commands < 2; commands++) {
    held.pass();
    await setImmediate();
  }
  await run;
  expect(held.commands).toEqual(['get 42:42', 'get 42:42']);
  expect(() => Object.assign(kept as object, { data: { counter: 100 } })).toThrow(closed);
});

describe('while what the handler left is on its way to the store', () => {
  /** Lets a handler end, and stops where its write waits for the store. */
  async function untilWriting() {
    const held = new HeldStore<Counter>();
    held.values.set('42:42', { counter: 5 });
    const slow = new Sessions<Counter>({ store: held, initial });
    let kept: Session<Counter> | undefined;
    const run = slow.run('42:42', (session) => {
      kept = session;
      session.data.counter++;
    });
    held.pass();
    await setImmediate();
    expect(held.held).toBe(1);
    const finish = async (): Promise<void> => {
      while (held.held > 0) {
        held.pass();
        await setImmediate();
      }
      await run;
    };
    return { session: kept as Session<Counter>, held, finish };
  }

  test('an assignment is told, or it is written, but it does not vanish', async () => {
    const { session, held, finish } = await untilWriting();
    const told: unknown[] = [];
    try {
      session.data = { counter: 100 };
    } catch (error) {
      told.push(error);
    }
    await finish();
    expect({ told, stored: held.values.get('42:42') }).toEqual({ told: [closed], stored: { counter: 6 } });
  });

  test('an assignment with save() is told, or it is written, but it does not vanish', async () => {
    const { session, held, finish } = await untilWriting();
    const saving = Promise.allSettled([
      (async () => {
        session.data = { counter: 100 };
        await session.save();
      })(),
    ]);
    await finish();
    const [{ status }] = await saving;
    expect({ status, stored: held.values.get('42:42') }).toEqual({
      status: 'rejected',
      stored: { counter: 6 },
    });
  });

  test('reading goes on to answer', async () => {
    const { session, finish } = await untilWriting();
    expect(session.data).toEqual({ counter: 6 });
    await finish();
    expect(session.data).toEqual({ counter: 6 });
  });
});
