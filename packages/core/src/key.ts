/** From an update to the key of its session, or to the knowledge that it has none. */

/** Whom an update is about: what the key strategies are built from, as Telegram says it, completed only where nobody else can be meant. */
export interface UpdateScope {
  /** The chat in which it happened. Missing for inline queries, payments, poll answers and the like. */
  chatId?: number;
  /** The user who acts. Where a chat acts, Telegram may put one of its stand-in users here. */
  userId?: number;
  /** The chat that acts as itself: a channel, an anonymous administrator, an anonymous voter or reactor. */
  senderChatId?: number;
  /** The forum topic, only where `is_topic_message` says that it is one: plain replies carry a thread id as well. */
  threadId?: number;
  /** The business connection whose chat this is: not the bot's own chat with that person, though the ids are equal. */
  businessConnectionId?: string;
}

/** What every framework's context has: the update as it came from Telegram. */
export interface UpdateContext {
  readonly update: object;
}

/** Finds the key of an update's session; `undefined` means that it has none. */
export type KeyStrategy = (ctx: UpdateContext) => string | undefined;

/** "Group" (`@GroupAnonymousBot`), the user Telegram names where an administrator acts anonymously. */
const ANONYMOUS_ADMINISTRATOR = 1087968824;
/** "Channel" (`@Channel_Bot`), the user Telegram names where a channel acts. */
const CHANNEL_STAND_IN = 136817688;

/**
 * Finds out whom an update is about, for every update kind of the Bot API. A kind that is not known yet is resolved
 * by the shape of its payload, which is how all kinds so far are built.
 *
 * @returns an empty scope where the update names neither a chat nor an actor, or is no update at all
 */
export function scopeOf(update: object): UpdateScope {
  const scope: UpdateScope = {};
  const kind = kindOf(update);
  if (kind === undefined) return scope;
  const payload = partOf((update as Record<string, unknown>)[kind]) as Part;

  // A pressed button acts in the chat of the message it hangs on; whoever wrote that message does not act.
  const place = partOf(payload.message) ?? payload;
  const connection = place.business_connection_id ?? payload.business_connection_id ?? '';
  const isOfBusiness = connection !== '' || kind.includes('business_message');
  if (typeof connection === 'string' && connection !== '') scope.businessConnectionId = connection;
  // Without its connection, a business chat looks like the bot's own chat with that person: rather no key than that one.
  else if (isOfBusiness) return scope;

  const chat = partOf(place.chat) ?? partOf(payload.chat);
  // A chat that cannot be told is not the user's private chat either.
  if (chat !== undefined && !isId(chat.id)) return scope;
  const source = partOf((partOf(payload.boost) ?? payload).source);
  const user = partOf(payload.from) ?? partOf(payload.user) ?? partOf(source?.user);
  const sender = partOf(payload.sender_chat) ?? partOf(payload.actor_chat) ?? partOf(payload.voter_chat);
  const chatId = chat?.id ?? (kind === 'business_connection' ? payload.user_chat_id : undefined);
  if (isId(chatId)) scope.chatId = chatId;
  if (isId(user?.id)) scope.userId = user.id;
  if (isId(sender?.id)) scope.senderChatId = sender.id;
  if (place.is_topic_message === true && isId(place.message_thread_id))
    scope.threadId = place.message_thread_id;
  nameTheUnnamed(scope, kind, chat?.type);
  return scope;
}

/**
 * One session per user in each chat: `chat:user`. The default.
 *
 * - No chat but a user (inline query, payment query, poll answer): the user's private chat, `user:user`.
 * - A chat that acts as itself (channel post, anonymous administrator, anonymous voter): `chat:senderChat`, never the
 *   stand-in user, whom all such senders of all chats share.
 * - A business chat: `business:connection:chat:user`.
 * - A chat and nobody acting, or neither: no key.
 */
export const byChatAndUser: KeyStrategy = ({ update }) => {
  const scope = scopeOf(update);
  const actor = actorOf(scope);
  return actor === undefined ? undefined : `${businessPart(scope)}${scope.chatId ?? actor}:${actor}`;
};

/** One session per chat, shared by all its members: `chat`. No chat but a user: the user's private chat, `user`. */
export const byChat: KeyStrategy = ({ update }) => {
  const scope = scopeOf(update);
  const place = scope.chatId ?? actorOf(scope);
  return place === undefined ? undefined : `${businessPart(scope)}${place}`;
};

