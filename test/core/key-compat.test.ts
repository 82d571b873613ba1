/** The keys of data that exists already: what the frameworks' own `session()` asks its storage for. */

import type { Update } from '@grammyjs/types';
import { grammyKey, telegrafKey, vibegramKey } from '@sessiongram/core';
import { Bot, type Context, session as grammySession, type SessionFlavor } from 'grammy';
import { Telegraf, session as telegrafSession } from 'telegraf';
import { describe, expect, test } from 'vitest';
import { vibegram } from '../support/load-vibegram';
import { BOT, updateNamed, updates } from '../support/updates';

/** Runs an update through a framework with its own session, and tells the storage of it. */
type Ask = (update: Update, asked: (key: string) => void) => Promise<void>;

const TOKEN = '123456789:token';

const askGrammy: Ask = async (update, asked) => {
  const bot = new Bot<Context & SessionFlavor<object>>(TOKEN, { botInfo: BOT });
  bot.use(grammySession({ storage: emptyStorage(asked) }));
  await bot.handleUpdate(update);
};

const askTelegraf: Ask = async (update, asked) => {
  const bot = new Telegraf(TOKEN);
  bot.botInfo = BOT;
  bot.use(telegrafSession({ store: emptyStorage(asked) }));
  await bot.handleUpdate(update as Parameters<typeof bot.handleUpdate>[0]);
};

const askVibegram: Ask = async (update, asked) => {
  const bot = new vibegram.Bot(TOKEN);
  bot.use(vibegram.session({ store: emptyStorage(asked) }));
  await bot.handleUpdate({ ...update });
};

const frameworks = [
  { framework: 'grammY', ask: askGrammy, strategy: grammyKey, example: '-1001234567890' },
  { framework: 'Telegraf', ask: askTelegraf, strategy: telegrafKey, example: '222222222:-1001234567890' },
  { framework: 'vibegram', ask: askVibegram, strategy: vibegramKey, example: '-1001234567890:222222222' },
];

describe.each(frameworks)("the key of $framework's own session()", ({ ask, strategy, example }) => {
  const ownKeyOf = async (update: Update): Promise<string | undefined> => {
    const keys: string[] = [];
    await ask(update, (key) => void keys.push(key));
    expect(keys.length).toBeLessThanOrEqual(1);
    return keys[0];
  };

  test('is what it was when this was written', async () => {
    expect(await ownKeyOf(updateNamed('message_supergroup_text'))).toBe(example);
  });

  test('is there for most updates, so that there is something to compare', async () => {
    const keys = await Promise.all([...updates.values()].map(ownKeyOf));
    expect(keys.filter((key) => key !== undefined).length).toBeGreaterThan(updates.size / 2);
  });

  test.each([...updates])('is ours for %s, if there is one', async (_, update) => {
    const own = await ownKeyOf(update);
    if (own !== undefined) expect(strategy({ update })).toBe(own);
  });
});

/** A storage for any of the three, which reports the keys that it is asked for. */
function emptyStorage(asked: (key: string) => void) {
  const get = async (key: string): Promise<object | undefined> => {
    asked(key);
    return undefined;
  };
  const drop = async (): Promise<void> => {};
  return { get, read: get, set: drop, write: drop, delete: drop };
}
