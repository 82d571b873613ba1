/** Updates that are not as the Bot API describes them: kinds of the future, and payloads with parts missing or wrong. */

import { byChat, byChatAndUser, byTopicAndUser, byUser, scopeOf } from '@sessiongram/core';
import { describe, expect, test } from 'vitest';
import { ownStrategies, strategies } from './strategies';

const group = { id: -1001234567890, type: 'supergroup' };
const channel = { id: -1003333333333, type: 'channel' };
const withAlice = { id: 111111111, type: 'private' };
const alice = { id: 111111111 };
const update_id = 1;

describe('a kind that is not known yet', () => {
  const known: Readonly<Record<string, readonly [payload: object, key: string]>> = {
    'a chat and a user who sends': [{ chat: group, from: alice }, '-1001234567890:111111111'],
    'a chat and a user who acts': [{ chat: group, user: alice }, '-1001234567890:111111111'],
    'a user only': [{ user: alice, reason: 'new' }, '111111111:111111111'],
    'a sender only': [{ from: alice }, '111111111:111111111'],
    'a chat that sends': [{ chat: group, sender_chat: channel }, '-1001234567890:-1003333333333'],
    'a chat that acts': [{ chat: group, actor_chat: channel }, '-1001234567890:-1003333333333'],
    'a message and a user': [{ message: { chat: group }, from: alice }, '-1001234567890:111111111'],
    'a private chat': [{ chat: withAlice }, '111111111:111111111'],
    'a business chat and a user': [
      { business_connection_id: 'c', chat: withAlice, user: alice },
      'business:c:111111111:111111111',
    ],
  };

  test.each(Object.entries(known))('is resolved by its shape: %s', (_, [payload, key]) => {
    expect(byChatAndUser({ update: { update_id, kind_of_2030: payload } })).toBe(key);
  });

  const unknown: Readonly<Record<string, unknown>> = {
    'a chat of many and nobody who acts': { chat: group },
    'a business chat and nobody who acts': { business_connection_id: 'c', chat: withAlice },
    'neither chat nor user': { id: 'x', state: 'new' },
    'nothing at all': {},
    'a text': 'news',
    'a number': 42,
    'a flag': true,
    'a list of people': [alice],
  };

  test.each(Object.entries(unknown))('has no key when it holds %s', (_, payload) => {
    expect(byChatAndUser({ update: { update_id, kind_of_2030: payload } })).toBeUndefined();
  });
});

const badIds: Readonly<Record<string, unknown>> = {
  'that is missing': undefined,
  'that is null': null,
  'that is NaN': Number.NaN,
  'that is infinite': Number.POSITIVE_INFINITY,
  'that is a fraction': 1.5,
  'that is too large to be exact': 2 ** 53,
  'that is huge': 1e308,
  'that is a number as text': '42',
  'that is empty text': '',
  'that is a text': 'undefined',
  'that is a flag': true,
  'that is a BigInt': 42n,
  'that is a list': [42],
  'that is an object': { id: 42 },
  'that is a function': () => 42,
};

describe.each(Object.entries(badIds))('an id %s', (_, id) => {
  const keyOf = (payload: object): string | undefined =>
    byChatAndUser({ update: { update_id, message: payload } });

  test('names no chat', () => {
    expect(byChat({ update: { update_id, message: { chat: { id, type: 'supergroup' } } } })).toBeUndefined();
  });

  test('names no user', () => {
    expect(keyOf({ chat: group, from: { id } })).toBeUndefined();
    expect(byChatAndUser({ update: { update_id, inline_query: { from: { id } } } })).toBeUndefined();
  });

  test('names no topic', () => {
    const message = { chat: group, from: alice, is_topic_message: true, message_thread_id: id };
    expect(byTopicAndUser({ update: { update_id, message } })).toBe('-1001234567890:111111111');
  });

  test('leads to no key when both ids are like that', () => {
    expect(keyOf({ chat: { id, type: 'private' }, from: { id }, sender_chat: { id } })).toBeUndefined();
  });
});

describe('the stand-in for channels, where the channel itself is not named,', () => {
  const standIn = { id: 136817688 };

  test('acts for nobody: all channels would share its session', () => {
    const message = { chat: group, from: standIn };
    expect(byChatAndUser({ update: { update_id, message } })).toBeUndefined();
    expect(byUser({ update: { update_id, message } })).toBeUndefined();
    expect(byChatAndUser({ update: { update_id, poll_answer: { user: standIn } } })).toBeUndefined();
  });

  test('leaves what is kept per chat where it is', () => {
    expect(byChat({ update: { update_id, message: { chat: group, from: standIn } } })).toBe('-1001234567890');
  });
});

