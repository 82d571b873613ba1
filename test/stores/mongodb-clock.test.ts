/** Whose clock says when a session in MongoDB ends, however wrong the one of this machine is. */

import { type MongoCollection, MongoSessionStore } from '@sessiongram/mongodb';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { startMongo } from '../support/servers/mongodb';
import { meddledWith } from './mongodb-meddling';
import { about, acquired, MINUTE_MS, NONE, request, SLACK_MS, unmarked, useMongo } from './mongodb-stand';

const server = await startMongo();

const HOUR_MS = 60 * MINUTE_MS;
const TTL_MS = 24 * HOUR_MS;

describe.skipIf(server === undefined)('in MongoDB', () => {
  const mongo = useMongo(server);
  let asked = 0;
  let trueTime: () => number;

  beforeEach(() => {
    asked = 0;
    const [began, since] = [Date.now(), performance.now()];
    trueTime = () => began + performance.now() - since;
    vi.useFakeTimers({ toFake: ['Date'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });
  /** A store that is heard asking for the time, and to which each answer takes a while by the machine's clock. */
  function open(takesMs = 0): MongoSessionStore {
    const taking = async <T>(answer: Promise<T>): Promise<T> => {
      const came = await answer;
      vi.setSystemTime(Date.now() + takesMs);
      return came;
    };
    const aggregate: MongoCollection['aggregate'] = (...args) => {
      asked++;
      return { toArray: () => taking(mongo.collection.aggregate(...args).toArray()) };
    };
    const findOneAndUpdate: MongoCollection['findOneAndUpdate'] = (...args) =>
      taking(mongo.collection.findOneAndUpdate(...args));
    return new MongoSessionStore(meddledWith(mongo.collection, { aggregate, findOneAndUpdate }), {
      ttlMs: TTL_MS,
    });
  }

  /** How long the value lives from now, by the true time. */
  async function left(): Promise<number> {
    const { expiresAt } = (await mongo.collection.findOne({ _id: 'k' })) ?? {};
    return (expiresAt?.getTime() ?? Number.NaN) - trueTime();
  }
  test.for([
    ['an hour behind', -HOUR_MS],
    ['an hour ahead', HOUR_MS],
  ] as const)('a session lives as long as it is to where the machine’s clock is %s', async ([, ms]) => {
    vi.setSystemTime(trueTime() + ms);
    const store = open();
    await store.set('k', 1);
    expect(await left()).toEqual(about(TTL_MS));
  });

  test.for([
    ['was set back', -HOUR_MS],
    ['was set forward, or stood still', HOUR_MS],
  ] as const)('the time is asked for again when the machine’s clock %s', async ([, ms]) => {
    const store = open();
    await store.set('k', 1);
    await store.set('k', 2);
    expect(asked).toBe(1);
    vi.setSystemTime(Date.now() + ms);
    await store.set('k', 3);
    expect(asked).toBe(2);
    expect(await left()).toEqual(about(TTL_MS));
  });

  test('the time is not asked for as long as leases tell it', async () => {
    const store = open();
    await store.set('k', 1);
    for (let minutes = 0; minutes < 30; minutes += 6) {
      vi.setSystemTime(Date.now() + 6 * MINUTE_MS);
      const { lease } = await acquired(store);
      await store.commit('k', lease, { change: NONE, ...unmarked });
    }
    expect(asked).toBe(1);
  });

  test('an answer that takes long makes nothing end too early', async () => {
    const store = open(10 * SLACK_MS);
    await store.set('k', 1);
    expect(await left()).toEqual(about(TTL_MS + 10 * SLACK_MS));
    const answer = await store.acquire('k', request());
    if (!answer.granted) throw new Error('The key was to be free.');
    const commit = { change: { kind: 'set', value: 2 }, mark: undefined, marks: '' } as const;
    await store.commit('k', answer.lease, commit);
    expect(await left()).toEqual(about(TTL_MS + 10 * SLACK_MS));
  });
});
