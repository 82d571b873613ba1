/** The quick-start bot on the real Telegram. */

import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SessionFlavor } from '@sessiongram/grammy';
import { SqliteSessionStore } from '@sessiongram/sqlite';
import { Bot, type Context, GrammyError, HttpError } from 'grammy';
import { grammyQuickStart, type MySession } from './quick-start';

/** Found again by the next run. */
const FILE = join(tmpdir(), 'sessiongram-demo.sqlite');

/** The bot's id and 35 characters; somewhat wider, because Telegram does not promise that number. */
const TOKEN = /^\d{5,}:[\w-]{20,}$/;

/**
 * Runs until it is interrupted.
 *
 * @param apiRoot - the address of a Bot API server of your own, if there is one
 * @returns the exit code
 */
export async function live(token: string, apiRoot: string | undefined): Promise<number> {
  if (!TOKEN.test(token)) {
    console.error(
      'BOT_TOKEN is not a bot token: @BotFather gives one that looks like 123456789:AAE1x… (35 characters).',
    );
    return 1;
  }
  const store = new SqliteSessionStore(FILE);
  try {
    const bot = new Bot<Context & SessionFlavor<MySession>>(
      token,
      apiRoot === undefined ? {} : { client: { apiRoot } },
    );
    grammyQuickStart(bot, store);
    bot.catch(({ error }) =>
      console.error(`An update failed: ${error instanceof Error ? error.message : error}`),
    );
    // Asked for by itself, because start() would try again for ever where Telegram cannot be reached.
    bot.botInfo = await bot.api.getMe();
    const stop = (): void => void bot.stop();
    process.once('SIGINT', stop);
    process.once('SIGTERM', stop);
    await bot.start({
      onStart: ({ username }) => {
        console.log(`@${username} is running on Telegram: write to it, and it counts. Ctrl-C stops it.`);
        console.log(`Its sessions are in ${FILE}: start it again, and it counts on.`);
      },
    });
    console.log('\nStopped. Every update that was received has been handled.');
    return 0;
  } catch (error) {
    console.error(explain(error));
    return 1;
  } finally {
    await store.close();
  }
}

/** One sentence that says what to do; never the token, which is in the address of every call. */
function explain(error: unknown): string {
  if (error instanceof GrammyError && (error.error_code === 401 || error.error_code === 404)) {
    return 'Telegram does not know this BOT_TOKEN: copy it again from @BotFather.';
  }
  if (error instanceof GrammyError && error.error_code === 409) {
    return 'Another process is polling with this BOT_TOKEN: stop it first, or use a token of its own.';
  }
  if (error instanceof HttpError)
    return 'Telegram cannot be reached from here: check the network connection.';
  return `The bot stopped: ${error instanceof Error ? error.message : String(error)}`;
}
