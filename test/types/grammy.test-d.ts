/** What the compiler knows of a session in grammY. */

import { PsqlAdapter } from '@grammyjs/storage-psql';
import { RedisAdapter } from '@grammyjs/storage-redis';
import {
  type LazySessionFlavor,
  lazySession,
  MemorySessionStore,
  type SessionFlavor,
  type SessionOptions,
  type SessionStore,
  Sessions,
  session,
} from '@sessiongram/grammy';
import {
  Bot,
  type Context,
  type LazySessionFlavor as LazySessionFlavorOfGrammy,
  MemorySessionStorage,
  type MiddlewareFn,
  type StorageAdapter,
} from 'grammy';
import { Redis } from 'ioredis';
import { expectTypeOf, test } from 'vitest';

interface MySession {
  counter: number;
  cart: string[];
  locale: string;
}
interface Dialog {
  step: 'idle' | 'name';
  at: [number, number];
  last: { kind: 'none' } | { kind: 'text'; text: string };
}
type MyContext = Context & SessionFlavor<MySession>;

declare const token: string;
declare const untyped: SessionStore;
const initial = (): MySession => ({ counter: 0, cart: [], locale: 'en' });

test('the quick start of the contract compiles word for word', () => {
  const bot = new Bot<MyContext>(token);
  bot.use(session<MySession, MyContext>({ initial: () => ({ counter: 0, cart: [], locale: 'en' }) }));
  bot.on('message', async (ctx) => {
    expectTypeOf(ctx.session).toEqualTypeOf<MySession>();
    expectTypeOf(ctx.session).not.toBeAny();
    ctx.session.counter++;
    await ctx.reply(`Messages sent: ${ctx.session.counter}`);
  });
});

test('the type arguments may be left to inference on a typed bot', () => {
  const bot = new Bot<MyContext>(token);
  bot.use(session({ initial: () => ({ counter: 0, cart: [], locale: 'en' }) }));
  bot.use(session({ initial }));
  bot.use(session({ initial, store: new MemorySessionStore<MySession>(5000) }));
  bot.use(session({ initial, store: new MemorySessionStore() }));
});

test('literals, unions and tuples are inferred as what they are in the session', () => {
  const bot = new Bot<Context & SessionFlavor<Dialog>>(token);
  bot.use(session({ initial: () => ({ step: 'idle', at: [0, 0], last: { kind: 'none' } }) }));
  bot.use(session({ initial: () => ({ step: 'idle', at: [0, 0], last: { kind: 'text', text: '' } }) }));
  bot.use(
    session({
      initial: () => ({ step: 'idle', at: [0, 0], last: { kind: 'none' } }),
      getSessionKey: (ctx) => ctx.from?.id.toString(),
      store: new MemorySessionStore(),
    }),
  );
  const lazy = new Bot<Context & LazySessionFlavor<Dialog>>(token);
  lazy.use(lazySession({ initial: () => ({ step: 'idle', at: [0, 0], last: { kind: 'none' } }) }));
  const lazyOfGrammy = new Bot<Context & LazySessionFlavorOfGrammy<Dialog>>(token);
  lazyOfGrammy.use(lazySession({ initial: () => ({ step: 'idle', at: [0, 0], last: { kind: 'none' } }) }));
  const word = new Bot<Context & SessionFlavor<'idle' | 'name'>>(token);
  word.use(session({ initial: () => 'idle' }));
  const several = new Bot<Context & SessionFlavor<{ talk: Dialog }>>(token);
  several.use(
    session({
      type: 'multi',
      talk: { initial: () => ({ step: 'name', at: [0, 0], last: { kind: 'none' } }) },
    }),
  );
  // @ts-expect-error there is no such step
  bot.use(session({ initial: () => ({ step: 'idel', at: [0, 0], last: { kind: 'none' } }) }));
  // @ts-expect-error a pair
  bot.use(session({ initial: () => ({ step: 'idle', at: [0], last: { kind: 'none' } }) }));
  // @ts-expect-error a text has one
  bot.use(session({ initial: () => ({ step: 'idle', at: [0, 0], last: { kind: 'text' } }) }));
});

test('a store that is made in place fits the session under any property', () => {
  const bot = new Bot<MyContext & { basket: Dialog }>(token);
  const empty = (): Dialog => ({ step: 'idle', at: [0, 0], last: { kind: 'none' } });
  bot.use(session({ property: 'basket', initial: empty, store: new MemorySessionStore() }));
  bot.use(session({ property: 'basket', initial: empty, storage: new MemorySessionStorage() }));
  bot.use(session({ property: 'basket', sessions: new Sessions({ initial: empty }) }));
  const options: SessionOptions<Dialog> = { property: 'basket', initial: empty };
  bot.use(session(options));
});

