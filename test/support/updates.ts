/** The updates that key tests run on: those that `updates.json` holds, and by hand those that it lacks. */

import { readFileSync } from 'node:fs';
import type { Chat, Poll, Update, User, UserFromGetMe } from '@grammyjs/types';

const ALICE: User = { id: 111111111, is_bot: false, first_name: 'Alice' };
const BOB: User = { id: 222222222, is_bot: false, first_name: 'Bob' };
/** Owns the business account. */
const OLGA: User = { id: 333333333, is_bot: false, first_name: 'Olga' };
const NOBODY: User = { id: 0, is_bot: false, first_name: 'Zero' };
/** The bot that gets the updates, as `getMe` describes it. */
export const BOT: UserFromGetMe = {
  id: 123456789,
  is_bot: true,
  first_name: 'Holdout Bot',
  username: 'holdout_bot',
  can_join_groups: true,
  can_read_all_group_messages: false,
  supports_inline_queries: true,
  can_connect_to_business: true,
  has_main_web_app: false,
  has_topics_enabled: true,
  allows_users_to_create_topics: true,
  can_manage_bots: false,
  supports_join_request_queries: false,
};

/** The users that Telegram names where it is a chat that acts. */
const GROUP_STAND_IN: User = { id: 1087968824, is_bot: true, first_name: 'Group' };
const CHANNEL_STAND_IN: User = { id: 136817688, is_bot: true, first_name: 'Channel' };
const TELEGRAM_STAND_IN: User = { id: 777000, is_bot: false, first_name: 'Telegram' };

const WITH_ALICE: Chat.PrivateChat = { id: ALICE.id, type: 'private', first_name: 'Alice' };
const WITH_BOB: Chat.PrivateChat = { id: BOB.id, type: 'private', first_name: 'Bob' };
const GROUP: Chat.GroupChat = { id: -555555555, type: 'group', title: 'Basic group' };
const SUPERGROUP: Chat.SupergroupChat = { id: -1001234567890, type: 'supergroup', title: 'Supergroup' };
const UPGRADED: Chat.SupergroupChat = { id: -1006666666666, type: 'supergroup', title: 'Once a basic group' };
const FORUM: Chat.SupergroupChat = { id: -1002222222222, type: 'supergroup', title: 'Forum', is_forum: true };
const CHANNEL: Chat.ChannelChat = { id: -1003333333333, type: 'channel', title: 'News' };
const OTHER_CHANNEL: Chat.ChannelChat = { id: -1004444444444, type: 'channel', title: 'Views' };
const DIRECT_MESSAGES: Chat.SupergroupChat = {
  id: -1008888888888,
  type: 'supergroup',
  title: 'To the editors of News',
  is_direct_messages: true,
};
const CHAT_0: Chat.GroupChat = { id: 0, type: 'group', title: 'Zero' };

const CONNECTION = 'Bc_x7Yq0AAABAAAA';
const sent = { message_id: 900, date: 1760001000 };
const edited = { ...sent, edit_date: 1760001007 };
const pressed = { id: '4382bfdwdsb323b2ff', chat_instance: '-3487563498760', data: 'yes' };
const boosted = { boost_id: 'b2', add_date: 1760001000, expiration_date: 1762592000 };
const joined = {
  old_chat_member: { status: 'left', user: BOB },
  new_chat_member: { status: 'member', user: BOB },
} as const;

const byChannel = { ...sent, from: CHANNEL_STAND_IN, sender_chat: CHANNEL, chat: SUPERGROUP };
const byAdmin = { ...sent, from: GROUP_STAND_IN, sender_chat: SUPERGROUP, chat: SUPERGROUP };
const quiz: Poll = {
  id: '5123456789012345679',
  question: '2 + 2?',
  options: [],
  total_voter_count: 0,
  is_closed: true,
  is_anonymous: false,
  type: 'quiz',
  allows_multiple_answers: false,
  allows_revoting: false,
  members_only: false,
  correct_option_ids: [1],
};

