/** Updates that leave in doubt whose session they belong to: rather no key than a stranger's. */

import { byChatAndUser } from '@sessiongram/core';
import { expect, test } from 'vitest';

const person = { id: 5 };
const privateChat = { id: 5, type: 'private' };

test.each([
  [
    'a future kind whose connection stands beside its message belongs to that business chat',
    { future: { business_connection_id: 'c', from: person, message: { chat: privateChat } } },
    'business:c:5:5',
  ],
  [
    'a future kind whose message names no chat happens in the chat beside it',
    { future: { chat: { id: -7 }, from: person, message: { message_id: 1 } } },
    '-7:5',
  ],
  [
    'a chat whose id cannot be read is not the private chat of the user',
    { message: { chat: { id: 'x', type: 'supergroup' }, from: person } },
    undefined,
  ],
  [
    'a connection that cannot be read is not the chat with the bot',
    { callback_query: { from: person, message: { business_connection_id: 5, chat: privateChat } } },
    undefined,
  ],
  [
    'an empty connection is none, as the Bot API says',
    { message: { business_connection_id: '', chat: privateChat, from: person } },
    '5:5',
  ],
  ['the id of an update is no payload', { update_id: { chat: privateChat, from: person } }, undefined],
])('%s', (_what, update, key) => {
  expect(byChatAndUser({ update })).toBe(key);
});
