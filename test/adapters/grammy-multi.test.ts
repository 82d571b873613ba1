/** grammY's own options: a `storage` adapter, and several sessions under one `ctx.session`. */

import { Sessions, session } from '@sessiongram/grammy';
import { MemorySessionStorage } from 'grammy';
import { beforeEach, describe, expect, test } from 'vitest';
import type { AnyMiddleware, Connection, LooseContext } from '../support/frameworks';
import { RecordingStore } from '../support/recording-store';
import { useServer } from '../support/use-server';
import { type Counter, keyless, subject, textFrom, upTo } from './subjects';

const stand = useServer();
const initial = (): Counter => ({ counter: 0 });

interface Multi {
  a: Counter | null;
  b: Counter | null;
}

let a: RecordingStore<Counter>;
let b: RecordingStore<Counter>;

beforeEach(() => {
  a = new RecordingStore();
  b = new RecordingStore();
});

function connect<S>(middleware: unknown, handler: (ctx: LooseContext<S>) => unknown): Promise<Connection> {
  return stand.connect(subject('grammy'), (bot) => {
    bot.use(middleware as AnyMiddleware);
    bot.onAny<S>(handler);
  });
}

function count({ session }: LooseContext<Multi>): void {
  if (session.a) session.a.counter++;
  if (session.b) session.b.counter += 10;
}

describe('storage', () => {
  test('of grammY is read, written and deleted from', async () => {
    const storage = new MemorySessionStorage<Counter>();
    storage.write('42:42', { counter: 5 });
    const connection = await connect<Counter | null>(session({ storage, initial }), (ctx) => {
      if (ctx.update.update_id === 3) ctx.session = null;
      else if (ctx.session) ctx.session.counter++;
    });
    for (const id of upTo(2)) await connection.handle(textFrom(42, id));
    expect(storage.read('42:42')).toEqual({ counter: 7 });
    await connection.handle(textFrom(42, 3));
    expect(connection.errors).toEqual([]);
    expect(storage.has('42:42')).toBe(false);
  });

  test('that two middlewares were given is one store with one queue per key', async () => {
    const storage = new MemorySessionStorage<Counter>();
    const bots = await Promise.all(
      upTo(2).map(() =>
        connect<Counter>(session({ storage, initial }), async (ctx) => {
          const { counter } = ctx.session;
          await Promise.resolve();
          ctx.session.counter = counter + 1;
        }),
      ),
    );
    await Promise.all(upTo(50).flatMap((id) => bots.map(({ handle }) => handle(textFrom(42, id)))));
    expect(storage.read('42:42')).toEqual({ counter: 100 });
  });

  test('beside a store is refused, in a single session and in one of several', () => {
    const both = { store: a, storage: new MemorySessionStorage<Counter>() };
    expect(() => session(both)).toThrow(TypeError);
    expect(() => session(both)).toThrow(/"store" or "storage"/);
    expect(() => session<{ one: Counter }>({ type: 'multi', one: both })).toThrow(
      /one.*"store" or "storage"/,
    );
  });
});

