/** The local Bot API server answers calls as Telegram's does, records them, fails on order and ends without a trace. */

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type BotAccount, BotApiServer } from './bot-api-server';
import { callApi } from './call-api';

let server: BotApiServer;
let bot: BotAccount;

beforeEach(async () => {
  server = await BotApiServer.start();
  bot = server.addBot();
});
afterEach(() => server.close());

describe('calls', () => {
  test('getMe tells a bot who it is', async () => {
    const { result } = await callApi(server, bot, 'getMe');
    expect(result).toMatchObject({ id: bot.id, is_bot: true, username: bot.username });
  });

  test('a token that nobody registered is refused', async () => {
    const reply = await callApi(server, { token: '1:unknown' }, 'getMe');
    expect(reply).toEqual({ status: 401, ok: false, error_code: 401, description: 'Unauthorized' });
  });

  test('a path that is no call is not found', async () => {
    const response = await fetch(`${server.url}/somewhere`);
    expect([response.status, await response.json()]).toEqual([
      404,
      { ok: false, error_code: 404, description: 'Not Found' },
    ]);
  });

  test('a body that is no JSON is a bad request', async () => {
    const response = await fetch(`${server.url}/bot${bot.token}/getMe`, { method: 'POST', body: '{' });
    expect(response.status).toBe(400);
  });

  test('payloads arrive from a query string, a form, a multipart form and JSON alike', async () => {
    const url = `${server.url}/bot${bot.token}/sendDocument`;
    const form = new FormData();
    form.set('chat_id', '42');
    form.set('document', new File(['four'], 'four.txt'));
    await fetch(`${url}?chat_id=42`);
    await fetch(url, { method: 'POST', body: new URLSearchParams({ chat_id: '42' }) });
    await fetch(url, { method: 'POST', body: form });
    await callApi(server, bot, 'sendDocument', { chat_id: 42 });
    expect(bot.calls.map(({ payload }) => payload)).toEqual([
      { chat_id: '42' },
      { chat_id: '42' },
      { chat_id: '42', document: { file: 'four.txt', size: 4 } },
      { chat_id: 42 },
    ]);
  });

  test('sendMessage returns a message with a growing id, in the chat that was written to', async () => {
    bot.push({ message: { message_id: 1, date: 1, chat: { id: -100, type: 'supergroup', title: 'Known' } } });
    const first = await callApi(server, bot, 'sendMessage', { chat_id: -100, text: 'one' });
    const second = await callApi(server, bot, 'sendMessage', { chat_id: 42, text: 'two' });
    expect(first.result).toMatchObject({ text: 'one', chat: { title: 'Known' }, from: { id: bot.id } });
    expect(second.result).toMatchObject({ text: 'two', chat: { id: 42, type: 'private' } });
    expect(second.result.message_id).toBeGreaterThan(first.result.message_id);
  });

  test('an edited message keeps its id', async () => {
    const { result } = await callApi(server, bot, 'editMessageText', {
      chat_id: 42,
      message_id: 7,
      text: 'new',
    });
    expect(result).toMatchObject({ message_id: 7, text: 'new' });
  });

  test.each([
    ['sendMessage', { text: 'to nobody' }, 'Bad Request: chat_id is empty'],
    ['sendMessage', { chat_id: 42, text: '' }, 'Bad Request: message text is empty'],
  ])('%s with %o is refused', async (method, payload, description) => {
    expect(await callApi(server, bot, method, payload)).toMatchObject({ error_code: 400, description });
  });

  test('every other method succeeds with true', async () => {
    expect((await callApi(server, bot, 'answerCallbackQuery', { callback_query_id: '1' })).result).toBe(true);
  });

  test('calls are recorded per bot and numbered over all bots', async () => {
    const other = server.addBot();
    await callApi(server, bot, 'getMe');
    await callApi(server, other, 'sendMessage', { chat_id: 1, text: 'a' });
    expect(server.calls.map(({ index, token, method }) => [index, token, method])).toEqual([
      [0, bot.token, 'getMe'],
      [1, other.token, 'sendMessage'],
    ]);
    expect(other.calls).toHaveLength(1);
  });

  test('waitForCalls resolves once the last awaited call has come', async () => {
    const awaited = bot.waitForCalls('sendMessage', 2);
    for (const text of ['a', 'b', 'c']) await callApi(server, bot, 'sendMessage', { chat_id: 1, text });
    expect((await awaited).map(({ payload: { text } }) => text)).toEqual(['a', 'b']);
  });
});

