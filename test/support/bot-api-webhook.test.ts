/** The local Bot API server delivers updates to webhooks as Telegram's does. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Journal } from './bot-api/journal';
import { type BotAccount, BotApiServer, type RawUpdate } from './bot-api-server';
import { callApi } from './call-api';

interface Request {
  readonly update: RawUpdate;
  readonly headers: IncomingMessage['headers'];
  readonly response: ServerResponse;
}

let server: BotApiServer;
let bot: BotAccount;
/** Requests that came to the bot, each waiting for a test to answer it. */
let requests: Journal<Request>;
let receiver: ReturnType<typeof createServer>;

beforeEach(async () => {
  server = await BotApiServer.start({ webhookBackOffMs: 1 });
  bot = server.addBot();
  requests = new Journal();
  receiver = createServer(async (request, response) => {
    const update = (await json(request)) as RawUpdate;
    requests.add({ update, headers: request.headers, response });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  await server.close();
  receiver.close();
  receiver.closeAllConnections();
});

async function setWebhook(extra: object = {}, to = bot): Promise<void> {
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
  await callApi(server, to, 'setWebhook', { url, ...extra });
}

/** The request that came as the n-th, counted from one. */
async function nth(n: number): Promise<Request> {
  const found = (await requests.until(n, 'webhook requests', () => true))[n - 1];
  if (found == null) throw new Error('unreachable');
  return found;
}

const idOf = ({ update_id }: RawUpdate) => update_id;

test('setWebhook delivers what is pending and what comes, with the secret token', async () => {
  const pending = bot.text(1, 'before');
  await setWebhook({ secret_token: 'known' });
  const first = await nth(1);
  expect(first.update).toEqual(pending);
  expect(first.headers).toMatchObject({
    'x-telegram-bot-api-secret-token': 'known',
    'content-type': 'application/json',
  });
  first.response.end();
  bot.text(1, 'after');
  (await nth(2)).response.writeHead(204).end();
  await bot.drained();
  expect((await callApi(server, bot, 'getWebhookInfo')).result).toMatchObject({ pending_update_count: 0 });
});

test('setWebhook refuses addresses beyond this machine', async () => {
  const reply = await callApi(server, bot, 'setWebhook', { url: 'https://example.com/hook' });
  expect(reply).toMatchObject({ status: 400, description: expect.stringContaining('bad webhook') });
});

test('drop_pending_updates forgets what was pushed before', async () => {
  bot.text(1, 'old');
  await setWebhook({ drop_pending_updates: true });
  const update = bot.text(1, 'new');
  expect((await nth(1)).update).toEqual(update);
});

describe('queues', () => {
  test('messages of one chat come in order, the next when the one before is confirmed', async () => {
    await setWebhook();
    const pushed = ['a', 'b', 'c'].map((text) => bot.text(1, text));
    for (const n of [1, 2, 3]) {
      const { response } = await nth(n);
      expect(requests.entries).toHaveLength(n);
      response.end();
    }
    await bot.drained();
    expect(requests.entries.map(({ update }) => idOf(update))).toEqual(pushed.map(idOf));
  });

  test('a message and a button press of one person come at the same time, and so do two chats', async () => {
    await setWebhook();
    const pushed = [bot.text(1, 'a'), bot.button(1, 'b'), bot.text(2, 'c')];
    await nth(3);
    expect(requests.entries.map(({ update }) => idOf(update)).sort()).toEqual(pushed.map(idOf));
    for (const { response } of requests.entries) response.end();
    await bot.drained();
  });

  test('edits wait behind the messages of their chat, and presses in two chats behind each other', async () => {
    await setWebhook();
    const { message } = bot.text(1, 'a');
    bot.push({ edited_message: message });
    bot.button(1, 'b', -5);
    bot.button(1, 'c', -6);
    const kinds = () => requests.entries.map(({ update }) => Object.keys(update)[1]).sort();
    await nth(2);
    expect(kinds()).toEqual(['callback_query', 'message']);
    for (const { response } of requests.entries) response.end();
    await nth(4);
    expect(kinds()).toEqual(['callback_query', 'callback_query', 'edited_message', 'message']);
    for (const { response } of requests.entries) response.end();
    await bot.drained();
  });

  test('many requests open at a time are no leak to warn of', async () => {
    const warnings: string[] = [];
    const note = ({ message }: Error) => warnings.push(message);
    process.on('warning', note);
    await setWebhook();
    for (let user = 1; user <= 30; user++) bot.text(user, 'a');
    await nth(30);
    process.off('warning', note);
    expect(warnings).toEqual([]);
  });

  test('no more requests are open at a time than max_connections', async () => {
    await setWebhook({ max_connections: 2 });
    const pushed = [1, 2, 3].map((user) => bot.text(user, 'a'));
    // Whatever was sent before the update of another bot has come before it.
    const other = server.addBot();
    await setWebhook({}, other);
    const marker = other.button(9, 'marker');
    await requests.until(1, 'markers', ({ update }) => 'callback_query' in update);
    expect(requests.entries.map(({ update }) => update)).toEqual([pushed[0], pushed[1], marker]);
    requests.entries[0]?.response.end();
    expect((await nth(4)).update).toEqual(pushed[2]);
  });
});

describe('what is not confirmed comes again', () => {
  test('after an answer other than 2xx, before the next update of its queue', async () => {
    await setWebhook();
    const [first, second] = [bot.text(1, 'a'), bot.text(1, 'b')];
    (await nth(1)).response.writeHead(500).end();
    (await nth(2)).response.writeHead(302).end();
    (await nth(3)).response.end();
    (await nth(4)).response.end();
    await bot.drained();
    expect(requests.entries.map(({ update }) => update)).toEqual([first, first, first, second]);
    expect(bot.deliveries.map(({ attempt, error }) => [attempt, error])).toEqual([
      [1, 'Wrong response from the webhook: 500 Internal Server Error'],
      [2, 'Wrong response from the webhook: 302 Found'],
      [3, undefined],
      [1, undefined],
    ]);
  });

  test('after a closed connection', async () => {
    await setWebhook();
    bot.text(1, 'a');
    (await nth(1)).response.destroy();
    (await nth(2)).response.end();
    await bot.drained();
    expect(bot.deliveries[0]?.error).toBe('Webhook connection closed');
    expect((await callApi(server, bot, 'getWebhookInfo')).result.last_error_message).toBe(
      'Webhook connection closed',
    );
  });

  test('after a time-out', async () => {
    const impatient = await BotApiServer.start({ webhookTimeoutMs: 50, webhookBackOffMs: 1 });
    const account = impatient.addBot();
    const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
    await callApi(impatient, account, 'setWebhook', { url });
    account.text(1, 'a');
    await nth(2);
    expect(account.deliveries[0]?.error).toBe('Read timeout expired');
    await impatient.close();
  });

  test('to the next webhook, when the one before was replaced under way', async () => {
    await setWebhook();
    const update = bot.text(1, 'a');
    await nth(1);
    await setWebhook();
    const again = await nth(2);
    expect(again.update).toEqual(update);
    again.response.end();
    await bot.drained();
  });

  test('by polling, when the webhook was deleted', async () => {
    await setWebhook();
    const update = bot.text(1, 'a');
    (await nth(1)).response.writeHead(500).end();
    await bot.waitForDeliveries();
    await callApi(server, bot, 'deleteWebhook');
    expect((await callApi(server, bot, 'getUpdates')).result).toEqual([update]);
  });
});

describe('a call in the answer', () => {
  test('is carried out and recorded', async () => {
    await setWebhook();
    bot.text(1, 'a');
    const { response } = await nth(1);
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ method: 'sendMessage', chat_id: 1, text: 'b' }));
    await bot.drained();
    expect(bot.calls.at(-1)).toMatchObject({
      method: 'sendMessage',
      payload: { chat_id: 1, text: 'b' },
      via: 'webhook',
    });
  });

  test('is ignored where Telegram ignores it', async () => {
    await setWebhook();
    bot.text(1, 'a');
    const { response } = await nth(1);
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ method: 'deleteWebhook' }));
    await bot.drained();
    expect(bot.calls.map(({ method }) => method)).toEqual(['setWebhook']);
  });
});
