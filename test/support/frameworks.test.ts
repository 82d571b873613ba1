/** The harness runs the real frameworks, over their own transports, against the local Bot API server. */

import { Bot, InputFile } from 'grammy';
import { Telegraf } from 'telegraf';
import { describe, expect, test } from 'vitest';
import { type BotAccount, BotApiServer } from './bot-api-server';
import { type Connection, type ConnectOptions, type Framework, frameworks } from './frameworks';
import { deferred } from './recording-store';
import { useServer } from './use-server';

const modes = ['polling', 'webhook'] as const;
const cases = frameworks.flatMap((framework) =>
  modes.map((mode) => ({ name: framework.name, framework, mode })),
);

const stand = useServer();

describe.each(cases)('$name by $mode', ({ framework, mode }) => {
  const connect = (
    configure: ConnectOptions['configure'],
    account: BotAccount = stand.account,
  ): Promise<Connection> => stand.connect(framework, configure, { account, mode });

  test('answers a text', async () => {
    await connect((bot) => {
      bot.onMessage((ctx) => ctx.reply(`Hello to update ${ctx.update.update_id}`));
    });
    const { update_id } = stand.account.text(42, 'hi');
    const [call] = await stand.account.waitForCalls('sendMessage');
    expect(call).toMatchObject({
      payload: { chat_id: 42, text: `Hello to update ${update_id}` },
      via: 'http',
    });
    await stand.account.drained();
    expect(stand.account.deliveries).toMatchObject([{ attempt: 1, via: mode }]);
  });

  test('runs middleware around handlers, and gives each kind of update to the handlers for it', async () => {
    const seen: string[] = [];
    await connect((bot) => {
      bot.use(async (ctx: { from?: { id: number } }, next) => {
        seen.push(`in ${ctx.from?.id}`);
        await next();
        seen.push('out');
      });
      bot.onMessage(() => seen.push('message'));
      bot.onAny(() => seen.push('any'));
    });
    stand.account.text(42, 'hi');
    await stand.account.drained();
    stand.account.button(43, 'yes');
    await stand.account.drained();
    expect(seen).toEqual(['in 42', 'message', 'out', 'in 43', 'any', 'out']);
  });

  test('reports what a handler throws, and goes on', async () => {
    const failure = new Error('thrown once');
    let runs = 0;
    const connection = await connect((bot) => {
      bot.onMessage(async (ctx) => {
        if (runs++ === 0) throw failure;
        await ctx.reply('well');
      });
    });
    stand.account.text(42, 'a');
    stand.account.text(42, 'b');
    await stand.account.drained();
    expect(connection.errors).toEqual([failure]);
    expect(connection.errors[0]).toBe(failure);
    expect(stand.account.calls.filter(({ method }) => method === 'sendMessage').length).toBeGreaterThan(0);
  });

  test('lets a handler see that a call was refused', async () => {
    stand.server.fail({ method: 'sendMessage', status: 403 });
    const connection = await connect((bot) => {
      bot.onMessage((ctx) => ctx.reply('blocked'));
    });
    stand.account.text(42, 'hi');
    await stand.account.drained();
    expect(connection.errors).toHaveLength(1);
    expect(String(connection.errors[0])).toContain('403');
  });

  test('handle() runs an update without the server, and collects what it throws', async () => {
    const failure = new Error('thrown always');
    const connection = await connect((bot) => {
      bot.onMessage(() => Promise.reject(failure));
    });
    await connection.handle({
      update_id: 1,
      message: { message_id: 1, date: 1, chat: { id: 1, type: 'private' } },
    });
    expect(connection.errors).toEqual([failure]);
    expect(stand.account.deliveries).toEqual([]);
  });

  test('gets again what it had not confirmed when it crashed, and then answers no more itself', async () => {
    const reached = deferred();
    const resumed = deferred();
    const crashing = await connect((bot) => {
      bot.onMessage(async (ctx) => {
        reached.resolve();
        await resumed.promise;
        await ctx.reply('from the dead');
      });
    });
    const update = stand.account.text(42, 'hi');
    await reached.promise;
    crashing.crash();
    const handled: number[] = [];
    await connect((bot) => {
      bot.onMessage((ctx) => handled.push(ctx.update.update_id));
    });
    await stand.account.drained();
    resumed.resolve();
    await crashing.stop();
    expect(handled).toEqual([update.update_id]);
    expect(stand.account.deliveries.at(-1)?.attempt).toBeGreaterThan(1);
    expect(stand.account.calls.filter(({ method }) => method === 'sendMessage')).toEqual([]);
  });

  test('does not get again what it had confirmed when it stopped', async () => {
    const first = await connect(() => {});
    stand.account.text(42, 'a');
    await stand.account.drained();
    await first.stop();
    const handled: number[] = [];
    await connect((bot) => {
      bot.onMessage((ctx) => handled.push(ctx.update.update_id));
    });
    const { update_id } = stand.account.text(42, 'b');
    await stand.account.drained();
    expect(handled).toEqual([update_id]);
  });

  test('runs beside other bots in one process, and leaves no signal handlers behind', async () => {
    const before = process.listenerCount('SIGINT');
    const accounts = Array.from({ length: 12 }, () => stand.server.addBot());
    await Promise.all(
      accounts.map((each) =>
        connect((bot) => {
          bot.onMessage((ctx) => ctx.reply('mine'));
        }, each),
      ),
    );
    expect(process.listenerCount('SIGINT')).toBe(before);
    for (const each of accounts) each.text(42, 'hi');
    await Promise.all(accounts.map((each) => each.drained()));
    for (const each of accounts) expect(await each.waitForCalls('sendMessage')).toHaveLength(1);
  });

  test('is refused with a token that nobody registered', async () => {
    const stranger = await BotApiServer.start();
    const unknown = stranger.addBot('99:unknown-here');
    await expect(connect(() => {}, unknown)).rejects.toThrow('401');
    await stranger.close();
  });
});