/** One session per user over all chats: `user`, or the chat that acts as itself. In a business chat, per connection. */
export const byUser: KeyStrategy = ({ update }) => {
  const scope = scopeOf(update);
  const actor = actorOf(scope);
  return actor === undefined ? undefined : `${businessPart(scope)}${actor}`;
};

/** One session per forum topic: `chat:topic`. Outside of topics as {@link byChat}. */
export const byTopic: KeyStrategy = ({ update }) => {
  const scope = scopeOf(update);
  const place = scope.chatId ?? actorOf(scope);
  return place === undefined ? undefined : `${businessPart(scope)}${place}${topicPart(scope)}`;
};

/** One session per user in each forum topic: `chat:topic:user`. Outside of topics as {@link byChatAndUser}. */
export const byTopicAndUser: KeyStrategy = ({ update }) => {
  const scope = scopeOf(update);
  const actor = actorOf(scope);
  if (actor === undefined) return undefined;
  return `${businessPart(scope)}${scope.chatId ?? actor}${topicPart(scope)}:${actor}`;
};

/**
 * The key of grammY's own `session()`, for data that exists already: `chat`.
 * Like grammY's, it does not tell a business chat from the bot's own chat with the same person.
 */
export const grammyKey: KeyStrategy = ({ update }) => {
  const { chatId } = scopeOf(update);
  return chatId === undefined ? undefined : `${chatId}`;
};

/** The key of Telegraf's own `session()`, for data that exists already: `user:chat`; none when either is missing. */
export const telegrafKey: KeyStrategy = ({ update }) => {
  const { chatId, userId } = scopeOf(update);
  return chatId === undefined || userId === undefined ? undefined : `${userId}:${chatId}`;
};

/** The key of vibegram's own `session()`, for data that exists already: `chat:user`; none when either is missing. */
export const vibegramKey: KeyStrategy = ({ update }) => {
  const { chatId, userId } = scopeOf(update);
  return chatId === undefined || userId === undefined ? undefined : `${chatId}:${userId}`;
};

/** An update has its id and one field more, named after its kind, that holds the payload. */
function kindOf(update: object): string | undefined {
  for (const name in update) {
    if (name !== 'update_id' && partOf((update as Record<string, unknown>)[name]) !== undefined) return name;
  }
  return undefined;
}

/** Fills in those whom Telegram leaves unnamed although only one can be meant. */
function nameTheUnnamed(scope: UpdateScope, kind: string, chatType: unknown): void {
  if (scope.chatId === undefined || scope.senderChatId !== undefined) return;
  if (kind.endsWith('channel_post') || scope.userId === ANONYMOUS_ADMINISTRATOR)
    scope.senderChatId = scope.chatId;
  // The other side of a private chat has the chat's id. In a business chat, the owner may be the one who acts.
  const alone = scope.userId === undefined && scope.businessConnectionId === undefined;
  if (alone && chatType === 'private') scope.userId = scope.chatId;
}

function actorOf({ senderChatId, userId }: UpdateScope): number | undefined {
  return senderChatId ?? (userId === CHANNEL_STAND_IN ? undefined : userId);
}

/** Escaped, so that no id can be mistaken for another id and the parts behind it. */
function businessPart({ businessConnectionId }: UpdateScope): string {
  if (businessConnectionId === undefined) return '';
  return `business:${businessConnectionId.replace(/[%:]/g, encodeURIComponent)}:`;
}

function topicPart({ threadId }: UpdateScope): string {
  return threadId === undefined ? '' : `:${threadId}`;
}

/** The members of payloads and their parts that tell whom an update is about; what they hold is not known. */
type Part = {
  readonly [Name in
    | 'actor_chat'
    | 'boost'
    | 'business_connection_id'
    | 'chat'
    | 'from'
    | 'id'
    | 'is_topic_message'
    | 'message'
    | 'message_thread_id'
    | 'sender_chat'
    | 'source'
    | 'type'
    | 'user'
    | 'user_chat_id'
    | 'voter_chat']?: unknown;
};

/** Members are read by their names in place: through a function that takes the name, it takes four times as long. */
function partOf(value: unknown): Part | undefined {
  return typeof value === 'object' && value !== null ? value : undefined;
}

/** Ids are integers of at most 52 bits, and 0 is one. Anything else is no id, and must not become part of a key. */
function isId(value: unknown): value is number {
  return Number.isSafeInteger(value);
}
