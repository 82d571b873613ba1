/** Builds the updates that people cause most: a text and a pressed button. */

import type { RawCallbackQuery, RawChat, RawEntity, RawMessage, RawUser } from './types';

export function person(id: number): RawUser {
  return { id, is_bot: false, first_name: `User ${id}`, username: `user${id}`, language_code: 'en' };
}

/** The chat behind an id, which says by its sign and prefix what kind of chat it is. */
export function chatOf(id: number): RawChat {
  if (id >= 0) return { id, type: 'private', first_name: `User ${id}`, username: `user${id}` };
  return { id, type: String(id).startsWith('-100') ? 'supergroup' : 'group', title: `Group ${id}` };
}

export function now(): number {
  return Math.floor(Date.now() / 1000);
}

export function textMessage(from: RawUser, chat: RawChat, messageId: number, text: string) {
  const entities = commandEntities(text);
  return {
    message_id: messageId,
    from,
    chat,
    date: now(),
    text,
    ...(entities.length > 0 ? { entities } : {}),
  } satisfies RawMessage;
}

export function buttonPress(
  from: RawUser,
  message: RawMessage,
  queryId: string,
  data: string,
): RawCallbackQuery {
  return { id: queryId, from, message, chat_instance: String(message.chat.id), data };
}

function commandEntities(text: string): RawEntity[] {
  const command = /^\/\w+(?:@\w+)?/.exec(text);
  return command == null ? [] : [{ type: 'bot_command', offset: 0, length: command[0].length }];
}
