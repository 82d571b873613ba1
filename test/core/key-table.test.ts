/** Which session each update belongs to, in a table that a person can read, and the same in all three adapters. */

import type { Update } from '@grammyjs/types';
import { byChatAndUser, type SessionStore } from '@sessiongram/core';
import * as forGrammy from '@sessiongram/grammy';
import * as forTelegraf from '@sessiongram/telegraf';
import * as forVibegram from '@sessiongram/vibegram';
import { Bot, type Context } from 'grammy';
import { Telegraf } from 'telegraf';
import { describe, expect, test } from 'vitest';
import { RecordingStore } from '../support/recording-store';
import { BOT, updateNamed, updates } from '../support/updates';

const none = undefined;

const keys: Readonly<Record<string, string | undefined>> = {
  // A person in the bot's own chat with them.
  message_private_text: '111111111:111111111',
  message_private_command: '111111111:111111111',
  message_private_photo: '222222222:222222222',
  message_private_album_item: '222222222:222222222',
  message_private_reply: '111111111:111111111',
  message_private_forwarded: '111111111:111111111',
  message_private_dice: '111111111:111111111',
  message_private_web_app_data: '111111111:111111111',
  message_private_users_shared: '111111111:111111111',
  message_private_chat_shared: '111111111:111111111',
  message_private_write_access_allowed: '111111111:111111111',
  message_private_successful_payment: '111111111:111111111',
  message_private_refunded_payment: '111111111:111111111',
  message_private_topic: '111111111:111111111',
  edited_message_private: '111111111:111111111',
  edited_message_live_location: '111111111:111111111',
  message_reaction_private: '111111111:111111111',
  callback_query_private: '111111111:111111111',
  my_chat_member_private_blocked: '111111111:111111111',
  my_chat_member_private_unblocked: '111111111:111111111',
  // It names nobody, but only the person can have asked the bot to stop.
  stopped_message_generation: '111111111:111111111',

  // A person in a group, a channel, or any other chat of many.
  message_group_text: '-555555555:111111111',
  message_supergroup_text: '-1001234567890:222222222',
  message_supergroup_text_other_user: '-1001234567890:111111111',
  message_reply_thread: '-1001234567890:111111111',
  message_forum_topic_text: '-1002222222222:111111111',
  message_forum_topic_created: '-1002222222222:111111111',
  message_forum_topic_edited: '-1002222222222:111111111',
  message_forum_topic_closed: '-1002222222222:111111111',
  message_forum_topic_reopened: '-1002222222222:111111111',
  message_forum_general_hidden: '-1002222222222:111111111',
  message_forum_general_unhidden: '-1002222222222:111111111',
  message_direct_messages_topic: '-1008888888888:222222222',
  message_migrate_to_supergroup: '-555555555:333333333',
  message_boost_added: '-1001234567890:7654321098',
  message_from_bot_in_group: '-1001234567890:444444444',
  edited_message_supergroup: '-1001234567890:222222222',
  guest_message_supergroup: '-1007777777777:222222222',
  guest_message_private: '222222222:111111111',
  message_reaction_supergroup: '-1001234567890:222222222',
  my_chat_member_added_to_supergroup: '-1001234567890:333333333',
  chat_member_joined_by_link: '-1001234567890:222222222',
  chat_member_restricted_by_admin: '-1001234567890:333333333',
  chat_join_request_supergroup: '-1001234567890:222222222',
  chat_join_request_channel: '-1003333333333:222222222',
  chat_boost_premium: '-1003333333333:7654321098',
  chat_boost_gift_code: '-1003333333333:222222222',
  chat_boost_giveaway_won: '-1003333333333:222222222',
  removed_chat_boost_premium: '-1003333333333:7654321098',

  // Whoever presses a button acts, in the chat of the message, whoever has sent that.
  callback_query_supergroup: '-1001234567890:222222222',
  callback_query_forum_topic: '-1002222222222:111111111',
  callback_query_channel_post: '-1003333333333:222222222',
  callback_query_inaccessible_message: '-1001234567890:222222222',
  callback_query_on_message_by_channel: '-1001234567890:222222222',
  callback_query_on_message_by_anonymous_admin: '-1001234567890:222222222',
  callback_query_game: '-1001234567890:222222222',

  // A chat that speaks for itself, although a stand-in user is named.
  message_anonymous_admin: '-1001234567890:-1001234567890',
  message_anonymous_admin_in_topic: '-1002222222222:-1002222222222',
  message_comment_by_anonymous_admin: '-1001234567890:-1001234567890',
  message_migrate_from_group: '-1006666666666:-1006666666666',
  edited_message_anonymous_admin: '-1001234567890:-1001234567890',
  message_sent_as_channel: '-1001234567890:-1003333333333',
  message_sent_as_other_channel: '-1001234567890:-1004444444444',
  message_automatic_forward: '-1001234567890:-1003333333333',
  message_direct_messages_by_channel: '-1008888888888:-1003333333333',
  message_reaction_anonymous_admin: '-1001234567890:-1001234567890',
  message_reaction_channel: '-1001234567890:-1003333333333',
  my_chat_member_by_anonymous_admin: '-1001234567890:-1001234567890',
  chat_member_by_anonymous_admin: '-1001234567890:-1001234567890',
  channel_post_text: '-1003333333333:-1003333333333',
  channel_post_without_sender_chat: '-1003333333333:-1003333333333',
  channel_post_signed: '-1003333333333:-1003333333333',
  channel_post_signed_with_profile: '-1003333333333:-1003333333333',
  edited_channel_post: '-1003333333333:-1003333333333',
  edited_channel_post_without_sender_chat: '-1003333333333:-1003333333333',
  poll_answer_voter_chat: '-1003333333333:-1003333333333',
  poll_answer_voter_chat_only: '-1003333333333:-1003333333333',

  // No chat but a person: the bot's own chat with them.
  business_connection_enabled: '333333333:333333333',
  business_connection_disabled: '333333333:333333333',
  inline_query_sender: '111111111:111111111',
  inline_query_supergroup: '222222222:222222222',
  chosen_inline_result: '111111111:111111111',
  chosen_inline_result_with_message: '222222222:222222222',
  callback_query_inline_message: '222222222:222222222',
  callback_query_game_inline: '222222222:222222222',
  shipping_query: '111111111:111111111',
  pre_checkout_query: '111111111:111111111',
  purchased_paid_media: '7654321098:7654321098',
  subscription_canceled: '111111111:111111111',
  poll_answer_user: '222222222:222222222',
  poll_answer_retracted: '222222222:222222222',
  managed_bot: '111111111:111111111',

  // A chat of a business account is not the bot's own chat with that person.
  business_message_from_customer: 'business:Bc_x7Yq0AAABAAAA:111111111:111111111',
  edited_business_message: 'business:Bc_x7Yq0AAABAAAA:111111111:111111111',
  business_message_from_owner: 'business:Bc_x7Yq0AAABAAAA:111111111:333333333',
  business_message_sent_by_bot: 'business:Bc_x7Yq0AAABAAAA:111111111:333333333',
  business_message_other_connection: 'business:Bc_other:111111111:111111111',
  callback_query_business: 'business:Bc_x7Yq0AAABAAAA:111111111:111111111',

  // Ids of 0 are ids.
  message_user_0_in_chat_0: '0:0',
  message_user_in_chat_0: '0:111111111',
  message_user_0_in_group: '-555555555:0',
  inline_query_user_0: '0:0',

  // Nobody acts.
  deleted_business_messages: none,
  message_reaction_count_channel: none,
  message_reaction_count_supergroup: none,
  poll_regular: none,
  poll_quiz_closed: none,
  chat_boost_giveaway_without_user: none,
  removed_chat_boost_giveaway_without_user: none,
};

