/** Drives grammY. */

import { Bot, BotError, type Context, type Middleware, webhookCallback } from 'grammy';
import type { Update } from 'grammy/types';
import type { Engine, EngineOptions } from './engine';

export function createGrammy({ token, apiRoot, onError }: EngineOptions): Engine {
  const bot = new Bot(token, { client: { apiRoot } });
  bot.catch(({ error }) => onError(error));
  return {
    raw: bot,
    use: (middleware) => void bot.use(middleware as Middleware<Context>),
    onMessage: (middleware) => void bot.on('message', middleware as Middleware),
    prepare: () => bot.init(),
    poll: () => bot.start(),
    stopPolling: () => bot.stop(),
    setWebhook: (url, secret_token) => bot.api.setWebhook(url, { secret_token }),
    webhook: (secretToken) => {
      const handle = webhookCallback(bot, 'http', { secretToken });
      return (request, response) => handle(request, response).catch(rethrowCause);
    },
    handle: (update) => bot.handleUpdate(update as unknown as Update).catch(rethrowCause),
  };
}

/** Without polling grammY does not call `bot.catch` but rejects, with the handler's error wrapped in its own. */
function rethrowCause(error: unknown): never {
  throw error instanceof BotError ? error.error : error;
}
