/** Keys of SqliteSessionStore: any text has its own row, and all are found, page by page. */

import type { SqliteSessionStore } from '@sessiongram/sqlite';
import { describe, expect, test } from 'vitest';
import { granted, NONE, request } from './leases';
import { useFolder } from './sqlite-drivers';

const files = useFolder();

async function keysOf(store: SqliteSessionStore): Promise<string[]> {
  const found: string[] = [];
  for await (const key of store.keys()) found.push(key);
  return found;
}

describe.each([
  ['with a NUL', 'a\0b'],
  ['with half a character', 'a\ud83d'],
])('a key %s', (_, key) => {
  test('is found, and deleted', async () => {
    const store = files.openStore({ ttlMs: 10_000 });
    store.set(key, 1);
    expect(await keysOf(store)).toEqual([key]);
    store.delete(key);
    expect(await keysOf(store)).toEqual([]);
  });

  test('has a life that a touch renews', () => {
    const store = files.openStore({ ttlMs: 10_000 });
    const aside = files.openAside();
    store.set(key, 1);
    aside.exec('UPDATE sessions SET lives_until = lives_until - 9000');
    store.touch(key);
    aside.exec('UPDATE sessions SET lives_until = lives_until - 5000');
    expect(store.get(key)).toBe(1);
  });

  test('has a lease that can be renewed', () => {
    const store = files.openStore();
    const { lease } = granted(store.acquire(key, request()));
    expect(store.renew(key, lease, 60_000)).toBe(true);
    expect(store.commit(key, lease, NONE)).toMatchObject({ state: 'done' });
  });
});

describe('keys()', () => {
  const names = (count: number): string[] =>
    Array.from({ length: count }, (_, index) => `${index}`.padStart(5, '0'));

  test('finds each of very many', async () => {
    const store = files.openStore();
    const expected = names(1_203);
    for (const key of expected.toReversed()) store.set(key, 1);
    expect(await keysOf(store)).toEqual(expected);
  });

  test('finds on a later page what is written while it goes on', async () => {
    const store = files.openStore();
    for (const key of names(502)) store.set(key, 1);
    const found: string[] = [];
    for await (const key of store.keys()) {
      if (found.push(key) === 1) store.set('00500a', 1);
    }
    expect(found.slice(499)).toEqual(['00499', '00500', '00500a', '00501']);
  });
});
