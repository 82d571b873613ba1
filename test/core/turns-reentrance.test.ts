/** A handler that asks for the turn it holds itself is told at once, where it would otherwise wait for ever. */

import { setImmediate, setTimeout } from 'node:timers/promises';
import { type Session, Sessions } from '@sessiongram/core';
import { beforeEach, describe, expect, test } from 'vitest';
import { currentScope } from '../../packages/core/src/scope';
import { Turns } from '../../packages/core/src/turns';
import { deferred, HeldStore } from '../support/recording-store';

interface Counter {
  counter: number;
}

const initial = (): Counter => ({ counter: 0 });
const reentered = expect.objectContaining({ code: 'SESSION_REENTERED', key: '42:42' });

let store: Map<string, Counter>;
let sessions: Sessions<Counter>;

beforeEach(() => {
  store = new Map();
  sessions = new Sessions<Counter>({ store, initial });
});

const nested: [name: string, call: (sessions: Sessions<Counter>) => Promise<unknown>][] = [
  ['run()', (sessions) => sessions.run('42:42', () => {})],
  ['update()', (sessions) => sessions.update('42:42', () => {})],
  ['delete()', (sessions) => sessions.delete('42:42')],
  [
    'run() after some awaits',
    async (sessions) => {
      await setImmediate();
      await null;
      await sessions.run('42:42', () => {});
    },
  ],
  [
    'run() in a Promise.all',
    (sessions) => Promise.all([setImmediate(), sessions.run('42:42', () => {}), setImmediate()]),
  ],
  [
    'run() from a timer it started',
    (sessions) =>
      new Promise((resolve, reject) => {
        globalThis.setTimeout(() => sessions.run('42:42', () => {}).then(resolve, reject), 0);
      }),
  ],
  [
    'run() inside a run() of another key',
    (sessions) => sessions.run('7:7', () => sessions.run('42:42', () => {})),
  ],
  [
    'run() inside two others',
    (sessions) => sessions.run('7:7', () => sessions.run('8:8', () => sessions.run('42:42', () => {}))),
  ],
];

describe.each(nested)('%s of the same key inside a handler', (_, call) => {
  test('fails at once', async () => {
    await expect(sessions.run('42:42', () => call(sessions))).rejects.toEqual(reentered);
  });

  test('fails alone: the handler may go on and is saved', async () => {
    const told: unknown[] = [];
    await sessions.run('42:42', async (session) => {
      session.data.counter++;
      await call(sessions).catch((error) => told.push(error));
      session.data.counter++;
    });
    expect(told).toEqual([reentered]);
    expect(store.get('42:42')).toEqual({ counter: 2 });
    expect(Turns.of(store).size).toBe(0);
  });

  test('fails through another engine over the same store as well', async () => {
    const other = new Sessions<Counter>({ store, initial });
    await expect(sessions.run('42:42', () => call(other))).rejects.toEqual(reentered);
  });

  test('fails at once also where others wait for the turn', async () => {
    const first = sessions.run('42:42', async () => {
      await setImmediate();
      await call(sessions);
    });
    const second = sessions.update('42:42', (data) => void data.counter++);
    await expect(first).rejects.toEqual(reentered);
    await expect(second).resolves.toEqual({ counter: 1 });
  });
});

