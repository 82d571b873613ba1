/** The lease goes from one update of a process to its next, with the data: when it does, and when it must not. */

import type { CommitAnswer, Lease, LeaseCommit, LeaseRequest } from '@sessiongram/core';
import {
  type Session,
  Sessions,
  type SessionsOptions,
  withEncryption,
  withMigrations,
} from '@sessiongram/core';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Turns } from '../../packages/core/src/turns';
import { LeasingStore } from '../support/leasing-store';
import { deferred } from '../support/recording-store';

interface Counter {
  counter: number;
}

/** Holds answers back, not commands: the store has done what the engine does not know yet. */
class SlowToAnswer extends LeasingStore<Counter> {
  answered: Promise<void> | undefined;

  override commit(key: string, lease: Lease, commit: LeaseCommit<Counter>): Promise<CommitAnswer<Counter>> {
    const answer = super.commit(key, lease, commit);
    return this.isPrompt ? answer : this.#late(answer);
  }

  async #late(done: Promise<CommitAnswer<Counter>>): Promise<CommitAnswer<Counter>> {
    const answer = await done;
    await this.answered;
    return answer;
  }
}

const anything = {
  '~standard': { version: 1, vendor: 'test', validate: (value: unknown) => ({ value: value as Counter }) },
} as const;

const initial = (): Counter => ({ counter: 0 });
const count = (data: Counter): void => void data.counter++;
const failure = new Error('the handler failed');

let store: SlowToAnswer;
let sessions: Sessions<Counter>;

beforeEach(() => {
  vi.useFakeTimers();
  store = new SlowToAnswer();
  sessions = new Sessions<Counter>({ store, initial });
});
afterEach(() => void vi.useRealTimers());

const elapse = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);
const isFree = (): boolean => store.locks.get('42:42')?.token === undefined;
const stored = (): unknown => JSON.parse(store.texts.get('42:42') ?? 'null');

/** Asks for the key as another process does, and so reserves it where it is held. */
function askElsewhere(): Promise<unknown> {
  const request: LeaseRequest = {
    token: 'other-token-0001',
    contender: 'other-process-01',
    leaseMs: 1000,
    reserveMs: 150,
  };
  return store.sibling().acquire('42:42', request);
}

/** Lets one update wait behind a handler that a test ends. */
function oneBehindTheOther(second: Sessions<Counter> = sessions, body = vi.fn(count)) {
  const ends = deferred();
  const first = sessions.run('42:42', async ({ data }) => {
    data.counter++;
    await ends.promise;
  });
  first.catch(() => {});
  const next = second.update('42:42', body);
  next.catch(() => {});
  return { first, next, ends, body };
}

