/** Old sessions are brought up to date, and newer ones are left alone. */

import { MemorySessionStore, type SessionStore } from '@sessiongram/core';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type MigrationsOptions, withMigrations } from '../../packages/core/src/wrappers/migrations';
import { LeasingStore } from '../support/leasing-store';

const KEY = '42:42';
const NOW = 1_700_000_000_000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW });
});

afterEach(() => {
  vi.useRealTimers();
});

/** Each migration notes its version, so that the data tell which were carried out. */
function noting(...versions: (number | string)[]): Record<number, (data: { ran: unknown[] }) => unknown> {
  return Object.fromEntries(
    versions.map((version) => [version, ({ ran }) => ({ ran: [...ran, Number(version)] })]),
  );
}

async function readBy(options: MigrationsOptions, stored: unknown): Promise<unknown> {
  const inner = new MemorySessionStore();
  inner.set(KEY, stored);
  return withMigrations(inner, options).get(KEY);
}

test('what was stored without a version is of version 0', async () => {
  expect(await readBy({ migrations: noting(1, 2) }, { ran: [] })).toEqual({ ran: [1, 2] });
  expect(await readBy({ migrations: noting(1, 2) }, { __d: { ran: [] } })).toEqual({ ran: [1, 2] });
  expect(await readBy({ migrations: noting(1, 2) }, { __d: { ran: [] }, v: null })).toEqual({ ran: [1, 2] });
});

test('without a version all migrations are meant, also those to 0 and below', async () => {
  expect(await readBy({ migrations: noting(-1, 0, 1) }, { ran: [] })).toEqual({ ran: [-1, 0, 1] });
  expect(await readBy({ migrations: noting(-1, 0, 1) }, { __d: { ran: [] }, v: 0 })).toEqual({ ran: [1] });
});

test('migrations run in the order of their numbers, from above the stored version', async () => {
  const migrations = noting(10, 2, '1.5', 1, '1.25', 9);
  const all = [1, 1.25, 1.5, 2, 9, 10];
  expect(await readBy({ migrations }, { ran: [] })).toEqual({ ran: all });
  for (const [index, v] of all.entries())
    expect(await readBy({ migrations }, { __d: { ran: [] }, v })).toEqual({ ran: all.slice(index + 1) });
  expect(await readBy({ migrations }, { __d: { ran: [] }, v: 1.3 })).toEqual({ ran: [1.5, 2, 9, 10] });
});

test('a version that is named ends the way there, and may be one without a migration', async () => {
  const migrations = noting(1, '1.5', 2);
  expect(await readBy({ migrations, version: 1.5 }, { ran: [] })).toEqual({ ran: [1, 1.5] });
  expect(await readBy({ migrations, version: 1.7 }, { ran: [] })).toEqual({ ran: [1, 1.5] });
  expect(await readBy({ migrations, version: 3 }, { __d: { ran: [] }, v: 1.5 })).toEqual({ ran: [2] });
  expect(await readBy({ version: 3 }, { ran: [] })).toEqual({ ran: [] });
});

test('what is written has the version; reading alone writes nothing', async () => {
  const inner = new MemorySessionStore();
  inner.set(KEY, { ran: [] });
  const store = withMigrations(inner, { migrations: noting(1, '1.5') });
  const data: unknown = await store.get(KEY);
  expect(inner.get(KEY)).toEqual({ ran: [] });
  await store.set(KEY, data);
  expect(inner.get(KEY)).toEqual({ __d: { ran: [1, 1.5] }, v: 1.5 });
  expect(await store.get(KEY)).toEqual({ ran: [1, 1.5] });
});

test.each([[0], [''], [false], [[1, 2]], [{ __d: 1, v: 2 }]])('keeps %j as a value', async (value) => {
  const store = withMigrations(new MemorySessionStore(), { version: 1 });
  await store.set(KEY, value);
  expect(await store.get(KEY)).toEqual(value);
});

test('a migration that changes its data in place changes nothing stored', async () => {
  const stored = { __d: { cart: ['a'] }, v: 1 };
  const inner: SessionStore = { get: () => stored, set: () => {}, delete: () => {} };
  const migrations = {
    2: (data: { cart: string[] }) => {
      data.cart.push('b');
      return data;
    },
  };
  const store = withMigrations(inner, { migrations });
  expect(await store.get(KEY)).toEqual({ cart: ['a', 'b'] });
  expect(await store.get(KEY)).toEqual({ cart: ['a', 'b'] });
  expect(stored).toEqual({ __d: { cart: ['a'] }, v: 1 });
});

test('a migration may drop a session, and must not return nothing or a promise', async () => {
  const never = () => {
    throw new Error('The session was dropped before.');
  };
  expect(await readBy({ migrations: { 1: () => null, 2: never } }, { a: 1 })).toBeUndefined();
  const read = (migrate: () => unknown) => readBy({ migrations: { '1.5': migrate } as never }, { a: 1 });
  await expect(read(() => undefined)).rejects.toThrow('The migration to version 1.5 returned nothing.');
  await expect(read(async () => ({}))).rejects.toThrow('The migration to version 1.5 returned a promise.');
});