describe("type 'multi'", () => {
  test('keeps each session in its own store, under its own key and prefix', async () => {
    const middleware = session<Multi>({
      type: 'multi',
      a: { store: a, initial, prefix: 'a ' },
      b: { store: b, initial, getSessionKey: () => 'everybody' },
    });
    const connection = await connect(middleware, count);
    await connection.handle(textFrom(42, 1));
    await connection.handle(textFrom(43, 2));
    expect(connection.errors).toEqual([]);
    expect(Object.fromEntries(a.values)).toEqual({ 'a 42:42': { counter: 1 }, 'a 43:43': { counter: 1 } });
    expect(Object.fromEntries(b.values)).toEqual({ everybody: { counter: 20 } });
  });

  test('writes only the session that has changed', async () => {
    const middleware = session<Multi>({
      type: 'multi',
      a: { store: a, initial },
      b: { store: b, initial },
    });
    const connection = await connect<Multi>(middleware, ({ session }) => {
      if (session.a) session.a.counter++;
    });
    await connection.handle(textFrom(42));
    expect([a.writes, b.writes]).toEqual([['set 42:42'], []]);
  });

  test('assigns and deletes one session, or all at once', async () => {
    for (const store of [a, b]) store.values.set('42:42', { counter: 5 });
    const middleware = session<Multi>({ type: 'multi', a: { store: a }, b: { store: b } });
    const connection = await connect<Multi>(middleware, (ctx) => {
      if (ctx.update.update_id === 1) {
        ctx.session.a = { counter: 9 };
        ctx.session.b = null;
      } else ctx.session = { b: { counter: 7 } } as Multi;
    });
    await connection.handle(textFrom(42, 1));
    expect([[...a.values], [...b.values]]).toEqual([[['42:42', { counter: 9 }]], []]);
    await connection.handle(textFrom(42, 2));
    expect([[...a.values], [...b.values]]).toEqual([[], [['42:42', { counter: 7 }]]]);
    expect(connection.errors).toEqual([]);
  });

  test("are one session each where their options say so, as grammY's may", async () => {
    const middleware = session<Multi>({
      type: 'multi',
      a: { type: 'single', store: a, initial },
      b: { store: b, initial },
    });
    const connection = await connect<Multi>(middleware, count);
    await connection.handle(textFrom(42));
    expect(connection.errors).toEqual([]);
    expect([a.values.get('42:42'), b.values.get('42:42')]).toEqual([{ counter: 1 }, { counter: 10 }]);
  });

  test('installed twice is one session each', async () => {
    const middleware = session<Multi>({
      type: 'multi',
      a: { store: a, initial },
      b: { store: b, initial },
    });
    const connection = await stand.connect(subject('grammy'), (bot) => {
      for (const each of [middleware, middleware]) bot.use(each as unknown as AnyMiddleware);
      bot.onAny<Multi>(count);
    });
    await connection.handle(textFrom(42));
    expect(connection.errors).toEqual([]);
    expect([a.values.get('42:42'), b.values.get('42:42')]).toEqual([{ counter: 1 }, { counter: 10 }]);
  });

  test.each(['inside of', 'around'])('shares an engine with a session %s it', async (place) => {
    const sessions = new Sessions<Counter>({ store: a, initial });
    const single = session({ sessions, property: 'own' });
    const several = session<Multi>({ type: 'multi', a: { sessions }, b: { store: b, initial } });
    const connection = await stand.connect(subject('grammy'), (bot) => {
      for (const each of place === 'around' ? [single, several] : [several, single])
        bot.use(each as unknown as AnyMiddleware);
      bot.onAny<Multi>((ctx) => {
        count(ctx);
        (ctx as unknown as { own: Counter }).own.counter++;
      });
    });
    await connection.handle(textFrom(42));
    expect(connection.errors).toEqual([]);
    expect([a.values.get('42:42'), a.writes]).toEqual([{ counter: 2 }, ['set 42:42']]);
  });

  test('may have names that a context has as well', async () => {
    const middleware = session<{ update: Counter; constructor: Counter }>({
      type: 'multi',
      update: { store: a, initial },
      constructor: { store: b, initial },
    });
    const connection = await connect<{ update: Counter; constructor: Counter }>(middleware, (ctx) => {
      ctx.session.update.counter++;
      ctx.session.constructor.counter += 10;
    });
    await connection.handle(textFrom(42));
    expect(connection.errors).toEqual([]);
    expect([a.values.get('42:42'), b.values.get('42:42')]).toEqual([{ counter: 1 }, { counter: 10 }]);
  });

  test('saves none when the handler throws', async () => {
    const broken = new Error('the handler failed');
    const middleware = session<Multi>({
      type: 'multi',
      a: { store: a, initial },
      b: { store: b, initial },
    });
    const connection = await connect<Multi>(middleware, (ctx) => {
      count(ctx);
      throw broken;
    });
    await connection.handle(textFrom(42));
    expect(connection.errors).toEqual([broken]);
    expect([...a.writes, ...b.writes]).toEqual([]);
  });

  test('refuses only the session that has no key, and only when it is used', async () => {
    const middleware = session<Multi>({
      type: 'multi',
      a: { store: a, initial },
      b: { store: b, initial, getSessionKey: () => 'everybody' },
    });
    const looks: unknown[] = [];
    const connection = await connect<Multi>(middleware, (ctx) => {
      if (ctx.session.b) looks.push(++ctx.session.b.counter);
      try {
        looks.push(ctx.session.a);
      } catch (error) {
        looks.push(error);
      }
    });
    await connection.handle(keyless);
    expect(connection.errors).toEqual([]);
    expect(looks).toEqual([1, expect.objectContaining({ code: 'SESSION_KEY_MISSING' })]);
    expect([a.commands, b.writes]).toEqual([[], ['set everybody']]);
  });

  test('counts 200 concurrent updates of two keys that cross exactly', async () => {
    const middleware = session<Multi>({
      type: 'multi',
      a: { store: a, initial, getSessionKey: (ctx) => `a${ctx.update.update_id % 2}` },
      b: { store: b, initial, getSessionKey: (ctx) => `b${ctx.update.update_id % 3}` },
    });
    const connection = await connect<Multi>(middleware, async ({ session }) => {
      const before = { a: session.a?.counter ?? 0, b: session.b?.counter ?? 0 };
      await Promise.resolve();
      session.a = { counter: before.a + 1 };
      session.b = { counter: before.b + 1 };
    });
    await Promise.all(upTo(200).map((id) => connection.handle(textFrom(42, id))));
    expect(connection.errors).toEqual([]);
    for (const store of [a, b]) {
      expect([...store.values.values()].reduce((sum, { counter }) => sum + counter, 0)).toBe(200);
    }
  });
});
