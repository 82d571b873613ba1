/** What holds of the keys of all updates, also of those that nobody has thought of. */

import { byChatAndUser, byTopicAndUser } from '@sessiongram/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ownStrategies, strategies } from './strategies';

const RUNS = { numRuns: 3_000 };

/** Whole numbers between colons, and in front of them perhaps a connection, which holds no colon of its own. */
const SOUND = /^(business:[^:]+:)?-?\d+(:-?\d+){0,2}$/u;

test('any JSON in place of an update has a sound key or none, by every strategy', () => {
  fc.assert(fc.property(fc.dictionary(kind(), fc.jsonValue()), everyKeyIsSound), RUNS);
});

test('what looks like an update, with parts missing or wrong, has a sound key or none, by every strategy', () => {
  fc.assert(fc.property(fc.dictionary(kind(), payload()), everyKeyIsSound), RUNS);
});

test('the updates that look like updates have a key often enough for the properties to mean something', () => {
  const updates = fc.sample(fc.dictionary(kind(), payload(), { minKeys: 1 }), { numRuns: 1_000, seed: 1 });
  const keys = updates.map((update) => byChatAndUser({ update })).filter((key) => key !== undefined);
  expect(keys.length).toBeGreaterThan(200);
});

/** Whose session an update belongs to, by the words of the contract and without any format of keys. */
interface Place {
  readonly connection: string | undefined;
  readonly chat: { readonly id: number; readonly type: string } | undefined;
  readonly topic: number | undefined;
  readonly actor: number;
}

/** What tells the sessions of a strategy apart. Where there is no chat, it is the actor's own chat with the bot. */
const identities: Readonly<Record<keyof typeof ownStrategies, (place: Place) => unknown[]>> = {
  byChat: ({ connection, chat, actor }) => [connection, chat?.id ?? actor],
  byChatAndUser: ({ connection, chat, actor }) => [connection, chat?.id ?? actor, actor],
  byTopic: ({ connection, chat, actor, topic }) => [connection, chat?.id ?? actor, topic],
  byTopicAndUser: ({ connection, chat, actor, topic }) => [connection, chat?.id ?? actor, topic, actor],
  byUser: ({ connection, actor }) => [connection, actor],
};

describe.each(Object.entries(ownStrategies))('%s', (name, strategy) => {
  const identityOf = (place: Place): string =>
    JSON.stringify(identities[name as keyof typeof ownStrategies](place));

  test('gives two updates one key when, and only when, they belong to one session', () => {
    fc.assert(
      fc.property(placed(), placed(), (one, other) => {
        const same = identityOf(one.place) === identityOf(other.place);
        expect(strategy(one) === strategy(other)).toBe(same);
      }),
      RUNS,
    );
  });

  test('gives an update that belongs to a session a key, which is sound', () => {
    fc.assert(
      fc.property(placed(), ({ update }) => {
        expect(strategy({ update })).toMatch(SOUND);
      }),
      RUNS,
    );
  });
});

test('no connection can be mistaken for another, whatever it is named', () => {
  const chat = { id: 1, type: 'private' };
  const keyOf = (business_connection_id: string): string | undefined =>
    byChatAndUser({ update: { business_message: { business_connection_id, chat, from: chat } } });
  fc.assert(
    fc.property(connections(), connections(), (one, other) => {
      expect(keyOf(one) === keyOf(other)).toBe(one === other);
    }),
    { numRuns: 10_000 },
  );
});

test('updates of one session are drawn often enough for the properties to mean something', () => {
  const pairs = fc.sample(fc.tuple(placed(), placed()), { numRuns: 1_000, seed: 1 });
  const same = pairs.filter(([one, other]) => byTopicAndUser(one) === byTopicAndUser(other));
  expect(same.length).toBeGreaterThan(10);
  expect(same.length).toBeLessThan(500);
});

function everyKeyIsSound(update: object): boolean {
  const keys = Object.values(strategies).map((strategy) => strategy({ update }));
  return keys.every((key) => key === undefined || SOUND.test(key));
}

function kind(): fc.Arbitrary<string> {
  const known = ['message', 'channel_post', 'business_message', 'callback_query', 'chat_boost'];
  return fc.oneof(
    fc.constantFrom(...known, 'business_connection', 'kind_of_2030', 'update_id', '__proto__', 'constructor'),
    fc.string(),
  );
}

