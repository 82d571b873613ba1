/** grammY on the built adapter: the adapter cases, and one webhook request from end to end. */

import { type AdapterSubject, adapterCases } from '@sessiongram/core/conformance';
import { type SessionFlavor, Sessions, session } from '@sessiongram/grammy';
import { Bot, BotError, type Context, webhookCallback } from 'grammy';
import type { Update, UserFromGetMe } from 'grammy/types';
import { runCases, type SuiteResult } from './suite';

const TOKEN = '123456789:token-of-no-bot';
const botInfo = { id: 1, is_bot: true, first_name: 'Bot', username: 'test_bot' } as UserFromGetMe;

const subject: AdapterSubject = {
  onMissingKey: 'throw',
  session: (options) => session(options as object),
  sessions: (options) => new Sessions(options),
  start(middlewares, handler) {
    const bot = new Bot(TOKEN, { botInfo });
    const errors: unknown[] = [];
    for (const middleware of middlewares) bot.use(middleware as never);
    bot.use(handler as never);
    return {
      errors,
      async handle(update) {
        try {
          await bot.handleUpdate(update as Update);
        } catch (error) {
          errors.push(error instanceof BotError ? error.error : error);
        }
      },
      stop() {},
    };
  },
};

export function grammyAdapter(): Promise<SuiteResult> {
  return runCases(adapterCases.map(({ name, run }) => ({ name, run: () => run(subject) })));
}

export function grammyWebhook(): Promise<SuiteResult> {
  return runCases([
    { name: 'a webhook request is answered with the count that the session keeps', run: roundTrip },
  ]);
}

/** Sends three messages as Telegram would, two of them at once, and looks for what the bot calls. */
async function roundTrip(): Promise<void> {
  const sent: unknown[] = [];
  // In place of Telegram, and of the network, which not every runtime has here.
  const stub = async (url: unknown, init?: { body?: unknown }): Promise<Response> => {
    const body = typeof init?.body === 'string' ? init.body : await new Response(init?.body as never).text();
    sent.push([String(url).split('/').at(-1), (JSON.parse(body) as { text?: unknown }).text]);
    return Response.json({ ok: true, result: { message_id: 1, date: 1, chat: { id: 42, type: 'private' } } });
  };
  const bot = new Bot<Context & SessionFlavor<{ counter: number }>>(TOKEN, {
    botInfo,
    client: { fetch: stub as never },
  });
  bot.use(session({ initial: () => ({ counter: 0 }) }));
  bot.on('message', async (ctx) => {
    ctx.session.counter++;
    await ctx.reply(`Messages sent: ${ctx.session.counter}`);
  });
  const handle = webhookCallback(bot, 'std/http', { secretToken: 'secret' });
  const post = async (id: number, secret = 'secret'): Promise<number> => {
    const from = { id: 42, is_bot: false, first_name: 'User' };
    const chat = { id: 42, type: 'private', first_name: 'User' };
    const update = { update_id: id, message: { message_id: id, date: 1, chat, from, text: 'hi' } };
    const request = new Request('https://bot.example/', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-telegram-bot-api-secret-token': secret },
      body: JSON.stringify(update),
    });
    return (await handle(request)).status;
  };
  const statuses = [...(await Promise.all([post(1), post(2)])), await post(3), await post(4, 'wrong')];
  const found = JSON.stringify([statuses, sent]);
  const answers = [1, 2, 3].map((count) => ['sendMessage', `Messages sent: ${count}`]);
  const expected = JSON.stringify([[200, 200, 200, 401], answers]);
  if (found !== expected) throw new Error(`expected ${expected}, came ${found}`);
}
