/** What a handler has started and not awaited comes too late once it has ended: it is told, and keeps no turn. */

import { setImmediate } from 'node:timers/promises';
import { Sessions } from '@sessiongram/core';
import { beforeEach, describe, expect, test } from 'vitest';
import type { LazyVisit } from '../../packages/core/src/lazy-visit';
import { Turns } from '../../packages/core/src/turns';
import type { Session } from '../../packages/core/src/visit';
import { LeasingStore } from '../support/leasing-store';
import { deferred, HeldStore } from '../support/recording-store';

interface Counter {
  counter: number;
}

const KEY = '42:42';
const failure = new Error('the handler failed');
const initial = (): Counter => ({ counter: 0 });

let store: HeldStore<Counter>;
let sessions: Sessions<Counter>;

beforeEach(() => {
  store = new HeldStore();
  sessions = new Sessions<Counter>({ store, initial });
});

/** Why a promise was rejected, or `fulfilled`. */
async function fate(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => 'fulfilled',
    (error: { code?: unknown }) => error.code ?? error,
  );
}

/** Lets the oldest command through that is held up. */
async function pass(): Promise<void> {
  await setImmediate();
  expect(store.held).toBe(1);
  store.pass();
  await setImmediate();
}

/** A handler that has begun, and the way to end it. */
async function begun(act: (session: Session<Counter>) => void) {
  const end = deferred();
  let session: Session<Counter> | undefined;
  const done = fate(
    sessions.run(KEY, (mine) => {
      session = mine;
      act(mine);
      return end.promise;
    }),
  );
  await pass(); // the read
  return { session: session as unknown as Session<Counter>, end, done };
}

describe('after a handler that threw', () => {
  test('a save() that waited behind another is refused, because it writes nothing', async () => {
    const fates: Promise<unknown>[] = [];
    const { end, done } = await begun((session) => {
      session.data.counter = 1;
      fates.push(fate(session.save()));
      session.data.counter = 2;
      fates.push(fate(session.save()));
    });
    end.reject(failure);
    await pass(); // the first write
    expect(await Promise.all(fates)).toEqual(['fulfilled', 'SESSION_CLOSED']);
    expect(await done).toBe(failure);
  });

  test('a reload() that was on its way is refused, and the session stays closed', async () => {
    let reloading: Promise<unknown> | undefined;
    const { session, end, done } = await begun((mine) => {
      reloading = fate(mine.reload());
    });
    end.reject(failure);
    await pass(); // the second read
    expect(await reloading).toBe('SESSION_CLOSED');
    expect(await done).toBe(failure);
    expect(() => {
      session.data = { counter: 7 };
    }).toThrow(expect.objectContaining({ code: 'SESSION_CLOSED' }));
  });

  test('a release() that waited behind a save() is refused, and its work is not done', async () => {
    let works = 0;
    let releasing: Promise<unknown> | undefined;
    const { end, done } = await begun((session) => {
      session.data.counter = 1;
      void session.save();
      releasing = fate(session.release(() => void works++));
    });
    end.reject(failure);
    await pass(); // the write
    expect(await releasing).toBe('SESSION_CLOSED');
    expect(await done).toBe(failure);
    expect(works).toBe(0);
  });

  test('a release() that was giving the turn back takes none any more', async () => {
    let releasing: Promise<unknown> | undefined;
    const { end, done } = await begun((session) => {
      session.data.counter = 1;
      releasing = fate(session.release(() => {}));
    });
    end.reject(failure);
    await pass(); // the write
    expect(await releasing).toBe('SESSION_CLOSED');
    expect(await done).toBe(failure);
    expect([store.held, Turns.of(store).size]).toEqual([0, 0]);
  });

  test('a release() that was coming back is refused, and the session stays closed', async () => {
    let releasing: Promise<unknown> | undefined;
    const { session, end, done } = await begun((mine) => {
      releasing = fate(mine.release(() => {}));
    });
    await setImmediate();
    end.reject(failure);
    await pass(); // the second read
    expect(await releasing).toBe('SESSION_CLOSED');
    expect(await done).toBe(failure);
    expect(() => {
      session.data = { counter: 7 };
    }).toThrow(expect.objectContaining({ code: 'SESSION_CLOSED' }));
    expect(Turns.of(store).size).toBe(0);
  });

  test('the turn is kept until the last of two save() is done', async () => {
    const first = deferred();
    const { end, done } = await begun((session) => {
      session.data.counter = 1;
      void session.save().then(first.resolve);
      session.data.counter = 2;
      void session.save();
    });
    const next = fate(sessions.update(KEY, (data) => void data.counter++));
    await pass(); // the first write
    await first.promise;
    end.reject(failure);
    await pass(); // the second write
    await pass(); // the read of the next
    await pass(); // its write
    expect([await done, await next]).toEqual([failure, 'fulfilled']);
    expect(store.overlaps).toEqual([]);
    expect(store.values.get(KEY)).toEqual({ counter: 3 });
  });

  test('a run that it had started waits for its turn while the changes are kept, as saveOnError asks', async () => {
    sessions = new Sessions<Counter>({ store, initial, saveOnError: true });
    const goes = deferred();
    let started: Promise<unknown> | undefined;
    const { end, done } = await begun((session) => {
      session.data.counter = 1;
      started = goes.promise.then(() => fate(sessions.update(KEY, (data) => void data.counter++)));
    });
    end.reject(failure);
    await setImmediate();
    goes.resolve();
    await pass(); // the write
    await pass(); // the read of the run that was started
    await pass(); // its write
    expect([await done, await started]).toEqual([failure, 'fulfilled']);
    expect(store.values.get(KEY)).toEqual({ counter: 2 });
  });
});

