/** `sessionOf(ctx)` finds the session behind `ctx.session`. */

import { MemorySessionStore, middlewareOf, sessionOf } from '@sessiongram/core';
import { beforeEach, describe, expect, test } from 'vitest';

interface Counter {
  counter: number;
}

interface Ctx {
  update: { update_id: number; message?: object };
  session: Counter;
}

const update = { update_id: 1, message: { chat: { id: 42, type: 'private' }, from: { id: 42 } } };
const initial = (): Counter => ({ counter: 0 });
const missing = expect.objectContaining({ code: 'SESSION_KEY_MISSING' });

let store: MemorySessionStore<Counter>;

beforeEach(() => {
  store = new MemorySessionStore();
});

function run(
  mode: 'eager' | 'lazy',
  handler: (ctx: Ctx) => unknown,
  ctx: object = { update },
  property = 'session',
): Promise<unknown> {
  const adapter = { where: 'session()', onMissingKey: 'undefined', mode } as const;
  const middleware = middlewareOf<Counter, Ctx>({ store, initial, property }, adapter);
  return middleware(ctx as Ctx, async () => handler(ctx as Ctx));
}

test('save() writes what has changed so far', async () => {
  let between: unknown;
  await run('eager', async (ctx) => {
    ctx.session.counter = 1;
    await sessionOf(ctx).save();
    between = store.get('42:42');
    ctx.session.counter = 2;
  });
  expect(between).toEqual({ counter: 1 });
  expect(store.get('42:42')).toEqual({ counter: 2 });
});

test('reload() drops what was changed', async () => {
  await run('eager', async (ctx) => {
    ctx.session.counter = 1;
    await sessionOf(ctx).reload();
  });
  expect(store.size).toBe(0);
});

test('release() lets other updates of the user in', async () => {
  let seen: number | undefined;
  await run('eager', async (ctx) => {
    ctx.session.counter = 1;
    await sessionOf(ctx).release(() => run('eager', (inner) => inner.session.counter++));
    seen = ctx.session.counter;
  });
  expect(seen).toBe(2);
});

test('key is the session’s key', async () => {
  let key: string | undefined;
  await run('eager', (ctx) => {
    key = sessionOf(ctx).key;
  });
  expect(key).toBe('42:42');
});

test('finds a session of another name', async () => {
  await run(
    'eager',
    async (ctx) => {
      (ctx as unknown as { form: Counter }).form.counter = 3;
      await sessionOf(ctx, 'form').save();
      expect(() => sessionOf(ctx)).toThrow(missing);
    },
    { update },
    'form',
  );
  expect(store.get('42:42')).toEqual({ counter: 3 });
});

describe('of a lazy session', () => {
  test('save() and release() do nothing to one that nobody has looked at', async () => {
    let worked = 0;
    await run('lazy', async (ctx) => {
      await sessionOf(ctx).save();
      await sessionOf(ctx).release(() => worked++);
    });
    expect(worked).toBe(1);
    expect(store.size).toBe(0);
  });

  test('save(), reload() and release() work as they do on any other', async () => {
    await run('lazy', async (ctx) => {
      (await ctx.session).counter = 1;
      await sessionOf(ctx).save();
      (await ctx.session).counter = 9;
      await sessionOf(ctx).reload();
      await sessionOf(ctx).release(() => run('eager', (inner) => inner.session.counter++));
      (await ctx.session).counter++;
    });
    expect(store.get('42:42')).toEqual({ counter: 3 });
  });

  test('save() refuses once the update has ended', async () => {
    const ctx = { update };
    await run('lazy', async (inner) => void (await inner.session).counter++, ctx);
    await expect(sessionOf(ctx).save()).rejects.toMatchObject({ code: 'SESSION_CLOSED' });
    await expect(sessionOf(ctx).release(() => {})).rejects.toMatchObject({ code: 'SESSION_CLOSED' });
  });
});

test('throws on an update that belongs to no session', async () => {
  let runs = 0;
  await run(
    'eager',
    (ctx) => {
      runs++;
      expect(() => sessionOf(ctx)).toThrow(missing);
    },
    { update: { update_id: 1, poll: {} } },
  );
  expect(runs).toBe(1);
});

test('throws where no session() is installed, and refuses what is no context', () => {
  expect(() => sessionOf({})).toThrow(missing);
  expect(() => sessionOf(undefined as never)).toThrow(TypeError);
});
