/**
 * Which webhook queue an update belongs to, by the rules of Telegram's own server: one queue per kind of update and
 * chat or person. That is why a message and a button press of one person reach a bot at the same time.
 */

import type { RawUpdate } from './types';

type Id = { readonly id: unknown };

interface Parties {
  readonly chat?: Id;
  readonly from?: Id;
  readonly user?: Id;
  readonly new_chat_member?: { readonly user: Id };
  readonly id?: unknown;
  readonly poll_id?: unknown;
}

const byChat = ({ chat }: Parties) => chat?.id;
const byUser = ({ new_chat_member, from, user }: Parties) => (new_chat_member?.user ?? from ?? user)?.id;
const byPoll = ({ poll_id, id }: Parties) => poll_id ?? id;

const KINDS: Readonly<Record<string, readonly [queue: string, owner: (payload: Parties) => unknown]>> = {
  message: ['messages', byChat],
  edited_message: ['messages', byChat],
  channel_post: ['messages', byChat],
  edited_channel_post: ['messages', byChat],
  inline_query: ['inline queries', byUser],
  chosen_inline_result: ['inline results', byUser],
  callback_query: ['buttons', byUser],
  shipping_query: ['payments', byUser],
  pre_checkout_query: ['payments', byUser],
  my_chat_member: ['own membership', byChat],
  chat_member: ['members', byUser],
  chat_join_request: ['members', byUser],
  chat_boost: ['boosts', byChat],
  removed_chat_boost: ['boosts', byChat],
  message_reaction: ['reactions', byChat],
  message_reaction_count: ['reaction counts', byChat],
  business_connection: ['business connections', byUser],
  business_message: ['business messages', byChat],
  edited_business_message: ['business messages', byChat],
  deleted_business_messages: ['business messages', byChat],
  guest_message: ['guest messages', byChat],
  purchased_paid_media: ['paid media', byUser],
  managed_bot: ['managed bots', byUser],
  poll: ['polls', byPoll],
  poll_answer: ['polls', byPoll],
};

export function laneOf(update: RawUpdate): string {
  const kind = Object.keys(update).find((key) => key !== 'update_id') ?? '';
  const rule = KINDS[kind];
  // Telegram gives an update without a rule a queue of its own.
  if (rule == null) return `update ${update.update_id}`;
  const [queue, owner] = rule;
  return `${queue} of ${owner(update[kind] as Parties)}`;
}
