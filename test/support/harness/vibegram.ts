/** Drives vibegram, the real one or the stand-in. */

import { type Middleware, vibegram } from '../load-vibegram';
import type { Engine, EngineOptions } from './engine';

export function createVibegram({ token, apiRoot, onError }: EngineOptions): Engine {
  const bot = vibegram.withApiRoot(
    new vibegram.Bot(token, {
      polling: { interval: 0 },
      observability: { hooks: { onPollingError: ({ error }) => onError(error) } },
    }),
    apiRoot,
  );
  bot.catch(onError);
  return {
    raw: bot,
    use: (middleware) => void bot.use(middleware as Middleware),
    onMessage: (middleware) => void bot.on('message', middleware as Middleware),
    prepare: async () => {},
    poll: async () => {
      // Unlike the others, vibegram leaves a webhook where it is when it begins to poll, and would be refused.
      await bot.deleteWebhook();
      await withoutSignalHandlers(() => bot.launch());
    },
    stopPolling: () => bot.stop(),
    setWebhook: (url, secret_token) => bot.setWebhook(url, { secret_token }),
    webhook: (secretToken) => vibegram.createNativeHandler(bot, { secretToken }),
    handle: (update) => bot.handleUpdate(update),
  };
}

/** Takes back the handlers that `launch()` adds for good: they would exit the process that runs the tests. */
async function withoutSignalHandlers(run: () => Promise<void>): Promise<void> {
  const signals = ['SIGINT', 'SIGTERM'] as const;
  const before = new Set(signals.flatMap((signal) => process.listeners(signal)));
  await run();
  for (const signal of signals) {
    for (const listener of process.listeners(signal)) {
      if (!before.has(listener)) process.off(signal, listener);
    }
  }
}
