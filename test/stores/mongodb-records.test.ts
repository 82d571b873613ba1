/** What a record in MongoDB holds besides the value, and until when. */

import { MongoSessionStore, type MongoSessionStoreOptions } from '@sessiongram/mongodb';
import { type CommandStartedEvent, MongoClient } from 'mongodb';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { ageRecords, startMongo } from '../support/servers/mongodb';

const server = await startMongo();

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** What a test may take, on a busy machine. */
const SLACK_MS = 20_000;
const NONE = { kind: 'none' } as const;
const DELETE = { kind: 'delete' } as const;
const set = (value: unknown) => ({ kind: 'set', value }) as const;
const unmarked = { mark: undefined, marks: '' };
const marked = { mark: 'm', marks: 'm' };
let count = 0;
const requestOf = (contender: string) => {
  const token = `token-${++count}`.padEnd(16, '_');
  return { token, contender, leaseMs: MINUTE_MS, reserveMs: MINUTE_MS };
};
const request = () => requestOf('contender-of-16c');

interface Stored {
  _id: string;
  value?: unknown;
  expiresAt?: Date;
  purgeAt?: Date;
  lease?: { fence?: number; at?: Date; since?: Date; ms?: number; marks?: string[]; reserved?: string };
}

describe.skipIf(server === undefined)('a record in MongoDB', () => {
  const client = new MongoClient(server?.url ?? 'mongodb://127.0.0.1:1/', { monitorCommands: true });
  const database = client.db(`sessiongram_records_${process.pid}`);
  const commands: CommandStartedEvent[] = [];
  client.on('commandStarted', (event) => commands.push(event));
  let collection = database.collection<Stored>('0');

  beforeEach(() => {
    collection = database.collection(String(++count));
  });
  afterAll(async () => {
    await database.dropDatabase();
    await client.close();
    await server?.stop();
  });
  const open = (options?: MongoSessionStoreOptions) => new MongoSessionStore(collection, options);
  const record = async () => (await collection.findOne({ _id: 'k' })) ?? ({} as Stored);

  async function taken(store: MongoSessionStore) {
    const answer = await store.acquire('k', request());
    if (!answer.granted) throw new Error('The key was to be free.');
    return answer.lease;
  }

  /** Its end and the date of its purge, from now. */
  async function left() {
    const { expiresAt, purgeAt } = await record();
    const from = (date: Date | undefined) => date && date.getTime() - Date.now();
    return { ends: from(expiresAt), purged: from(purgeAt) };
  }
  const about = (ms: number) => expect.toSatisfy((given: number) => Math.abs(given - ms) < SLACK_MS);

  test.for([
    [
      'a commit',
      (store: MongoSessionStore) =>
        taken(store).then((lease) => store.commit('k', lease, { change: set(1), ...unmarked })),
    ],
    ['a plain write', (store: MongoSessionStore) => taken(store).then(() => store.set('k', 1))],
  ] as const)('keeps nothing of a lock that %s has ended but its fence and marks', async ([, end]) => {
    const store = open();
    await store.commit('k', await taken(store), { change: NONE, ...marked });
    await end(store);
    const { lease } = await record();
    expect(lease).toEqual({ fence: expect.any(Number), marks: ['m'] });
  });

  test('keeps nothing of a reservation that led to the lease, or to one that was handed over', async () => {
    const store = open();
    const reserved = ['reserved', 'reservedAt', 'reservedMs'];
    for (const next of [undefined, { ...requestOf('another-contendr'), yields: true }]) {
      const lease = await taken(store);
      await store.acquire('k', requestOf('another-contendr'));
      expect(Object.keys((await record()).lease ?? {})).toEqual(expect.arrayContaining(reserved));
      await store.commit('k', lease, { change: NONE, ...unmarked, next });
      if (next === undefined) await store.acquire('k', requestOf('another-contendr'));
      for (const name of reserved) expect((await record()).lease).not.toHaveProperty(name);
      await store.delete('k');
    }
  });

  test('is held from the renewal on, for as long as that asked for', async () => {
    const store = open();
    const lease = await taken(store);
    await ageRecords(collection, MINUTE_MS);
    expect(await store.renew('k', lease, 2 * MINUTE_MS)).toBe(true);
    const { at, ms } = (await record()).lease ?? {};
    expect(ms).toBe(2 * MINUTE_MS);
    expect(at?.getTime()).toBeGreaterThan(Date.now() - SLACK_MS);
  });

  test.for([
    ['token', { 'lease.token': 'another-token___' }],
    ['fence', { 'lease.fence': 99 }],
    ['time of acquisition', { 'lease.since': new Date(0) }],
  ] as const)('with another %s is another’s', async ([, change]) => {
    const store = open();
    const lease = await taken(store);
    await collection.updateOne({ _id: 'k' }, { $set: change });
    expect(await store.renew('k', lease, MINUTE_MS)).toBe(false);
    expect(await store.commit('k', lease, { change: set(1), ...marked })).toEqual({ state: 'lost' });
    expect(await record()).not.toHaveProperty('value');
  });

  test('that another has, and a third has reserved, is to be asked for when the lease ends', async () => {
    const store = open();
    await taken(store);
    await store.acquire('k', requestOf('one'));
    commands.splice(0);
    const refusal = await store.acquire('k', requestOf('another'));
    expect(refusal).toEqual({ granted: false, remainingMs: about(MINUTE_MS), reserved: false });
    expect(commands.map(({ commandName }) => commandName)).toEqual([
      'findAndModify',
      'findAndModify',
      'aggregate',
    ]);
  });

  test('is reserved whatever a contender is called', async () => {
    const store = open();
    await taken(store);
    await store.acquire('k', requestOf('one'));
    expect(await store.acquire('k', requestOf('$lease.reserved'))).toMatchObject({ reserved: false });
  });

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
    const next = { ...request(), yields: false };
    expect(await store.commit('k', lease, { change: set(1), ...unmarked, next })).toHaveProperty(
      'next.granted',
    );
    expect(await left()).toEqual({ ends: about(2 * DAY_MS), purged: about(3 * DAY_MS) });
  });

  test('is not purged earlier because its value was touched', async () => {
    const store = open({ ttlMs: 2 * DAY_MS });
    await store.set('k', 1);
    await ageRecords(collection, DAY_MS);
    await taken(store);
    await store.touch('k');
    expect(await left()).toEqual({ ends: about(2 * DAY_MS), purged: about(3 * DAY_MS) });
  });

  test('is purged no earlier than its value, which was touched', async () => {
    const store = open({ ttlMs: 2 * DAY_MS });
    await store.set('k', 1);
    await ageRecords(collection, DAY_MS);
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
        await ageRecords(collection, 2 * DAY_MS);
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
    expect(await collection.countDocuments()).toBe(0);
    await store.set('k', 1);
    await store.delete('k');
    expect((await left()).purged).toEqual(about(DAY_MS));
  });

  test('waits for a majority and the journal whichever way data is written', async () => {
    const durable = { w: 'majority', j: true };
    const concerns = () => commands.splice(0).map(({ command }) => command['writeConcern']);
    const store = open();
    let lease = await taken(store);
    await store.acquire('k', requestOf('another-contendr'));
    concerns();
    const commit = { change: set(1), ...marked, next: { ...request(), yields: false } };
    const answer = await store.commit('k', lease, commit);
    expect(concerns()).toEqual([durable, durable]); // yields, and does not
    if (answer.state !== 'done' || answer.next === undefined) throw new Error('It was to be handed over.');
    expect(await store.commit('k', lease, commit)).toMatchObject({ state: 'repeated' });
    expect(concerns()).toEqual([durable, durable, durable]); // looks for its mark by an update
    lease = answer.next.lease;
    await store.commit('k', lease, { change: DELETE, ...unmarked });
    expect(concerns()).toEqual([durable]);

    const fixed = open({ ttlMs: DAY_MS, ttl: 'fixed' });
    await fixed.touch('k');
    concerns();
    await fixed.set('k', 1);
    await fixed.set('k', 2);
    await ageRecords(collection, 2 * DAY_MS);
    concerns();
    await fixed.set('k', 3);
    expect(concerns()).toEqual([durable, durable, durable]);
  });

  test('has a fence that grows with each acquire, commit and plain write', async () => {
    const store = open();
    const fences: unknown[] = [];
    const look = async () => void fences.push((await record()).lease?.fence);
    const lease = await taken(store);
    await look();
    await store.commit('k', lease, { change: set(1), ...unmarked });
    await look();
    await store.set('k', 2);
    await look();
    await store.delete('k');
    await look();
    expect(fences).toEqual([1, 2, 3, 4]);
  });

  test('is changed by no operator without fields, which servers before 5.0 refuse', async () => {
    const updates: object[] = [];
    client.on('commandStarted', ({ command }) => {
      const { update, updates: [first] = [] } = command as { update?: object; updates?: { u: object }[] };
      updates.push(...[first?.u, update].filter((each): each is object => typeof each === 'object'));
    });
    const endless = open();
    await endless.commit('k', await taken(endless), { change: NONE, ...unmarked });
    await endless.commit('k', await taken(endless), { change: set(1), ...unmarked });
    await endless.commit('k', await taken(endless), { change: NONE, ...unmarked });
    const store = open({ ttlMs: DAY_MS });
    const lease = await taken(store);
    await store.acquire('k', requestOf('another-contendr'));
    await store.commit('k', lease, { change: set(1), ...marked, next: { ...request(), yields: false } });
    expect(updates.length).toBeGreaterThan(8);
    expect(
      updates.flatMap((update) => Object.values(update)).filter((part) => Object.keys(part).length === 0),
    ).toEqual([]);
  });

  test.for([
    ['set', (store: MongoSessionStore) => store.set('k', 1)],
    ['delete', (store: MongoSessionStore) => store.delete('k')],
    ['touch', (store: MongoSessionStore) => store.touch('k')],
    ['acquire', (store: MongoSessionStore) => taken(store)],
  ] as const)('will be purged also where %s is the first that is called', async ([, use]) => {
    await use(open({ ttlMs: DAY_MS }));
    expect(await collection.indexes()).toContainEqual(
      expect.objectContaining({ key: { purgeAt: 1 }, expireAfterSeconds: 0, sparse: true }),
    );
  });

  test('is read by one command where there is nothing to renew', async () => {
    const rolling = open({ ttlMs: DAY_MS });
    const fixed = open({ ttlMs: DAY_MS, ttl: 'fixed' });
    await rolling.set('k', 1);
    await fixed.set('k', 2);
    for (const store of [rolling, fixed]) {
      commands.splice(0);
      await store.get(store === rolling ? 'another' : 'k');
      expect(commands.map(({ commandName }) => commandName)).toEqual(['find']);
    }
  });

  test('is renewed once in a tenth of its time', async () => {
    const store = open({ ttlMs: DAY_MS });
    await store.set('k', 1);
    const { expiresAt } = await record();
    await store.get('k');
    expect((await record()).expiresAt).toEqual(expiresAt);
    await ageRecords(collection, DAY_MS / 9);
    await store.get('k');
    expect(await left()).toEqual({ ends: about(DAY_MS), purged: about(DAY_MS) });
  });

  test('that another has is not asked for again by a hand-over that has failed', async () => {
    const store = open();
    const lease = await taken(store);
    await store.set('k', 1);
    commands.splice(0);
    const next = { ...request(), yields: false };
    expect(await store.commit('k', lease, { change: set(2), ...unmarked, next })).toEqual({ state: 'lost' });
    expect(commands.map(({ commandName }) => commandName)).toEqual(['findAndModify', 'findAndModify']);
  });

  test.for([
    [
      'has ended',
      (store: MongoSessionStore) => store.set('k', 1).then(() => ageRecords(collection, 2 * DAY_MS)),
    ],
    ['has no end', () => collection.insertOne({ _id: 'k', value: 1 })],
    ['is not there', (store: MongoSessionStore) => store.touch('k')],
  ] as const)('whose value %s begins a fixed time in one command', async ([, make]) => {
    const store = open({ ttlMs: DAY_MS, ttl: 'fixed' });
    await make(store);
    const lease = await taken(store);
    commands.splice(0);
    await store.commit('k', lease, { change: set(2), ...unmarked });
    expect(commands.map(({ commandName }) => commandName)).toEqual(['update']);
    expect((await left()).ends).toEqual(about(DAY_MS));
  });
});
