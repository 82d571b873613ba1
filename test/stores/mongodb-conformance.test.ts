/** The conformance suite on the MongoDB store, with each driver that it supports. */

import type { OpenStore } from '@sessiongram/core/conformance';
import { MongoSessionStore } from '@sessiongram/mongodb';
import { MongoClient as MongoClient7 } from 'mongodb';
import { MongoClient as MongoClient5 } from 'mongodb5';
import { MongoClient as MongoClient6 } from 'mongodb6';
import { afterAll, beforeAll, describe } from 'vitest';
import { ageRecords, startMongo } from '../support/servers/mongodb';
import { registerStoreCases } from './register';

const server = await startMongo();
const telegrafNames = { keyField: 'key', valueField: 'session' };
const fixedTime = { ttlMs: 86_400_000, ttl: 'fixed' } as const;

/** In the order of definition, so that the server ends last. */
const subjects = [
  ['driver 5', MongoClient5, {}],
  ['driver 6', MongoClient6, {}],
  ['driver 7', MongoClient7, {}],
  ["driver 7, with the names of Telegraf's fields", MongoClient7, telegrafNames],
  [
    "driver 7, with a fixed time and the names of Telegraf's fields",
    MongoClient7,
    { ...telegrafNames, ...fixedTime },
  ],
] as const;

describe.skipIf(server === undefined)('MongoSessionStore', () => {
  afterAll(() => server?.stop());

  describe.for(subjects)('%s', ([name, Client, fields]) => {
    const client = new Client(server?.url ?? 'mongodb://127.0.0.1:1/');
    const database = client.db(`sessiongram_${process.pid}`);
    const keyField = 'keyField' in fields ? fields.keyField : '_id';
    let count = 0;

    beforeAll(async () => {
      await client.connect();
    });
    afterAll(async () => {
      await database.dropDatabase();
      await client.close();
    });

    const open = ({ ttlMs }: { readonly ttlMs?: number | undefined } = {}): OpenStore => {
      const collection = database.collection<object>(`${name} ${++count}`);
      const options = ttlMs === undefined ? fields : { ...fields, ttlMs };
      return {
        store: new MongoSessionStore(collection, options),
        another: () => new MongoSessionStore(collection, options),
        passTime: (ms) => ageRecords(collection, ms),
        dropLock: async (key) => {
          const { matchedCount } = await collection.updateOne(
            { [keyField]: key },
            { $unset: { lease: true } },
          );
          if (matchedCount !== 1) throw new Error('There is no record to drop the lock of.');
        },
        close: async () => {
          await collection.drop().catch(() => {}); // nothing was written
        },
      };
    };
    // BSON has no corrupt text.
    registerStoreCases(
      'the cases of the suite',
      { open },
      { lacks: 'ttl' in fields ? ['putRaw', 'ttl'] : ['putRaw'] },
    );
  });
});
