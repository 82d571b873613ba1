/** What the MongoDB store keeps, how, and with how many commands. */

import { MongoSessionStore } from '@sessiongram/mongodb';
import { MongoClient } from 'mongodb';
import { describe, expect, test } from 'vitest';
import { ageRecords, startMongo } from '../support/servers/mongodb';
import { acquired, DAY_MS, DELETE, NONE, request, type Stored, set, useMongo } from './mongodb-stand';

const server = await startMongo();
/** Makes a date of what is deepest. */
const dated = (_: string, value: unknown) => (value === 1 ? new Date(7) : value);

describe.skipIf(server === undefined)('MongoSessionStore', () => {
  const mongo = useMongo(server);
  const { commands } = mongo;
  const record = (key: string) => mongo.collection.findOne({ _id: key });
  const names = () => commands.splice(0).map(({ commandName }) => commandName);

  test('a session is a document with the key as _id, and dates stay dates', async () => {
    const store = new MongoSessionStore(mongo.collection);
    await store.set('42:42', { counter: 1, at: new Date(7), gone: undefined, minus: -0 });
    const stored = await record('42:42');
    expect(stored).toMatchObject({ _id: '42:42', value: { counter: 1, at: new Date(7) } });
    expect(stored).not.toHaveProperty('expiresAt');
    expect(await store.get('42:42')).toStrictEqual({ counter: 1, at: new Date(7), minus: -0 });
  });

  test('documents that others wrote under the same names are sessions', async () => {
    await mongo.collection.insertOne({ _id: '42:42', value: { counter: 1 } });
    const store = new MongoSessionStore(mongo.collection);
    expect(await store.get('42:42')).toEqual({ counter: 1 });
    const { lease, read } = await acquired(store, '42:42');
    expect(read()).toEqual({ counter: 1 });
    const change = set({ counter: 2 });
    expect(await store.commit('42:42', lease, { change, mark: undefined, marks: '' })).toEqual({
      state: 'done',
    });
    expect(await store.get('42:42')).toEqual({ counter: 2 });
  });

  test.each([
    ['a bigint', { a: 1n }, 'data.a'],
    ['NaN', { a: [Number.NaN] }, 'data.a[0]'],
    ['an invalid date', { a: new Date(Number.NaN) }, 'data.a'],
    ['a Map', { a: new Map() }, 'data.a'],
    ['a lone surrogate', { a: { b: '\ud800' } }, 'data.a.b'],
    ['a lone surrogate in a list', { a: ['\ud800'] }, 'data.a[0]'],
    ['a lone surrogate in a name', { a: { '\ud800': 1 } }, 'data.a'],
    ['a NUL in a name', { a: { 'x\0': 1 } }, 'data.a'],
    [
      "a member that makes a driver's type of an object",
      { a: { _bsontype: 'Long', low: 1, high: 0 } },
      'data.a',
    ],
    ['what is read back as a reference', { a: { $ref: 'x', $id: 1 } }, 'data.a'],
    ['91 levels', JSON.parse(`${'{"a":'.repeat(91)}1${'}'.repeat(91)}`), 'data.a.a'],
  ])('%s is refused, and nothing is changed', async (_, value, path) => {
    const store = new MongoSessionStore(mongo.collection);
    await store.set('k', 'old');
    const { lease } = await acquired(store);
    const refusal = { code: 'VALUE_UNSTORABLE', message: expect.stringContaining(path) };
    await expect(store.set('k', value)).rejects.toMatchObject(refusal);
    const commit = { change: set(value), mark: undefined, marks: '' };
    await expect(store.commit('k', lease, commit)).rejects.toMatchObject(refusal);
    expect(await store.get('k')).toBe('old');
    expect(await store.renew('k', lease, 1_000)).toBe(true);
  });

  test.each([
    ['a date at the deepest level', JSON.parse(`${'{"a":'.repeat(89)}1${'}'.repeat(89)}`, dated)],
    ['names that BSON keeps for itself, of what is not there', { a: { _bsontype: undefined, b: 1 } }],
    ['one half of a reference', [{ $ref: 'x' }, { $id: 1 }]],
    ['89 levels, and one more around them', JSON.parse(`${'{"a":'.repeat(89)}1${'}'.repeat(89)}`)],
    ['odd names', JSON.parse('{"__proto__":{"a":1},"":1,"a.b":2,"$set":{"$inc":3},"constructor":4}')],
    ["text that looks like the driver's own", { a: '$$NOW', b: { toBSON: 1, $literal: '$a' } }],
  ])('%s come back as they were', async (_, value) => {
    const store = new MongoSessionStore(mongo.collection);
    await store.set('k', value);
    expect(JSON.stringify(await store.get('k'))).toBe(JSON.stringify(value));
    const { lease, read } = await acquired(store);
    expect(JSON.stringify(read())).toBe(JSON.stringify(value));
    await store.commit('k', lease, { change: set({ value }), mark: undefined, marks: '' });
    expect(JSON.stringify(await store.get('k'))).toBe(JSON.stringify({ value }));
  });

  test('an update under a lease takes two commands, for a new key as well, and a hand-over one', async () => {
    const store = new MongoSessionStore(mongo.collection);
    await store.set('warm', 1);
    names();
    for (const [index, key] of ['new', 'new', 'warm'].entries()) {
      const { lease } = await acquired(store, key);
      await store.commit(key, lease, { change: set(2), mark: `m${index}`, marks: `m${index}` });
    }
    expect(names()).toEqual(Array(3).fill(['findAndModify', 'update']).flat());
    const { lease } = await acquired(store);
    names();
    const next = { ...request(), yields: true };
    expect(await store.commit('k', lease, { change: set(3), mark: 'm', marks: 'm', next })).toMatchObject({
      state: 'done',
      next: { granted: true },
    });
    expect(names()).toEqual(['findAndModify']);
  });

  test('nothing is sent before the first use, and indexes are made once', async () => {
    names();
    const store = new MongoSessionStore(mongo.collection, { ttlMs: 1_000 });
    expect(names()).toEqual([]);
    await Promise.all([store.set('a', 1), store.set('b', 1), store.acquire('c', request())]);
    await store.touch('a');
    expect(names().filter((name) => name === 'createIndexes')).toHaveLength(1);
    expect(await mongo.collection.indexes()).toContainEqual(
      expect.objectContaining({ key: { purgeAt: 1 }, expireAfterSeconds: 0 }),
    );
  });

  test('a failed start is tried again: two documents of one key are refused until one is gone', async () => {
    const documents = mongo.database.collection(mongo.collection.collectionName);
    await documents.insertMany([
      { key: 'k', session: 1 },
      { key: 'k', session: 2 },
    ]);
    const store = new MongoSessionStore(documents, { keyField: 'key', valueField: 'session' });
    await expect(store.set('k', 3)).rejects.toMatchObject({ code: 11000 });
    await documents.deleteOne({ session: 1 });
    await store.set('k', 3);
    expect(await documents.find({}, { projection: { _id: 0, key: 1, session: 1 } }).toArray()).toEqual([
      { key: 'k', session: 3 },
    ]);
  });

  test('data waits for a majority and the journal, a lock does not', async () => {
    const store = new MongoSessionStore(mongo.collection);
    await store.set('k', 1);
    commands.splice(0);
    const { lease } = await acquired(store);
    await store.renew('k', lease, 1_000);
    await store.commit('k', lease, { change: set(2), mark: undefined, marks: '' });
    await store.set('k', 3);
    await store.delete('k');
    const durable = { w: 'majority', j: true };
    const concerns = commands.splice(0).map(({ command }) => command['writeConcern']);
    expect(concerns).toEqual([{ w: 1 }, { w: 1 }, durable, durable, durable]);
  });

  test('a session without ttlMs is never purged, whoever held it', async () => {
    const store = new MongoSessionStore(mongo.collection);
    const { lease } = await acquired(store);
    expect(await record('k')).not.toHaveProperty('purgeAt');
    await store.commit('k', lease, { change: set(1), mark: 'm', marks: 'm' });
    expect(await record('k')).not.toHaveProperty('purgeAt');
    await store.delete('k');
    await store.set('k', 2);
    expect(await record('k')).not.toHaveProperty('purgeAt');
  });

  test.each([
    ['a day', 'with marks', 'm', DAY_MS],
    ['a minute', 'without', undefined, 60_000],
  ])('the record of a deleted session stays for %s %s', async (_, __, mark, ms) => {
    const store = new MongoSessionStore(mongo.collection);
    const first = await acquired(store);
    await store.commit('k', first.lease, { change: set(1), mark: undefined, marks: '' });
    const second = await acquired(store);
    await store.commit('k', second.lease, { change: DELETE, mark, marks: mark ?? '' });
    const { purgeAt, value } = (await record('k')) ?? {};
    expect(value).toBeUndefined();
    expect(purgeAt?.getTime()).toBeGreaterThan(Date.now() + ms - 10_000);
    expect(purgeAt?.getTime()).toBeLessThan(Date.now() + ms + 10_000);
    expect((await acquired(store)).marks).toBe(mark ?? '');
  });

  test('with ttlMs a session is purged when it ends, but not while somebody has its lease', async () => {
    const store = new MongoSessionStore(mongo.collection, { ttlMs: 60_000 });
    await store.set('k', 1);
    const ends = ({ expiresAt, purgeAt }: Stored) => [expiresAt?.getTime(), purgeAt?.getTime()];
    const [expiresAt, purgeAt] = ends((await record('k')) as Stored);
    expect(purgeAt).toBe(expiresAt);
    const { lease } = await acquired(store);
    expect(ends((await record('k')) as Stored)[1]).toBeGreaterThan(Date.now() + DAY_MS - 10_000);
    await store.commit('k', lease, { change: NONE, mark: undefined, marks: '' });
    const after = ends((await record('k')) as Stored);
    expect(after[0]).toBe(after[1]);
    expect(after[0]).toBeGreaterThanOrEqual(expiresAt as number);
    expect(after[0]).toBeLessThan(Date.now() + 70_000);
  });

  test('a session that ended before the lease is removed by a commit of no change', async () => {
    const store = new MongoSessionStore(mongo.collection, { ttlMs: 1_000 });
    await store.set('k', { secret: 1 });
    await ageRecords(mongo.collection, 1_100);
    const { lease, read } = await acquired(store);
    expect(read()).toBeUndefined();
    await store.commit('k', lease, { change: NONE, mark: undefined, marks: '' });
    expect(await record('k')).not.toHaveProperty('value');
    expect(await store.get('k')).toBeUndefined();
  });

  test('whoever writes without a lease ends the one that there is', async () => {
    const store = new MongoSessionStore(mongo.collection);
    const { lease } = await acquired(store);
    await store.set('k', 'plain');
    expect(await store.commit('k', lease, { change: set('late'), mark: 'm', marks: 'm' })).toEqual({
      state: 'lost',
    });
    expect(await store.get('k')).toBe('plain');
    const again = await acquired(store);
    await store.delete('k');
    expect(await store.commit('k', again.lease, { change: set('late'), mark: 'm', marks: 'm' })).toEqual({
      state: 'lost',
    });
    expect(await store.get('k')).toBeUndefined();
  });

  test('a copy of an acquire that comes after the record was purged gives the old lease no right', async () => {
    const store = new MongoSessionStore(mongo.collection);
    const first = request();
    const old = await store.acquire('k', first);
    if (!old.granted) throw new Error('The key was to be free.');
    const { since } = old.lease as unknown as { since: Date };
    await mongo.collection.deleteOne({ _id: 'k' });
    while (Date.now() <= since.getTime() + 1);
    expect(await store.acquire('k', first)).toMatchObject({ granted: true, lease: { fence: 1 } });
    expect(await store.commit('k', old.lease, { change: set('old'), mark: 'm', marks: 'm' })).toEqual({
      state: 'lost',
    });
  });

  test('of many who ask for a new key at once, one gets it', async () => {
    const stores = Array.from({ length: 8 }, () => new MongoSessionStore(mongo.collection));
    const answers = await Promise.all(stores.map((store) => store.acquire('k', request())));
    expect(answers.filter(({ granted }) => granted)).toHaveLength(1);
  });

  test('a server that is away is transient, a refused document is not', async () => {
    const away = new MongoClient('mongodb://127.0.0.1:1/', { serverSelectionTimeoutMS: 50 });
    const store = new MongoSessionStore(away.db().collection('sessions'));
    const error = await store.get('k').catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Error);
    expect(store.isTransient(error)).toBe(true);
    await away.close();
    await mongo.collection.insertOne({ _id: 'k' });
    const refused = await mongo.collection.insertOne({ _id: 'k' }).catch((reason: unknown) => reason);
    expect(refused).toMatchObject({ code: 11000 });
    expect(store.isTransient(refused)).toBe(false);
  });

  test('the server removes what has ended', async ({ skip }) => {
    if (!server?.isGenuine) skip('only MongoDB itself removes documents by a TTL index');
    await mongo.client.db('admin').command({ setParameter: 1, ttlMonitorSleepSecs: 1 });
    const store = new MongoSessionStore(mongo.collection, { ttlMs: 100 });
    await store.set('k', 1);
    await expect.poll(() => record('k'), { timeout: 90_000, interval: 200 }).toBeNull();
  }, 100_000);
});
