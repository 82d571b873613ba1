/** The local Bot API server hands out updates by getUpdates as Telegram's does. */

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Polling } from './bot-api/polling';
import { UpdateQueue } from './bot-api/queue';
import { type BotAccount, BotApiServer, type RawUpdate } from './bot-api-server';
import { callApi } from './call-api';

let server: BotApiServer;
let bot: BotAccount;

beforeEach(async () => {
  server = await BotApiServer.start();
  bot = server.addBot();
});
afterEach(() => server.close());

async function poll(payload: object = {}): Promise<number[]> {
  const { result } = await callApi(server, bot, 'getUpdates', payload);
  return result.map(({ update_id }: RawUpdate) => update_id);
}

describe('updates', () => {
  test('get growing ids, and keep one they bring', () => {
    const first = bot.text(42, 'a');
    const given = bot.push({ update_id: first.update_id + 10, poll: { id: '1' } });
    const next = bot.text(42, 'b');
    expect(given.update_id).toBe(first.update_id + 10);
    expect(next.update_id).toBe(given.update_id + 1);
  });

  test('with an id that an offset may have confirmed already are refused', () => {
    const { update_id } = bot.text(42, 'a');
    expect(() => bot.push({ update_id, poll: { id: '1' } })).toThrow(RangeError);
  });

  test('of a text carry the sender, the chat and the entity of a command', () => {
    expect(bot.text(42, '/start now', -1001)).toMatchObject({
      message: {
        from: { id: 42, is_bot: false },
        chat: { id: -1001, type: 'supergroup' },
        text: '/start now',
        entities: [{ type: 'bot_command', offset: 0, length: 6 }],
      },
    });
    expect(bot.text(42, 'start').message).not.toHaveProperty('entities');
  });

  test("of a button carry the presser and the bot's message", () => {
    expect(bot.button(42, 'yes')).toMatchObject({
      callback_query: { from: { id: 42 }, data: 'yes', message: { from: { id: bot.id }, chat: { id: 42 } } },
    });
  });

  test('go to the bot they were pushed to and to no other', async () => {
    const other = server.addBot();
    other.text(42, 'for the other');
    expect(await poll()).toEqual([]);
    expect((await callApi(server, other, 'getUpdates')).result).toHaveLength(1);
  });
});

describe('getUpdates', () => {
  test('delivers again what no offset confirmed', async () => {
    const ids = [bot.text(42, 'a'), bot.text(42, 'b')].map(({ update_id }) => update_id);
    expect(await poll()).toEqual(ids);
    expect(await poll()).toEqual(ids);
    expect(await poll({ offset: ids[1] })).toEqual([ids[1]]);
    expect(bot.deliveries.map(({ update, attempt }) => [update.update_id, attempt])).toEqual([
      [ids[0], 1],
      [ids[1], 1],
      [ids[0], 2],
      [ids[1], 2],
      [ids[1], 3],
    ]);
  });

  test('resolves drained() with the offset after the last update, not before', async () => {
    const { update_id } = bot.text(42, 'a');
    let isDrained = false;
    const drained = bot.drained().then(() => {
      isDrained = true;
    });
    await poll();
    expect(isDrained).toBe(false);
    await poll({ offset: update_id + 1 });
    await drained;
    expect(isDrained).toBe(true);
  });

  test('keeps to the limit', async () => {
    const [first, second] = [bot.text(42, 'a'), bot.text(42, 'b'), bot.text(42, 'c')];
    expect(await poll({ limit: 2 })).toEqual([first?.update_id, second?.update_id]);
  });

  test('with a negative offset forgets all but the newest', async () => {
    bot.text(42, 'a');
    const last = bot.text(42, 'b');
    expect(await poll({ offset: -1 })).toEqual([last.update_id]);
    expect(await poll()).toEqual([last.update_id]);
  });

  test('holds a poll until something is pushed, and hands out together what is pushed in one go', async () => {
    const held = poll({ timeout: 50 });
    await bot.waitForCalls('getUpdates');
    const ids = [bot.text(42, 'a'), bot.text(42, 'b')].map(({ update_id }) => update_id);
    expect(await held).toEqual(ids);
  });

  test('answers a held poll with nothing when its time is up', async () => {
    expect(await poll({ timeout: 1 })).toEqual([]);
  });

  test('forgets a poll whose caller hung up', async () => {
    const delivered: unknown[] = [];
    const queue = new UpdateQueue(1);
    const polling = new Polling(queue, (delivery) => delivered.push(delivery));
    const caller = new AbortController();
    const held = polling.getUpdates({ timeout: 50 }, caller.signal);
    caller.abort();
    await held;
    queue.push({ poll: { id: '1' } });
    polling.wake();
    await Promise.resolve();
    expect(delivered).toEqual([]);
  });

  test('endPoll() ends the held poll, or else the next one', async () => {
    const held = poll({ timeout: 50 });
    await bot.waitForCalls('getUpdates');
    bot.endPoll();
    expect(await held).toEqual([]);
    bot.endPoll();
    expect(await poll({ timeout: 50 })).toEqual([]);
  });

  test('loses an answer on order, and delivers the same again', async () => {
    const { update_id } = bot.text(42, 'a');
    server.fail({ method: 'getUpdates', drop: 'after' });
    await expect(poll()).rejects.toThrow();
    expect(await poll()).toEqual([update_id]);
  });
});

describe('conflicts', () => {
  test('a second long poll ends the first', async () => {
    const first = callApi(server, bot, 'getUpdates', { timeout: 50 });
    await bot.waitForCalls('getUpdates');
    const second = poll({ timeout: 50 });
    expect(await first).toMatchObject({
      status: 409,
      description:
        'Conflict: terminated by other getUpdates request; make sure that only one bot instance is running',
    });
    const { update_id } = bot.text(42, 'a');
    expect(await second).toEqual([update_id]);
  });

  test('polls are refused while a webhook is set', async () => {
    await callApi(server, bot, 'setWebhook', { url: 'http://127.0.0.1:9/' });
    expect(await callApi(server, bot, 'getUpdates')).toMatchObject({
      status: 409,
      description: expect.stringContaining("can't use getUpdates method while webhook is active"),
    });
    await callApi(server, bot, 'deleteWebhook');
    expect(await poll()).toEqual([]);
  });

  test('setWebhook ends a held poll', async () => {
    const held = callApi(server, bot, 'getUpdates', { timeout: 50 });
    await bot.waitForCalls('getUpdates');
    await callApi(server, bot, 'setWebhook', { url: 'http://127.0.0.1:9/' });
    expect(await held).toMatchObject({
      status: 409,
      description: 'Conflict: terminated by setWebhook request',
    });
  });
});