const rows = Object.entries(keys).map(([name, key]) => ({
  name,
  update: updateNamed(name),
  key,
  session: key ?? 'no session',
  asked: key ?? 'nothing',
}));

interface Data {
  count: number;
}

/** One update's way through a framework, up to a handler that changes the session where there is one. */
type Run = (update: Update, store: SessionStore<Data>, handler: (ctx: object) => void) => Promise<unknown>;

const TOKEN = '123456789:token';
const initial = (): Data => ({ count: 0 });

const adapters: readonly { framework: string; run: Run }[] = [
  {
    framework: 'grammY',
    run: async (update, store, handler) => {
      const bot = new Bot<Context & forGrammy.SessionFlavor<Data>>(TOKEN, { botInfo: BOT });
      bot.use(forGrammy.session({ store, initial, onMissingKey: 'undefined' }));
      bot.use(handler);
      await bot.handleUpdate(update);
    },
  },
  {
    framework: 'Telegraf',
    run: async (update, store, handler) => {
      const bot = new Telegraf<forTelegraf.SessionContext<Data>>(TOKEN);
      bot.botInfo = BOT;
      bot.use(forTelegraf.session({ store, initial, onMissingKey: 'undefined' }));
      bot.use(handler);
      await bot.handleUpdate(update as Parameters<typeof bot.handleUpdate>[0]);
    },
  },
  {
    framework: 'vibegram',
    run: (update, store, handler) => {
      const ctx = { update };
      const middleware = forVibegram.session({ store, initial, onMissingKey: 'undefined' });
      return middleware(ctx, async () => handler(ctx));
    },
  },
];

test('the table has a row for every update', () => {
  expect(Object.keys(keys).sort()).toEqual([...updates.keys()].sort());
});

test.each(rows)('$name belongs to $session', ({ update, key }) => {
  expect(byChatAndUser({ update })).toBe(key);
});

describe.each(adapters)('the $framework adapter', ({ run }) => {
  test.each(rows)('asks its store for $asked on $name', async ({ update, key }) => {
    const store = new RecordingStore<Data>();
    let runs = 0;
    await run(update, store, (ctx) => {
      runs++;
      const { session } = ctx as { session: Data | undefined };
      if (session !== undefined) session.count++;
    });
    expect(runs).toBe(1);
    expect(store.commands).toEqual(key === undefined ? [] : [`get ${key}`, `set ${key}`]);
  });
});
