/** Small bots around the diffs of a README: the program as it was, and as it is after the diff. */

import type { BotAccount } from '../../support/bot-api-server';
import type { Diff } from '../reading/diffs';
import type { Block } from '../reading/readme';

/** Which of the two programs. */
export type Side = 'before' | 'after';

/** The bot of one framework, without its session. */
export interface Frame {
  /** Opens with imports, and makes `bot`. */
  head(side: Side, flavor: string): string;
  readonly handler: string;
}

/** What the programs of one set-up have besides the lines of the diff. */
export interface Surroundings {
  /** grammY's type of the session, where it is not the common one. */
  readonly flavor?: string;
  /** Declares the globals that the lines use. */
  readonly globals?: string;
  /** What follows on the lines of the diff, on both sides. */
  readonly more?: string;
  /** In place of the frame's handler. */
  readonly handler?: string;
}

const COUNT = `await ctx.reply(String(++data.counter));`;

const frames: Readonly<Record<string, Frame>> = {
  grammy: {
    head: (side, flavor) => `
      import { Bot, type Context } from 'grammy';
      import type * as types from '${side === 'before' ? 'grammy' : '@sessiongram/grammy'}';
      const bot = new Bot<Context & types.${flavor}>(token);`,
    handler: `bot.on('message', async (ctx) => { const data = ctx.session; ${COUNT} });`,
  },
  telegraf: {
    head: () => `
      import { type Context, Telegraf } from 'telegraf';
      const bot = new Telegraf<Context & { session: MySession }>(token);`,
    handler: `bot.on('message', async (ctx) => { const data = (ctx.session ??= { counter: 0 }); ${COUNT} });`,
  },
  vibegram: {
    head: () => `
      import { Bot } from 'vibegram';
      const bot = new Bot(token);`,
    handler: `bot.on('message', async (ctx) => { const data = ctx.session; ${COUNT} });`,
  },
};

/** One side of a diff as a whole program; errors of the compiler tell the line of the README, about. */
export function programOf(diff: Diff, side: Side, framework: string, around: Surroundings): Block {
  const frame = frames[framework] as Frame;
  const head = `interface MySession { counter: number; locale?: string } ${around.globals ?? ''} ${frame.head(
    side,
    around.flavor ?? 'SessionFlavor<MySession>',
  )}`.replaceAll('\n', ' ');
  const code = [head, diff[side], around.more ?? '', around.handler ?? frame.handler, ''].join('\n');
  return { file: diff.file, line: diff.line - 1, code, run: undefined };
}

/** What all three frameworks have of a bot that is handed its updates. */
interface HandedBot {
  init?(): Promise<void>;
  handleUpdate(update: object): Promise<unknown>;
}

/** Hands some messages to a bot, and answers what it has replied. */
export async function repliesOf(
  bot: unknown,
  account: BotAccount,
  messages: readonly object[],
): Promise<unknown[]> {
  const { calls } = account;
  const handed = bot as HandedBot;
  await handed.init?.();
  for (const message of messages) {
    updates++;
    const message_id = updates;
    await handed.handleUpdate({
      update_id: message_id,
      message: { message_id, date: 1, text: 'hi', ...message },
    });
  }
  const sent = account.calls.slice(calls.length).filter(({ method }) => method === 'sendMessage');
  return sent.map(({ payload }) => payload['text']);
}

let updates = 0;

const group = { id: -1001234567890, type: 'supergroup', title: 'Group' };
const user = { id: 7, is_bot: false, first_name: 'Seven', language_code: 'de' };

/** A message in a private chat. */
export const privately: object = { chat: { id: user.id, type: 'private', first_name: 'Seven' }, from: user };

/** Messages that every kind of key tells apart in another way. */
export const everywhere: readonly object[] = [
  privately,
  { chat: group, from: user },
  { chat: group, from: { ...user, id: 8 } },
  { chat: group, from: { id: 1087968824, is_bot: true, first_name: 'Group' }, sender_chat: group },
];