/** A payload in which each part may be as it should, missing, or anything. */
function payload(): fc.Arbitrary<unknown> {
  const junk = fc.oneof(
    fc.constantFrom<unknown>(undefined, null, Number.NaN, 1e308, -0, '', 'null', '42', 'undefined', 42n),
    fc.anything({ maxDepth: 1, maxKeys: 2 }),
  );
  const orJunk = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<unknown> =>
    fc.oneof({ weight: 5, arbitrary }, { weight: 1, arbitrary: junk });
  const id = orJunk(fc.maxSafeInteger());
  const user = orJunk(fc.record({ id }, { requiredKeys: [] }));
  const type = orJunk(fc.constantFrom('private', 'group', 'supergroup', 'channel'));
  const chat = orJunk(fc.record({ id, type }, { requiredKeys: [] }));
  const source = orJunk(fc.record({ user }, { requiredKeys: [] }));
  const parts = {
    chat,
    from: user,
    user,
    sender_chat: chat,
    actor_chat: chat,
    voter_chat: chat,
    user_chat_id: id,
    message_thread_id: id,
    is_topic_message: orJunk(fc.boolean()),
    business_connection_id: orJunk(fc.string()),
    source,
    boost: orJunk(fc.record({ source }, { requiredKeys: [] })),
  };
  const message = orJunk(fc.record(parts, { requiredKeys: [] }));
  return orJunk(fc.record({ ...parts, message }, { requiredKeys: [] }));
}

interface Placed {
  readonly place: Place;
  readonly update: object;
}

/** A session, and one of the updates that belong to it. Few ids, in many roles, so that keys have a chance to meet. */
function placed(): fc.Arbitrary<Placed> {
  const user = fc.constantFrom(0, 1, 2, 11, 12, 111111111, Number.MAX_SAFE_INTEGER);
  const channel = fc.constantFrom(-1, -2, -11, -1001234567890, Number.MIN_SAFE_INTEGER);
  const topic = fc.option(fc.constantFrom(1, 2, 11, 12), { nil: undefined });
  const privately = user.map((id) => ({ id, type: 'private' }));
  const group = channel.map((id) => ({ id, type: 'supergroup' }));
  const actor = fc.oneof(user, channel);
  const connection = undefined;
  return fc.oneof(
    fc
      .record({ chat: privately, topic })
      .chain(({ chat, topic }) => messages({ connection, chat, topic, actor: chat.id })),
    fc.record({ chat: group, topic, actor }).chain((place) => messages({ connection, ...place })),
    fc
      .record({ connection: connections(), chat: privately, actor: user })
      .chain((place) => messages({ topic: undefined, ...place })),
    actor.chain((actor) => withoutChat({ connection, chat: undefined, topic: undefined, actor })),
    group.chain((chat) => posts({ connection, chat, topic: undefined, actor: chat.id })),
  );
}

/** Connections that could be mistaken for other parts of a key, if they were not escaped. */
function connections(): fc.Arbitrary<string> {
  const parts = fc.constantFrom(':', '%', '%3A', '%25', '3A', '1', '2', '-', 'business', '🎲', ' ');
  const joined = fc.array(parts, { minLength: 1, maxLength: 3 }).map((some) => some.join(''));
  return fc.oneof(joined, fc.string({ minLength: 1, unit: 'binary' }));
}

function messages(place: Place): fc.Arbitrary<Placed> {
  const { connection, chat, topic, actor } = place;
  const business = connection === undefined ? '' : 'business_';
  const from = actor < 0 ? { id: actor === chat?.id ? 1087968824 : 136817688 } : { id: actor };
  const thread = topic === undefined ? {} : { message_thread_id: topic, is_topic_message: true };
  const message = { chat, from, ...thread, ...(business && { business_connection_id: connection }) };
  const sent = actor < 0 ? { ...message, sender_chat: { id: actor } } : message;
  const updates: object[] = [{ [`${business}message`]: sent }, { [`edited_${business}message`]: sent }];
  if (actor >= 0) {
    updates.push({ callback_query: { from, message: { ...message, from: { id: 2 } } } });
    updates.push({ callback_query: { from, message: { ...message, sender_chat: { id: -2 } } } });
  }
  if (topic === undefined) updates.push({ [`${business}message`]: { ...sent, message_thread_id: 11 } });
  if (topic === undefined && connection === undefined) {
    updates.push({
      message_reaction: actor < 0 ? { chat, actor_chat: { id: actor } } : { chat, user: from },
    });
  }
  return fc.constantFrom(...updates).map((update) => ({ place, update }));
}

function withoutChat(place: Place): fc.Arbitrary<Placed> {
  const user = { id: place.actor };
  const byChannel = [
    { poll_answer: { voter_chat: user } },
    { poll_answer: { voter_chat: user, user: { id: 136817688 } } },
  ];
  const byUser = [
    { poll_answer: { user } },
    { inline_query: { from: user } },
    { callback_query: { from: user, inline_message_id: '1' } },
    { business_connection: { id: '1', user, user_chat_id: user.id } },
  ];
  return fc
    .constantFrom<object>(...(place.actor < 0 ? byChannel : byUser))
    .map((update) => ({ place, update }));
}

function posts(place: Place): fc.Arbitrary<Placed> {
  const { chat } = place;
  return fc
    .constantFrom<object>(
      { channel_post: { chat } },
      { channel_post: { chat, sender_chat: chat } },
      { edited_channel_post: { chat } },
    )
    .map((update) => ({ place, update }));
}