describe('not a re-entrance is', () => {
  test('read() of the same key inside a handler: it takes no turn', async () => {
    store.set('42:42', { counter: 5 });
    const seen = await sessions.run('42:42', (session) => {
      session.data.counter++;
      return sessions.read('42:42');
    });
    expect(seen).toEqual({ counter: 5 });
  });

  test('a run of another key inside a handler', async () => {
    await sessions.run('42:42', async (session) => {
      session.data.counter++;
      await sessions.update('7:7', (data) => void data.counter++);
    });
    expect(Object.fromEntries(store)).toEqual({ '42:42': { counter: 1 }, '7:7': { counter: 1 } });
  });

  test('the same key under another prefix', async () => {
    const other = new Sessions<Counter>({ store, initial, prefix: 'other:' });
    const answer = sessions.run('42:42', () => other.update('42:42', (data) => void data.counter++));
    await expect(answer).resolves.toEqual({ counter: 1 });
  });

  test('two runs of one other key at the same time inside one handler', async () => {
    const count = () => sessions.update('7:7', (data) => void data.counter++);
    const answers = await sessions.run('42:42', () => Promise.all([count(), count()]));
    expect(answers).toEqual([{ counter: 1 }, { counter: 2 }]);
  });

  test('a call of code that was started in a handler and runs after the handler has ended', async () => {
    const ended = deferred();
    let later: Promise<Counter> | undefined;
    await sessions.run('42:42', (session) => {
      session.data.counter++;
      later = ended.promise.then(() => sessions.update('42:42', (data) => void data.counter++));
    });
    ended.resolve();
    await expect(later).resolves.toEqual({ counter: 2 });
  });

  test('the same where somebody else holds the turn by then', async () => {
    const ended = deferred();
    const gate = deferred();
    let later: Promise<Counter> | undefined;
    await sessions.run('42:42', () => {
      later = ended.promise.then(() => sessions.update('42:42', (data) => void data.counter++));
    });
    const holder = sessions.run('42:42', async (session) => {
      await gate.promise;
      session.data.counter += 10;
    });
    ended.resolve();
    await setImmediate();
    gate.resolve();
    await holder;
    await expect(later).resolves.toEqual({ counter: 11 });
  });

  test('a call of code that was started in a handler, while what the handler left is being written', async () => {
    const held = new HeldStore<Counter>();
    const slow = new Sessions<Counter>({ store: held, initial });
    const ended = deferred();
    let later: Promise<PromiseSettledResult<Counter>[]> | undefined;
    const first = slow.run('42:42', (session) => {
      session.data.counter++;
      later = ended.promise.then(() =>
        Promise.allSettled([slow.update('42:42', (data) => void data.counter++)]),
      );
    });
    held.pass(); // the read
    await setImmediate();
    expect(held.held).toBe(1); // the write: the handler has ended
    ended.resolve();
    await setImmediate();
    held.pass();
    await first;
    await setImmediate();
    while (held.held > 0) {
      held.pass();
      await setImmediate();
    }
    expect(await later).toEqual([{ status: 'fulfilled', value: { counter: 2 } }]);
  });

  test('a call that comes from outside while a handler runs: it waits', async () => {
    const gate = deferred();
    const first = sessions.run('42:42', () => gate.promise);
    const second = sessions.update('42:42', (data) => void data.counter++);
    await setImmediate();
    gate.resolve();
    await first;
    await expect(second).resolves.toEqual({ counter: 1 });
  });
});

describe('a lazy handler', () => {
  test('that has its session is told like any other', async () => {
    const answer = sessions.visitLazily('42:42', async (session) => {
      await session.data;
      await sessions.run('42:42', () => {});
    });
    await expect(answer).rejects.toEqual(reentered);
  });

  test('that has not touched its session may run another on the same key', async () => {
    const answer = sessions.visitLazily('42:42', async (session) => {
      await sessions.update('42:42', (data) => void data.counter++);
      return (await session.data).counter;
    });
    await expect(answer).resolves.toBe(1);
  });

  test('that still waits for its session is told when it asks for a second turn behind its own', async () => {
    const impatient = new Sessions<Counter>({ store, initial, maxHoldMs: 50 });
    const gate = deferred();
    const holder = impatient.run('42:42', () => gate.promise);
    const told: unknown[] = [];
    const lazy = impatient.visitLazily('42:42', async (session) => {
      const looking = session.data;
      const second = impatient.run('42:42', () => {}).catch((error) => told.push(error));
      gate.resolve();
      await looking;
      await second;
    });
    await Promise.allSettled([holder, lazy]);
    expect(told).toEqual([reentered]);
  });
});

test('a job that starts itself anew from its own handler does not remember all that went before', async () => {
  const remembered: number[] = [];
  const job = async (session: Session<Counter>): Promise<void> => {
    session.data.counter++;
    let depth = 0;
    for (let scope = currentScope(); scope !== undefined; scope = scope.outer) depth++;
    remembered.push(depth);
    if (session.data.counter < 50) again = setTimeout(0).then(() => sessions.run('42:42', job));
  };
  let again: Promise<void> | undefined;
  await sessions.run('42:42', job);
  for (let round: unknown; round !== again; ) {
    round = again;
    await again;
  }
  expect(remembered).toHaveLength(50);
  expect(Math.max(...remembered)).toBeLessThan(3);
});

test('a chain of jobs, each of which outlives the one that started it, does not remember all of them', async () => {
  const remembered: number[] = [];
  const jobs: Promise<void>[] = [];
  const start = (nth: number): void => {
    const job = sessions.run(`${nth}`, async () => {
      await setImmediate(); // by then, the one that has started it is over
      let depth = 0;
      for (let scope = currentScope(); scope !== undefined; scope = scope.outer) depth++;
      remembered.push(depth);
      if (nth < 50) start(nth + 1);
    });
    jobs.push(job);
  };
  start(1);
  for (const job of jobs) await job;
  expect(remembered).toHaveLength(50);
  expect(Math.max(...remembered)).toBeLessThan(4);
});
