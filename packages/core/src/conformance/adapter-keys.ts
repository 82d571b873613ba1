/** Cases on the keys that an adapter finds: those of the raw update, whatever the framework makes of it. */

import { byChatAndUser } from '../key';
import { type AdapterCase, initial, SlowStore, withBot } from './adapter-case';
import { expectEqual, expectThat } from './expect';

const alice = { id: 42, is_bot: false, first_name: 'Alice' };
const channelBot = { id: 136817688, is_bot: true, first_name: 'Channel' };
const group = { id: -1001, type: 'supergroup', title: 'Group', is_forum: true };
const channel = { id: -1002, type: 'channel', title: 'News' };
const directly = { id: 42, type: 'private', first_name: 'Alice' };
const message = { message_id: 1, date: 1 };

/** Raw updates, and whether they belong to a session. */
const updates: readonly (readonly [kind: string, content: object])[] = [
  ['message', { ...message, chat: directly, from: alice, text: 'hi' }],
  ['message', { ...message, chat: group, from: alice, text: 'hi' }],
  [
    'message',
    { ...message, chat: group, from: alice, text: 'hi', message_thread_id: 7, is_topic_message: true },
  ],
  ['message', { ...message, chat: group, from: channelBot, sender_chat: channel, text: 'hi' }],
  ['edited_message', { ...message, edit_date: 2, chat: group, from: alice, text: 'ho' }],
  ['channel_post', { ...message, chat: channel, sender_chat: channel, text: 'news' }],
  ['business_message', { ...message, business_connection_id: 'b1', chat: directly, from: alice, text: 'hi' }],
  [
    'callback_query',
    {
      id: '1',
      from: alice,
      chat_instance: '1',
      data: 'yes',
      message: { ...message, chat: group, text: '?' },
    },
  ],
  ['callback_query', { id: '2', from: alice, chat_instance: '1', data: 'yes', inline_message_id: 'i1' }],
  ['inline_query', { id: '3', from: alice, query: 'q', offset: '' }],
  [
    'message_reaction',
    { chat: group, message_id: 1, user: alice, date: 1, old_reaction: [], new_reaction: [] },
  ],
  [
    'my_chat_member',
    {
      chat: directly,
      from: alice,
      date: 1,
      old_chat_member: { status: 'member', user: alice },
      new_chat_member: { status: 'kicked', user: alice, until_date: 0 },
    },
  ],
  ['poll_answer', { poll_id: '1', user: alice, option_ids: [0] }],
  ['pre_checkout_query', { id: '4', from: alice, currency: 'XTR', total_amount: 1, invoice_payload: 'p' }],
];

/** An update that belongs to no session. */
export const keylessUpdate: object = {
  update_id: 900,
  poll: {
    id: '1',
    question: '?',
    options: [],
    total_voter_count: 0,
    is_closed: false,
    is_anonymous: true,
    type: 'regular',
    allows_multiple_answers: false,
  },
};

export const keyAgreementCases: readonly AdapterCase[] = [
  {
    name: 'the keys are those that byChatAndUser makes of the raw updates',
    async run(subject) {
      const store = new SlowStore();
      const handled: object[] = [];
      const raw = [
        ...updates.map(([kind, content], index) => ({ update_id: index + 1, [kind]: content })),
        keylessUpdate,
      ];
      await withBot(
        subject,
        [subject.session({ store, initial })],
        (ctx) => handled.push(ctx.update),
        async (bot) => {
          for (const update of raw) await bot.handle(structuredClone(update));
          expectEqual('errors', bot.errors, []);
        },
      );
      expectEqual('updates that were handled', handled.length, raw.length);
      const keys = raw.map((update) => byChatAndUser({ update })).filter((key) => key !== undefined);
      expectThat('the updates have keys of several kinds', new Set(keys).size >= 5, keys);
      expectEqual(
        'commands',
        store.commands,
        keys.map((key) => `get ${key}`),
      );
    },
  },
];
