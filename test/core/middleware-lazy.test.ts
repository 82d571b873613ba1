/** A lazy session: loaded, and its turn taken, at the first look. */

import { setImmediate } from 'node:timers/promises';
import { type Middleware, middlewareOf, type SessionOptions, Sessions } from '@sessiongram/core';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { Turns } from '../../packages/core/src/turns';
import { FailingStore } from '../support/failing-store';
import { deferred } from '../support/recording-store';

interface Counter {
  counter: number;
}

interface Context {
  readonly update: object;
  get session(): Promise<Counter>;
  set session(data: Counter | null | Promise<Counter | null>);
}

const initial = (): Counter => ({ counter: 0 });
const getSessionKey = (): string => '42:42';
const away = new Error('the store is away');
const failure = new Error('the handler failed');

let store: FailingStore<Counter>;
let ctx: Context;

beforeEach(() => {
  store = new FailingStore();
  store.values.set('42:42', { counter: 5 });
  ctx = { update: {} } as Context;
});

const lazySession = (options: SessionOptions<Counter, Context> = {}): Middleware<Context> =>
  middlewareOf<Counter, Context>(
    { getSessionKey, ...(options.sessions === undefined ? { store, initial } : {}), ...options },
    { where: 'lazySession()', mode: 'lazy', onMissingKey: 'throw' },
  );

describe('an untouched session', () => {
  test('costs no command and no turn', async () => {
    const turns = await lazySession()(ctx, async () => Turns.of(store).size);
    expect(turns).toBe(0);
    expect(store.commands).toEqual([]);
  });

  test('waits for nobody', async () => {
    const sessions = new Sessions<Counter>({ store, initial });
    const gate = deferred();
    const holder = sessions.run('42:42', () => gate.promise);
    await expect(lazySession({ sessions })(ctx, async () => 'ran')).resolves.toBe('ran');
    gate.resolve();
    await holder;
  });
});

describe('a look', () => {
  test('loads once, also where many look at the same time, and all get the same object', async () => {
    const looks = await lazySession()(ctx, () => Promise.all([ctx.session, ctx.session, ctx.session]));
    expect(new Set(looks as Counter[])).toEqual(new Set([{ counter: 5 }]));
    expect(new Set(looks as Counter[]).size).toBe(1);
    expect(store.commands).toEqual(['get 42:42']);
  });

  test('takes the turn: what it sees, it has for itself until the handler ends', async () => {
    const middleware = lazySession();
    const order: number[] = [];
    await Promise.all(
      Array.from({ length: 100 }, (_, arrival) => {
        const own = { update: {} } as Context;
        return middleware(own, async () => {
          const data = await own.session;
          const { counter } = data;
          await setImmediate();
          data.counter = counter + 1;
          order.push(arrival);
        });
      }),
    );
    expect(store.values.get('42:42')).toEqual({ counter: 105 });
    expect(order).toEqual(Array.from({ length: 100 }, (_, arrival) => arrival));
  });

  test('that is not awaited is over before the middleware ends', async () => {
    await lazySession()(ctx, async () => {
      void ctx.session.then((data) => data.counter++);
    });
    expect(store.values.get('42:42')).toEqual({ counter: 6 });
    expect(Turns.of(store).size).toBe(0);
  });

  test('writes nothing', async () => {
    await lazySession()(ctx, () => ctx.session);
    expect(store.commands).toEqual(['get 42:42']);
  });
});

