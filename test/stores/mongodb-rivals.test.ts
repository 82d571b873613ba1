/** Documents of other libraries, written by their own packages, read by ours, and back. */

import { MongoDBAdapter } from '@grammyjs/storage-mongodb';
import { MongoSessionStore } from '@sessiongram/mongodb';
import { Mongo } from '@telegraf/session/mongodb';
import { MongoClient } from 'mongodb';
import { afterAll, describe, expect, test } from 'vitest';
import { startMongo } from '../support/servers/mongodb';

const server = await startMongo();

interface Session {
  counter: number;
  cart?: string[];
}

/** What the two have in common, under one set of names. */
interface Rival {
  get(key: string): Promise<unknown>;
  set(key: string, value: Session): Promise<unknown>;
  delete(key: string): Promise<unknown>;
}

describe.skipIf(server === undefined)('documents of', () => {
  const client = new MongoClient(server?.url ?? 'mongodb://127.0.0.1:1/');
  const database = client.db(`sessiongram_${process.pid}`);
  afterAll(async () => {
    await database.dropDatabase();
    await client.close();
    await server?.stop();
  });

  function grammy(): Rival {
    const adapter = new MongoDBAdapter<Session>({
      collection: database.collection('grammy') as never, // its types are those of its own copy of the driver
    });
    return {
      get: async (key) => adapter.read(key),
      set: async (key, value) => adapter.write(key, value),
      delete: async (key) => adapter.delete(key),
    };
  }

  function telegraf(): Rival {
    const store = Mongo<Session>({ client: client as never, database: database.databaseName });
    return {
      get: async (key) => store.get(key),
      set: async (key, value) => store.set(key, value),
      delete: async (key) => store.delete(key),
    };
  }

  const rivals = [
    ['@grammyjs/storage-mongodb', grammy, 'grammy', { keyField: 'key' }],
    ['@telegraf/session', telegraf, 'telegraf-sessions', { keyField: 'key', valueField: 'session' }],
  ] as const;

  describe.for(rivals)('%s', ([, open, name, fields]) => {
    const rival = open();
    const collection = database.collection(name);
    const ours = new MongoSessionStore<Session>(collection, fields);

    let commits = 0;

    async function add(key: string): Promise<Session | undefined> {
      const mark = `m${++commits}`;
      const token = mark.padEnd(16, '_');
      const asked = { token, leaseMs: 1_000, contender: 'contender-of-16c', reserveMs: 100 };
      const answer = await ours.acquire(key, asked);
      if (!answer.granted) throw new Error('The key was to be free.');
      const value = { counter: (answer.read()?.counter ?? 0) + 1 };
      await ours.commit(key, answer.lease, { change: { kind: 'set', value }, mark, marks: mark });
      return value;
    }

    test('are read by ours, and what ours makes of them by theirs', async () => {
      await rival.set('42:42', { counter: 1, cart: ['a'] });
      expect(await ours.get('42:42')).toEqual({ counter: 1, cart: ['a'] });
      await ours.set('42:42', { counter: 2 });
      expect(await rival.get('42:42')).toEqual({ counter: 2 });
      await add('42:42');
      expect(await rival.get('42:42')).toEqual({ counter: 3 });
      expect(await collection.countDocuments({ key: '42:42' })).toBe(1);
    });

    test('are made by ours as well, and found by theirs', async () => {
      await add('43:43');
      expect(await rival.get('43:43')).toEqual({ counter: 1 });
      await rival.set('43:43', { counter: 5 });
      expect(await ours.get('43:43')).toEqual({ counter: 5 });
      await add('43:43');
      expect(await rival.get('43:43')).toEqual({ counter: 6 });
      expect(await collection.countDocuments({ key: '43:43' })).toBe(1);
    });

    test('are gone for both when either deletes them', async () => {
      await rival.set('44:44', { counter: 1 });
      await ours.delete('44:44');
      expect(await rival.get('44:44')).toBeUndefined();
      await rival.set('44:44', { counter: 2 });
      expect(await ours.get('44:44')).toEqual({ counter: 2 });
      await rival.delete('44:44');
      expect(await ours.get('44:44')).toBeUndefined();
    });

    test('keep their ObjectId, and their keys are listed', async () => {
      await rival.set('45:45', { counter: 1 });
      const before = await collection.findOne({ key: '45:45' });
      await add('45:45');
      const after = await collection.findOne({ key: '45:45' });
      expect(after?._id).toEqual(before?._id);
      const keys: string[] = [];
      for await (const key of ours.keys({ prefix: '45' })) keys.push(key);
      expect(keys).toEqual(['45:45']);
    });
  });
});
