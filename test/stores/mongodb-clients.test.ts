/** However a client of MongoDB is set, the store reads and writes alike. */

import { MongoSessionStore } from '@sessiongram/mongodb';
import { Long, MongoClient } from 'mongodb';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { startMongo } from '../support/servers/mongodb';
import { meddledWith } from './mongodb-meddling';

const server = await startMongo();
const url = server?.url ?? 'mongodb://127.0.0.1:1/';

const asked = { leaseMs: 60_000, contender: 'contender-of-16c', reserveMs: 60_000 };
let count = 0;
const request = () => ({ ...asked, token: `token-${++count}`.padEnd(16, '_') });

interface Stored {
  _id: string;
  value?: unknown;
}

describe.skipIf(server === undefined)('MongoSessionStore', () => {
  const client = new MongoClient(url);
  const database = client.db(`sessiongram_clients_${process.pid}`);
  let collection = database.collection<Stored>('0');

  beforeEach(() => {
    collection = database.collection(String(++count));
  });
  afterAll(async () => {
    await database.dropDatabase();
    await client.close();
    await server?.stop();
  });

  async function acquired(store: MongoSessionStore, key = 'k') {
    const answer = await store.acquire(key, request());
    if (!answer.granted) throw new Error('The key was to be free.');
    return answer;
  }

  test.each([
    ['wraps numbers', { promoteValues: false }],
    ['wraps long numbers', { promoteLongs: false }],
    ['makes bigints of long numbers', { useBigInt64: true }],
    ['keeps members that are undefined', { ignoreUndefined: false }],
    ['decodes nothing', { raw: true }],
  ])('a client that %s changes nothing', async (_, options) => {
    const odd = new MongoClient(url, options);
    try {
      const theirs = odd.db(database.databaseName).collection(collection.collectionName);
      const store = new MongoSessionStore(theirs);
      const value = { counter: 1, part: 0.5, large: 2 ** 40, 'a.b': 1 };
      await store.set('k', { ...value, gone: undefined });
      expect(await store.get('k')).toStrictEqual(value);
      expect((await acquired(store)).read()).toStrictEqual(value);
      await collection.insertOne({ _id: 'long', value: Long.fromNumber(2 ** 40) });
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
      meddledWith(collection, {
        findOne: (filter, options = {}) => collection.findOne(filter, noted('findOne', options)),
        find: (filter, options = {}) => collection.find(filter, noted('find', options)),
        aggregate: (pipeline, options = {}) => collection.aggregate(pipeline, noted('aggregate', options)),
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
