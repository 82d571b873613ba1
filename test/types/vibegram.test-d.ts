/** What the compiler knows of a session in vibegram, whose own `Context` leaves `session` open as `any`. */

import { lazySession, MemorySessionStore, Sessions, session } from '@sessiongram/vibegram';
import { expectTypeOf, test } from 'vitest';
import type { VibegramContext } from '../support/load-vibegram';
import { Bot } from '../support/vibegram/vibegram';

interface MySession {
  counter: number;
  cart: string[];
  locale: string;
}

declare const token: string;
test('the quick start of the contract compiles word for word', () => {
  const bot = new Bot(token);
  bot.use(
    session<MySession>({
      store: new MemorySessionStore(5000),
      initial: () => ({ counter: 0, cart: [], locale: 'en' }),
    }),
  );
});

test('ctx.session is the session on a bot with a typed context', () => {
  const bot = new Bot<VibegramContext<MySession>>(token);
  bot.use(session<MySession>({ initial: () => ({ counter: 0, cart: [], locale: 'en' }) }));
  bot.on('message', async (ctx) => {
    expectTypeOf(ctx.session).toEqualTypeOf<MySession>();
    // @ts-expect-error there is no such property
    ctx.session.wrong;
  });
});

test('an initial session of another type than the one asked for does not compile', () => {
  // @ts-expect-error counter is a string
  session<MySession>({ initial: () => ({ counter: '0', cart: [], locale: 'en' }) });
  // @ts-expect-error locale is missing
  lazySession<MySession>({ initial: () => ({ counter: 0, cart: [] }) });
});

test('an unknown option and an option of a wrong type do not compile', () => {
  // @ts-expect-error it is called initial
  session<MySession>({ inital: () => ({ counter: 0, cart: [], locale: 'en' }) });
  // @ts-expect-error the property has a name
  session<MySession>({ property: 1 });
  // @ts-expect-error one of three words
  session<MySession>({ onMissingKey: 'ignore' });
});

test('a key may be made of the chat and the user, and is a string', () => {
  session<MySession>({ getSessionKey: (ctx) => ctx.chat && `${ctx.chat.id}:${ctx.from?.id}` });
  // @ts-expect-error a key is a string
  session<MySession>({ getSessionKey: (ctx) => ctx.chat?.id });
});

test('an engine of its own brings the type of its sessions', () => {
  const sessions = new Sessions({ initial: () => ({ n: 1 }) });
  session({ sessions });
  // @ts-expect-error an engine of other sessions
  session<MySession>({ sessions });
});