test.each([null, 0, 1, '', 'true', {}])(
  'a message is not in a topic because is_topic_message is %j',
  (flag) => {
    const message = { chat: group, from: alice, is_topic_message: flag, message_thread_id: 15 };
    expect(byTopicAndUser({ update: { update_id, message } })).toBe('-1001234567890:111111111');
  },
);

describe('the largest and the smallest id that a number holds exactly', () => {
  test('are ids', () => {
    const [chat, from] = [{ id: Number.MIN_SAFE_INTEGER }, { id: Number.MAX_SAFE_INTEGER }];
    expect(byChatAndUser({ update: { update_id, message: { chat, from } } })).toBe(
      '-9007199254740991:9007199254740991',
    );
  });
});

const badParts: Readonly<Record<string, unknown>> = {
  undefined: undefined,
  null: null,
  NaN: Number.NaN,
  'an empty text': '',
  'a text': 'text',
  zero: 0,
  'a number': 42,
  'a BigInt': 42n,
  false: false,
  true: true,
  'an empty list': [],
  'a list': [42],
  'an empty object': {},
};

test.each(Object.entries(badParts))('a part is as if it were not there when it is %s', (_, part) => {
  const message = { chat: part, from: part, sender_chat: part, user: part, source: part, message: part };
  expect(scopeOf({ update_id, message })).toStrictEqual({});
  expect(scopeOf({ update_id, chat_boost: { chat: group, boost: part } })).toStrictEqual({
    chatId: group.id,
  });
  expect(scopeOf({ update_id, callback_query: { from: alice, message: part } })).toStrictEqual({
    userId: alice.id,
  });
});

describe('an update', () => {
  const withoutPayload: Readonly<Record<string, object>> = {
    'without a payload': { update_id },
    'that is empty': {},
    'that is a list': [],
    'whose payload is null': { update_id, message: null },
    'whose payload is undefined': { update_id, message: undefined },
    'whose payload is a text': { update_id, message: 'hello' },
    'whose payload is empty': { update_id, message: {} },
    'whose payload is a list': { update_id, message: [] },
  };

  test.each(Object.entries(withoutPayload))('%s has no key by any strategy', (_, update) => {
    const keys = Object.values(strategies).map((strategy) => strategy({ update }));
    expect(new Set(keys)).toEqual(new Set([undefined]));
  });

  test('is resolved by its payload, whatever null members stand before it', () => {
    const update = { update_id, message: null, edited_message: undefined, inline_query: { from: alice } };
    expect(byChatAndUser({ update })).toBe('111111111:111111111');
  });

  test('is not changed', () => {
    const update = Object.freeze({ update_id, message: Object.freeze({ chat: withAlice, from: alice }) });
    expect(byChatAndUser({ update })).toBe('111111111:111111111');
  });
});

describe.each(['business_message', 'edited_business_message', 'deleted_business_messages'])(
  'a %s',
  (kind) => {
    const badConnections = [undefined, null, '', 0, 42, Number.NaN, false, true, [], ['c'], {}];

    test.each(badConnections)('has no key when its connection is %j', (business_connection_id) => {
      const payload = { chat: withAlice, from: alice, business_connection_id };
      for (const strategy of Object.values(ownStrategies)) {
        expect(strategy({ update: { update_id, [kind]: payload } })).toBeUndefined();
      }
    });
  },
);

test.each([
  ['a:b', 'business:a%3Ab:111111111:111111111'],
  ['a%3Ab', 'business:a%253Ab:111111111:111111111'],
  ['%', 'business:%25:111111111:111111111'],
  ['::', 'business:%3A%3A:111111111:111111111'],
  ['🎲', 'business:🎲:111111111:111111111'],
  ['\ud83c', 'business:\ud83c:111111111:111111111'],
  [' ', 'business: :111111111:111111111'],
])('a connection named %j stays one part of the key', (business_connection_id, key) => {
  const business_message = { business_connection_id, chat: withAlice, from: alice };
  expect(byChatAndUser({ update: { update_id, business_message } })).toBe(key);
});
