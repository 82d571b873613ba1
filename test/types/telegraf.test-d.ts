/** What the compiler knows of a session in Telegraf. */

import {
  type LazySessionContext,
  lazySession,
  MemorySessionStore,
  type SessionContext,
  type SessionStore,
  Sessions,
  session,
} from '@sessiongram/telegraf';
import { type Context, type MiddlewareFn, Telegraf } from 'telegraf';
import { message } from 'telegraf/filters';
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

declare const token: string;
declare const untyped: SessionStore;
const initial = (): MySession => ({ counter: 0, cart: [], locale: 'en' });

test('the quick start of the contract compiles word for word', () => {
  const bot = new Telegraf<SessionContext<MySession>>(token);
  bot.use(session({ initial: () => ({ counter: 0, cart: [], locale: 'en' }) }));
  bot.on('message', async (ctx) => {
    expectTypeOf(ctx.session).toEqualTypeOf<MySession>();
    expectTypeOf(ctx.session).not.toBeAny();
    ctx.session.counter++;
    await ctx.reply(`Messages sent: ${ctx.session.counter}`);
  });
});

test('a store does not disturb inference on a typed bot', () => {
  const bot = new Telegraf<SessionContext<MySession>>(token);
  bot.use(session({ initial, store: new MemorySessionStore<MySession>() }));
  bot.use(session({ initial, store: untyped }));
});

test("Telegraf's own defaultSession is accepted, and gets the context", () => {
  const bot = new Telegraf<SessionContext<MySession>>(token);
  bot.use(session({ defaultSession: () => ({ counter: 0, cart: [], locale: 'en' }) }));
  bot.use(
    session({
      defaultSession: (ctx) => ({ counter: 0, cart: [], locale: ctx.from?.language_code ?? 'en' }),
    }),
  );
  // @ts-expect-error counter is a string
  bot.use(session({ defaultSession: () => ({ counter: '0', cart: [], locale: 'en' }) }));
});

test('literals, unions and tuples are inferred as what they are in the session', () => {
  const bot = new Telegraf<SessionContext<Dialog>>(token);
  bot.use(session({ initial: () => ({ step: 'idle', at: [0, 0], last: { kind: 'none' } }) }));
  bot.use(session({ defaultSession: () => ({ step: 'idle', at: [0, 0], last: { kind: 'none' } }) }));
  bot.use(
    session({
      defaultSession: (ctx) => ({
        step: 'idle',
        at: [0, 0],
        last: { kind: 'text', text: ctx.from?.first_name ?? '' },
      }),
      getSessionKey: (ctx) => ctx.from?.id.toString(),
      store: new MemorySessionStore(),
    }),
  );
  const lazy = new Telegraf<LazySessionContext<Dialog>>(token);
  lazy.use(lazySession({ initial: () => ({ step: 'idle', at: [0, 0], last: { kind: 'none' } }) }));
  lazy.use(lazySession({ defaultSession: () => ({ step: 'idle', at: [0, 0], last: { kind: 'none' } }) }));
  const optional = new Telegraf<Context & { session?: Dialog }>(token);
  optional.use(session({ initial: () => ({ step: 'idle', at: [0, 0], last: { kind: 'none' } }) }));
  // @ts-expect-error there is no such step
  bot.use(session({ initial: () => ({ step: 'idel', at: [0, 0], last: { kind: 'none' } }) }));
  // @ts-expect-error a pair
  bot.use(session({ defaultSession: () => ({ step: 'idle', at: [0], last: { kind: 'none' } }) }));
});

test('a store that is made in place fits the session under any property', () => {
  const bot = new Telegraf<SessionContext<MySession> & { basket: Dialog }>(token);
  const empty = (): Dialog => ({ step: 'idle', at: [0, 0], last: { kind: 'none' } });
  bot.use(session({ property: 'basket', initial: empty, store: new MemorySessionStore() }));
  bot.use(session({ property: 'basket', sessions: new Sessions({ initial: empty }) }));
});

test('an initial session that does not fit the bot does not compile', () => {
  const bot = new Telegraf<SessionContext<MySession>>(token);
  // @ts-expect-error counter is a string
  bot.use(session({ initial: () => ({ counter: '0', cart: [], locale: 'en' }) }));
  // @ts-expect-error locale is missing
  bot.use(session({ initial: () => ({ counter: 0, cart: [] }) }));
});

