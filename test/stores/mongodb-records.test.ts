/** What a record in MongoDB holds besides the value, and until when. */

import type { MongoSessionStore } from '@sessiongram/mongodb';
import { describe, expect, test } from 'vitest';
import { ageRecords, startMongo } from '../support/servers/mongodb';
import {
  about,
  acquired,
  DAY_MS,
  DELETE,
  MINUTE_MS,
  marked,
  NONE,
  request,
  SLACK_MS,
  set,
  unmarked,
  useMongo,
} from './mongodb-stand';

const server = await startMongo();

describe.skipIf(server === undefined)('a record in MongoDB', () => {
  const mongo = useMongo(server);
  const { open, record, left, commands } = mongo;
  const names = () => commands.map(({ commandName }) => commandName);
  const taken = async (store: MongoSessionStore) => (await acquired(store)).lease;

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
    for (const next of [undefined, { ...request('another-contendr'), yields: true }]) {
      const lease = await taken(store);
      await store.acquire('k', request('another-contendr'));
      expect(Object.keys((await record()).lease ?? {})).toEqual(expect.arrayContaining(reserved));
      await store.commit('k', lease, { change: NONE, ...unmarked, next });
      if (next === undefined) await store.acquire('k', request('another-contendr'));
      for (const name of reserved) expect((await record()).lease).not.toHaveProperty(name);
      await store.delete('k');
    }
  });

  test('is held from the renewal on, for as long as that asked for', async () => {
    const store = open();
    const lease = await taken(store);
    await ageRecords(mongo.collection, MINUTE_MS);
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
    await mongo.collection.updateOne({ _id: 'k' }, { $set: change });
    expect(await store.renew('k', lease, MINUTE_MS)).toBe(false);
    expect(await store.commit('k', lease, { change: set(1), ...marked })).toEqual({ state: 'lost' });
    expect(await record()).not.toHaveProperty('value');
  });

  test('that another has, and a third has reserved, is to be asked for when the lease ends, and then the reservation', async () => {
    const store = open();
    const lease = await taken(store);
    await store.acquire('k', { ...request('one'), reserveMs: 5 * MINUTE_MS });
    commands.splice(0);
    const refusal = { granted: false, reserved: false };
    expect(await store.acquire('k', request('another'))).toEqual({
      ...refusal,
      remainingMs: about(MINUTE_MS),
    });
    expect(names()).toEqual(['findAndModify', 'findAndModify', 'aggregate']);
    await store.commit('k', lease, { change: NONE, ...unmarked });
    expect(await store.acquire('k', request('another'))).toEqual({
      ...refusal,
      remainingMs: about(5 * MINUTE_MS),
    });
    commands.splice(0);
    expect(await store.acquire('k', request('one'))).toMatchObject({ granted: true });
    expect(names()).toEqual(['findAndModify']);
  });

  test('whose lease has lapsed is had by whoever has reserved it', async () => {
    const store = open();
    await taken(store);
    await store.acquire('k', { ...request('one'), reserveMs: 5 * MINUTE_MS });
    await ageRecords(mongo.collection, 2 * MINUTE_MS);
    expect(await store.acquire('k', request('one'))).toMatchObject({ granted: true });
  });

  test('is handed over by who yields where a reservation is over', async () => {
    const store = open();
    const lease = await taken(store);
    await store.acquire('k', request('one'));
    await ageRecords(mongo.collection, 2 * MINUTE_MS);
    const next = { ...request(), yields: true };
    expect(await store.commit('k', lease, { change: NONE, ...unmarked, next })).toHaveProperty(
      'next.granted',
    );
  });

  test('is reserved whatever a contender is called', async () => {
    const store = open();
    await taken(store);
    await store.acquire('k', request('one'));
    const expression = { ...request(), contender: '$lease.reserved' };
    expect(await store.acquire('k', expression)).toMatchObject({ reserved: false });
  });

  test('waits for a majority and the journal whichever way data is written', async () => {
    const durable = { w: 'majority', j: true };
    const concerns = () => commands.splice(0).map(({ command }) => command['writeConcern']);
    const store = open();
    let lease = await taken(store);
    await store.acquire('k', request('another-contendr'));
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
    await ageRecords(mongo.collection, 2 * DAY_MS);
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
    mongo.client.on('commandStarted', ({ command }) => {
      const { update, updates: [first] = [] } = command as { update?: object; updates?: { u: object }[] };
      updates.push(...[first?.u, update].filter((each): each is object => typeof each === 'object'));
    });
    const endless = open();
    await endless.commit('k', await taken(endless), { change: NONE, ...unmarked });
    await endless.commit('k', await taken(endless), { change: set(1), ...unmarked });
    await endless.commit('k', await taken(endless), { change: NONE, ...unmarked });
    const store = open({ ttlMs: DAY_MS });
    const lease = await taken(store);
    await store.acquire('k', request('another-contendr'));
    await store.commit('k', lease, { change: set(1), ...marked, next: { ...request(), yields: false } });
    expect(updates.length).toBeGreaterThan(8);
    expect(
      updates.flatMap((update) => Object.values(update)).filter((part) => Object.keys(part).length === 0),
    ).toEqual([]);
  });

  test('is read by one command where there is nothing to renew', async () => {
    const rolling = open({ ttlMs: DAY_MS });
    const fixed = open({ ttlMs: DAY_MS, ttl: 'fixed' });
    await rolling.set('k', 1);
    await fixed.set('k', 2);
    commands.splice(0);
    await open({ ttlMs: DAY_MS }).get('another');
    await open({ ttlMs: DAY_MS, ttl: 'fixed' }).get('k');
    expect(names()).toEqual(['find', 'find']);
  });

  test('is written by two commands where its value has no end', async () => {
    await mongo.collection.insertOne({ _id: 'k', value: 1 });
    const store = open({ ttlMs: DAY_MS, ttl: 'fixed' });
    await store.touch('k');
    commands.splice(0);
    await store.set('k', 2);
    expect(names()).toEqual(['update', 'update']);
    expect(await left()).toEqual({ ends: about(DAY_MS), purged: about(DAY_MS) });
  });

  test('is looked for by no text that the server does not take', async () => {
    const store = open();
    await store.set('a\0b', 1);
    commands.splice(0);
    const keys: string[] = [];
    for (const prefix of ['a\0', 'a']) for await (const key of store.keys({ prefix })) keys.push(key);
    expect(keys).toEqual(['a\0b', 'a\0b']);
    expect(commands.map(({ command }) => command['filter']._id.$regex)).toEqual([
      expect.not.stringContaining('\0'),
      expect.stringContaining('a'),
    ]);
  });

  test('is renewed once in a tenth of its time', async () => {
    const store = open({ ttlMs: DAY_MS });
    await store.set('k', 1);
    const { expiresAt } = await record();
    await store.get('k');
    expect((await record()).expiresAt).toEqual(expiresAt);
    await ageRecords(mongo.collection, DAY_MS / 9);
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
    expect(names()).toEqual(['findAndModify', 'findAndModify']);
  });

  test.for([
    [
      'has ended',
      (store: MongoSessionStore) => store.set('k', 1).then(() => ageRecords(mongo.collection, 2 * DAY_MS)),
    ],
    ['has no end', () => mongo.collection.insertOne({ _id: 'k', value: 1 })],
    ['is not there', (store: MongoSessionStore) => store.touch('k')],
  ] as const)('whose value %s begins a fixed time in one command', async ([, make]) => {
    const store = open({ ttlMs: DAY_MS, ttl: 'fixed' });
    await make(store);
    const lease = await taken(store);
    commands.splice(0);
    await store.commit('k', lease, { change: set(2), ...unmarked });
    expect(names()).toEqual(['update']);
    expect((await left()).ends).toEqual(about(DAY_MS));
  });
});
