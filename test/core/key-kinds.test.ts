/** No update kind of the Bot API is forgotten: a new one in the types fails the type check until it is decided here. */

import type { Update } from '@grammyjs/types';
import { byChatAndUser } from '@sessiongram/core';
import { API_CONSTANTS } from 'grammy';
import { describe, expect, test } from 'vitest';
import { updates } from '../support/updates';

type Kind = Exclude<keyof Update, 'update_id'>;

/** Whether the updates of a kind belong to a session. A kind that is new in the types must be named, and decided, here. */
const belongs: Readonly<Record<Kind, 'always' | 'sometimes' | 'never'>> = {
  message: 'always',
  edited_message: 'always',
  channel_post: 'always',
  edited_channel_post: 'always',
  business_connection: 'always',
  business_message: 'always',
  edited_business_message: 'always',
  deleted_business_messages: 'never',
  guest_message: 'always',
  stopped_message_generation: 'always',
  message_reaction: 'always',
  message_reaction_count: 'never',
  inline_query: 'always',
  chosen_inline_result: 'always',
  callback_query: 'always',
  shipping_query: 'always',
  pre_checkout_query: 'always',
  purchased_paid_media: 'always',
  poll: 'never',
  poll_answer: 'always',
  my_chat_member: 'always',
  chat_member: 'always',
  chat_join_request: 'always',
  // A boost of a giveaway that nobody has won names no user.
  chat_boost: 'sometimes',
  removed_chat_boost: 'sometimes',
  managed_bot: 'always',
  subscription: 'always',
};

const kinds = Object.keys(belongs);

test('every kind that grammY can ask Telegram for is decided', () => {
  expect(API_CONSTANTS.ALL_UPDATE_TYPES.filter((kind) => !kinds.includes(kind))).toEqual([]);
});

test('every update of the tests has exactly one payload, of a kind that is decided', () => {
  for (const [name, update] of updates) {
    const [kind, ...others] = kindsOf(update);
    expect(kinds, name).toContain(kind);
    expect(others, name).toEqual([]);
  }
});

describe.each(Object.entries(belongs))('the kind %s', (kind, expected) => {
  const ofKind = [...updates.values()].filter((update) => kindsOf(update).includes(kind));

  test('has an update in the tests', () => {
    expect(ofKind.length).toBeGreaterThan(0);
  });

  test(`${expected} belongs to a session`, () => {
    const found = new Set(ofKind.map((update) => byChatAndUser({ update }) !== undefined));
    const wanted = { always: [true], sometimes: [false, true], never: [false] }[expected];
    expect([...found].sort()).toEqual(wanted);
  });
});

function kindsOf(update: Update): string[] {
  return Object.keys(update).filter((name) => name !== 'update_id');
}
