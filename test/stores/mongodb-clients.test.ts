/** However a client of MongoDB is set, the store reads and writes alike. */

import { MongoSessionStore } from '@sessiongram/mongodb';
import { Long, MongoClient } from 'mongodb';
import { describe, expect, test } from 'vitest';
import { startMongo } from '../support/servers/mongodb';
import { meddledWith } from './mongodb-meddling';
import { acquired, request, useMongo } from './mongodb-stand';

const server = await startMongo();
describe.skipIf(server === undefined)('MongoSessionStore', () => {
  const mongo = useMongo(server);

  test.each([
    ['wraps numbers', { promoteValues: false }],
    ['wraps long numbers', { promoteLongs: false }],
    ['makes bigints of long numbers', { useBigInt64: true }],
    ['keeps members that are undefined', { ignoreUndefined: false }],
    ['decodes nothing', { raw: true }],
  ])('a client that %s changes nothing', async (_, options) => {
    const odd = new MongoClient(mongo.url, options);
    try {
      const theirs = odd.db(mongo.database.databaseName).collection(mongo.collection.collectionName);
      const store = new MongoSessionStore(theirs);
      const value = { counter: 1, part: 0.5, large: 2 ** 40, 'a.b': 1 };
      await store.set('k', { ...value, gone: undefined });
      expect(await store.get('k')).toStrictEqual(value);
      expect((await acquired(store)).read()).toStrictEqual(value);
      await mongo.collection.insertOne({ _id: 'long', value: Long.fromNumber(2 ** 40) });
      expect(await store.get('long')).toBe(2 ** 40);
      expect((await acquired(store, 'long')).read()).toBe(2 ** 40);
      const keys: string[] = [];
      for await (const key of store.keys()) keys.push(key);
      expect(keys.sort()).toEqual(['k', 'long']);
    } finally {
      await odd.close();
    }
  });

  test('all reads are of the primary, whatever the client prefers', async () => {
    const reads: [string, unknown][] = [];
    const noted = <Options>(name: string, options: Options): Options => {
      reads.push([name, (options as { readPreference?: unknown }).readPreference]);
      return options;
    };
    const store = new MongoSessionStore(
      meddledWith(mongo.collection, {
        findOne: (filter, options = {}) => mongo.collection.findOne(filter, noted('findOne', options)),
        find: (filter, options = {}) => mongo.collection.find(filter, noted('find', options)),
        aggregate: (pipeline, options = {}) =>
          mongo.collection.aggregate(pipeline, noted('aggregate', options)),
      }),
      { ttlMs: 60_000 },
    );
    await store.set('k', 1); // asks what time it is
    await store.get('k');
    for await (const key of store.keys()) expect(key).toBe('k');
    await acquired(store);
    for (const contender of ['c', 'd']) await store.acquire('k', { ...request(), contender }); // the second looks
    const names = ['aggregate', 'findOne', 'find', 'aggregate'];
    expect(reads).toEqual(names.map((name) => [name, 'primary']));
  });
});
