/** What other processes may do to a record in MongoDB between two commands of the store, and what the store does then. */

import { type MongoCollection, MongoSessionStore } from '@sessiongram/mongodb';
import { beforeEach, describe, expect, test } from 'vitest';
import { ageRecords, startMongo } from '../support/servers/mongodb';
import { meddledWith } from './mongodb-meddling';
import { acquired, DAY_MS, MINUTE_MS, request, useMongo } from './mongodb-stand';

const server = await startMongo();

const fixed = { ttlMs: 10 * DAY_MS, ttl: 'fixed' } as const;
const commit = (value: unknown) => ({ change: { kind: 'set', value }, mark: undefined, marks: '' }) as const;
const DUPLICATE = { code: 11000 };

describe.skipIf(server === undefined)('in MongoDB', () => {
  const mongo = useMongo(server);
  let others: MongoSessionStore;

  beforeEach(() => {
    others = mongo.open();
  });
  const taken = async (store: MongoSessionStore, contender: string) =>
    (await acquired(store, 'k', contender)).lease;

  /** A store between whose look at the record and its next command something is done, once. */
  function lookingBefore(act: () => Promise<unknown>): MongoSessionStore {
    let isDone = false;
    const aggregate: MongoCollection['aggregate'] = (...args) => ({
      async toArray() {
        const seen = await mongo.collection.aggregate(...args).toArray();
        if (!isDone) await act();
        isDone = true;
        return seen;
      },
    });
    return new MongoSessionStore(meddledWith(mongo.collection, { aggregate }));
  }

  test('a lapsed lease that another was faster to take stays his', async () => {
    await taken(others, 'a');
    await ageRecords(mongo.collection, 2 * MINUTE_MS);
    const late = lookingBefore(() => taken(others, 'b'));
    expect(await late.acquire('k', request('c'))).toMatchObject({ granted: false, reserved: true });
  });

  test('a key that another has reserved since it was looked at stays reserved', async () => {
    await taken(others, 'a');
    await ageRecords(mongo.collection, 2 * MINUTE_MS);
    const late = lookingBefore(async () => {
      const lease = await taken(others, 'b');
      expect(await others.acquire('k', request('d'))).toMatchObject({ reserved: true });
      await others.commit('k', lease, commit(1));
    });
    expect(await late.acquire('k', request('c'))).toMatchObject({ granted: false, reserved: false });
    await taken(others, 'd');
  });

  test('a key whose record goes while it is asked for is had all the same', async () => {
    await taken(others, 'a');
    const store = new MongoSessionStore(
      meddledWith(mongo.collection, {
        async findOneAndUpdate(...args) {
          try {
            return await mongo.collection.findOneAndUpdate(...args);
          } catch (error) {
            await mongo.collection.deleteMany({});
            throw error;
          }
        },
      }),
    );
    expect(await store.acquire('k', request('b'))).toMatchObject({ granted: true });
  });

  test('a lease that ends while it is reserved is asked for after a millisecond, not at once', async () => {
    await taken(others, 'a');
    const store = new MongoSessionStore(
      meddledWith(mongo.collection, {
        async findOneAndUpdate(...args) {
          const found = (await mongo.collection.findOneAndUpdate(...args)) as { lease?: { at: Date } } | null;
          // The clock has gone on between the filter and the update.
          const reservedAt = new Date((found?.lease?.at.getTime() ?? 0) + MINUTE_MS);
          return found && { ...found, lease: { ...found.lease, reservedAt } };
        },
      }),
    );
    expect(await store.acquire('k', request('b'))).toEqual({
      granted: false,
      remainingMs: 1,
      reserved: true,
    });
  });

  test('a lease is refused as an error where it conflicts with another key, by an index of the user', async () => {
    await mongo.collection.createIndex({ tenant: 1 }, { unique: true });
    await mongo.collection.insertOne({ _id: 'other', ...{ tenant: 1 } });
    const store = new MongoSessionStore(
      meddledWith(mongo.collection, {
        findOneAndUpdate: (filter, update: { $set?: object }, options) =>
          mongo.collection.findOneAndUpdate(
            filter,
            { ...update, $set: { ...update.$set, tenant: 1 } },
            options,
          ),
      }),
    );
    await expect(store.acquire('k', request('a'))).rejects.toMatchObject(DUPLICATE);
    expect(await mongo.collection.countDocuments()).toBe(1);
  });

  const failure = new Error('It was cut.');
  /** Fails in one of its methods, and counts how often that was called. */
  function cut(name: 'findOneAndUpdate' | 'updateOne', isCut: (call: number) => boolean) {
    const calls = { count: 0 };
    const method = (filter: object, update: object, options: object) =>
      isCut(++calls.count) ? Promise.reject(failure) : mongo.collection[name](filter, update, options);
    return { calls, collection: meddledWith(mongo.collection, { [name]: method }) };
  }

  test('an acquire that failed, but for no conflict, is not tried again', async () => {
    const { calls, ...broken } = cut('findOneAndUpdate', (call) => call === 1);
    const store = new MongoSessionStore(broken.collection);
    await expect(store.acquire('k', request('a'))).rejects.toBe(failure);
    expect(calls.count).toBe(1);
  });

  test.for([
    ['a plain write', {}, 1],
    ['one with a fixed time', fixed, 2],
  ] as const)('%s that failed, but for no conflict, is not tried again', async ([, options, at]) => {
    const { calls, ...broken } = cut('updateOne', (call) => call === at);
    const store = new MongoSessionStore(broken.collection, options);
    await expect(store.set('k', 1)).rejects.toBe(failure);
    expect(calls.count).toBe(at);
  });

  /** A store whose update finds that another has written the same new key just before. */
  function overtaken(options: typeof fixed | object, write: () => Promise<unknown>): MongoSessionStore {
    let isOver = false;
    const conflict = (): Promise<never> =>
      write()
        .then(() => mongo.collection.insertOne({ _id: 'k' }))
        .then(() => Promise.reject(new Error('The key was to be there.')));
    const updateOne: MongoCollection['updateOne'] = async (filter, update, settings) => {
      const isUpsert = (settings as { upsert?: boolean }).upsert === true;
      if (isOver || !isUpsert) return mongo.collection.updateOne(filter, update, settings);
      isOver = true;
      return conflict();
    };
    return new MongoSessionStore(meddledWith(mongo.collection, { updateOne }), options);
  }

  test('of two who write a new key at once, both do', async () => {
    await overtaken({}, () => others.set('k', 'first')).set('k', 'second');
    expect(await others.get('k')).toBe('second');
  });

  test('a fixed time that another has begun meanwhile is kept', async () => {
    const another = new MongoSessionStore(mongo.collection, fixed);
    await another.set('k', 0);
    await ageRecords(mongo.collection, 11 * DAY_MS);
    const store = overtaken(fixed, async () => {
      await another.set('k', 1);
      await ageRecords(mongo.collection, 4 * DAY_MS);
    });
    await store.set('k', 2);
    const { value, expiresAt } = (await mongo.collection.findOne({ _id: 'k' })) ?? {};
    expect(value).toBe(2);
    expect(expiresAt?.getTime()).toBeLessThan(Date.now() + 7 * DAY_MS);
  });
});
