/** The README is a test: all of its code compiles, and its quick starts answer on a local Bot API server. */

import * as core from '@sessiongram/core';
import * as forGrammy from '@sessiongram/grammy';
import * as forTelegraf from '@sessiongram/telegraf';
import * as forVibegram from '@sessiongram/vibegram';
import * as grammy from 'grammy';
import * as telegraf from 'telegraf';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type BotAccount, BotApiServer } from '../support/bot-api-server';
import { type VibegramBot, vibegram } from '../support/load-vibegram';
import { type Block, readBlocks, runBlock, typeErrors } from './reading/readme';

const blocks = readBlocks();
const reason = blocks === undefined ? ' (skipped: README.md is not there yet)' : '';

interface Runner {
  readonly name: string;
  /** The framework, whose bot calls the local server, and our adapter for it. */
  modules(apiRoot: string): Record<string, unknown>;
  start(bot: unknown): Promise<unknown>;
  stop(bot: unknown): unknown;
}

const runners: readonly Runner[] = [
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

function blockFor(name: string): Block {
  const [block, ...others] = blocks?.filter(({ run }) => run === name) ?? [];
  expect(others).toEqual([]);
  if (block === undefined) throw new Error(`README.md has no block under <!-- run: ${name} -->`);
  return block;
}

describe.skipIf(blocks === undefined)(`the README${reason}`, () => {
  let server: BotApiServer;
  let account: BotAccount;

  beforeEach(async () => {
    server = await BotApiServer.start();
    account = server.addBot();
  });
  afterEach(() => server.close());

  test('marks a block to run for each framework, and one for none', () => {
    const marked = blocks?.flatMap(({ run }) => run ?? []);
    expect(marked?.sort()).toEqual(['core', 'grammy', 'telegraf', 'vibegram']);
  });

  test('has no code that does not compile', { timeout: 60_000 }, () => {
    expect(typeErrors(blocks ?? [])).toEqual([]);
  });

  test.each(runners)('has a quick start for $name that counts the messages', async (runner) => {
    const bot = await runBlock(blockFor(runner.name), runner.modules(server.url), { token: account.token });
    expect(bot).toBeTypeOf('object');
    const running = runner.start(bot);
    account.text(42, 'first');
    account.text(42, 'second');
    const calls = await account.waitForCalls('sendMessage', 2);
    await account.drained();
    const stopping = runner.stop(bot);
    account.endPoll(); // vibegram waits for its last poll instead of cancelling it
    await Promise.all([stopping, running]);
    expect(calls.map(({ payload }) => payload['text'])).toEqual(['Messages sent: 1', 'Messages sent: 2']);
  });

  test('has a start without a framework that runs', async () => {
    const message = {
      message_id: 1,
      date: 0,
      chat: { id: 42, type: 'private' },
      from: { id: 42 },
      text: 'hi',
    };
    const globals = {
      store: new core.MemorySessionStore(),
      update: { update_id: 1, message },
      bot: new grammy.Bot(account.token),
      session: forGrammy.session,
    };
    await expect(runBlock(blockFor('core'), { '@sessiongram/core': core }, globals)).resolves.not.toThrow();
  });
});
