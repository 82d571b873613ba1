/** With a fixed time, the document of a session keeps the end that its first write has set. */

import { MongoSessionStore } from '@sessiongram/mongodb';
import { type Collection, MongoClient } from 'mongodb';
import { afterAll, describe, expect, test } from 'vitest';
import { startMongo } from '../support/servers/mongodb';
import { KEY, registerFixedTtl, TTL_MS } from './fixed-ttl';

const server = await startMongo();

interface Stored {
  _id: string;
  value?: unknown;
  expiresAt?: Date;
  purgeAt?: Date;
}

describe.skipIf(server === undefined)('in MongoDB', () => {
  const client = new MongoClient(server?.url ?? 'mongodb://127.0.0.1:1/', { monitorCommands: true });
  const database = client.db(`sessiongram_fixed_${process.pid}`);
  const commands: string[] = [];
  client.on('commandStarted', ({ commandName }) => commands.push(commandName));
  let count = 0;

  afterAll(async () => {
    await database.dropDatabase();
    await client.close();
    await server?.stop();
  });

  function open() {
    const collection = database.collection<Stored>(String(++count));
    const store = new MongoSessionStore(collection, { ttlMs: TTL_MS, ttl: 'fixed' });
    return { collection, store };
  }

  registerFixedTtl('MongoSessionStore', {
    make: (options) => new MongoSessionStore(database.collection('0'), options),
    open() {
      const { collection, store } = open();
      return {
        store,
        async left() {
          const { value, expiresAt } = (await collection.findOne({ _id: KEY })) ?? {};
          if (value === undefined) throw new Error('There is no value.');
          return expiresAt === undefined ? undefined : expiresAt.getTime() - Date.now();
        },
        pass: (ms) => ageDates(collection, ms),
        putEndless: async (value) => void (await collection.insertOne({ _id: KEY, value })),
        // What the server does by the index on this field.
        purge: () => collection.deleteMany({ purgeAt: { $lte: new Date() } }),
      };
    },
  });

  test.for([
    ['of a session that lives', 1, ['update']],
    ['of a new session', undefined, ['update', 'update']],
    ['of one that has ended', TTL_MS, ['update', 'update', 'update']],
  ] as const)('a plain write %s takes no more commands than it must', async ([, passed, expected]) => {
    const { collection, store } = open();
    await store.set(passed === undefined ? 'warm' : KEY, 1);
    if (passed !== undefined) await ageDates(collection, passed);
    commands.splice(0);
    await store.set(KEY, 2);
    expect(commands).toEqual(expected);
  });

  test('an update under a lease takes two commands, as without a fixed time', async () => {
    const { store } = open();
    await store.set(KEY, 1);
    commands.splice(0);
    const request = {
      token: 'fixed-x'.padEnd(16, '_'),
      leaseMs: 60_000,
      contender: 'a'.repeat(16),
      reserveMs: 1,
    };
    const answer = await store.acquire(KEY, request);
    if (!answer.granted) throw new Error('The key was to be free.');
    const change = { kind: 'set', value: 2 } as const;
    await store.commit(KEY, answer.lease, { change, mark: 'm', marks: 'm' });
    expect(commands).toEqual(['findAndModify', 'update']);
  });

  test('the date of the purge is that of the end, and is kept as well', async () => {
    const { collection, store } = open();
    await store.set(KEY, 1);
    await ageDates(collection, TTL_MS / 2);
    const before = await collection.findOne({ _id: KEY });
    expect(before?.purgeAt).toEqual(before?.expiresAt);
    await store.set(KEY, 2);
    expect(await collection.findOne({ _id: KEY })).toMatchObject({
      value: 2,
      expiresAt: before?.expiresAt,
      purgeAt: before?.purgeAt,
    });
  });

  test('a conflict with a record of another key, by an index of the user, is an error', async () => {
    const { collection, store } = open();
    await collection.createIndex({ value: 1 }, { unique: true });
    await store.set('other', 1);
    await expect(store.set(KEY, 1)).rejects.toMatchObject({ code: 11000 });
    expect(await collection.countDocuments()).toBe(1);
  });
});

/** Moves the dates of the values, and lets those of the leases be. */
async function ageDates(collection: Collection<Stored>, ms: number): Promise<void> {
  for await (const { _id, expiresAt, purgeAt } of collection.find({})) {
    const dates = Object.entries({ expiresAt, purgeAt }).filter(([, date]) => date !== undefined);
    const moved = dates.map(([name, date]) => [name, new Date((date as Date).getTime() - ms)]);
    if (moved.length > 0) await collection.updateOne({ _id }, { $set: Object.fromEntries(moved) });
  }
}
