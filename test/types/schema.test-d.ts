/** What a schema says of the types of a session. */

import { Sessions } from '@sessiongram/core';
import { session as grammySession, type SessionFlavor } from '@sessiongram/grammy';
import { type SessionContext, session as telegrafSession } from '@sessiongram/telegraf';
import { session as vibegramSession } from '@sessiongram/vibegram';
import { type } from 'arktype';
import { Bot, type Context } from 'grammy';
import { Telegraf } from 'telegraf';
import * as v from 'valibot';
import { expectTypeOf, test } from 'vitest';
import { z } from 'zod';

interface Shop {
  counter: number;
  cart: string[];
}

const ofZod = z.object({ counter: z.number(), cart: z.array(z.string()) });
const ofValibot = v.object({ counter: v.number(), cart: v.array(v.string()) });
const ofArktype = type({ counter: 'number', cart: 'string[]' });
const other = z.object({ counter: z.string() });
const initial = (): Shop => ({ counter: 0, cart: [] });

test('an engine has the type that its schema makes', () => {
  expectTypeOf(new Sessions({ schema: ofZod })).toEqualTypeOf<Sessions<Shop>>();
  expectTypeOf(new Sessions({ schema: ofValibot })).toEqualTypeOf<Sessions<Shop>>();
  expectTypeOf(new Sessions({ schema: ofArktype })).toEqualTypeOf<Sessions<Shop>>();
  expectTypeOf(new Sessions({ schema: ofZod, initial })).toEqualTypeOf<Sessions<Shop>>();
});

test('a schema that transforms gives the type that comes out of it', () => {
  const defaulting = z.object({ counter: z.number().default(0) });
  expectTypeOf(new Sessions({ schema: defaulting })).toEqualTypeOf<Sessions<{ counter: number }>>();
});

test('a schema of another type is refused at the option', () => {
  // @ts-expect-error counter is a string there
  new Sessions<Shop>({ schema: other });
  const grammyBot = new Bot<Context & SessionFlavor<Shop>>('');
  // @ts-expect-error counter is a string there
  grammyBot.use(grammySession({ initial, schema: other }));
  const telegrafBot = new Telegraf<SessionContext<Shop>>('');
  // @ts-expect-error counter is a string there
  telegrafBot.use(telegrafSession({ initial, schema: other }));
  // @ts-expect-error counter is a string there
  vibegramSession<Shop>({ initial, schema: other });
});

test('a schema that fits is taken by all adapters', () => {
  const grammyBot = new Bot<Context & SessionFlavor<Shop>>('');
  grammyBot.use(grammySession({ initial, schema: ofZod }));
  const telegrafBot = new Telegraf<SessionContext<Shop>>('');
  telegrafBot.use(telegrafSession({ schema: ofArktype }));
  vibegramSession<Shop>({ initial, schema: ofValibot });
});

test('onCorrupt has to make such a session', () => {
  new Sessions<Shop>({ onCorrupt: () => null });
  new Sessions<Shop>({ onCorrupt: async () => initial() });
  // @ts-expect-error no number
  new Sessions<Shop>({ onCorrupt: () => ({ counter: 'none', cart: [] }) });
});