describe('an assignment', () => {
  test('without a look is stored', async () => {
    await lazySession()(ctx, async () => {
      ctx.session = { counter: 9 };
    });
    expect(store.values.get('42:42')).toEqual({ counter: 9 });
  });

  test('of null deletes', async () => {
    await lazySession()(ctx, async () => {
      ctx.session = null;
    });
    expect(store.writes).toEqual(['delete 42:42']);
  });

  test('is seen by the next look, also before it was awaited', async () => {
    const seen = await lazySession()(ctx, async () => {
      ctx.session = { counter: 9 };
      const first = (await ctx.session).counter;
      ctx.session = { counter: first + 1 };
      return (await ctx.session).counter;
    });
    expect(seen).toBe(10);
    expect(store.commands).toEqual(['get 42:42', 'set 42:42']);
  });

  test('of a promise is waited for and stored', async () => {
    const gate = deferred<Counter>();
    const run = lazySession()(ctx, async () => {
      ctx.session = gate.promise;
    });
    await setImmediate();
    expect(store.writes).toEqual([]);
    gate.resolve({ counter: 9 });
    await run;
    expect(store.values.get('42:42')).toEqual({ counter: 9 });
  });

  test('of two promises keeps the order of the assignments, not the one in which they resolve', async () => {
    const slow = deferred<Counter>();
    const run = lazySession()(ctx, async () => {
      ctx.session = slow.promise;
      ctx.session = Promise.resolve({ counter: 2 });
      await setImmediate();
      slow.resolve({ counter: 1 });
    });
    await run;
    expect(store.values.get('42:42')).toEqual({ counter: 2 });
  });

  test('of a promise that rejects is told, and nothing is written', async () => {
    const run = lazySession()(ctx, async () => {
      ctx.session = setImmediate().then(() => Promise.reject(failure));
    });
    await expect(run).rejects.toBe(failure);
    expect(store.writes).toEqual([]);
    expect(Turns.of(store).size).toBe(0);
  });
});

describe('a failure', () => {
  const loadFailed = expect.objectContaining({ code: 'SESSION_LOAD_FAILED', cause: away, key: '42:42' });

  test('to load is told to all who look, read once, and nothing is written', async () => {
    store.failNext('get', () => Promise.reject(away));
    const run = lazySession()(ctx, async () => {
      const looks = await Promise.allSettled([ctx.session, ctx.session]);
      ctx.session = { counter: 1 };
      return looks;
    });
    await expect(run).rejects.toEqual(loadFailed);
    expect(store.commands).toEqual([]);
    await lazySession()({ update: {} } as Context, async () => {});
    expect(Turns.of(store).size).toBe(0);
  });

  test('to load does not hide the error of the handler', async () => {
    store.failNext('get', () => Promise.reject(away));
    const run = lazySession()(ctx, async () => {
      await ctx.session.catch(() => {});
      throw failure;
    });
    await expect(run).rejects.toBe(failure);
  });

  test('of the handler writes nothing, unless saveOnError asks for it', async () => {
    for (const saveOnError of [false, true]) {
      const run = lazySession({ saveOnError })({ update: {} } as Context, async () => {
        throw failure;
      });
      await expect(run).rejects.toBe(failure);
      const touched = lazySession({ saveOnError })(ctx, async () => {
        (await ctx.session).counter++;
        throw failure;
      });
      await expect(touched).rejects.toBe(failure);
      expect(store.values.get('42:42')).toEqual({ counter: saveOnError ? 6 : 5 });
    }
    expect(store.writes).toEqual(['set 42:42']);
  });

  test('of the handler while the turn is still awaited leaves no turn behind', async () => {
    const sessions = new Sessions<Counter>({ store, initial });
    const gate = deferred();
    const holder = sessions.run('42:42', () => gate.promise);
    const run = lazySession({ sessions })(ctx, async () => {
      ctx.session = { counter: 100 };
      throw failure;
    });
    const told = expect(run).rejects.toBe(failure);
    const after = sessions.update('42:42', (data) => void data.counter++);
    gate.resolve();
    await Promise.all([holder, told]);
    await expect(after).resolves.toEqual({ counter: 6 });
    expect(Turns.of(store).size).toBe(0);
  });

  test('of a turn that does not come in time is told', async () => {
    const sessions = new Sessions<Counter>({ store, initial, maxWaiting: 0 });
    const gate = deferred();
    const holder = sessions.run('42:42', () => gate.promise);
    const run = lazySession({ sessions })(ctx, () => ctx.session);
    await expect(run).rejects.toMatchObject({ code: 'SESSION_BUSY' });
    gate.resolve();
    await holder;
  });
});

