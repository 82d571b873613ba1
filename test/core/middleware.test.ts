/** A session as a property of `ctx`: how it is found, put there, shared, and taken away again. */

import { setImmediate } from 'node:timers/promises';
import { type Middleware, middlewareOf, type SessionOptions, Sessions } from '@sessiongram/core';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { Turns } from '../../packages/core/src/turns';
import { deferred, RecordingStore } from '../support/recording-store';

interface Counter {
  counter: number;
}

interface Context {
  readonly update: object;
  session: Counter;
  other: Counter;
}

const adapter = { where: 'session()', mode: 'eager', onMissingKey: 'throw' } as const;
const initial = (): Counter => ({ counter: 0 });
const getSessionKey = (): string => '42:42';
const next = async (): Promise<void> => {};

const contextOf = (update: object = {}): Context => ({ update }) as Context;
const session = (options: SessionOptions<Counter, Context>): Middleware<Context> =>
  middlewareOf<Counter, Context>({ getSessionKey, ...options }, adapter);

let store: RecordingStore<Counter>;

beforeEach(() => {
  store = new RecordingStore();
});

describe('a middleware', () => {
  test('puts the session on ctx, saves it when the rest has run, and answers what the rest answers', async () => {
    const ctx = contextOf();
    const answer = await session({ store, initial })(ctx, async () => {
      ctx.session.counter++;
      await setImmediate();
      ctx.session.counter++;
      return 'done';
    });
    expect(answer).toBe('done');
    expect(store.values.get('42:42')).toEqual({ counter: 2 });
    expect(store.commands).toEqual(['get 42:42', 'set 42:42']);
  });

  test('finds the key in the update where it is not told otherwise', async () => {
    const ctx = contextOf({ message: { chat: { id: -100 }, from: { id: 42 } } });
    const byDefault = middlewareOf<Counter, Context>({ store, initial }, adapter);
    await byDefault(ctx, async () => void ctx.session.counter++);
    expect([...store.values.keys()]).toEqual(['-100:42']);
  });

  test('waits for a key that comes later, and puts the prefix before it', async () => {
    const ctx = contextOf();
    const later = session({ store, initial, prefix: 'bot:', getSessionKey: async () => '7:7' });
    await later(ctx, async () => void ctx.session.counter++);
    expect([...store.values.keys()]).toEqual(['bot:7:7']);
  });

  test('lets 500 concurrent updates of one key count to 500', async () => {
    const middleware = session({ store, initial });
    const order: number[] = [];
    await Promise.all(
      Array.from({ length: 500 }, (_, arrival) => {
        const ctx = contextOf();
        return middleware(ctx, async () => {
          const { counter } = ctx.session;
          await setImmediate();
          ctx.session.counter = counter + 1;
          order.push(arrival);
        });
      }),
    );
    expect(store.values.get('42:42')).toEqual({ counter: 500 });
    expect(order).toEqual(Array.from({ length: 500 }, (_, arrival) => arrival));
  });

  test('passes on the error of the rest, and writes nothing', async () => {
    const failure = new Error('the handler failed');
    const ctx = contextOf();
    const run = session({ store, initial })(ctx, async () => {
      ctx.session.counter++;
      throw failure;
    });
    await expect(run).rejects.toBe(failure);
    expect(store.writes).toEqual([]);
  });

  test('tells a late assignment, and goes on to answer a late look', async () => {
    const ctx = contextOf();
    await session({ store, initial })(ctx, async () => void ctx.session.counter++);
    expect(() => {
      ctx.session = { counter: 100 };
    }).toThrow(expect.objectContaining({ code: 'SESSION_CLOSED', key: '42:42' }));
    expect(ctx.session).toEqual({ counter: 1 });
    expect(store.writes).toEqual(['set 42:42']);
  });

  test('deletes what was assigned null', async () => {
    store.values.set('42:42', { counter: 5 });
    const ctx = contextOf();
    await session({ store, initial })(ctx, async () => {
      ctx.session = null as never;
    });
    expect(store.commands).toEqual(['get 42:42', 'delete 42:42']);
  });

  test('shares an engine with code outside of the bot', async () => {
    const sessions = new Sessions<Counter>({ store, initial, getSessionKey: () => '7:7', property: 'other' });
    const ctx = contextOf();
    const middleware = middlewareOf<Counter, Context>({ sessions }, adapter);
    await Promise.all([
      sessions.update('7:7', (data) => void data.counter++),
      middleware(ctx, async () => void ctx.other.counter++),
      sessions.update('7:7', (data) => void data.counter++),
    ]);
    expect(store.values.get('7:7')).toEqual({ counter: 3 });
  });

  test('is told SESSION_REENTERED when its bot is called again from inside, for the same key', async () => {
    const middleware = session({ store, initial });
    const run = middleware(contextOf(), () => middleware(contextOf(), next));
    await expect(run).rejects.toMatchObject({ code: 'SESSION_REENTERED', key: '42:42' });
  });
});

