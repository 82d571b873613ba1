/** Telegraf on the built adapter: the adapter cases. */

import { type AdapterSubject, adapterCases } from '@sessiongram/core/conformance';
import { Sessions, session } from '@sessiongram/telegraf';
import { Telegraf } from 'telegraf';
import { runCases, type SuiteResult } from './suite';

const subject: AdapterSubject = {
  onMissingKey: 'undefined',
  session: (options) => session(options as object),
  sessions: (options) => new Sessions(options),
  start(middlewares, handler) {
    const bot = new Telegraf('123456789:token-of-no-bot');
    const errors: unknown[] = [];
    bot.botInfo = { id: 1, is_bot: true, first_name: 'Bot', username: 'test_bot' } as NonNullable<
      typeof bot.botInfo
    >;
    bot.catch((error) => void errors.push(error));
    for (const middleware of middlewares) bot.use(middleware as never);
    bot.use(handler as never);
    return { errors, handle: (update) => bot.handleUpdate(update as never), stop() {} };
  },
};

export function telegrafAdapter(): Promise<SuiteResult> {
  return runCases(adapterCases.map(({ name, run }) => ({ name, run: () => run(subject) })));
}