describe('the next update of the process', () => {
  test('gets the lease with the data, and saves a round trip', async () => {
    await Promise.all([1, 2, 3].map(() => sessions.update('42:42', count)));
    expect(store.commands).toEqual([
      'acquire 42:42',
      'commit set+next 42:42',
      'commit set+next 42:42',
      'commit set 42:42',
    ]);
    expect(stored()).toEqual({ counter: 3 });
    expect(isFree()).toBe(true);
  });

  test('gets it at most four times in a row', async () => {
    await Promise.all(Array.from({ length: 12 }, () => sessions.update('42:42', count)));
    const letters = store.commands.map((command) =>
      command.startsWith('acquire') ? 'A' : command.includes('+next') ? 'n' : 'c',
    );
    expect(letters.join('')).toBe('AnnnncAnnnncAnc');
    expect(stored()).toEqual({ counter: 12 });
  });

  test('gets it from a handler that changed nothing, too', async () => {
    const seen: number[] = [];
    await Promise.all([
      sessions.update('42:42', count),
      sessions.run('42:42', ({ data }) => void seen.push(data.counter)),
      sessions.update('42:42', count),
    ]);
    expect(seen).toEqual([1]);
    expect(store.commands).toEqual([
      'acquire 42:42',
      'commit set+next 42:42',
      'commit none+next 42:42',
      'commit set 42:42',
    ]);
    expect(stored()).toEqual({ counter: 2 });
  });

  test.for<[how: string, options: SessionsOptions<Counter>, first: (session: Session<Counter>) => unknown]>([
    ['with events', { onEvent: () => {} }, () => {}],
    ['with a schema', { schema: anything }, () => {}],
    ['with a repair', { onCorrupt: (): null => null }, () => {}],
    ['whose last word is save()', {}, (session: Session<Counter>) => session.save()],
    ['that does not await its save()', {}, (session: Session<Counter>) => void session.save()],
  ])('keeps it after a handler that changed nothing, %s', async ([, options, first]) => {
    store.isPrompt = true;
    const engine = new Sessions<Counter>({ store, initial, ...options });
    await engine.update('42:42', count);
    await Promise.all([
      engine.run('42:42', (session) => {
        expect(session.data.counter).toBe(1);
        return first(session);
      }),
      engine.run('42:42', async ({ data }) => {
        await elapse(1);
        count(data);
      }),
    ]);
    expect(await engine.read('42:42')).toEqual({ counter: 2 });
    expect(store.commands.filter((command) => command.startsWith('acquire'))).toHaveLength(2);
  });

  test('gets it from a handler that threw, with the data as they were', async () => {
    const first = sessions.run('42:42', ({ data }) => {
      data.counter = 99;
      throw failure;
    });
    const second = sessions.update('42:42', count);
    await expect(first).rejects.toBe(failure);
    await expect(second).resolves.toEqual({ counter: 1 });
    expect(store.commands).toEqual(['acquire 42:42', 'commit none+next 42:42', 'commit set 42:42']);
  });

  test('gets it from a delete, and finds nothing', async () => {
    await sessions.update('42:42', count);
    store.commands.length = 0;
    const deleted = sessions.delete('42:42');
    const second = sessions.update('42:42', count);
    await deleted;
    await expect(second).resolves.toEqual({ counter: 1 });
    expect(store.commands).toEqual(['acquire 42:42', 'commit delete+next 42:42', 'commit set 42:42']);
  });

  test('may be of another engine on the same store, and have a delete of its own', async () => {
    const other = new Sessions<Counter>({ store, initial });
    const first = sessions.update('42:42', count);
    await Promise.all([first, other.delete('42:42')]);
    expect(store.commands).toEqual(['acquire 42:42', 'commit set+next 42:42', 'commit delete 42:42']);
    expect(store.texts.has('42:42')).toBe(false);
  });

  test('contends anew where the lease was refused a second life', async () => {
    store.failNext('commit', 'before', failure);
    const first = sessions.update('42:42', count);
    const second = sessions.update('42:42', count);
    await expect(first).rejects.toMatchObject({ code: 'SESSION_SAVE_FAILED' });
    await elapse(100);
    await expect(second).resolves.toEqual({ counter: 1 });
  });
});

