/** Where the name of a session lives: on the context that has one, and on no other. */

import { type Middleware, middlewareOf } from '@sessiongram/core';
import { describe, expect, test } from 'vitest';

interface Counter {
  counter: number;
}

function contextClass() {
  return class Context {
    session?: Counter | undefined;
    readonly update = { message: { chat: { id: 1, type: 'private' }, from: { id: 1 } } };
    constructor() {
      // The declaration above is for the type checker; a framework's context has no such member.
      delete this.session;
    }
    get chat(): string {
      return 'the chat';
    }
  };
}

type Context = InstanceType<ReturnType<typeof contextClass>>;

function session(property?: string): Middleware<Context> {
  return middlewareOf<Counter, Context>(
    { initial: () => ({ counter: 1 }), ...(property === undefined ? {} : { property }) },
    { where: 'session()', onMissingKey: 'throw', mode: 'eager' },
  );
}

/** What a handler sees. */
async function seen<R>(use: Middleware<Context>, ctx: Context, look: () => R): Promise<R> {
  let result: { value: R } | undefined;
  await use(ctx, async () => {
    result = { value: look() };
  });
  return (result as { value: R }).value;
}

describe('a context of a class', () => {
  test('has the session as a member of its own, which copies of it have as well', async () => {
    const ctx = new (contextClass())();
    const look = () => [
      'session' in ctx,
      Object.keys(ctx),
      { ...ctx }.session,
      Object.assign({}, ctx).session,
    ];
    const data = { counter: 1 };
    expect(await seen(session(), ctx, look)).toEqual([true, ['update', 'session'], data, data]);
  });

  test('that never met the middleware has no session, and may be given one', async () => {
    const Class = contextClass();
    const ours = new Class();
    await seen(session(), ours, () => ours.session);
    const another = new Class();
    expect('session' in another).toBe(false);
    another.session = { counter: 7 };
    expect(another.session).toEqual({ counter: 7 });
    expect(Object.getOwnPropertyDescriptor(another, 'session')).toEqual({
      value: { counter: 7 },
      writable: true,
      enumerable: true,
      configurable: true,
    });
  });

  test('of a derived class has it as well', async () => {
    const Class = contextClass();
    const base = new Class();
    await seen(session(), base, () => base.session);
    const ctx = new (class extends Class {})();
    expect(await seen(session(), ctx, () => ctx.session?.counter)).toBe(1);
  });

  test('keeps what its class has under the same name, for all but the updates of this session', async () => {
    const Class = contextClass();
    const ctx = new Class();
    expect(await seen(session('chat'), ctx, () => ctx.chat)).toEqual({ counter: 1 });
    expect(new Class().chat).toBe('the chat');
  });

  test('whose class is frozen has it as well', async () => {
    const Class = contextClass();
    Object.freeze(Class.prototype);
    const ctx = new Class();
    expect(await seen(session(), ctx, () => ctx.session?.counter)).toBe(1);
    expect(Object.hasOwn(ctx, 'session')).toBe(true);
  });

  test('that has a member of that name has it replaced', async () => {
    const ctx = new (contextClass())();
    Object.defineProperty(ctx, 'session', { value: undefined, writable: true, configurable: true });
    expect(await seen(session(), ctx, () => ctx.session?.counter)).toBe(1);
  });

  test('that has a fixed member of that name is refused', async () => {
    const ctx = new (contextClass())();
    Object.defineProperty(ctx, 'session', { value: 1 });
    await expect(session()(ctx, async () => {})).rejects.toThrow(/ctx\.session is taken already/);
  });
});

test('a context that is a plain object has the session for itself, and no other object has it', async () => {
  const ctx = { update: new (contextClass())().update } as Context;
  expect(await seen(session(), ctx, () => ctx.session?.counter)).toBe(1);
  expect('session' in {}).toBe(false);
});

test('a context that stands behind another object has the session for that one', async () => {
  const behind = new (contextClass())();
  const ctx: Context = Object.create(behind);
  expect(await seen(session(), ctx, () => ctx.session?.counter)).toBe(1);
  expect(behind.session).toBeUndefined();
});
