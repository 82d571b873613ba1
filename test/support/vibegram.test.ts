/** What tests rely on in vibegram holds for the stand-in, and for the real one where `VIBEGRAM_DIR` names it. */

import { describe, expect, test } from 'vitest';
import { person, textMessage } from './bot-api/updates';
import { loadVibegram, type VibegramContext, vibegram } from './load-vibegram';

let updates = 0;

function textUpdate(text: string, userId = 42) {
  const user = person(userId);
  const chat = { id: userId, type: 'private' };
  return { update_id: ++updates, message: textMessage(user, chat, updates, text) };
}

describe('loading', () => {
  test('a directory without a built vibegram is an error', () => {
    expect(() => loadVibegram('/nowhere')).toThrow('VIBEGRAM_DIR names /nowhere');
  });
});

describe('composer', () => {
  test('runs middleware as an onion', async () => {
    const seen: string[] = [];
    const bot = new vibegram.Bot('1:token');
    for (const name of ['outer', 'inner']) {
      bot.use(async (_ctx, next) => {
        seen.push(name);
        await next();
        seen.push(`${name} again`);
      });
    }
    await bot.handleUpdate(textUpdate('hi'));
    expect(seen).toEqual(['outer', 'inner', 'inner again', 'outer again']);
  });

  test('refuses a second next() of one middleware', async () => {
    const bot = new vibegram.Bot('1:token');
    bot.use(async (_ctx, next) => {
      await next();
      await next();
    });
    await expect(bot.handleUpdate(textUpdate('hi'))).rejects.toThrow('next()');
  });

  test('filters by kind, field, command, text and button', async () => {
    const seen: string[] = [];
    const bot = new vibegram.Bot('1:token');
    const note = (name: string) => async (_ctx: VibegramContext, next: () => Promise<void>) => {
      seen.push(name);
      await next();
    };
    bot.on('message', note('message')).on('text', note('text')).on('photo', note('photo'));
    bot.command('start', note('start')).hears(/^\/s/, note('heard')).action('yes', note('yes'));
    await bot.handleUpdate(textUpdate('/start now'));
    expect(seen.splice(0)).toEqual(['message', 'text', 'start', 'heard']);
    await bot.handleUpdate({ update_id: 1, callback_query: { id: '1', from: person(42), data: 'yes' } });
    expect(seen).toEqual(['yes']);
  });

  test('gives an error to the handler of catch(), or else to the caller', async () => {
    const failure = new Error('thrown');
    const caught: unknown[] = [];
    const bot = new vibegram.Bot('1:token');
    bot.use(() => Promise.reject(failure));
    await expect(bot.handleUpdate(textUpdate('hi'))).rejects.toBe(failure);
    bot.catch((error) => caught.push(error));
    await bot.handleUpdate(textUpdate('hi'));
    expect(caught).toEqual([failure]);
  });
});

describe('context', () => {
  test('has the session as a data property of its own, undefined from the start', async () => {
    const descriptors: unknown[] = [];
    const bot = new vibegram.Bot('1:token');
    bot.use((ctx) => descriptors.push(Object.getOwnPropertyDescriptor(ctx, 'session')));
    await bot.handleUpdate(textUpdate('hi'));
    expect(descriptors).toEqual([{ value: undefined, writable: true, enumerable: true, configurable: true }]);
  });

  test('knows the chat, the sender and the kind of the update', async () => {
    const bot = new vibegram.Bot('1:token');
    const seen: unknown[] = [];
    bot.use((ctx) => seen.push([ctx.chat?.id, ctx.from?.id, ctx.updateType, ctx.message?.text]));
    await bot.handleUpdate(textUpdate('hi'));
    await bot.handleUpdate({
      update_id: 1,
      inline_query: { id: '1', from: person(7), query: '', offset: '' },
    });
    expect(seen).toEqual([
      [42, 42, 'message', 'hi'],
      [undefined, 7, 'inline_query', undefined],
    ]);
  });
});

