/** Tokens, initialisation vectors and the secret of hashed keys come from the platform's secure source. */

import { MemorySessionStore, Sessions, withEncryption } from '@sessiongram/core';
import { afterEach, beforeEach, describe, expect, type MockInstance, test, vi } from 'vitest';
import { readSources } from '../release/reading/sources';
import { LeasingStore } from '../support/leasing-store';

/** Where chance decides how long to wait, and nothing else. */
const WAITS = [
  'packages/core/src/conformance/lease-race.ts',
  'packages/core/src/contend.ts',
  'packages/postgres/src/store.ts',
  'packages/sqlite/src/connection.ts',
];

let random: MockInstance<() => number>;

/** Fresh modules, which have drawn nothing yet. */
async function fresh() {
  vi.resetModules();
  const { newToken, thisContender } = await import('../../packages/core/src/tokens');
  const { hashedKey } = await import('../../packages/core/src/watch/hashed-key');
  return { newToken, thisContender, hashedKey };
}

beforeEach(() => {
  random = vi.spyOn(Math, 'random').mockReturnValue(0);
});
afterEach(() => vi.restoreAllMocks());

/** Makes the secure source give the same byte again and again. */
function constantSource() {
  return vi.spyOn(crypto, 'getRandomValues').mockImplementation((array) => {
    new Uint8Array(array?.buffer as ArrayBuffer).fill(0b0001_0000);
    return array;
  });
}

describe('tokens', () => {
  test('are what crypto.getRandomValues has given, and nothing besides', async () => {
    const source = constantSource();
    const { newToken } = await fresh();
    const made = Array.from({ length: 200 }, newToken);
    expect(new Set(made)).toEqual(new Set(['EBAQEBAQEBAQEBAQ']));
    expect(source).toHaveBeenCalledTimes(Math.ceil(200 / 64));
    expect(random).not.toHaveBeenCalled();
  });

  test('use each byte of it once', async () => {
    const { newToken } = await fresh();
    const made = Array.from({ length: 5_000 }, newToken);
    expect(new Set(made).size).toBe(5_000);
    expect(made.filter((token) => !/^[\w-]{16}$/.test(token))).toEqual([]);
  });

  test('name a process only once it is needed', async () => {
    const source = constantSource();
    const { thisContender } = await fresh();
    expect(source).not.toHaveBeenCalled();
    expect(thisContender()).toBe(thisContender());
    expect(source).toHaveBeenCalledTimes(1);
  });

  test('of an engine are never the same, although Math.random always is', async () => {
    const store = new LeasingStore();
    const acquire = vi.spyOn(store, 'acquire');
    const commit = vi.spyOn(store, 'commit');
    const sessions = new Sessions({ store, initial: () => ({ counter: 0 }) });
    const count = (data: { counter: number }): void => {
      data.counter++;
    };
    await Promise.all(Array.from({ length: 40 }, () => sessions.update('42:42', count)));
    const asked = [
      ...acquire.mock.calls.map(([, request]) => request.token),
      ...commit.mock.calls.flatMap(([, , { next }]) => next?.token ?? []),
    ];
    expect(asked.length).toBeGreaterThanOrEqual(40);
    expect(new Set(asked).size).toBe(asked.length);
    expect(Math.random()).toBe(0);
  });
});

test('the secret of hashed keys is drawn anew for each process', async () => {
  const source = vi.spyOn(crypto, 'getRandomValues');
  const [one, other] = [await fresh(), await fresh()];
  expect(one.hashedKey('42:42')).toBe(one.hashedKey('42:42'));
  expect(one.hashedKey('42:42')).not.toBe(other.hashedKey('42:42'));
  expect(source).toHaveBeenCalledTimes(2);
  expect(random).not.toHaveBeenCalled();
});

test('each value is sealed under an initialisation vector of its own', async () => {
  const inner = new MemorySessionStore();
  const store = withEncryption(inner, { keys: { k1: new Uint8Array(32).fill(1) } });
  const source = vi.spyOn(crypto, 'getRandomValues');
  const vectors = new Set<string>();
  for (let round = 0; round < 20; round++) {
    await store.set('42:42', { counter: 1 });
    const sealed: string = inner.get('42:42');
    vectors.add(atob(sealed.slice('sg1.k1.'.length, -'.1gs'.length)).slice(0, 12));
  }
  expect(vectors.size).toBe(20);
  expect(source).toHaveBeenCalledTimes(20);
  expect(random).not.toHaveBeenCalled();
});

test('Math.random decides only on how long to wait', () => {
  const users = readSources('packages').filter(
    ({ path, text }) => /packages\/(?!demo)\w+\/src\//.test(path) && text.includes('Math.random'),
  );
  expect(users.map(({ path }) => path).sort()).toEqual(WAITS);
});
