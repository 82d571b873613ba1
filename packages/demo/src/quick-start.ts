/** The README's quick starts, one for each framework. */

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

export function grammyQuickStart(bot: Bot<Context & forGrammy.SessionFlavor<MySession>>): void {
  bot.use(forGrammy.session({ initial }));
  bot.on('message', async (ctx) => {
    ctx.session.counter++;
    await ctx.reply(`Messages sent: ${ctx.session.counter}`);
  });
}

export function telegrafQuickStart(bot: Telegraf<forTelegraf.SessionContext<MySession>>): void {
  bot.use(forTelegraf.session({ initial }));
  bot.on('message', async (ctx) => {
    ctx.session.counter++;
    await ctx.reply(`Messages sent: ${ctx.session.counter}`);
  });
}

export function vibegramQuickStart(bot: VibegramBot): void {
  bot.use(forVibegram.session<MySession>({ initial }));
  bot.on('message', async (ctx) => {
    ctx.session.counter++;
    await ctx.reply(`Messages sent: ${ctx.session.counter}`);
  });
}
