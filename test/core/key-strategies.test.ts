/** The other strategies, and what tells their sessions apart. */

import {
  byChat,
  byChatAndUser,
  byTopic,
  byTopicAndUser,
  byUser,
  type KeyStrategy,
  scopeOf,
  type UpdateScope,
} from '@sessiongram/core';
import { describe, expect, test } from 'vitest';
import { updateNamed } from '../support/updates';

const none = undefined;

type Key = string | undefined;
type Row = readonly [byChat: Key, byUser: Key, byTopic: Key, byTopicAndUser: Key];

const keys: Readonly<Record<string, Row>> = {
  message_private_text: ['111111111', '111111111', '111111111', '111111111:111111111'],
  message_supergroup_text: ['-1001234567890', '222222222', '-1001234567890', '-1001234567890:222222222'],
  message_supergroup_text_other_user: [
    '-1001234567890',
    '111111111',
    '-1001234567890',
    '-1001234567890:111111111',
  ],

  // Forum topics count, threads of replies and the channel's direct messages do not.
  message_forum_topic_text: [
    '-1002222222222',
    '111111111',
    '-1002222222222:15',
    '-1002222222222:15:111111111',
  ],
  message_forum_topic_created: [
    '-1002222222222',
    '111111111',
    '-1002222222222:17',
    '-1002222222222:17:111111111',
  ],
  message_forum_general_hidden: ['-1002222222222', '111111111', '-1002222222222', '-1002222222222:111111111'],
  callback_query_forum_topic: [
    '-1002222222222',
    '111111111',
    '-1002222222222:15',
    '-1002222222222:15:111111111',
  ],
  message_anonymous_admin_in_topic: [
    '-1002222222222',
    '-1002222222222',
    '-1002222222222:15',
    '-1002222222222:15:-1002222222222',
  ],
  message_private_topic: ['111111111', '111111111', '111111111:4001', '111111111:4001:111111111'],
  message_reply_thread: ['-1001234567890', '111111111', '-1001234567890', '-1001234567890:111111111'],
  message_comment_by_anonymous_admin: [
    '-1001234567890',
    '-1001234567890',
    '-1001234567890',
    '-1001234567890:-1001234567890',
  ],
  message_direct_messages_topic: [
    '-1008888888888',
    '222222222',
    '-1008888888888',
    '-1008888888888:222222222',
  ],
  stopped_message_generation: ['111111111', '111111111', '111111111', '111111111:111111111'],

  // A chat that speaks for itself.
  message_sent_as_channel: [
    '-1001234567890',
    '-1003333333333',
    '-1001234567890',
    '-1001234567890:-1003333333333',
  ],
  channel_post_text: ['-1003333333333', '-1003333333333', '-1003333333333', '-1003333333333:-1003333333333'],
  poll_answer_voter_chat_only: [
    '-1003333333333',
    '-1003333333333',
    '-1003333333333',
    '-1003333333333:-1003333333333',
  ],

  // No chat but a person.
  inline_query_sender: ['111111111', '111111111', '111111111', '111111111:111111111'],
  callback_query_inline_message: ['222222222', '222222222', '222222222', '222222222:222222222'],
  business_connection_enabled: ['333333333', '333333333', '333333333', '333333333:333333333'],
  inline_query_user_0: ['0', '0', '0', '0:0'],

  // A chat of a business account.
  business_message_from_customer: [
    'business:Bc_x7Yq0AAABAAAA:111111111',
    'business:Bc_x7Yq0AAABAAAA:111111111',
    'business:Bc_x7Yq0AAABAAAA:111111111',
    'business:Bc_x7Yq0AAABAAAA:111111111:111111111',
  ],
  business_message_from_owner: [
    'business:Bc_x7Yq0AAABAAAA:111111111',
    'business:Bc_x7Yq0AAABAAAA:333333333',
    'business:Bc_x7Yq0AAABAAAA:111111111',
    'business:Bc_x7Yq0AAABAAAA:111111111:333333333',
  ],
  callback_query_business: [
    'business:Bc_x7Yq0AAABAAAA:111111111',
    'business:Bc_x7Yq0AAABAAAA:111111111',
    'business:Bc_x7Yq0AAABAAAA:111111111',
    'business:Bc_x7Yq0AAABAAAA:111111111:111111111',
  ],

  // Nobody acts: what is kept per chat is there all the same.
  deleted_business_messages: [
    'business:Bc_x7Yq0AAABAAAA:111111111',
    none,
    'business:Bc_x7Yq0AAABAAAA:111111111',
    none,
  ],
  message_reaction_count_channel: ['-1003333333333', none, '-1003333333333', none],
  chat_boost_giveaway_without_user: ['-1003333333333', none, '-1003333333333', none],
  poll_regular: [none, none, none, none],
};

