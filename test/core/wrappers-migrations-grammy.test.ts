/** Sessions that grammY's `enhanceStorage` has written, and those that it is to read. */

import { MemorySessionStore } from '@sessiongram/core';
import { type Enhance, enhanceStorage, type StorageAdapter } from 'grammy';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { withMigrations } from '../../packages/core/src/wrappers/migrations';

const KEY = '42';
const NOW = 1_700_000_000_000;

interface Old {
  cart: string[];
}

interface New {
  items: { name: string }[];
  locale: string;
}

const toNames = ({ cart }: Old) => ({ items: cart.map((name) => ({ name })) });
const toLocale = (data: Omit<New, 'locale'>): New => ({ ...data, locale: 'en' });
const migrations = { 1: toNames, 2: toLocale };

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW });
});

afterEach(() => {
  vi.useRealTimers();
});

/** One memory with grammY's end and ours. */
function setUp() {
  const inner = new MemorySessionStore();
  const storage: StorageAdapter<Enhance<unknown>> = {
    read: (key) => inner.get(key) as Enhance<unknown>,
    write: (key, value) => inner.set(key, value),
    delete: (key) => inner.delete(key),
  };
  const grammy = (options: { migrations?: typeof migrations; millisecondsToLive?: number }) =>
    enhanceStorage({ storage, ...options } as Parameters<typeof enhanceStorage<unknown>>[0]);
  return { inner, grammy };
}

test('what grammY has written with a version is read as of that version', async () => {
  const { inner, grammy } = setUp();
  const old = grammy({ migrations: { 1: toNames } as never });
  await old.write(KEY, { items: [{ name: 'tea' }] });
  expect(await withMigrations(inner, { migrations }).get(KEY)).toEqual({
    items: [{ name: 'tea' }],
    locale: 'en',
  });
});

test.each(['enhanced', 'plain'])(
  'what grammY has written without a version (%s) gets every migration',
  async (form) => {
    const { inner, grammy } = setUp();
    if (form === 'enhanced') await grammy({ millisecondsToLive: 1_000 }).write(KEY, { cart: ['tea'] });
    else inner.set(KEY, { cart: ['tea'] });
    const expected = { items: [{ name: 'tea' }], locale: 'en' };
    expect(await grammy({ migrations }).read(KEY)).toEqual(expected);
    expect(await withMigrations(inner, { migrations }).get(KEY)).toEqual(expected);
  },
);

test('what we have written is read by grammY, and the other way round, any number of times', async () => {
  const { inner, grammy } = setUp();
  const theirs = grammy({ migrations });
  const ours = withMigrations(inner, { migrations });
  const value: New = { items: [], locale: 'en' };
  for (let turn = 0; turn < 3; turn++) {
    value.items.push({ name: 'ours' });
    await ours.set(KEY, value);
    expect(inner.get(KEY)).toEqual({ __d: value, v: 2 });
    expect(await theirs.read(KEY)).toEqual(value);
    value.items.push({ name: 'theirs' });
    await theirs.write(KEY, value);
    expect(inner.get(KEY)).toEqual({ __d: value, v: 2 });
    expect(await ours.get(KEY)).toEqual(value);
  }
});

test('a session that we have written before grammY has a further migration gets just that one there', async () => {
  const { inner, grammy } = setUp();
  await withMigrations(inner, { migrations: { 1: toNames }, version: 1.5 }).set(KEY, { items: [] });
  expect(await grammy({ migrations }).read(KEY)).toEqual({ items: [], locale: 'en' });
});

test('an end that grammY has set is kept by our writes, and holds for both', async () => {
  const { inner, grammy } = setUp();
  const theirs = grammy({ migrations, millisecondsToLive: 1_000 });
  await theirs.write(KEY, { items: [], locale: 'en' });
  const ours = withMigrations(inner, { migrations });
  await ours.set(KEY, { items: [], locale: 'de' });
  expect(inner.get(KEY)).toEqual({ __d: { items: [], locale: 'de' }, v: 2, e: NOW + 1_000 });
  vi.setSystemTime(NOW + 1_000);
  expect(await ours.get(KEY)).toEqual({ items: [], locale: 'de' });
  vi.setSystemTime(NOW + 1_001);
  expect(await ours.get(KEY)).toBeUndefined();
  expect(await theirs.read(KEY)).toBeUndefined();
});