describe('during the last write', () => {
  test.each<[call: string, call: (session: Session<Counter>) => Promise<unknown>]>([
    ['save()', (session) => session.save()],
    ['reload()', (session) => session.reload()],
    ['release()', (session) => session.release(() => {})],
  ])('%s is refused, and the turn is kept', async (_, call) => {
    const { session, end, done } = await begun(({ data }) => void data.counter++);
    end.resolve();
    await setImmediate();
    expect(await fate(call(session))).toBe('SESSION_CLOSED');
    expect([store.held, Turns.of(store).size]).toEqual([1, 1]);
    await pass(); // the write
    expect(await done).toBe('fulfilled');
    expect(store.commands).toEqual([`get ${KEY}`, `set ${KEY}`]);
  });

  test('a lazy session refuses an assignment', async () => {
    let session: LazyVisit<Counter> | undefined;
    const run = sessions.visitLazily(KEY, async (mine) => {
      session = mine;
      (await mine.data).counter++;
    });
    await pass(); // the read
    await setImmediate();
    expect(() => {
      (session as LazyVisit<Counter>).data = { counter: 7 };
    }).toThrow(expect.objectContaining({ code: 'SESSION_CLOSED' }));
    await pass(); // the write
    await run;
    expect(store.values.get(KEY)).toEqual({ counter: 1 });
  });
});

describe('after the end of a lazy handler', () => {
  test('that has looked at its session, an assignment throws', async () => {
    let session: LazyVisit<Counter> | undefined;
    const run = sessions.visitLazily(KEY, async (mine) => {
      session = mine;
      await mine.data;
    });
    await pass(); // the read
    await run;
    expect(() => {
      (session as LazyVisit<Counter>).data = { counter: 7 };
    }).toThrow(expect.objectContaining({ code: 'SESSION_CLOSED' }));
  });

  test('that has not touched its session, save(), reload() and release() are refused, and no work is done', async () => {
    let session: LazyVisit<Counter> | undefined;
    await sessions.visitLazily(KEY, (mine) => {
      session = mine;
    });
    let works = 0;
    const late = session as unknown as LazyVisit<Counter>;
    expect(await fate(late.save())).toBe('SESSION_CLOSED');
    expect(await fate(late.reload())).toBe('SESSION_CLOSED');
    expect(await fate(late.release(() => works++))).toBe('SESSION_CLOSED');
    expect(works).toBe(0);
  });
});

test('a run ends only when a release() that nobody awaits has ended', async () => {
  const other = deferred();
  const order: string[] = [];
  const { end, done } = await begun((session) => {
    void session
      .release(async () => {
        await setImmediate();
      })
      .catch(() => {});
  });
  const second = sessions.run(KEY, () => other.promise.then(() => void order.push('the other')));
  await pass(); // the read of the other
  await setImmediate();
  end.resolve();
  void done.then(() => order.push('the first'));
  await setImmediate();
  await setImmediate();
  other.resolve();
  await second;
  await done;
  expect(order).toEqual(['the other', 'the first']);
});

test('a release() whose handler has ended asks the store for no lease', async () => {
  const leasing = new LeasingStore<Counter>();
  const leased = new Sessions<Counter>({ store: leasing, initial });
  const work = deferred();
  let releasing: Promise<unknown> | undefined;
  await leased.run(KEY, async (session) => {
    releasing = fate(session.release(() => work.promise));
    await setImmediate();
  });
  work.resolve();
  expect(await releasing).toBe('SESSION_CLOSED');
  expect(leasing.commands.filter((command) => command.startsWith('acquire'))).toHaveLength(1);
});

test('a lazy session that is first looked at when the handler around it has ended waits for its turn', async () => {
  const look = deferred();
  let inner: Promise<unknown> | undefined;
  const { end, done } = await begun((session) => {
    session.data.counter = 1;
    inner = fate(
      sessions.visitLazily(KEY, async (mine) => {
        await look.promise;
        (await mine.data).counter++;
      }),
    );
  });
  end.resolve();
  await setImmediate();
  look.resolve();
  await pass(); // the write of the outer
  await pass(); // the read of the inner
  await pass(); // its write
  expect([await done, await inner]).toEqual(['fulfilled', 'fulfilled']);
  expect(store.values.get(KEY)).toEqual({ counter: 2 });
});