const strategies: Readonly<Record<string, KeyStrategy>> = { byChat, byUser, byTopic, byTopicAndUser };

describe.each(Object.entries(strategies).map(([name, strategy], column) => ({ name, strategy, column })))(
  '$name',
  ({ strategy, column }) => {
    const rows = Object.entries(keys).map(([name, row]) => ({
      name,
      key: row[column],
      session: row[column] ?? 'no session',
    }));

    test.each(rows)('$name belongs to $session', ({ name, key }) => {
      expect(strategy({ update: updateNamed(name) })).toBe(key);
    });
  },
);

describe.each(Object.entries({ ...strategies, byChatAndUser }))('%s', (_, strategy) => {
  const keyOf = (name: string): string | undefined => strategy({ update: updateNamed(name) });

  test('tells the chat of a business account from the own chat with the same person', () => {
    expect(keyOf('business_message_from_customer')).not.toBe(keyOf('message_private_text'));
    expect(keyOf('callback_query_business')).not.toBe(keyOf('callback_query_private'));
  });

  test('tells the chats of two business accounts with the same person apart', () => {
    expect(keyOf('business_message_from_customer')).not.toBe(keyOf('business_message_other_connection'));
  });

  test('finds the same session by a message, its edit and a button on it', () => {
    expect(keyOf('edited_message_private')).toBe(keyOf('message_private_text'));
    expect(keyOf('callback_query_private')).toBe(keyOf('message_private_text'));
    expect(keyOf('edited_business_message')).toBe(keyOf('business_message_from_customer'));
    expect(keyOf('callback_query_business')).toBe(keyOf('business_message_from_customer'));
    expect(keyOf('callback_query_forum_topic')).toBe(keyOf('message_forum_topic_text'));
  });
});

describe('scopeOf', () => {
  const scopes: Readonly<Record<string, UpdateScope>> = {
    message_private_text: { chatId: 111111111, userId: 111111111 },
    message_forum_topic_text: { chatId: -1002222222222, userId: 111111111, threadId: 15 },
    message_reply_thread: { chatId: -1001234567890, userId: 111111111 },
    message_sent_as_channel: { chatId: -1001234567890, userId: 136817688, senderChatId: -1003333333333 },
    message_anonymous_admin: { chatId: -1001234567890, userId: 1087968824, senderChatId: -1001234567890 },
    channel_post_without_sender_chat: { chatId: -1003333333333, senderChatId: -1003333333333 },
    poll_answer_voter_chat_only: { senderChatId: -1003333333333 },
    inline_query_sender: { userId: 111111111 },
    message_reaction_count_channel: { chatId: -1003333333333 },
    business_message_from_owner: {
      chatId: 111111111,
      userId: 333333333,
      businessConnectionId: 'Bc_x7Yq0AAABAAAA',
    },
    deleted_business_messages: { chatId: 111111111, businessConnectionId: 'Bc_x7Yq0AAABAAAA' },
    message_user_0_in_chat_0: { chatId: 0, userId: 0 },
    poll_regular: {},
  };

  test.each(Object.entries(scopes))('says of %s what Telegram says, and nothing more', (name, scope) => {
    expect(scopeOf(updateNamed(name))).toStrictEqual(scope);
  });
});
