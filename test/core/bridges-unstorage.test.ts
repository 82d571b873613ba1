/** What unstorage keeps for us: values as they are, plain JSON where it can be, and failures as failures. */

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { parse, stringify } from 'superjson';
import { createStorage, type Storage } from 'unstorage';
import fsDriver from 'unstorage/drivers/fs';
import memoryDriver from 'unstorage/drivers/memory';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fromUnstorage, type UnstorageLike } from '../../packages/core/src/bridges/unstorage';

const superjson = { stringify, parse };

let storage: Storage;
let driver: ReturnType<typeof memoryDriver>;

beforeEach(() => {
  driver = memoryDriver();
  storage = createStorage({ driver });
});

describe('values', () => {
  test('are plain JSON under the plain key, written by either side and read by the other', async () => {
    const store = fromUnstorage(storage);
    await storage.setItem('42:42', { counter: 1 });
    expect(await store.get('42:42')).toEqual({ counter: 1 });
    await store.set('42:42', { counter: 2 });
    expect(await storage.getItem('42:42')).toEqual({ counter: 2 });
    expect(await driver.getItem('42:42')).toBe('{"counter":2}');
  });

  test('come back as they are, whatever JSON they are', async () => {
    const store = fromUnstorage(storage);
    await fc.assert(
      fc.asyncProperty(
        fc.jsonValue({ noUnicodeString: false } as fc.JsonSharedConstraints),
        async (value) => {
          await store.set('1:1', value);
          expect(JSON.stringify((await store.get('1:1')) ?? null)).toBe(JSON.stringify(value));
        },
      ),
    );
  });

  test.each([
    ['text that looks like JSON', '{"a":1}'],
    ['text that looks like a number', '12'],
    ['text that looks like a word of JavaScript', ' TRUE '],
    ['text with the mark', 'text:{}'],
    ['more digits than unstorage reads', 12345678901234567000],
    ['a member named constructor', { constructor: { prototype: { admin: true } } }],
    ['a member named __proto__', JSON.parse('{"a":{"__proto__":{"admin":true}}}')],
  ])('come back as they are: %s', async (_, value) => {
    const store = fromUnstorage(storage);
    await store.set('1:1', value);
    expect(JSON.stringify(await store.get('1:1'))).toBe(JSON.stringify(value));
  });

  test('that a codec of the user makes text of come back as they are', async () => {
    const store = fromUnstorage(storage, { codec: superjson });
    const value = { tags: new Map([['a', 1]]), at: new Date(0) };
    await store.set('1:1', value);
    expect(await store.get('1:1')).toEqual(value);
  });

  test('that JSON cannot keep are refused, and the old one stays', async () => {
    const store = fromUnstorage(storage);
    await store.set('1:1', { a: 1 });
    await expect(store.set('1:1', { a: new Map() })).rejects.toMatchObject({ code: 'VALUE_UNSTORABLE' });
    expect(await store.get('1:1')).toEqual({ a: 1 });
  });
});

describe('keys', () => {
  test('that unstorage would make one of are different', async () => {
    const store = fromUnstorage(storage);
    const keys = ['a:b', 'a/b', 'a\\b', 'a::b', ':a:b', 'a:b:', 'a:b?c', 'a:b?d', '', ':', 'a:b$', '..', '.'];
    for (const key of keys) await store.set(key, { key });
    for (const key of keys) expect(await store.get(key)).toEqual({ key });
    for (const prefix of ['', 'a', 'a:', 'a:b', ':', 'a:b?']) {
      const found: string[] = [];
      for await (const key of store.keys?.({ prefix }) ?? []) found.push(key);
      expect(found.sort()).toEqual(keys.filter((key) => key.startsWith(prefix)).sort());
    }
  });

  test('of another program are listed only when they are read under that name', async () => {
    await storage.setItem('1:1', { counter: 1 });
    await storage.setItem('hello world', { counter: 1 });
    const found: string[] = [];
    for await (const key of fromUnstorage(storage).keys?.() ?? []) found.push(key);
    expect(found).toEqual(['1:1']);
  });
});

test('the same storage and codec give the same store, so that all share its turns', () => {
  expect(fromUnstorage(storage)).toBe(fromUnstorage(storage));
  expect(fromUnstorage(storage, { codec: superjson })).toBe(fromUnstorage(storage, { codec: superjson }));
  expect(fromUnstorage(storage, { codec: superjson })).not.toBe(fromUnstorage(storage));
  expect(fromUnstorage(createStorage())).not.toBe(fromUnstorage(storage));
});

test('it names neither leases nor a life that it cannot renew', () => {
  const { supports, acquire, touch } = fromUnstorage(storage);
  expect([supports?.leases, supports?.ttl, acquire, touch]).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

test('what is no storage, and an option that is not known, are refused', () => {
  for (const given of [undefined, null, './sessions', new Map(), {}]) {
    expect(() => fromUnstorage(given as unknown as UnstorageLike)).toThrow(TypeError);
  }
  expect(() => fromUnstorage(storage, { prefix: 'a' } as object)).toThrow(/"prefix"/);
  expect(() => fromUnstorage(storage, { codec: JSON.parse as never })).toThrow(/"codec"/);
});

describe('a driver that fails', () => {
  test('to read is not taken for one that has nothing', async () => {
    const away = new Error('The database is away.');
    const store = fromUnstorage(
      createStorage({ driver: { ...driver, getItem: () => Promise.reject(away) } }),
    );
    await expect(store.get('1:1')).rejects.toBe(away);
  });

  let base: string;

  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), 'sessiongram-unstorage-'));
  });

  afterEach(() => rmSync(base, { recursive: true }));

  test('and answers with its error, as fs does, has failed', async () => {
    const store = fromUnstorage(createStorage({ driver: fsDriver({ base }) }));
    await store.set('42', { counter: 1 });
    await expect(store.get('42:42')).rejects.toMatchObject({ code: 'ENOTDIR' });
    await expect(store.set('42:42', { counter: 2 })).rejects.toThrow();
    expect(await store.get('42')).toEqual({ counter: 1 });
  });

  test('in the middle of a write leaves what fails as corrupt', async () => {
    const store = fromUnstorage(createStorage({ driver: fsDriver({ base }) }));
    mkdirSync(join(base, '42'));
    for (const half of ['', '{"counter":', '[1,']) {
      writeFileSync(join(base, '42', '42'), half);
      await expect(store.get('42:42')).rejects.toMatchObject({ code: 'VALUE_CORRUPT', raw: half });
    }
    await store.set('42:42', { counter: 1 });
    expect(readFileSync(join(base, '42', '42'), 'utf8')).toBe('{"counter":1}');
  });
});
