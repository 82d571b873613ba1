/** What SqliteSessionStore removes by and by, and what it leaves. */

import { describe, expect, test } from 'vitest';
import { statementsFor } from '../../packages/sqlite/src/statements';
import { select, turnClock, useFolder } from './sqlite-drivers';
import { granted, NONE, request, setTo } from './sqlite-leases';

const KEY = '42:42';
const DAY_MS = 86_400_000;

const files = useFolder();

describe('purge', () => {
  test('removes what has ended, and nothing else', async () => {
    const store = files.openStore({ ttlMs: 10_000 });
    const aside = files.openAside();
    for (let index = 0; index < 1_100; index++) store.set(`old${index}`, 1);
    turnClock(aside, 20_000);
    store.set(KEY, 1);
    expect(await store.purge()).toBeGreaterThan(0); // the rest went in the background
    expect(select(aside, 'SELECT key FROM sessions')).toEqual([{ key: KEY }]);
    expect(await store.purge()).toBe(0);
  });

  test('leaves a session that has not ended', async () => {
    const store = files.openStore({ ttlMs: DAY_MS });
    store.set(KEY, 1);
    expect(await store.purge()).toBe(0);
    expect(store.get(KEY)).toBe(1);
  });

  test('counts only what has ended, not what was deleted', async () => {
    const store = files.openStore();
    const aside = files.openAside();
    store.set(KEY, 1);
    store.delete(KEY);
    turnClock(aside, 120_000);
    expect(await store.purge()).toBe(0);
    expect(select(aside, 'SELECT key FROM sessions')).toHaveLength(0);
  });

  test('removes a key that a refused commit gave back after a minute', async () => {
    const store = files.openStore();
    const aside = files.openAside();
    const { lease } = granted(store.acquire(KEY, request({ leaseMs: 600_000 })));
    store.delete(KEY);
    expect(store.commit(KEY, lease, setTo(1))).toEqual({ state: 'lost' });
    turnClock(aside, 70_000);
    await store.purge();
    expect(select(aside, 'SELECT key FROM sessions')).toHaveLength(0);
  });

  test('runs by itself when the store is used', async () => {
    const aside = files.openAside();
    files.openStore({ ttlMs: 10_000 }).set('old', 1);
    turnClock(aside, 20_000);
    files.openStore().set(KEY, 1);
    await expect.poll(() => select(aside, 'SELECT key FROM sessions')).toEqual([{ key: KEY }]);
  });

  test('removes a key that was only asked for after a minute', async () => {
    const store = files.openStore();
    const aside = files.openAside();
    const { lease } = granted(store.acquire(KEY, request()));
    store.commit(KEY, lease, NONE);
    turnClock(aside, 50_000);
    await store.purge();
    expect(select(aside, 'SELECT key FROM sessions')).toHaveLength(1);
    turnClock(aside, 20_000);
    await store.purge();
    expect(select(aside, 'SELECT key FROM sessions')).toHaveLength(0);
  });

  test('keeps the marks of a deleted session for a day', async () => {
    const store = files.openStore();
    const aside = files.openAside();
    store.set(KEY, 1);
    const { lease } = granted(store.acquire(KEY, request()));
    store.commit(KEY, lease, { change: { kind: 'delete' }, mark: '7', marks: '7' });
    turnClock(aside, DAY_MS - 60_000);
    await store.purge();
    expect(granted(store.acquire(KEY, request({ leaseMs: 1 }))).marks).toBe('7');
    turnClock(aside, DAY_MS + 60_000);
    await store.purge();
    expect(select(aside, 'SELECT key FROM sessions')).toHaveLength(0);
  });

  test('keeps the marks for a day after a plain delete as well', async () => {
    const store = files.openStore();
    const aside = files.openAside();
    const { lease } = granted(store.acquire(KEY, request()));
    store.commit(KEY, lease, { ...setTo(1), mark: '7', marks: '7' });
    turnClock(aside, DAY_MS - 60_000);
    store.delete(KEY);
    turnClock(aside, 120_000);
    await store.purge();
    expect(granted(store.acquire(KEY, request())).marks).toBe('7');
  });

  test('keeps a row whose holder may still commit, although its lease has lapsed', async () => {
    const store = files.openStore();
    const aside = files.openAside();
    const { lease } = granted(store.acquire(KEY, request({ leaseMs: 1_000 })));
    turnClock(aside, 600_000);
    await store.purge();
    expect(store.commit(KEY, lease, setTo(1))).toMatchObject({ state: 'done' });
    expect(store.get(KEY)).toBe(1);
  });

  test('finds what it removes by an index', () => {
    files.openStore().set(KEY, 1);
    const sql = statementsFor({ table: 'sessions', keyColumn: 'key', valueColumn: 'value' });
    const plan = (statement: string) =>
      select(files.openAside(), `EXPLAIN QUERY PLAN ${statement}`).map(({ detail }) => detail);
    expect(plan(sql.end)).toContainEqual(
      expect.stringMatching(/^SEARCH sessions USING .*sessions lives_until/),
    );
    expect(plan(sql.forget)).toContainEqual(
      expect.stringMatching(/^SEARCH sessions USING .*sessions forget_at/),
    );
  });
});
