/** Until when a record in MongoDB stays: never shorter than what it is to remember. */

import type { MongoSessionStore } from '@sessiongram/mongodb';
import { describe, expect, test } from 'vitest';
import { ageRecords, startMongo } from '../support/servers/mongodb';
import {
  about,
  acquired,
  DAY_MS,
  DELETE,
  MINUTE_MS,
  marked,
  NONE,
  request,
  set,
  unmarked,
  useMongo,
} from './mongodb-stand';

const server = await startMongo();

describe.skipIf(server === undefined)('a record in MongoDB', () => {
  const mongo = useMongo(server);
  const { open, record, left } = mongo;
  const taken = async (store: MongoSessionStore) => (await acquired(store)).lease;

  test.for([
    ['for a day, however soon the value ends', 2 * MINUTE_MS, marked, DAY_MS],
    ['for as long as the value, where that is longer than a day', 3 * DAY_MS, marked, 3 * DAY_MS],
    ['for as long as the value, where there are no marks', 2 * MINUTE_MS, unmarked, 2 * MINUTE_MS],
  ] as const)('stays %s', async ([, ttlMs, marks, expected]) => {
    const store = open({ ttlMs });
    await store.commit('k', await taken(store), { change: set(1), ...marks });
    expect(await left()).toEqual({ ends: about(ttlMs), purged: about(expected) });
  });

  test('stays for a minute where there never was a value', async () => {
    const store = open();
    await store.commit('k', await taken(store), { change: NONE, ...unmarked });
    expect(await left()).toEqual({ ends: undefined, purged: about(MINUTE_MS) });
  });

  test('stays for a day with the marks of a commit before, and for a minute when it is told to have none', async () => {
    const store = open();
    await store.commit('k', await taken(store), { change: set(1), ...marked });
    await store.commit('k', await taken(store), { change: DELETE, ...unmarked });
    expect(await left()).toEqual({ ends: undefined, purged: about(DAY_MS) });
    await store.commit('k', await taken(store), { change: DELETE, mark: 'n', marks: '' });
    expect(await left()).toEqual({ ends: undefined, purged: about(MINUTE_MS) });
    expect((await record()).lease).not.toHaveProperty('marks');
  });

  test('stays for a day after the end of the value while somebody has the lease, handed over as well', async () => {
    const store = open({ ttlMs: 2 * DAY_MS });
    const lease = await taken(store);
    expect((await left()).purged).toEqual(about(3 * DAY_MS));
    await ageRecords(mongo.collection, DAY_MS);
    const next = { ...request(), yields: false };
    expect(await store.commit('k', lease, { change: set(1), ...unmarked, next })).toHaveProperty(
      'next.granted',
    );
    expect(await left()).toEqual({ ends: about(2 * DAY_MS), purged: about(3 * DAY_MS) });
  });

  test('is not purged earlier because its value was touched', async () => {
    const store = open({ ttlMs: 2 * DAY_MS });
    await store.set('k', 1);
    await ageRecords(mongo.collection, DAY_MS);
    await taken(store);
    await store.touch('k');
    expect(await left()).toEqual({ ends: about(2 * DAY_MS), purged: about(3 * DAY_MS) });
  });

  test('is purged no earlier than its value, which was touched', async () => {
    const store = open({ ttlMs: 2 * DAY_MS });
    await store.set('k', 1);
    await ageRecords(mongo.collection, DAY_MS);
    await store.touch('k');
    expect(await left()).toEqual({ ends: about(2 * DAY_MS), purged: about(2 * DAY_MS) });
  });

  test.for([
    ['a plain delete', (store: MongoSessionStore) => store.delete('k')],
    [
      'a commit',
      (store: MongoSessionStore) =>
        taken(store).then((lease) => store.commit('k', lease, { change: DELETE, ...unmarked })),
    ],
    [
      'a touch of nothing',
      (store: MongoSessionStore) =>
        taken(store).then(async (lease) => {
          await store.commit('k', lease, { change: DELETE, ...unmarked });
          await store.touch('k');
        }),
    ],
    [
      'a commit of no change, made after its end',
      async (store: MongoSessionStore) => {
        await ageRecords(mongo.collection, 2 * DAY_MS);
        await store.commit('k', await taken(store), { change: NONE, ...unmarked });
      },
    ],
  ] as const)('has no end and no value after %s', async ([, end]) => {
    for (const ttl of ['rolling', 'fixed'] as const) {
      const store = open({ ttlMs: DAY_MS, ttl });
      await store.set('k', 1);
      await end(store);
      expect(await record()).not.toHaveProperty('value');
      expect(await record()).not.toHaveProperty('expiresAt');
    }
  });

  test('is purged a day after a plain delete, and a delete of nothing makes none', async () => {
    const store = open();
    await store.delete('k');
    expect(await mongo.collection.countDocuments()).toBe(0);
    await store.set('k', 1);
    await store.delete('k');
    expect((await left()).purged).toEqual(about(DAY_MS));
  });

  test.for([
    ['set', (store: MongoSessionStore) => store.set('k', 1)],
    ['delete', (store: MongoSessionStore) => store.delete('k')],
    ['touch', (store: MongoSessionStore) => store.touch('k')],
    ['acquire', (store: MongoSessionStore) => taken(store)],
  ] as const)('will be purged also where %s is the first that is called', async ([, use]) => {
    await use(open({ ttlMs: DAY_MS }));
    expect(await mongo.collection.indexes()).toContainEqual(
      expect.objectContaining({ key: { purgeAt: 1 }, expireAfterSeconds: 0, sparse: true }),
    );
  });
});