test('what a migration throws comes through as it is', async () => {
  const failure = new Error('no such field');
  const migrate = () => {
    throw failure;
  };
  await expect(readBy({ migrations: { 1: migrate } }, { a: 1 })).rejects.toBe(failure);
});

test('what a newer version has written is neither read nor overwritten, but may be deleted', async () => {
  const inner = new MemorySessionStore();
  const newer = { __d: { items: [] }, v: 2.5 };
  inner.set(KEY, newer);
  const store = withMigrations(inner, { migrations: noting(1, 2, 3), version: 2 });
  const refusal = expect.objectContaining({ code: 'VALUE_NEWER', version: 2.5, known: 2 });
  expect(() => store.get(KEY)).toThrow(refusal);
  expect(() => store.set(KEY, { cart: [] })).toThrow(refusal);
  expect(inner.get(KEY)).toEqual(newer);
  await store.delete(KEY);
  expect(store.get(KEY)).toBeUndefined();
  expect(inner.size).toBe(0);
});

test('what has ended is absent, and does not hand its end on', async () => {
  const inner = new MemorySessionStore();
  const store = withMigrations(inner, { version: 1 });
  inner.set(KEY, { __d: { a: 1 }, v: 1, e: NOW });
  expect(store.get(KEY)).toEqual({ a: 1 });
  vi.setSystemTime(NOW + 1);
  expect(store.get(KEY)).toBeUndefined();
  await store.set(KEY, { a: 2 });
  expect(inner.get(KEY)).toEqual({ __d: { a: 2 }, v: 1 });
});

test('an end that is yet to come is kept', async () => {
  const inner = new MemorySessionStore();
  const store = withMigrations(inner, { version: 1 });
  inner.set(KEY, { __d: { a: 1 }, e: NOW + 10 });
  await store.set(KEY, { a: 2 });
  expect(inner.get(KEY)).toEqual({ __d: { a: 2 }, v: 1, e: NOW + 10 });
});

test.each([
  { __d: 1, v: 'two' },
  { __d: 1, e: '2030-01-01' },
])('%j is corrupt, until it is set', async (stored) => {
  const inner = new MemorySessionStore();
  inner.set(KEY, stored);
  const store = withMigrations(inner, { version: 1 });
  expect(() => store.get(KEY)).toThrow(expect.objectContaining({ code: 'VALUE_CORRUPT', raw: stored }));
  await store.set(KEY, 2);
  expect(inner.get(KEY)).toEqual({ __d: 2, v: 1 });
});

test('a store that fails to read what is there is not written to', async () => {
  const failure = new Error('The connection is lost.');
  const written: unknown[] = [];
  const inner: SessionStore = {
    get: () => Promise.reject(failure),
    set: (_, value) => written.push(value),
    delete: () => {},
  };
  await expect(withMigrations(inner, { version: 1 }).set(KEY, 1)).rejects.toBe(failure);
  expect(written).toEqual([]);
});

test('a refusal names the way to a value as the user knows it', async () => {
  for (const inner of [new MemorySessionStore(), new LeasingStore()]) {
    const store = withMigrations(inner, { version: 1 });
    const set = async () => store.set(KEY, { cart: [{ act: () => 1 }] });
    await expect(set()).rejects.toMatchObject({
      code: 'VALUE_UNSTORABLE',
      message: expect.stringMatching(/^data\.cart\[0\]\.act is a function/),
    });
    await expect(async () => store.set(KEY, undefined)).rejects.toThrow('data is undefined');
  }
});

const wrong: [string, unknown, RegExp][] = [
  ['neither version nor migrations', {}, /a migration or a version, but got neither/],
  ['no migrations and no version', { migrations: {} }, /a migration or a version, but got neither/],
  ['a version that is a word', { version: '2' }, /"version" must be a number, but got "2"/],
  ['a name that is no number', { migrations: { v2: () => 1 } }, /named by version.*got "v2"/],
  ['an empty name', { migrations: { ' ': () => 1 } }, /named by version/],
  ['one version twice', { migrations: { 1: () => 1, '1.0': () => 1 } }, /two migrations to version 1\./],
  ['what is no function', { migrations: { 1: 'rename' } }, /the migration to version 1 must be a function/],
  ['a list', { migrations: [() => 1] }, /an object of functions/],
  ['an unknown option', { versions: 1 }, /unknown option "versions"/],
];

test.each(wrong)('refuses %s', (_, options, message) => {
  const wrap = () => withMigrations(new MemorySessionStore(), options as MigrationsOptions);
  expect(wrap).toThrow(TypeError);
  expect(wrap).toThrow(message);
});