describe('injected failures', () => {
  const message = { chat_id: 1, text: 'hello' };

  test('strike as many calls of the method as ordered, and no other', async () => {
    server.fail({ method: 'sendMessage', times: 2, status: 403 });
    const statuses = [];
    for (const method of ['getMe', 'sendMessage', 'sendMessage', 'sendMessage']) {
      statuses.push((await callApi(server, bot, method, message)).status);
    }
    expect(statuses).toEqual([200, 403, 403, 200]);
    expect(bot.calls.map(({ failed }) => failed)).toEqual([false, true, true, false]);
  });

  test('strike only the bot that is named', async () => {
    const other = server.addBot();
    server.fail({ token: other.token });
    expect((await callApi(server, bot, 'getMe')).status).toBe(200);
    expect((await callApi(server, other, 'getMe')).status).toBe(500);
  });

  test('tell a bot how long to wait', async () => {
    server.fail({ retryAfter: 5 });
    expect(await callApi(server, bot, 'sendMessage', message)).toMatchObject({
      status: 429,
      error_code: 429,
      description: 'Too Many Requests: retry after 5',
      parameters: { retry_after: 5 },
    });
  });

  test('without a method leave polls alone', async () => {
    server.fail({ status: 502 });
    expect((await callApi(server, bot, 'getUpdates')).status).toBe(200);
    expect((await callApi(server, bot, 'getMe')).status).toBe(502);
  });

  test('drop the connection before the call takes effect, or after', async () => {
    for (const drop of ['before', 'after'] as const) {
      bot.text(42, drop);
      server.fail({ method: 'deleteWebhook', drop });
      await expect(callApi(server, bot, 'deleteWebhook', { drop_pending_updates: true })).rejects.toThrow();
      const { result } = await callApi(server, bot, 'getWebhookInfo');
      expect(result.pending_update_count).toBe(drop === 'before' ? 1 : 0);
    }
  });
});

describe('lines', () => {
  test('cutting one ends its calls, later ones included, and no others', async () => {
    const line = server.line();
    const held = fetch(`${line.url}/bot${bot.token}/getUpdates?timeout=50`);
    await bot.waitForCalls('getUpdates');
    line.cut();
    await expect(held).rejects.toThrow();
    await expect(fetch(`${line.url}/bot${bot.token}/getMe`)).rejects.toThrow();
    expect((await callApi(server, bot, 'getMe')).status).toBe(200);
  });
});

describe('close', () => {
  test('ends held polls and says which awaited things never came', async () => {
    const held = callApi(server, bot, 'getUpdates', { timeout: 50 });
    await bot.waitForCalls('getUpdates');
    const calls = bot.waitForCalls('sendMessage', 3);
    const deliveries = bot.waitForDeliveries();
    await server.close();
    await expect(held).rejects.toThrow();
    await expect(calls).rejects.toThrow('3 calls of sendMessage were awaited; 0 came');
    await expect(deliveries).rejects.toThrow('1 deliveries were awaited; 0 came');
  });

  test('says that updates were left unconfirmed', async () => {
    bot.text(42, 'never fetched');
    const drained = bot.drained();
    await server.close();
    await expect(drained).rejects.toThrow('1 updates unconfirmed');
  });

  test('may be called again', async () => {
    await Promise.all([server.close(), server.close()]);
    await server.close();
  });

  test('lets the process end by itself, with a poll held and a webhook waiting to be tried again', async () => {
    const module = fileURLToPath(new URL('bot-api-server.ts', import.meta.url));
    const script = `
      import { BotApiServer } from ${JSON.stringify(module)};
      const server = await BotApiServer.start({ webhookBackOffMs: 60_000, webhookMaxBackOffMs: 60_000 });
      const [polling, pushed] = [server.addBot(), server.addBot()];
      const call = (bot, method) => fetch(server.url + '/bot' + bot.token + '/' + method);
      call(polling, 'getUpdates?timeout=50').catch(() => {});
      await polling.waitForCalls('getUpdates');
      await call(pushed, 'setWebhook?url=http://127.0.0.1:9/');
      pushed.text(42, 'to a closed port');
      await pushed.waitForDeliveries();
      await server.close();
      console.log('closed');
    `;
    const run = promisify(execFile);
    const root = fileURLToPath(new URL('../..', import.meta.url));
    const args = ['--import', 'tsx', '--input-type=module', '--eval', script];
    const { stdout } = await run(process.execPath, args, { cwd: root, timeout: 20_000 });
    expect(stdout).toBe('closed\n');
  }, 25_000);
});
