/** Bots that a README's block makes: run on the local Bot API server, and written to. */

import * as forGrammy from '@sessiongram/grammy';
import * as forTelegraf from '@sessiongram/telegraf';
import * as forVibegram from '@sessiongram/vibegram';
import * as grammy from 'grammy';
import * as telegraf from 'telegraf';
import type { BotAccount } from '../../support/bot-api-server';
import { type VibegramBot, vibegram } from '../../support/load-vibegram';

/** A framework whose quick start can be run. */
export interface Runner {
  readonly name: string;
  /** The framework, whose bot calls the local server, and our adapter for it. */
  modules(apiRoot: string): Record<string, unknown>;
  start(bot: unknown): Promise<unknown>;
  stop(bot: unknown): unknown;
}

export const runners: readonly Runner[] = [
  {
    name: 'grammy',
    modules: (apiRoot) => {
      class Bot extends grammy.Bot {
        constructor(token: string) {
          super(token, { client: { apiRoot } });
        }
      }
      return { grammy: { ...grammy, Bot }, '@sessiongram/grammy': forGrammy };
    },
    start: (bot) => (bot as grammy.Bot).start(),
    stop: (bot) => (bot as grammy.Bot).stop(),
  },
  {
    name: 'telegraf',
    modules: (apiRoot) => {
      class Telegraf extends telegraf.Telegraf {
        constructor(token: string) {
          super(token, { telegram: { apiRoot } });
        }
      }
      return { telegraf: { ...telegraf, Telegraf }, '@sessiongram/telegraf': forTelegraf };
    },
    start: (bot) => (bot as telegraf.Telegraf).launch(),
    stop: (bot) => (bot as telegraf.Telegraf).stop(),
  },
  {
    name: 'vibegram',
    modules: (apiRoot) => {
      function Bot(token: string): VibegramBot {
        return vibegram.withApiRoot(new vibegram.Bot(token, { polling: { interval: 0 } }), apiRoot);
      }
      return { vibegram: { ...vibegram, Bot }, '@sessiongram/vibegram': forVibegram };
    },
    start: (bot) => (bot as VibegramBot).launch(),
    stop: (bot) => (bot as VibegramBot).stop(),
  },
];

/** Writes two messages to a bot, and answers what it has answered. */
export async function answersTo(runner: Runner, bot: unknown, account: BotAccount): Promise<unknown[]> {
  const before = account.calls.filter(({ method }) => method === 'sendMessage').length;
  const running = runner.start(bot);
  account.text(42, 'first');
  account.text(42, 'second');
  const calls = await account.waitForCalls('sendMessage', before + 2);
  await account.drained();
  const stopping = runner.stop(bot);
  account.endPoll(); // vibegram waits for its last poll instead of cancelling it
  await Promise.all([stopping, running]);
  return calls.slice(before).map(({ payload }) => payload['text']);
}
