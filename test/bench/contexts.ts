/** The real contexts of the frameworks, made anew for each update as the frameworks make them. */

import { Api, Context as GrammyContext } from 'grammy';
import type { Update } from 'grammy/types';
import { Context as TelegrafContext, Telegram } from 'telegraf';
import type { RawUpdate } from '../support/bot-api-server';
import { vibegram } from '../support/load-vibegram';
import { BOT } from '../support/updates';

export type FrameworkName = 'grammY' | 'Telegraf' | 'vibegram';

export interface BenchContext {
  readonly update: object;
  session: unknown;
}

export type ContextMaker = (update: RawUpdate) => BenchContext;

/** Whether vibegram is the real one, or stands in with a context of the same shape. */
export const hasRealVibegram: boolean = vibegram.which === 'real';

export async function contextMaker(framework: FrameworkName): Promise<ContextMaker> {
  if (framework === 'grammY') {
    const api = new Api('1:token');
    return (update) => new GrammyContext(update as unknown as Update, api, BOT) as unknown as BenchContext;
  }
  if (framework === 'Telegraf') {
    const telegram = new Telegram('1:token');
    const me = BOT as unknown as ConstructorParameters<typeof TelegrafContext>[2];
    return (update) => new TelegrafContext(update as never, telegram, me) as unknown as BenchContext;
  }
  return vibegramContextMaker();
}

/** It does not export its class, but it hands out instances. */
async function vibegramContextMaker(): Promise<ContextMaker> {
  const bot = new vibegram.Bot('1:token');
  let seen: object | undefined;
  bot.use(async (ctx) => {
    seen = ctx;
  });
  await bot.handleUpdate(privateMessage(1));
  const Context = seen?.constructor as new (update: RawUpdate, client: object) => BenchContext;
  const { client } = bot;
  if (new Context(privateMessage(2), client).update === undefined) {
    throw new Error('This vibegram makes its contexts of something else than an update and a client.');
  }
  return (update) => new Context(update, client);
}

/** A private message of the user with this number. */
export function privateMessage(user: number): RawUpdate {
  const id = 100_000_000 + user;
  const from = { id, is_bot: false, first_name: 'User' };
  const chat = { id, type: 'private', first_name: 'User' };
  return { update_id: user, message: { message_id: user, date: 1_760_000_000, chat, from, text: 'hi' } };
}