const byHand: Readonly<Record<string, Omit<Update, 'update_id'>>> = {
  message_sent_as_channel: { message: byChannel },
  message_sent_as_other_channel: {
    message: { ...byChannel, sender_chat: OTHER_CHANNEL },
  },
  message_automatic_forward: {
    message: { ...byChannel, from: TELEGRAM_STAND_IN, is_automatic_forward: true },
  },
  message_comment_by_anonymous_admin: {
    message: { ...byAdmin, message_thread_id: 500 },
  },
  message_anonymous_admin_in_topic: {
    message: { ...byAdmin, sender_chat: FORUM, chat: FORUM, message_thread_id: 15, is_topic_message: true },
  },
  message_reply_thread: { message: { ...sent, from: ALICE, chat: SUPERGROUP, message_thread_id: 500 } },
  message_private_topic: {
    message: { ...sent, from: ALICE, chat: WITH_ALICE, message_thread_id: 4001, is_topic_message: true },
  },
  message_direct_messages_topic: {
    message: {
      ...sent,
      from: BOB,
      chat: DIRECT_MESSAGES,
      direct_messages_topic: { topic_id: 222222222, user: BOB },
    },
  },
  message_direct_messages_by_channel: {
    message: {
      ...byChannel,
      chat: DIRECT_MESSAGES,
      direct_messages_topic: { topic_id: 222222222, user: BOB },
    },
  },
  message_migrate_from_group: {
    message: { ...byAdmin, sender_chat: UPGRADED, chat: UPGRADED, migrate_from_chat_id: GROUP.id },
  },
  message_user_0_in_chat_0: { message: { ...sent, from: NOBODY, chat: CHAT_0 } },
  message_user_in_chat_0: { message: { ...sent, from: ALICE, chat: CHAT_0 } },
  message_user_0_in_group: { message: { ...sent, from: NOBODY, chat: GROUP } },
  edited_message_anonymous_admin: {
    edited_message: { ...byAdmin, ...edited },
  },
  channel_post_without_sender_chat: { channel_post: { ...sent, chat: CHANNEL } },
  channel_post_signed: {
    channel_post: { ...sent, sender_chat: CHANNEL, chat: CHANNEL, author_signature: 'Olga' },
  },
  channel_post_signed_with_profile: { channel_post: { ...sent, from: OLGA, chat: CHANNEL } },
  edited_channel_post_without_sender_chat: { edited_channel_post: { ...edited, chat: CHANNEL } },
  business_connection_disabled: {
    business_connection: {
      id: CONNECTION,
      user: OLGA,
      user_chat_id: OLGA.id,
      date: sent.date,
      is_enabled: false,
    },
  },
  business_message_from_owner: {
    business_message: { ...sent, business_connection_id: CONNECTION, from: OLGA, chat: WITH_ALICE },
  },
  business_message_sent_by_bot: {
    business_message: {
      ...sent,
      business_connection_id: CONNECTION,
      from: OLGA,
      sender_business_bot: BOT,
      chat: WITH_ALICE,
    },
  },
  business_message_other_connection: {
    business_message: { ...sent, business_connection_id: 'Bc_other', from: ALICE, chat: WITH_ALICE },
  },
  guest_message_private: {
    guest_message: { ...sent, from: ALICE, chat: WITH_BOB, guest_query_id: 'gq_2' },
  },
  message_reaction_anonymous_admin: {
    message_reaction: {
      ...sent,
      chat: SUPERGROUP,
      actor_chat: SUPERGROUP,
      old_reaction: [],
      new_reaction: [],
    },
  },
  message_reaction_channel: {
    message_reaction: { ...sent, chat: SUPERGROUP, actor_chat: CHANNEL, old_reaction: [], new_reaction: [] },
  },
  message_reaction_count_supergroup: { message_reaction_count: { ...sent, chat: SUPERGROUP, reactions: [] } },
  inline_query_user_0: { inline_query: { id: '1', from: NOBODY, query: '', offset: '' } },
  chosen_inline_result_with_message: {
    chosen_inline_result: { result_id: 'r1', from: BOB, inline_message_id: 'AQAAAA', query: '' },
  },
  callback_query_inline_message: {
    callback_query: { ...pressed, from: BOB, inline_message_id: 'AQAAAA' },
  },
  callback_query_inaccessible_message: {
    callback_query: { ...pressed, from: BOB, message: { chat: SUPERGROUP, message_id: 900, date: 0 } },
  },
  callback_query_business: {
    callback_query: {
      ...pressed,
      from: ALICE,
      message: { ...sent, business_connection_id: CONNECTION, from: OLGA, chat: WITH_ALICE },
    },
  },
  callback_query_on_message_by_channel: { callback_query: { ...pressed, from: BOB, message: byChannel } },
  callback_query_on_message_by_anonymous_admin: {
    callback_query: { ...pressed, from: BOB, message: byAdmin },
  },
  callback_query_game: {
    callback_query: {
      id: '1',
      from: BOB,
      chat_instance: '2',
      game_short_name: 'chess',
      message: { ...sent, from: BOT, chat: SUPERGROUP },
    },
  },
  callback_query_game_inline: {
    callback_query: {
      id: '1',
      from: BOB,
      chat_instance: '2',
      game_short_name: 'chess',
      inline_message_id: 'AQAAAA',
    },
  },
  poll_quiz_closed: { poll: quiz },
  poll_answer_retracted: {
    poll_answer: { poll_id: quiz.id, user: BOB, option_ids: [], option_persistent_ids: [] },
  },
  poll_answer_voter_chat_only: {
    poll_answer: { poll_id: quiz.id, voter_chat: CHANNEL, option_ids: [1], option_persistent_ids: ['b'] },
  },
  my_chat_member_by_anonymous_admin: {
    my_chat_member: { chat: SUPERGROUP, from: GROUP_STAND_IN, date: sent.date, ...joined },
  },
  chat_member_by_anonymous_admin: {
    chat_member: { chat: SUPERGROUP, from: GROUP_STAND_IN, date: sent.date, ...joined },
  },
  chat_join_request_channel: {
    chat_join_request: { chat: CHANNEL, from: BOB, user_chat_id: BOB.id, date: sent.date },
  },
  chat_boost_gift_code: {
    chat_boost: { chat: CHANNEL, boost: { ...boosted, source: { source: 'gift_code', user: BOB } } },
  },
  chat_boost_giveaway_won: {
    chat_boost: {
      chat: CHANNEL,
      boost: { ...boosted, source: { source: 'giveaway', giveaway_message_id: 7, user: BOB } },
    },
  },
  chat_boost_giveaway_without_user: {
    chat_boost: {
      chat: CHANNEL,
      boost: { ...boosted, source: { source: 'giveaway', giveaway_message_id: 7, is_unclaimed: true } },
    },
  },
  removed_chat_boost_giveaway_without_user: {
    removed_chat_boost: {
      chat: CHANNEL,
      boost_id: 'b2',
      remove_date: sent.date,
      source: { source: 'giveaway', giveaway_message_id: 7, prize_star_count: 500 },
    },
  },
};

/** All updates by name, those of `updates.json` first. */
export const updates: ReadonlyMap<string, Update> = new Map([...recorded(), ...written()]);

export function updateNamed(name: string): Update {
  const update = updates.get(name);
  if (update === undefined) throw new Error(`There is no update named ${name}`);
  return update;
}

function recorded(): [string, Update][] {
  const text = readFileSync(new URL('./updates.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { name: string; update: Update }[]).map(({ name, update }) => [name, update]);
}

function written(): [string, Update][] {
  return Object.entries(byHand).map(([name, payload], index) => [
    name,
    { update_id: 900000000 + index, ...payload },
  ]);
}
