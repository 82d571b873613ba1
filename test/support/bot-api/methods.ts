/** What the methods return that this server does not really carry out. */

import { type ApiAnswer, refuse, succeed } from './answer';
import type { Payload, RawChat, RawMessage, RawUser } from './types';
import { chatOf, now } from './updates';

export interface MessageMaker {
  readonly me: RawUser;
  chat(id: number): RawChat;
  nextMessageId(): number;
}

/** A plausible answer: messages for what makes or changes messages, `true` for everything else. */
export function answerPlausibly(method: string, payload: Payload, maker: MessageMaker): ApiAnswer {
  const { chat_id, inline_message_id, text } = payload;
  if (!/^(send|copy|forward|edit)/.test(method) || inline_message_id != null) return succeed(true);
  if (chat_id == null) return refuse(400, 'Bad Request: chat_id is empty');
  if (method === 'sendMessage' && !text) return refuse(400, 'Bad Request: message text is empty');
  return succeed(resultOf(method, payload, maker));
}

function resultOf(method: string, payload: Payload, maker: MessageMaker): unknown {
  const { message_id, message_ids, media } = payload;
  if (method === 'sendChatAction' || method.endsWith('Draft')) return true;
  if (method === 'copyMessage') return { message_id: maker.nextMessageId() };
  if (method === 'copyMessages' || method === 'forwardMessages') {
    return list(message_ids).map(() => ({ message_id: maker.nextMessageId() }));
  }
  if (method === 'sendMediaGroup') {
    return list(media).map(() => message(payload, maker.nextMessageId(), maker));
  }
  const id = method.startsWith('edit') ? Number(message_id) : maker.nextMessageId();
  return message(payload, id, maker);
}

function message(payload: Payload, messageId: number, maker: MessageMaker): RawMessage & Payload {
  const { chat_id, text, caption, reply_markup } = payload;
  return {
    message_id: messageId,
    from: maker.me,
    chat: Number.isNaN(Number(chat_id)) ? namedChat(String(chat_id)) : maker.chat(Number(chat_id)),
    date: now(),
    ...(text == null ? {} : { text: String(text) }),
    ...(caption == null ? {} : { caption }),
    ...(reply_markup == null ? {} : { reply_markup }),
  };
}

/** A chat that was addressed by its public name. */
function namedChat(name: string): RawChat {
  return { ...chatOf(-1_001_000_000_000), type: 'channel', username: name.replace(/^@/, '') };
}

function list(value: unknown): unknown[] {
  const parsed: unknown = typeof value === 'string' ? JSON.parse(value) : value;
  return Array.isArray(parsed) ? parsed : [];
}
