/** The README's quick starts, one for each framework, on a store that outlives the process. */

import * as forGrammy from '@sessiongram/grammy';
import * as forTelegraf from '@sessiongram/telegraf';
import * as forVibegram from '@sessiongram/vibegram';
import type { Bot, Context } from 'grammy';
import type { Telegraf } from 'telegraf';
import type { VibegramBot } from '../../../test/support/load-vibegram';

export interface MySession {
  counter: number;
  cart: string[];
  locale: string;
}

const initial = (): MySession => ({ counter: 0, cart: [], locale: 'en' });

export function grammyQuickStart(
  bot: Bot<Context & forGrammy.SessionFlavor<MySession>>,
  store: forGrammy.SessionStore<MySession>,
): void {
  bot.use(forGrammy.session({ store, initial }));
  bot.on('message', async (ctx) => {
    ctx.session.counter++;
    await ctx.reply(`Messages sent: ${ctx.session.counter}`);
  });
}

export function telegrafQuickStart(
  bot: Telegraf<forTelegraf.SessionContext<MySession>>,
  store: forTelegraf.SessionStore<MySession>,
): void {
  bot.use(forTelegraf.session({ store, initial }));
  bot.on('message', async (ctx) => {
    ctx.session.counter++;
    await ctx.reply(`Messages sent: ${ctx.session.counter}`);
  });
}

export function vibegramQuickStart(bot: VibegramBot, store: forVibegram.SessionStore<MySession>): void {
  bot.use(forVibegram.session<MySession>({ store, initial }));
  bot.on('message', async (ctx) => {
    ctx.session.counter++;
    await ctx.reply(`Messages sent: ${ctx.session.counter}`);
  });
}
