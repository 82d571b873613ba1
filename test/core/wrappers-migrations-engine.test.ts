/** Sessions with a version as a bot sees them: with leases and without. */

import { MemorySessionStore, type SessionStore, Sessions } from '@sessiongram/core';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { withEncryption } from '../../packages/core/src/wrappers/encryption';
import { withMigrations } from '../../packages/core/src/wrappers/migrations';
import { LeasingStore } from '../support/leasing-store';

const KEY = '42:42';
const NOW = 1_700_000_000_000;
const migrations = { 1: (data: object) => ({ ...data, counter: 10 }) };

const kinds: [string, () => SessionStore][] = [
  ['a store with leases', () => new LeasingStore()],
  ['a store without', () => new MemorySessionStore()],
];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW });
});

afterEach(() => {
  vi.useRealTimers();
});

function engine(inner: SessionStore) {
  const store = withMigrations(inner, { migrations });
  return new Sessions<{ counter: number }>({ store, initial: () => ({ counter: 0 }) });
}

describe.each(kinds)('over %s', (_, open) => {
  test('an old session is migrated when it is read, and written when it is changed', async () => {
    const inner = open();
    await inner.set(KEY, { name: 'Ada' });
    const sessions = engine(inner);
    await sessions.run(KEY, ({ data, isNew }) => {
      expect([data, isNew]).toEqual([{ name: 'Ada', counter: 10 }, false]);
    });
    expect(await inner.get(KEY)).toEqual({ name: 'Ada' });
    await sessions.update(KEY, (data) => {
      data.counter++;
    });
    expect(await inner.get(KEY)).toEqual({ __d: { name: 'Ada', counter: 11 }, v: 1 });
  });

  test('50 updates at once all count', async () => {
    const sessions = engine(open());
    const update = () =>
      sessions.update(KEY, (data) => {
        data.counter++;
      });
    await Promise.all(Array.from({ length: 50 }, update));
    expect(await sessions.read(KEY)).toEqual({ counter: 50 });
  });

  test('the end is kept through several saves of one handler', async () => {
    const inner = open();
    await inner.set(KEY, { __d: { counter: 1 }, v: 1, e: NOW + 10 });
    await engine(inner).run(KEY, async (session) => {
      session.data.counter++;
      await session.save();
      session.data.counter++;
    });
    expect(await inner.get(KEY)).toEqual({ __d: { counter: 3 }, v: 1, e: NOW + 10 });
  });

  test('a session of a newer version runs no handler and is not overwritten', async () => {
    const inner = open();
    const newer = { __d: { counter: 'three' }, v: 2 };
    await inner.set(KEY, newer);
    const sessions = engine(inner);
    let runs = 0;
    const run = () => sessions.run(KEY, () => runs++);
    const refusal = { code: 'SESSION_LOAD_FAILED', key: KEY, cause: { code: 'VALUE_NEWER', version: 2 } };
    await expect(run()).rejects.toMatchObject(refusal);
    await expect(run()).rejects.toMatchObject(refusal);
    expect(runs).toBe(0);
    expect(await inner.get(KEY)).toEqual(newer);
  });

  test('a session that does not decrypt is not overwritten by a plain set', async () => {
    const inner = open();
    const encrypted = (fill: number) =>
      withEncryption(inner, { keys: { k1: new Uint8Array(32).fill(fill) } });
    await engine(encrypted(1)).update(KEY, () => ({ counter: 1 }));
    const before: unknown = await inner.get(KEY);
    const stranger = withMigrations(encrypted(2), { migrations });
    await expect(stranger.set(KEY, { counter: 5 })).rejects.toMatchObject({ code: 'VALUE_UNDECRYPTABLE' });
    expect(await inner.get(KEY)).toBe(before);
    expect(await engine(encrypted(1)).read(KEY)).toEqual({ counter: 1 });
  });
});

const request = { token: 'a'.repeat(16), leaseMs: 60_000, contender: 'c'.repeat(16), reserveMs: 100 };

async function leased(stored: unknown) {
  const inner = new LeasingStore();
  await inner.set(KEY, stored);
  const store = withMigrations(inner, { migrations }) as Required<SessionStore>;
  const answer = await store.acquire(KEY, request);
  if (!answer.granted) throw new Error('The lease was refused.');
  return { inner, store, grant: answer };
}

test('a session that ends while its handler runs ends nonetheless', async () => {
  const { inner, store, grant } = await leased({ __d: { counter: 1 }, v: 1, e: NOW + 10 });
  vi.setSystemTime(NOW + 20);
  expect(grant.read()).toEqual({ counter: 1 });
  const change = { kind: 'set', value: { counter: 2 } } as const;
  await store.commit(KEY, grant.lease, { change, mark: undefined, marks: '' });
  expect(await inner.get(KEY)).toEqual({ __d: { counter: 2 }, v: 1, e: NOW + 10 });
  expect(await store.get(KEY)).toBeUndefined();
});

test('a lease on a session of a newer version is given back, and commits no data', async () => {
  const { inner, store, grant } = await leased({ __d: 1, v: 7 });
  const commit = { mark: undefined, marks: '' };
  expect(() => grant.read()).toThrow(expect.objectContaining({ code: 'VALUE_NEWER' }));
  const set = async () => store.commit(KEY, grant.lease, { ...commit, change: { kind: 'set', value: 2 } });
  await expect(set()).rejects.toMatchObject({ code: 'VALUE_NEWER' });
  expect(await store.renew(KEY, grant.lease, 60_000)).toBe(true);
  const done = await store.commit(KEY, grant.lease, { ...commit, change: { kind: 'none' } });
  expect(done).toEqual({ state: 'done' });
  expect(await inner.get(KEY)).toEqual({ __d: 1, v: 7 });
});