describe('session', () => {
  test('takes the updates of one key one after the other, and those of two keys side by side', async () => {
    const bot = new vibegram.Bot('1:token');
    const values: number[] = [];
    let running = 0;
    let most = 0;
    bot.use(vibegram.session({ initial: () => ({ counter: 0 }) }));
    bot.use(async (ctx) => {
      most = Math.max(most, ++running);
      const { counter } = ctx.session;
      await new Promise(setImmediate);
      ctx.session.counter = counter + 1;
      values.push(ctx.session.counter);
      running--;
    });
    await Promise.all([1, 2, 3].map(() => bot.handleUpdate(textUpdate('hi', 1))));
    expect([values, most]).toEqual([[1, 2, 3], 1]);
    await Promise.all([2, 3].map((user) => bot.handleUpdate(textUpdate('hi', user))));
    expect(most).toBe(2);
  });

  test('deletes what is set to null, and goes on after a handler that threw', async () => {
    const store = new vibegram.MemorySessionStore();
    const bot = new vibegram.Bot('1:token');
    bot.use(vibegram.session({ store }));
    bot.hears('fail', () => Promise.reject(new Error('thrown')));
    bot.hears('set', (ctx) => {
      ctx.session.set = true;
    });
    bot.hears('end', (ctx) => {
      ctx.session = null;
    });
    await expect(bot.handleUpdate(textUpdate('fail'))).rejects.toThrow('thrown');
    expect(await store.get('42:42')).toBeUndefined();
    await bot.handleUpdate(textUpdate('set'));
    expect(await store.get('42:42')).toEqual({ set: true });
    await bot.handleUpdate(textUpdate('end'));
    expect(await store.get('42:42')).toBeUndefined();
  });

  test('forgets the least recently used entry when the store is full', async () => {
    const store = new vibegram.MemorySessionStore(60_000, 2);
    for (const key of ['a', 'b']) await store.set(key, key);
    await store.get('a');
    await store.set('c', 'c');
    expect([await store.get('a'), await store.get('b'), await store.get('c')]).toEqual(['a', undefined, 'c']);
  });
});

describe('scenes and wizards', () => {
  test('need a session', async () => {
    const wizard = new vibegram.Wizard('w', []);
    for (const middleware of [new vibegram.Stage([]).middleware(), wizard.middleware()]) {
      const bot = new vibegram.Bot('1:token').use(middleware);
      await expect(bot.handleUpdate(textUpdate('hi'))).rejects.toThrow('session()');
    }
    const bot = new vibegram.Bot('1:token').use((ctx) => wizard.enter(ctx));
    await expect(bot.handleUpdate(textUpdate('hi'))).rejects.toThrow('session()');
  });

  test('a scene keeps its place and state in the session until it is left', async () => {
    const seen: string[] = [];
    const store = new vibegram.MemorySessionStore();
    const scene = new vibegram.Scene('room');
    scene.hears('leave', (ctx) => ctx.scene?.leave());
    scene.hears('again', (ctx) => ctx.scene?.reenter({ from: 'inside' }));
    scene.hears('pass', (_ctx, next) => next());
    scene.on('message', (ctx, next) => {
      seen.push(`in ${ctx.scene?.current}`);
      return ctx.message?.text === 'pass' ? next() : undefined;
    });
    const bot = new vibegram.Bot('1:token');
    bot.use(vibegram.session({ store }), new vibegram.Stage([scene]).middleware());
    bot.hears('enter', (ctx) => ctx.scene?.enter('room', { from: 'outside' }));
    bot.on('message', () => seen.push('outside'));
    await bot.handleUpdate(textUpdate('enter'));
    expect(await store.get('42:42')).toEqual({ __scene_id: 'room', __scene_state: { from: 'outside' } });
    await bot.handleUpdate(textUpdate('hi'));
    await bot.handleUpdate(textUpdate('pass'));
    await bot.handleUpdate(textUpdate('again'));
    expect(await store.get('42:42')).toEqual({ __scene_id: 'room', __scene_state: { from: 'inside' } });
    await bot.handleUpdate(textUpdate('leave'));
    await bot.handleUpdate(textUpdate('hi'));
    expect(await store.get('42:42')).toEqual({});
    expect(seen).toEqual(['in room', 'in room', 'outside', 'outside']);
  });

  test('a wizard goes from step to step, keeps its place in the session and clears it at the end', async () => {
    const seen: unknown[] = [];
    const store = new vibegram.MemorySessionStore();
    const wizard = new vibegram.Wizard('form', [
      (ctx) => {
        Object.assign(ctx.wizard?.state, { asked: true });
        ctx.wizard?.next();
      },
      (ctx) => {
        seen.push([ctx.wizard?.cursor, ctx.wizard?.state]);
        if (ctx.message?.text === 'back') ctx.wizard?.back();
        else ctx.wizard?.leave();
      },
    ]);
    const bot = new vibegram.Bot('1:token');
    bot.use(vibegram.session({ store }), wizard.middleware());
    bot.hears('begin', (ctx) => wizard.enter(ctx));
    await bot.handleUpdate(textUpdate('begin'));
    const place = { __wizard_id: 'form', __wizard_cursor: 1, __wizard_state: { asked: true } };
    expect(await store.get('42:42')).toEqual(place);
    await bot.handleUpdate(textUpdate('back'));
    expect(await store.get('42:42')).toEqual({ ...place, __wizard_cursor: 0 });
    await bot.handleUpdate(textUpdate('once more'));
    await bot.handleUpdate(textUpdate('done'));
    expect(await store.get('42:42')).toEqual({});
    expect(seen).toEqual([
      [1, { asked: true }],
      [1, { asked: true }],
    ]);
  });
});
