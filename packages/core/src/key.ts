/** From an update to the key of its session, or to the knowledge that it has none. */

/** Whom an update is about: what the key strategies are built from, as Telegram says it, nothing inferred from afar. */
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
  const payload = objectAt(update, kind);

  // A pressed button acts in the chat of the message it hangs on; whoever wrote that message does not act.
  const place = objectAt(payload, 'message') ?? payload;
  const connection = at(place, 'business_connection_id');
  if (typeof connection === 'string' && connection !== '') scope.businessConnectionId = connection;
  // Without its connection, a business chat looks like the bot's own chat with that person: rather no key than that one.
  else if (kind.includes('business_message')) return scope;

  const chat = objectAt(place, 'chat');
  const source = objectAt(objectAt(payload, 'boost') ?? payload, 'source');
  const user = objectAt(payload, 'from') ?? objectAt(payload, 'user') ?? objectAt(source, 'user');
  const sender =
    objectAt(payload, 'sender_chat') ?? objectAt(payload, 'actor_chat') ?? objectAt(payload, 'voter_chat');
  setId(
    scope,
    'chatId',
    at(chat, 'id') ?? (kind === 'business_connection' ? at(payload, 'user_chat_id') : undefined),
  );
  setId(scope, 'userId', at(user, 'id'));
  setId(scope, 'senderChatId', at(sender, 'id'));
  if (at(place, 'is_topic_message') === true) setId(scope, 'threadId', at(place, 'message_thread_id'));
  nameTheUnnamed(scope, kind, chat);
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
  for (const name in update) if (objectAt(update, name) !== undefined) return name;
  return undefined;
}

/** Fills in those whom Telegram leaves unnamed although only one can be meant. */
function nameTheUnnamed(scope: UpdateScope, kind: string, chat: object | undefined): void {
  if (scope.chatId === undefined || scope.senderChatId !== undefined) return;
  if (kind.endsWith('channel_post') || scope.userId === ANONYMOUS_ADMINISTRATOR)
    scope.senderChatId = scope.chatId;
  // The other side of a private chat has the chat's id. In a business chat, the owner may be the one who acts.
  const alone = scope.userId === undefined && scope.businessConnectionId === undefined;
  if (alone && at(chat, 'type') === 'private') scope.userId = scope.chatId;
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

function at(object: object | undefined, name: string): unknown {
  return object === undefined ? undefined : (object as Record<string, unknown>)[name];
}

function objectAt(object: object | undefined, name: string): object | undefined {
  const value = at(object, name);
  return typeof value === 'object' && value !== null ? value : undefined;
}

/** Ids are integers of at most 52 bits, and 0 is one. Anything else is no id, and must not become part of a key. */
function setId(
  scope: UpdateScope,
  name: Exclude<keyof UpdateScope, 'businessConnectionId'>,
  id: unknown,
): void {
  if (Number.isSafeInteger(id)) scope[name] = id as number;
}