describe.each(frameworks)('$name', (framework) => {
  test('handles an update again when its answer to the webhook was lost', async () => {
    let runs = 0;
    const configure: ConnectOptions['configure'] = (bot) => {
      bot.onMessage(() => runs++);
    };
    const connection = await stand.connect(framework, configure);
    connection.loseAnswers();
    stand.account.text(42, 'hi');
    await stand.account.drained();
    expect(runs).toBe(2);
    expect(stand.account.deliveries.map(({ error }) => error)).toEqual([
      'Webhook connection closed',
      undefined,
    ]);
  });

  test('changes from a webhook to polling and back', async () => {
    for (const mode of ['webhook', 'polling', 'webhook'] as const) {
      const connection = await stand.connect(framework, () => {}, { mode });
      stand.account.text(42, mode);
      await stand.account.drained();
      await connection.stop();
    }
    expect(stand.account.deliveries.map(({ via }) => via)).toEqual(['webhook', 'polling', 'webhook']);
  });
});

test('telegraf writes a call into its webhook answer, and the server carries it out', async () => {
  await stand.connect(named('telegraf'), ({ raw }) => {
    if (raw instanceof Telegraf) raw.on('callback_query', (ctx) => ctx.answerCbQuery('seen'));
  });
  stand.account.button(42, 'yes');
  await stand.account.drained();
  expect(stand.account.calls.at(-1)).toMatchObject({
    method: 'answerCallbackQuery',
    payload: { text: 'seen' },
    via: 'webhook',
  });
});

test('grammy and telegraf upload files', async () => {
  const content = Buffer.from('four');
  for (const name of ['grammy', 'telegraf']) {
    await stand.connect(named(name), async ({ raw }) => {
      if (raw instanceof Bot) await raw.api.sendDocument(42, new InputFile(content, 'four.txt'));
      if (raw instanceof Telegraf) {
        await raw.telegram.sendDocument(42, { source: content, filename: 'four.txt' });
      }
    });
  }
  const uploads = stand.account.calls.filter(({ method }) => method === 'sendDocument');
  const file = { file: 'four.txt', size: 4 };
  const parts = uploads.map(({ payload: { chat_id, ...rest } }) => [
    chat_id,
    Object.values(rest).find((value) => typeof value === 'object'),
  ]);
  expect(parts).toEqual([
    ['42', file],
    ['42', file],
  ]);
});

test.each([
  ['grammy', 2],
  ['telegraf', 1],
  ['vibegram', 1],
])('%s is sent an update %i times by webhook when its handler throws once', async (name, times) => {
  let runs = 0;
  const connection = await stand.connect(named(name), (bot) => {
    bot.onMessage(() => {
      if (runs++ === 0) throw new Error('thrown once');
    });
  });
  stand.account.text(42, 'hi');
  await stand.account.drained();
  expect([runs, connection.errors.length]).toEqual([times, 1]);
});

test.each(['grammy', 'telegraf'])('%s stops polling when another bot polls with its token', async (name) => {
  const poll = () => stand.connect(named(name), () => {}, { mode: 'polling' });
  const first = await poll();
  const second = await poll();
  expect(String(await first.waitForErrors())).toContain('409');
  stand.account.text(42, 'to the second');
  await stand.account.drained();
  expect(second.errors).toEqual([]);
});

function named(name: string): Framework {
  const framework = frameworks.find((each) => each.name === name);
  if (framework == null) throw new Error(`There is no framework ${name}`);
  return framework;
}