test('a function that takes bots of several types infers them as well', () => {
  function install<C extends MyContext>(bot: Bot<C>): void {
    bot.use(session({ initial: () => ({ counter: 0, cart: [], locale: 'en' }) }));
    bot.use(session<MySession, C>({ initial }));
    bot.use(session<MySession, Context>({ initial }));
  }
  install(new Bot<MyContext & { admin: boolean }>(token));
});

test('an initial session that does not fit the bot does not compile', () => {
  const bot = new Bot<MyContext>(token);
  // @ts-expect-error counter is a string
  bot.use(session({ initial: () => ({ counter: '0', cart: [], locale: 'en' }) }));
  // @ts-expect-error locale is missing
  bot.use(session({ initial: () => ({ counter: 0, cart: [] }) }));
  // @ts-expect-error counter is a string
  session<MySession, MyContext>({ initial: () => ({ counter: '0', cart: [], locale: 'en' }) });
  // @ts-expect-error an initial session is made at once
  session<MySession, MyContext>({ initial: async () => initial() });
});

test('a property that the session does not have does not compile', () => {
  const bot = new Bot<MyContext>(token);
  bot.on('message', (ctx) => {
    // @ts-expect-error there is no such property
    ctx.session.wrong;
    // @ts-expect-error a counter is a number
    ctx.session.counter = 'many';
    // @ts-expect-error half a session is none
    ctx.session = { counter: 1 };
  });
});

test('a session may be assigned, and null or undefined deletes it', () => {
  const bot = new Bot<MyContext>(token);
  bot.on('message', (ctx) => {
    ctx.session = { counter: 1, cart: [], locale: 'de' };
    ctx.session = null;
    ctx.session = undefined;
  });
});

test('a middleware made on its own keeps the type of what initial makes', () => {
  const middleware = session({ initial: () => ({ n: 1 }) });
  expectTypeOf(middleware).not.toBeAny();
  type Made =
    typeof middleware extends MiddlewareFn<infer C extends Context & { session: unknown }> ? C : never;
  expectTypeOf<Made['session']>().not.toBeAny();
  expectTypeOf<Made['session']>().toEqualTypeOf<{ n: number }>();
});

test('a store typed any does not swallow what initial tells', () => {
  const middleware = session({ initial: () => ({ n: 1 }), store: untyped });
  type Made =
    typeof middleware extends MiddlewareFn<infer C extends Context & { session: unknown }> ? C : never;
  expectTypeOf<Made['session']>().toEqualTypeOf<{ n: number }>();
});

test('an unknown option and an option of a wrong type do not compile', () => {
  // @ts-expect-error it is called initial
  session<MySession, MyContext>({ inital: initial });
  // @ts-expect-error a number of milliseconds
  session<MySession, MyContext>({ maxWaitMs: '5s' });
  // @ts-expect-error one of three words
  session<MySession, MyContext>({ onMissingKey: 'ignore' });
  // @ts-expect-error true or false
  session<MySession, MyContext>({ saveOnError: 1 });
  // @ts-expect-error a key is a string
  session<MySession, MyContext>({ getSessionKey: (ctx) => ctx.chat?.id });
  // @ts-expect-error a Set is no store
  session<MySession, MyContext>({ store: new Set() });
  const bot = new Bot<MyContext>(token);
  // @ts-expect-error unknown, on a typed bot as well
  bot.use(session({ inital: initial }));
});

test('getSessionKey gets the context of the bot, and may answer later', () => {
  session<MySession, MyContext>({
    getSessionKey: (ctx) => {
      expectTypeOf(ctx).toEqualTypeOf<MyContext>();
      return ctx.from?.id.toString();
    },
  });
  session<MySession, MyContext>({ getSessionKey: async (ctx) => ctx.from?.id.toString() });
});

test("grammY's own storage adapters are typed by the session", () => {
  const bot = new Bot<MyContext>(token);
  const storage = {} as StorageAdapter<MySession>;
  bot.use(session({ initial, storage }));
  // @ts-expect-error a storage of something else
  session<MySession, MyContext>({ initial, storage: {} as StorageAdapter<{ other: number }> });
});

test('a session under another property fits a bot that declares it there', () => {
  type Named = Context & { basket: MySession };
  const bot = new Bot<Named>(token);
  bot.use(session({ property: 'basket', initial }));
  bot.use((ctx) => {
    expectTypeOf(ctx.basket).toEqualTypeOf<MySession>();
  });
  // @ts-expect-error the property has a name
  session<MySession, MyContext>({ property: 1, initial });
});

test("a session does not fit a bot whose context does not declare it, as with grammY's own", () => {
  const bot = new Bot(token);
  // @ts-expect-error it declares none
  bot.use(session({ initial }));
  // @ts-expect-error nor a lazy one
  bot.use(lazySession({ initial }));
  const named = new Bot<Context & { basket: MySession }>(token);
  // @ts-expect-error it is called basket
  named.use(session({ property: 'bakset', initial }));
  // @ts-expect-error there is none of the usual name
  named.use(session({ initial }));
  // biome-ignore lint/suspicious/noExplicitAny: a context that is not told to the compiler
  new Bot<any>(token).use(session({ initial }), lazySession({ initial }));
});

