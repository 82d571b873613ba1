/** Where a session is put, and what is there on an update that has no key. */

import { type Adapter, middlewareOf, type SessionOptions, Sessions } from '@sessiongram/core';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { Turns } from '../../packages/core/src/turns';
import { RecordingStore } from '../support/recording-store';

interface Counter {
  counter: number;
}

interface Context {
  readonly update: object;
  session: Counter | undefined;
}

const initial = (): Counter => ({ counter: 0 });
const missing = expect.objectContaining({ code: 'SESSION_KEY_MISSING', key: undefined });

let store: RecordingStore<Counter>;

beforeEach(() => {
  store = new RecordingStore();
});

function session(
  options: SessionOptions<Counter, Context>,
  adapter: Partial<Adapter<Counter, Context>> = {},
) {
  return middlewareOf<Counter, Context>(
    { store, initial, ...options },
    { where: 'session()', mode: 'eager', onMissingKey: 'throw', ...adapter },
  );
}

/** Runs a handler on an update that has no key. */
async function withoutKey(
  options: SessionOptions<Counter, Context>,
  visit: (ctx: Context) => unknown,
  adapter: Partial<Adapter<Counter, Context>> = {},
) {
  const ctx = { update: {} } as Context;
  const handler = vi.fn(async () => visit(ctx));
  const answer = await session({ getSessionKey: () => undefined, ...options }, adapter)(ctx, handler);
  expect(handler).toHaveBeenCalledTimes(1);
  expect(store.commands).toEqual([]);
  return answer;
}

describe('on an update without a key', () => {
  test('the handler runs, and the store hears nothing', async () => {
    const keys = [() => undefined, () => null as never, async () => undefined, async () => null as never];
    for (const getSessionKey of keys) {
      const answer = await withoutKey({ getSessionKey }, () => 'ran');
      expect(answer).toBe('ran');
    }
    expect(Turns.of(store).size).toBe(0);
  });

  test("'throw' tells every look and every assignment", async () => {
    const told: unknown[] = [];
    await withoutKey({ onMissingKey: 'throw' }, (ctx) => {
      for (const use of [() => ctx.session, () => Object.assign(ctx, { session: initial() })]) {
        try {
          use();
        } catch (error) {
          told.push(error);
        }
      }
    });
    expect(told).toEqual([missing, missing]);
  });

  test("'undefined' is undefined, may be assigned, and is thrown away", async () => {
    const seen = await withoutKey({ onMissingKey: 'undefined' }, (ctx) => {
      const before = ctx.session;
      ctx.session = { counter: 5 };
      ctx.session.counter++;
      return [before, ctx.session];
    });
    expect(seen).toEqual([undefined, { counter: 6 }]);
  });

  test("'ephemeral' is what initial makes, may be changed, and is thrown away", async () => {
    const spied = vi.fn(initial);
    const count = (ctx: Context) => {
      if (ctx.session !== undefined) ctx.session.counter++;
      return ctx.session;
    };
    for (let round = 0; round < 2; round++) {
      expect(await withoutKey({ initial: spied, onMissingKey: 'ephemeral' }, count)).toEqual({ counter: 1 });
    }
    expect(spied).toHaveBeenCalledTimes(2);
  });

  test("'ephemeral' is a copy where initial makes the same object each time", async () => {
    const shared = initial();
    await withoutKey({ initial: () => shared, onMissingKey: 'ephemeral' }, (ctx) => {
      if (ctx.session !== undefined) ctx.session.counter++;
    });
    expect(shared).toEqual({ counter: 0 });
  });

  test("is the adapter's choice where the options make none", async () => {
    for (const onMissingKey of ['undefined', 'ephemeral'] as const) {
      const seen = await withoutKey({}, (ctx) => ctx.session, { onMissingKey });
      expect(seen).toEqual(onMissingKey === 'undefined' ? undefined : { counter: 0 });
    }
  });

  test('a lazy session is a promise of the same', async () => {
    const seen: unknown[] = [];
    for (const onMissingKey of ['undefined', 'ephemeral'] as const) {
      const look = async (ctx: Context) => seen.push(ctx.session instanceof Promise, await ctx.session);
      await withoutKey({ onMissingKey }, look, { mode: 'lazy' });
    }
    expect(seen).toEqual([true, undefined, true, { counter: 0 }]);
  });
});

describe('the data of a new session', () => {
  test('is made from the context where the adapter says so, and not where a session is stored', async () => {
    const initialFor = vi.fn((ctx: Context) => ({ counter: Object.keys(ctx.update).length }));
    const seen: unknown[] = [];
    for (const update of [{ a: 1, b: 2 }, { a: 1 }]) {
      const ctx = { update } as Context;
      const middleware = session({ getSessionKey: () => '42:42' }, { initialFor });
      await middleware(ctx, async () => {
        if (ctx.session !== undefined) seen.push(++ctx.session.counter);
      });
    }
    expect(seen).toEqual([3, 4]);
    expect(initialFor).toHaveBeenCalledTimes(1);
  });
});

