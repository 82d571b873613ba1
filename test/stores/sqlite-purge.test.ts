/** What SqliteSessionStore removes by and by, and what it leaves. */

import { SqliteSessionStore } from '@sessiongram/sqlite';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { statementsFor } from '../../packages/sqlite/src/statements';
import { granted, NONE, request, setTo } from './leases';
import { select, turnClock, useFolder } from './sqlite-drivers';

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

  test('removes a key whose hand-over had to yield after a minute', async () => {
    const store = files.openStore();
    const aside = files.openAside();
    const { lease } = granted(store.acquire(KEY, request()));
    store.acquire(KEY, request({ contender: 'b'.repeat(16) }));
    const next = { ...request({ leaseMs: 600_000 }), yields: true };
    expect(store.commit(KEY, lease, { ...NONE, next })).toEqual({ state: 'done', next: undefined });
    turnClock(aside, 70_000);
    await store.purge();
    expect(select(aside, 'SELECT key FROM sessions')).toHaveLength(0);
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

  test.each([
    ['has ended', `'1', 1, 0`, 'value IS NOT NULL'],
    ['was deleted', 'NULL, NULL, 1', 'value IS NULL'],
  ])('lets others have the thread after each page of what %s', async (_, row, rest) => {
    const store = files.openStore();
    const aside = files.openAside();
    await store.purge();
    aside.exec(`WITH RECURSIVE all_of(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM all_of WHERE n < 1100)
      INSERT INTO sessions (key, value, lives_until, ours) SELECT n, ${row} FROM all_of`);
    const seen: number[] = [];
    const purged = vi.fn();
    const purging = store.purge().then(purged);
    while (purged.mock.calls.length === 0) {
      seen.push(select(aside, `SELECT key FROM sessions WHERE ${rest}`).length);
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    await purging;
    expect(seen).toContain(100);
  });

  test('fails where a transaction of the owner is open, and does not join it', async () => {
    const database = files.openAside();
    const store = new SqliteSessionStore(database, { ttlMs: DAY_MS });
    store.set(KEY, 1);
    turnClock(database, 2 * DAY_MS);
    database.exec('BEGIN');
    await expect(store.purge()).rejects.toThrow(/within a transaction/);
    database.exec('COMMIT');
    expect(await store.purge()).toBe(1);
  });
});

describe('a purge in the background', () => {
  afterEach(() => void vi.useRealTimers());

  test('comes at most once a minute, however often the store is used', async () => {
    vi.useFakeTimers();
    const store = files.openStore();
    const purge = vi.spyOn(store, 'purge');
    for (const times of [1, 2]) {
      for (let count = 0; count < 3; count++) store.get(KEY);
      await vi.advanceTimersByTimeAsync(59_000);
      store.get(KEY);
      await vi.advanceTimersByTimeAsync(900);
      expect(purge).toHaveBeenCalledTimes(times);
      await vi.advanceTimersByTimeAsync(101);
    }
  });

  test('does not keep the call waiting that it comes with', () => {
    vi.useFakeTimers();
    const store = files.openStore();
    const purge = vi.spyOn(store, 'purge');
    store.get(KEY);
    expect(purge).not.toHaveBeenCalled();
    vi.runAllTimers();
    expect(purge).toHaveBeenCalledTimes(1);
  });

  test('that fails is nobody’s failure', async () => {
    const rejected = vi.fn();
    process.on('unhandledRejection', rejected);
    try {
      const store = files.openStore();
      store.get(KEY);
      store.close();
      for (let count = 0; count < 3; count++) await new Promise((resolve) => setTimeout(resolve, 0));
      expect(rejected).not.toHaveBeenCalled();
    } finally {
      process.off('unhandledRejection', rejected);
    }
  });
});