test('a middleware for any bot takes no storage of another type than its own', () => {
  const bot = new Bot<MyContext>(token);
  bot.use(session<MySession, Context>({ initial, storage: new MemorySessionStorage<MySession>() }));
  // @ts-expect-error sessions of another type
  session<MySession, Context>({ initial, storage: new MemorySessionStorage<{ other: string }>() });
});

test('a lazy session is a promise of the session', () => {
  const bot = new Bot<Context & LazySessionFlavor<MySession>>(token);
  bot.use(lazySession({ initial: () => ({ counter: 0, cart: [], locale: 'en' }) }));
  bot.on('message', async (ctx) => {
    expectTypeOf(ctx.session).toEqualTypeOf<Promise<MySession>>();
    expectTypeOf(await ctx.session).toEqualTypeOf<MySession>();
    // @ts-expect-error it is not there yet
    ctx.session.counter;
    ctx.session = null;
    ctx.session = initial();
    ctx.session = Promise.resolve(initial());
  });
  // @ts-expect-error counter is a string
  bot.use(lazySession({ initial: () => ({ counter: '0', cart: [], locale: 'en' }) }));
});

test('an eager session does not fit a bot whose context declares a lazy one', () => {
  const bot = new Bot<Context & LazySessionFlavor<MySession>>(token);
  // @ts-expect-error the handlers would await what is no promise
  bot.use(session({ initial }));
});

test('a lazy session does not fit a bot whose context declares an eager one', () => {
  const bot = new Bot<MyContext & { basket: MySession }>(token);
  // @ts-expect-error the handlers would change a promise
  bot.use(lazySession({ initial }));
  // @ts-expect-error with no options as well
  bot.use(lazySession());
  // @ts-expect-error under any property
  bot.use(lazySession({ property: 'basket', initial }));
  const either = new Bot<Context & LazySessionFlavorOfGrammy<MySession>>(token);
  either.use(lazySession({ initial }));
  either.use(lazySession<MySession, Context>({ initial }));
  const open = new Bot<Context & SessionFlavor<unknown>>(token);
  open.use(lazySession({ initial }));
});

test('multi sessions have each their own type and options', () => {
  interface Many {
    user: { name: string };
    chat: { visits: number };
  }
  const bot = new Bot<Context & SessionFlavor<Many>>(token);
  bot.use(
    session<Many>({
      type: 'multi',
      user: {
        type: 'single',
        initial: () => ({ name: '' }),
        getSessionKey: (ctx) => ctx.from?.id.toString(),
      },
      chat: { initial: () => ({ visits: 0 }), prefix: 'chat:' },
    }),
  );
  bot.on('message', (ctx) => {
    expectTypeOf(ctx.session.user.name).toEqualTypeOf<string>();
    expectTypeOf(ctx.session.chat).toEqualTypeOf<{ visits: number }>();
    // @ts-expect-error there are two, and this is neither
    ctx.session.other;
  });
  session<Many>({
    type: 'multi',
    user: { initial: () => ({ name: '' }) },
    // @ts-expect-error visits is a number
    chat: { initial: () => ({ visits: 'many' }) },
  });
  session<Many>({
    type: 'multi',
    // @ts-expect-error it is one of several
    user: { type: 'multi', initial: () => ({ name: '' }) },
    chat: { initial: () => ({ visits: 0 }) },
  });
});

test('an engine of its own brings the type of its sessions', () => {
  const bot = new Bot<MyContext>(token);
  const sessions = new Sessions({ initial });
  bot.use(session({ sessions }));
  // @ts-expect-error an engine of other sessions
  bot.use(session({ sessions: new Sessions({ initial: () => ({ other: 1 }) }) }));
});

test('a storage adapter that was made without a type is taken as grammY takes it, one of another type is not', async () => {
  const bot = new Bot<MyContext>(token);
  const lazy = new Bot<Context & LazySessionFlavor<MySession>>(token);
  const storage = new RedisAdapter({ instance: new Redis() });
  bot.use(session({ initial, storage }));
  bot.use(session({ initial, storage: new RedisAdapter({ instance: new Redis() }) }));
  bot.use(session({ initial, storage: await PsqlAdapter.create({ tableName: 's', client: {} as never }) }));
  bot.use(session({ initial, storage: new MemorySessionStorage() }));
  lazy.use(lazySession({ initial, storage: new MemorySessionStorage() }));
  bot.use(
    session({
      initial,
      storage: {
        read: (key) => (key === '' ? undefined : initial()),
        write: (_, { cart }) => void cart,
        delete() {},
      },
    }),
  );
  // @ts-expect-error sessions of another type
  bot.use(session({ initial, storage: new MemorySessionStorage<{ other: string }>() }));
});
