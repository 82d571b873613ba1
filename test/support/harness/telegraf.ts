/** Drives Telegraf. */

import { type Context, type MiddlewareFn, Telegraf } from 'telegraf';
import type { Engine, EngineOptions } from './engine';

export function createTelegraf({ token, apiRoot, onError }: EngineOptions): Engine {
  // Telegraf resolves its calls against the base address, and only a trailing slash keeps that one's path.
  const bot = new Telegraf(token, { telegram: { apiRoot: `${apiRoot}/` } });
  bot.catch(onError);
  return {
    raw: bot,
    use: (middleware) => void bot.use(middleware as MiddlewareFn<Context>),
    onMessage: (middleware) => void bot.on('message', middleware as MiddlewareFn<Context>),
    prepare: async () => {
      bot.botInfo = await bot.telegram.getMe();
    },
    poll: () => bot.launch(),
    stopPolling: async () => bot.stop(),
    setWebhook: (url, secret_token) => bot.telegram.setWebhook(url, { secret_token }),
    webhook: (secretToken) => bot.webhookCallback('/', { secretToken }),
    handle: (update) => bot.handleUpdate(update as unknown as Parameters<typeof bot.handleUpdate>[0]),
  };
}