describe('ctx.session', () => {
  const getSessionKey = (): string => '42:42';

  test('takes the place of a property that the context had before', async () => {
    const ctx: Context = { update: {}, session: { counter: 77 } };
    await session({ getSessionKey })(ctx, async () => {
      if (ctx.session !== undefined) ctx.session.counter++;
    });
    expect(store.values.get('42:42')).toEqual({ counter: 1 });
  });

  test('takes the place of an accessor of the class', async () => {
    class WithAccessor {
      update = {};
      get session(): Counter | undefined {
        return { counter: 77 };
      }
      set session(_: Counter | undefined) {
        throw new Error('not here');
      }
    }
    const ctx = new WithAccessor();
    await session({ getSessionKey })(ctx, async () => {
      ctx.session = { counter: 5 };
    });
    expect(store.values.get('42:42')).toEqual({ counter: 5 });
  });

  test('is found through an object that inherits from the context', async () => {
    const ctx = { update: {} } as Context;
    const heir = Object.create(ctx) as Context;
    await session({ getSessionKey })(ctx, async () => {
      heir.session = { counter: 5 };
      heir.session.counter++;
    });
    expect(store.values.get('42:42')).toEqual({ counter: 6 });
  });

  test('is enumerable, and looking at all properties writes nothing', async () => {
    const ctx = { update: {} } as Context;
    const seen = await session({ getSessionKey })(ctx, async () => ({ ...ctx, json: JSON.stringify(ctx) }));
    expect(seen).toMatchObject({ session: { counter: 0 }, json: '{"update":{},"session":{"counter":0}}' });
    expect(store.writes).toEqual([]);
  });

  test('cannot be deleted or replaced, so that what is assigned afterwards is not lost', async () => {
    const ctx = { update: {} } as Context;
    await session({ getSessionKey })(ctx, async () => {
      expect(() => Reflect.deleteProperty(ctx, 'session')).not.toThrow();
      expect(() => Object.defineProperty(ctx, 'session', { value: { counter: 9 } })).toThrow(TypeError);
      ctx.session = { counter: 100 };
    });
    expect(store.values.get('42:42')).toEqual({ counter: 100 });
  });

  test('is a value of its own on a copy of the context that was made by its descriptors', async () => {
    const ctx = { update: {} } as Context;
    await session({ getSessionKey })(ctx, async () => {
      const { session: own, update } = Object.getOwnPropertyDescriptors(ctx);
      const copy = Object.defineProperties({}, { session: own, update }) as Context;
      expect(copy.session).toBeUndefined();
      copy.session = { counter: 5 };
      copy.session = { counter: 7 };
      expect([copy.session, ctx.session]).toEqual([{ counter: 7 }, { counter: 0 }]);
    });
    expect(store.writes).toEqual([]);
  });

  test('is refused by name where the property is taken for good, and the turn is free again', async () => {
    const ctx = Object.defineProperty({ update: {} }, 'session', { value: 1 }) as Context;
    const handler = vi.fn(async () => {});
    const run = session({ getSessionKey })(ctx, handler);
    await expect(run).rejects.toThrow(TypeError);
    await expect(run).rejects.toThrow(/ctx\.session is taken already/);
    expect(handler).toHaveBeenCalledTimes(0);
    expect(store.writes).toEqual([]);
    expect(Turns.of(store).size).toBe(0);
  });

  test('that was refused is not taken for an open session by the same engine under another name', async () => {
    const ctx = Object.defineProperty({ update: {} }, 'session', { value: 1 }) as Context & {
      other: Counter;
    };
    const sessions = new Sessions<Counter>({ store, initial, getSessionKey });
    const under = (property: string) =>
      middlewareOf<Counter, Context>(
        { sessions, property },
        { where: 'session()', mode: 'eager', onMissingKey: 'throw' },
      );
    await expect(under('session')(ctx, async () => {})).rejects.toThrow(TypeError);
    await under('other')(ctx, async () => void ctx.other.counter++);
    expect(store.values.get('42:42')).toEqual({ counter: 1 });
  });

  test('may be an object that the adapter chooses', async () => {
    const ctx = { update: {} } as Context;
    const place = {} as { session: Counter };
    const middleware = session({ getSessionKey }, { placeOn: () => place });
    await middleware(ctx, async () => void place.session.counter++);
    expect(store.values.get('42:42')).toEqual({ counter: 1 });
    expect('session' in ctx).toBe(false);
  });
});
