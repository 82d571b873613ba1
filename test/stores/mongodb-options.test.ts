/** What the MongoDB store is made of, refused at the door. No server is needed, for nothing is sent. */

import { type MongoCollection, MongoSessionStore } from '@sessiongram/mongodb';
import { MongoClient } from 'mongodb';
import { expect, test } from 'vitest';

const URL = 'mongodb://127.0.0.1:1/';

test.each([
  [{}, /takes a collection.*without findOne, findOneAndUpdate, updateOne, find, aggregate, createIndex\./],
  [{ findOne: 1 }, /takes a collection.*without findOne,/],
  [undefined, /takes a collection.*but got undefined/],
  [new MongoClient(URL), /takes a collection/],
])('what is no collection is refused at once: %#', (given, text) => {
  expect(() => new MongoSessionStore(given as unknown as MongoCollection)).toThrow(text);
});

test.each([
  [{ life: 1 }, /unknown option "life"/],
  [{ ttl: 'fixed' }, /"ttl" needs "ttlMs"/],
  [{ ttlMs: 0 }, /"ttlMs" must be/],
  [{ keyField: '' }, /"keyField" must be/],
  [{ keyField: 7 }, /"keyField" must be/],
  [{ keyField: 'a.b' }, /"keyField" must be/],
  [{ keyField: '.b' }, /"keyField" must be/],
  [{ keyField: '$a' }, /"keyField" must be/],
  [{ keyField: 'a\0' }, /"keyField" must be/],
  [{ keyField: '\0' }, /"keyField" must be/],
  [{ keyField: 'purgeAt' }, /"keyField" must be/],
  [{ valueField: 'expiresAt' }, /"valueField" must be/],
  [{ valueField: '$value' }, /"valueField" must be/],
  [{ valueField: 'lease' }, /"valueField" must be/],
  [{ valueField: '_id' }, /"valueField" must be/],
  [{ keyField: 'value' }, /must differ/],
])('options are checked at once: %j', (options: object, text) => {
  const collection = new MongoClient(URL).db().collection('sessions');
  expect(() => new MongoSessionStore(collection, options)).toThrow(text);
});