describe('nobody gets the lease', () => {
  test('past another process that has the reservation', async () => {
    const { first, next, ends } = oneBehindTheOther();
    await elapse(0);
    await askElsewhere();
    ends.resolve();
    await first;
    expect(store.commands.slice(0, 2)).toEqual(['acquire 42:42', 'commit set+next 42:42']);
    expect(isFree()).toBe(true);
    await expect(askElsewhere()).resolves.toMatchObject({ granted: true });
    await elapse(2000);
    await expect(next).resolves.toEqual({ counter: 2 });
  });

  test('when it waits no longer at the end of the handler', async () => {
    const impatient = new Sessions<Counter>({ store, initial, maxWaitMs: 100 });
    const { first, next, ends } = oneBehindTheOther(impatient);
    await elapse(100);
    await expect(next).rejects.toMatchObject({ code: 'SESSION_BUSY' });
    ends.resolve();
    await first;
    expect(store.commands).toEqual(['acquire 42:42', 'commit set 42:42']);
  });

  test('when it has given up meanwhile: it is given back', async () => {
    const answered = deferred();
    store.answered = answered.promise;
    const impatient = new Sessions<Counter>({ store, initial, maxWaitMs: 100 });
    const { first, next, ends, body } = oneBehindTheOther(impatient);
    await elapse(0);
    ends.resolve();
    await elapse(100);
    await expect(next).rejects.toMatchObject({ code: 'SESSION_BUSY' });
    expect(isFree()).toBe(false);
    answered.resolve();
    await first;
    await elapse(0);
    expect(store.commands).toEqual(['acquire 42:42', 'commit set+next 42:42', 'commit none 42:42']);
    expect(isFree()).toBe(true);
    expect(body).toHaveBeenCalledTimes(0);
    expect(Turns.of(store).size).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('when it has given up meanwhile, but the one behind it has not: that one gets it', async () => {
    const answered = deferred();
    store.answered = answered.promise;
    const impatient = new Sessions<Counter>({ store, initial, maxWaitMs: 100 });
    const { first, next, ends } = oneBehindTheOther(impatient);
    const third = sessions.update('42:42', count);
    await elapse(0);
    ends.resolve();
    await elapse(100);
    await expect(next).rejects.toMatchObject({ code: 'SESSION_BUSY' });
    answered.resolve();
    await first;
    await expect(third).resolves.toEqual({ counter: 2 });
    expect(store.commands).toEqual(['acquire 42:42', 'commit set+next 42:42', 'commit set 42:42']);
  });

  test('that takes none: with exclusive process it is given back', async () => {
    const alone = new Sessions<Counter>({ store, initial, exclusive: 'process' });
    const { first, next, ends } = oneBehindTheOther(alone);
    await elapse(0);
    ends.resolve();
    await first;
    await expect(next).resolves.toEqual({ counter: 2 });
    await elapse(0);
    expect(store.commands).toEqual([
      'acquire 42:42',
      'commit set+next 42:42',
      'commit none 42:42',
      'get 42:42',
      'set 42:42',
    ]);
    expect(isFree()).toBe(true);
  });

  test('whose engine was closed meanwhile: it is given back, and the one behind it has it at once', async () => {
    const closing = new Sessions<Counter>({ store, initial });
    const { first, next, ends } = oneBehindTheOther(closing);
    const third = sessions.update('42:42', count);
    const refused = closing.close({ timeoutMs: 50 }).catch(() => {});
    await elapse(50);
    await refused;
    ends.resolve();
    await elapse(100);
    await first;
    await expect(next).rejects.toMatchObject({ code: 'SESSION_CLOSED' });
    await expect(third).resolves.toEqual({ counter: 2 });
    expect(isFree()).toBe(true);
  });

  test('that renews in other steps: it is given back, and acquired for as long as is wanted', async () => {
    const longer = new Sessions<Counter>({ store, initial, leaseMs: 60_000 });
    const { first, next, ends } = oneBehindTheOther(longer);
    await elapse(0);
    ends.resolve();
    await first;
    await expect(next).resolves.toEqual({ counter: 2 });
    expect(store.commands.filter((each) => each.startsWith('acquire'))).toHaveLength(2);
  });

  test('from a handler that lost its turn while it saved: it is given back', async () => {
    const answered = deferred();
    store.answered = answered.promise;
    const hasty = new Sessions<Counter>({ store, initial, maxHoldMs: 1000, leaseMs: 60_000 });
    const first = hasty.update('42:42', count);
    const second = hasty.update('42:42', count);
    await elapse(1000);
    store.answered = undefined;
    answered.resolve();
    await elapse(100);
    await first;
    await expect(second).resolves.toEqual({ counter: 2 });
    expect(isFree()).toBe(true);
  });
});

test('save() keeps the lease although another process has reserved the key', async () => {
  await sessions.run('42:42', async (session) => {
    await askElsewhere();
    session.data.counter = 1;
    await session.save();
    expect(isFree()).toBe(false);
    session.data.counter = 2;
  });
  expect(stored()).toEqual({ counter: 2 });
  await expect(askElsewhere()).resolves.toMatchObject({ granted: true });
});

test.each([
  ['encryption', () => withEncryption(store, { keys: { only: new Uint8Array(32) } })],
  ['migrations', () => withMigrations(store, { version: 1 })],
])('between engines of which one has %s over the store, no lease goes on, and no data', async (_, wrap) => {
  vi.useRealTimers();
  const wrapped = new Sessions<Counter>({ store: wrap(), initial });
  await wrapped.update('42:42', count);
  const ends = deferred();
  const first = wrapped.run('42:42', async ({ data }) => {
    await ends.promise;
    count(data);
  });
  const seen = vi.fn((data: unknown) => void data);
  const second = sessions.run('42:42', ({ data }) => seen(data));
  const third = wrapped.update('42:42', count);
  ends.resolve();
  await Promise.all([first, second, third]);
  expect(seen).toHaveBeenCalledTimes(1);
  expect(seen).not.toHaveBeenCalledWith(expect.objectContaining({ counter: 2 }));
  expect(await wrapped.read('42:42')).toEqual({ counter: 3 });
  await Promise.all([sessions.close(), wrapped.close()]);
  expect(isFree()).toBe(true);
});

test('an answer with a next lease that is none is a commit without one: the next update asks for itself', async () => {
  class Odd extends LeasingStore<Counter> {
    override async commit(
      key: string,
      lease: Lease,
      { next: _, ...commit }: LeaseCommit<Counter>,
    ): Promise<CommitAnswer<Counter>> {
      const answer = await super.commit(key, lease, commit);
      return { ...answer, next: { granted: false } } as never;
    }
  }
  const odd = new Odd();
  const engine = new Sessions<Counter>({ store: odd, initial });
  await Promise.all([engine.update('42:42', count), engine.update('42:42', count)]);
  expect(odd.commands.filter((command) => command.startsWith('acquire'))).toHaveLength(2);
  expect(await engine.read('42:42')).toEqual({ counter: 2 });
});
