/** The sessions of a group that has become a supergroup, under their new keys. */

import { checkOptions, type Rules, shown } from '../check';
import { same } from '../data/snapshot';
import { Sessions } from '../sessions';
import type { SessionStore } from '../store';
import { aPrefix, checkStore, type Keys, keysOf, someKeys } from './listing';

/** Options of {@link migrateChat}. */
export interface MigrateChatOptions {
  /**
   * The `prefix` of the bot's `session()`.
   * @default ''
   */
  prefix?: string;
  /**
   * The keys to look at, without the prefix. Those of other chats are left alone.
   * @default all that the store lists
   */
  keys?: Keys;
}

/** What became of the sessions of a chat, by their old keys, without the prefix. */
export interface ChatMigration {
  /** Are under their new keys now. */
  moved: string[];
  /** Were not moved, because there is other data under the new key already. Both are as they were. */
  conflicts: string[];
}

/**
 * Moves the sessions of a group that has become a supergroup to their new keys, because Telegram gives the chat a new id:
 * `migrate_to_chat_id`. Finds them under the keys of `byChat`, `byChatAndUser`, `byTopic`, `byTopicAndUser`,
 * `grammyKey`, `telegrafKey` and `vibegramKey`.
 *
 * Each session is moved in a turn of both keys, and never over other data. It is written under its new key before the old
 * one is deleted: after a crash, it may be under both, and calling this again finishes the move.
 *
 * Call it before `session()`, as in the example: a handler that has a session of the old chat to itself would wait for its
 * own end, which is refused with `SESSION_REENTERED`. Without `keys`, it looks at every key of the store.
 *
 * @throws TypeError when the first argument is no store, an id is not that of a group, the store cannot list its keys and
 *   there is no `keys`, or an option is unknown or of a wrong type
 * @throws SessionError for the first session that fails; what was moved before stays moved
 *
 * @example
 * ```ts
 * bot.on('message:migrate_to_chat_id', async (ctx, next) => {
 *   const { conflicts } = await migrateChat(store, ctx.chat.id, ctx.message.migrate_to_chat_id);
 *   if (conflicts.length > 0) console.warn(`${conflicts.length} sessions had to stay under their old keys`);
 *   await next();
 * });
 * bot.use(session({ store }));
 * ```
 */
export async function migrateChat(
  store: SessionStore,
  oldChatId: number,
  newChatId: number,
  options: MigrateChatOptions = {},
): Promise<ChatMigration> {
  checkStore('migrateChat()', store);
  checkIds(oldChatId, newChatId);
  checkOptions('migrateChat()', options, rules);
  const { prefix = '', keys } = options;
  const found = new Map<string, string>();
  for await (const key of keys ?? keysOf('migrateChat()', store, prefix)) {
    const renamed = renamedKey(key, `${oldChatId}`, `${newChatId}`);
    if (renamed !== undefined) found.set(key, renamed);
  }

  const sessions = new Sessions({ store, prefix, maxBytes: Infinity });
  const migration: ChatMigration = { moved: [], conflicts: [] };
  for (const [key, renamed] of found) {
    const outcome = await move(sessions, key, renamed);
    if (outcome !== 'gone') migration[outcome].push(key);
  }
  return migration;
}

const rules: Rules = { prefix: aPrefix, keys: someKeys };

/** Groups have ids above this, supergroups below. */
const LEAST_GROUP_ID = -999_999_999_999;

/** Turns are always taken from the group to the supergroup, so that no two moves wait for each other. */
async function move(
  sessions: Sessions<unknown>,
  from: string,
  to: string,
): Promise<keyof ChatMigration | 'gone'> {
  return sessions.run(from, async (source) => {
    if (source.isNew) return 'gone';
    const isThere = await sessions.run(to, (target) => {
      // The same data is what a move has left that was interrupted.
      if (!target.isNew) return same(source.data, target.data);
      target.data = source.data;
      return true;
    });
    if (!isThere) return 'conflicts';
    source.data = null;
    return 'moved';
  });
}

/**
 * The key under which a session of the old chat belongs from now on; `undefined` where it is of another chat.
 *
 * A chat stands first, but in Telegraf's keys: there it stands behind a user, whose id has no sign. Where it stands last
 * as well, it is the chat that acts as itself: an anonymous administrator.
 */
function renamedKey(key: string, oldId: string, newId: string): string | undefined {
  const parts = key.split(':');
  if (parts.length > 3 || !parts.every((part) => /^-?\d+$/.test(part))) return undefined;
  const isTelegrafs = parts.length === 2 && parts[1] === oldId && !parts[0]?.startsWith('-');
  if (parts[0] !== oldId && !isTelegrafs) return undefined;
  const ends = [0, parts.length - 1];
  return parts.map((part, index) => (part === oldId && ends.includes(index) ? newId : part)).join(':');
}

function checkIds(oldChatId: unknown, newChatId: unknown): void {
  const isChat = (id: unknown): id is number => Number.isSafeInteger(id) && (id as number) < 0;
  const isGroup = (id: unknown): boolean => isChat(id) && id >= LEAST_GROUP_ID;
  if (!isGroup(oldChatId)) {
    const question = isChat(oldChatId) && isGroup(newChatId) ? ' Are the two ids the wrong way round?' : '';
    throw new TypeError(
      `migrateChat() takes the id of the group as it was, a whole number from ${LEAST_GROUP_ID} to -1, but got ${shown(oldChatId)}.${question}`,
    );
  }
  if (!isChat(newChatId) || newChatId === oldChatId) {
    throw new TypeError(
      `migrateChat() takes the id of the supergroup, another whole number below 0, but got ${shown(newChatId)}.`,
    );
  }
}