describe('after the end', () => {
  const closed = expect.objectContaining({ code: 'SESSION_CLOSED', key: '42:42' });

  test('a first look reads, without a turn, and saves nothing', async () => {
    await lazySession()(ctx, async () => {});
    (await ctx.session).counter++;
    await expect(ctx.session).resolves.toEqual({ counter: 5 });
    expect(store.commands).toEqual(['get 42:42', 'get 42:42']);
    expect(Turns.of(store).size).toBe(0);
  });

  test('a first look at a new session answers what it would have begun with', async () => {
    store.values.clear();
    await lazySession()(ctx, async () => {});
    await expect(ctx.session).resolves.toEqual(initial());
    expect(store.writes).toEqual([]);
  });

  test('a first look that fails is told to whoever looks, and to nobody else', async () => {
    await lazySession()(ctx, async () => {});
    store.failNext('get', () => Promise.reject(new Error('the store is away')));
    void ctx.session;
    store.failNext('get', () => Promise.reject(new Error('the store is away')));
    await expect(ctx.session).rejects.toMatchObject({ code: 'SESSION_LOAD_FAILED' });
  });

  test('a session whose opening had failed is not read anew', async () => {
    store.failNext('get', () => Promise.reject(new Error('the store is away')));
    const run = lazySession()(ctx, () => ctx.session);
    await expect(run).rejects.toMatchObject({ code: 'SESSION_LOAD_FAILED' });
    await expect(ctx.session).rejects.toMatchObject({ code: 'SESSION_LOAD_FAILED' });
  });

  test('a later look goes on to answer', async () => {
    await lazySession()(ctx, async () => void (await ctx.session).counter++);
    await expect(ctx.session).resolves.toEqual({ counter: 6 });
    expect(store.commands).toEqual(['get 42:42', 'set 42:42']);
  });

  test.each([['touched'], ['untouched']])('an assignment to a session that was %s throws', async (how) => {
    const handler = vi.fn(async () => (how === 'touched' ? ctx.session : undefined));
    await lazySession()(ctx, handler);
    expect(() => {
      ctx.session = { counter: 100 };
    }).toThrow(closed);
    expect(handler).toHaveBeenCalledTimes(1);
    expect(store.writes).toEqual([]);
  });
});

test('an assignment while what the handler left is on its way to the store does not vanish', async () => {
  const writing = deferred();
  const run = lazySession()(ctx, async () => {
    ctx.session = { counter: 6 };
    store.failNext('set', () => writing.promise);
  });
  await setImmediate();
  expect(() => {
    ctx.session = { counter: 100 };
  }).toThrow(expect.objectContaining({ code: 'SESSION_CLOSED' }));
  writing.resolve();
  await run;
});

describe('one engine twice on one ctx', () => {
  test('is one session that is loaded once', async () => {
    const middleware = lazySession();
    await middleware(ctx, () =>
      middleware(ctx, async () => {
        (await ctx.session).counter++;
      }),
    );
    expect(store.commands).toEqual(['get 42:42', 'set 42:42']);
  });

  test('lazy outside and eager inside is, inside, the data and no promise of it', async () => {
    const sessions = new Sessions<Counter>({ store, initial, getSessionKey });
    const eager = middlewareOf<Counter, Context>(
      { sessions },
      { where: 'session()', mode: 'eager', onMissingKey: 'throw' },
    );
    const seen = await lazySession({ sessions })(ctx, () =>
      eager(ctx, async () => ({ session: ctx.session })),
    );
    expect(seen).toEqual({ session: { counter: 5 } });
  });

  test('eager inside of lazy inside of eager is the data as well', async () => {
    const sessions = new Sessions<Counter>({ store, initial, getSessionKey });
    const eager = (property: string) =>
      middlewareOf<Counter, Context>(
        { sessions, property },
        { where: 'session()', mode: 'eager', onMissingKey: 'throw' },
      );
    const lazy = lazySession({ sessions, property: 'later' });
    await eager('outer')(ctx, () =>
      lazy(ctx, () =>
        eager('session')(ctx, async () => {
          (ctx as unknown as { session: Counter }).session.counter++;
        }),
      ),
    );
    expect(store.values.get('42:42')).toEqual({ counter: 6 });
  });

  test('of two copies of the package is known as lazy by both', async () => {
    vi.resetModules();
    const other = await import('@sessiongram/core');
    const sessions = new Sessions<Counter>({ store, initial, getSessionKey });
    const eager = other.middlewareOf<Counter, Context>(
      { sessions: sessions as never, property: 'other' },
      { where: 'session()', mode: 'eager', onMissingKey: 'throw' },
    );
    await lazySession({ sessions })(ctx, () =>
      eager(ctx, async () => {
        (await ctx.session).counter++;
        (ctx as unknown as { other: Counter }).other.counter++;
      }),
    );
    expect(store.values.get('42:42')).toEqual({ counter: 7 });
  });
});