test('a property that the session does not have does not compile', () => {
  const bot = new Telegraf<SessionContext<MySession>>(token);
  bot.on('message', (ctx) => {
    // @ts-expect-error there is no such property
    ctx.session.wrong;
    // @ts-expect-error half a session is none
    ctx.session = { counter: 1 };
  });
});

// Handlers of `bot.on` get a context that Telegraf maps, and TypeScript maps the type of a setter to that of its getter.
test('null or undefined deletes the session, where ctx is of the type of the bot', () => {
  const bot = new Telegraf<SessionContext<MySession>>(token);
  bot.use((ctx) => {
    ctx.session = null;
    ctx.session = undefined;
    ctx.session = initial();
  });
  const forget = (ctx: SessionContext<MySession>): void => {
    ctx.session = null;
  };
  bot.command('forget', forget);
  bot.on('message', forget);
  bot.on(message('text'), (ctx) => forget(ctx));
  bot.on('message', (ctx) => {
    // @ts-expect-error the type that Telegraf derives: once it allows this, the README need not speak of it
    ctx.session = null;
  });
  const lazy = new Telegraf<LazySessionContext<MySession>>(token);
  lazy.command('forget', (ctx: LazySessionContext<MySession>) => {
    ctx.session = null;
  });
});

test('a middleware made on its own keeps the type of what initial makes', () => {
  const middleware = session({ initial: () => ({ n: 1 }) });
  type Made =
    typeof middleware extends MiddlewareFn<infer C extends Context & { session: unknown }> ? C : never;
  expectTypeOf<Made['session']>().not.toBeAny();
  expectTypeOf<Made['session']>().toEqualTypeOf<{ n: number }>();
});

test('an unknown option and an option of a wrong type do not compile', () => {
  // @ts-expect-error it is called initial
  session<MySession>({ inital: initial });
  // @ts-expect-error a number of milliseconds
  session<MySession>({ maxHoldMs: '5s' });
  // @ts-expect-error a key is a string
  session<MySession>({ getSessionKey: (ctx) => ctx.chat?.id });
  // @ts-expect-error grammY has it, Telegraf has not
  session<MySession>({ storage: {} });
});

test('a session under another property fits a bot that declares it there', () => {
  const bot = new Telegraf<Context & { basket: MySession }>(token);
  bot.use(session({ property: 'basket', initial }));
  bot.on('message', (ctx) => {
    expectTypeOf(ctx.basket).toEqualTypeOf<MySession>();
  });
});

test("a property that the context does not have is refused, but for session, as by Telegraf's own", () => {
  const bot = new Telegraf<Context & { basket: MySession }>(token);
  // @ts-expect-error it is called basket
  bot.use(session({ property: 'bakset', initial }));
  bot.use(session({ initial }));
  new Telegraf(token).use(session(), session({ initial }), lazySession({ initial }));
});

test('a middleware for any bot takes no store of another type than its own', () => {
  const bot = new Telegraf<SessionContext<MySession>>(token);
  bot.use(session<MySession, Context>({ initial, store: new MemorySessionStore<MySession>() }));
  // @ts-expect-error sessions of another type
  session<MySession, Context>({ initial, store: new MemorySessionStore<{ other: string }>() });
});

test('a lazy session is a promise of the session', () => {
  const bot = new Telegraf<LazySessionContext<MySession>>(token);
  bot.use(lazySession({ initial: () => ({ counter: 0, cart: [], locale: 'en' }) }));
  bot.on('message', async (ctx) => {
    expectTypeOf(ctx.session).toEqualTypeOf<Promise<MySession>>();
    expectTypeOf(await ctx.session).toEqualTypeOf<MySession>();
  });
  bot.use((ctx) => {
    ctx.session = null;
  });
});

test('a lazy session does not fit a bot whose context declares an eager one', () => {
  const bot = new Telegraf<SessionContext<MySession>>(token);
  // @ts-expect-error the handlers would change a promise
  bot.use(lazySession({ initial }));
  // @ts-expect-error with no options as well
  bot.use(lazySession());
  const optional = new Telegraf<Context & { session?: MySession }>(token);
  // @ts-expect-error nor where it may be missing
  optional.use(lazySession({ initial }));
});

test('an engine of its own brings the type of its sessions', () => {
  const bot = new Telegraf<SessionContext<MySession>>(token);
  bot.use(session({ sessions: new Sessions({ initial }) }));
  // @ts-expect-error an engine of other sessions
  bot.use(session({ sessions: new Sessions({ initial: () => ({ other: 1 }) }) }));
});