describe('two sessions', () => {
  test('under two properties live side by side', async () => {
    const others = new RecordingStore<Counter>();
    const ctx = contextOf();
    await session({ store, initial })(ctx, () =>
      session({ store: others, initial, property: 'other' })(ctx, async () => {
        ctx.session.counter += 1;
        ctx.other.counter += 10;
      }),
    );
    expect(store.values.get('42:42')).toEqual({ counter: 1 });
    expect(others.values.get('42:42')).toEqual({ counter: 10 });
  });

  test('in one store need two prefixes, and are told so', async () => {
    const ctx = contextOf();
    const run = session({ store, initial })(ctx, () =>
      session({ store, initial, property: 'other' })(ctx, next),
    );
    await expect(run).rejects.toMatchObject({
      code: 'SESSION_REENTERED',
      message: expect.stringMatching(/need two prefixes/),
    });
    const handler = vi.fn(next);
    await session({ store, initial })(ctx, () =>
      session({ store, initial, property: 'other', prefix: 'other:' })(ctx, handler),
    );
    expect(handler).toHaveBeenCalledTimes(1);
  });

  test('under one property hide one another: the inner is seen inside, the outer again afterwards', async () => {
    const inner = new RecordingStore<Counter>();
    const ctx = contextOf();
    await session({ store, initial })(ctx, async () => {
      ctx.session.counter = 1;
      await session({ store: inner, initial })(ctx, async () => {
        ctx.session.counter += 10;
      });
      ctx.session.counter++;
    });
    expect(store.values.get('42:42')).toEqual({ counter: 2 });
    expect(inner.values.get('42:42')).toEqual({ counter: 10 });
  });

  test('under one property lead to the outer again also where the inner had a third one inside', async () => {
    const ctx = contextOf();
    await session({ store, initial })(ctx, async () => {
      await session({ initial })(ctx, () => session({ initial, property: 'other' })(ctx, next));
      ctx.session.counter++;
    });
    expect(store.values.get('42:42')).toEqual({ counter: 1 });
  });

  test('under one property tell a late assignment when both have ended', async () => {
    const ctx = contextOf();
    await session({ store, initial })(ctx, () => session({ initial })(ctx, next));
    expect(() => {
      ctx.session = { counter: 100 };
    }).toThrow(expect.objectContaining({ code: 'SESSION_CLOSED' }));
  });

  test('under one property lead to the outer again when the inner failed', async () => {
    const ctx = contextOf();
    await session({ store, initial })(ctx, async () => {
      const failing = session({ initial })(ctx, () => Promise.reject(new Error('the handler failed')));
      await failing.catch(() => {});
      ctx.session.counter++;
    });
    expect(store.values.get('42:42')).toEqual({ counter: 1 });
  });

  test('on two contexts of two updates know nothing of one another', async () => {
    const middleware = session({
      store,
      initial,
      getSessionKey: (ctx) => (ctx.update as { key: string }).key,
    });
    const [one, two] = [contextOf({ key: '1:1' }), contextOf({ key: '2:2' })];
    const together = deferred();
    await Promise.all([
      middleware(one, async () => {
        one.session.counter = 1;
        await together.promise;
      }),
      middleware(two, async () => {
        two.session.counter = 2;
        together.resolve();
      }),
    ]);
    expect(Object.fromEntries(store.values)).toEqual({ '1:1': { counter: 1 }, '2:2': { counter: 2 } });
  });
});

describe('one engine twice on one ctx', () => {
  const properties: [name: string, property: 'session' | 'other'][] = [
    ['the same property', 'session'],
    ['another property', 'other'],
  ];

  test.each(properties)('under %s is one session and no deadlock', async (_, property) => {
    const sessions = new Sessions<Counter>({ store, initial });
    const ctx = contextOf();
    const seen = await session({ sessions })(ctx, async () => {
      ctx.session.counter = 1;
      await session({ sessions, property })(ctx, async () => {
        ctx[property].counter++;
        ctx[property] = { counter: ctx.session.counter + 1 };
      });
      ctx.session.counter++;
      return ctx.session.counter;
    });
    expect(seen).toBe(4);
    expect(store.commands).toEqual(['get 42:42', 'set 42:42']);
    expect(store.values.get('42:42')).toEqual({ counter: 4 });
    expect(Turns.of(store).size).toBe(0);
  });

  test.each(properties)('under %s tells a late assignment when both have ended', async (_, property) => {
    const sessions = new Sessions<Counter>({ store, initial });
    const ctx = contextOf();
    await session({ sessions })(ctx, () => session({ sessions, property })(ctx, next));
    for (const name of ['session', property] as const) {
      expect(() => {
        ctx[name] = { counter: 100 };
      }).toThrow(expect.objectContaining({ code: 'SESSION_CLOSED' }));
    }
    expect(store.writes).toEqual([]);
  });

  test.each(properties)('under %s with another key is two sessions', async (_, property) => {
    const sessions = new Sessions<Counter>({ store, initial });
    const ctx = contextOf();
    await session({ sessions })(ctx, async () => {
      await session({ sessions, property, getSessionKey: () => '7:7' })(ctx, async () => {
        ctx[property].counter = 7;
      });
      ctx.session.counter++;
    });
    expect(Object.fromEntries(store.values)).toEqual({ '42:42': { counter: 1 }, '7:7': { counter: 7 } });
  });

  test('passes on the error of the inner, and writes nothing', async () => {
    const failure = new Error('the handler failed');
    const middleware = session({ store, initial });
    const ctx = contextOf();
    const run = middleware(ctx, () =>
      middleware(ctx, async () => {
        ctx.session.counter++;
        throw failure;
      }),
    );
    await expect(run).rejects.toBe(failure);
    expect(store.writes).toEqual([]);
  });

  test('may come one after the other as well, as two visits', async () => {
    const middleware = session({ store, initial });
    const ctx = contextOf();
    for (let round = 0; round < 2; round++) await middleware(ctx, async () => void ctx.session.counter++);
    expect(store.writes).toEqual(['set 42:42', 'set 42:42']);
    expect(store.values.get('42:42')).toEqual({ counter: 2 });
  });
});
