/** What a Keyv keeps for us, under which keys, and what it can list. */

import { Keyv as Keyv6, KeyvSanitize } from 'keyv';
import { Keyv as Keyv5 } from 'keyv5';
import superjson from 'superjson';
import { describe, expect, test } from 'vitest';
import { fromKeyv, type KeyvLike } from '../../packages/core/src/bridges/keyv';

const versions: Record<string, () => KeyvLike> = {
  'Keyv 5': () => new Keyv5(),
  'Keyv 6': () => new Keyv6(),
};

async function keysOf(keyv: KeyvLike, prefix?: string): Promise<string[]> {
  const found: string[] = [];
  for await (const key of fromKeyv(keyv).keys?.(prefix === undefined ? {} : { prefix }) ?? [])
    found.push(key);
  return found.sort();
}

describe.each(Object.entries(versions))('fromKeyv(%s)', (_, create) => {
  test('the same Keyv gives the same store, so that all share its turns', () => {
    const keyv = create();
    expect(fromKeyv(keyv)).toBe(fromKeyv(keyv));
    expect(fromKeyv(keyv)).not.toBe(fromKeyv(create()));
  });

  test('what Keyv has written is read, and Keyv reads what is written', async () => {
    const keyv = create();
    const store = fromKeyv(keyv);
    await keyv.set('42:42', { counter: 1 });
    expect(await store.get('42:42')).toEqual({ counter: 1 });
    await store.set('42:42', { counter: 2 });
    expect(await keyv.get('42:42')).toEqual({ counter: 2 });
    await store.delete('42:42');
    expect(await keyv.get('42:42')).toBeUndefined();
  });

  test('it names neither leases nor a life that it cannot renew', () => {
    const { supports, acquire, touch } = fromKeyv(create());
    expect([supports?.leases, supports?.ttl, acquire, touch]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  test('what its serializer would change is refused by its path', async () => {
    const store = fromKeyv(create());
    await store.set('1:1', { tags: [] });
    await expect(store.set('1:1', { tags: new Map([['a', 1]]) })).rejects.toMatchObject({
      code: 'VALUE_UNSTORABLE',
      path: ['tags'],
    });
    await expect(store.set('1:1', undefined)).rejects.toMatchObject({ code: 'VALUE_UNSTORABLE' });
    expect(await store.get('1:1')).toEqual({ tags: [] });
  });
});

test('what a serializer of the user keeps is kept', async () => {
  const value = { tags: new Map([['a', new Set([1])]]), at: new Date(0), id: 1n };
  const { stringify, parse } = superjson;
  for (const keyv of [
    new Keyv5({ serialize: stringify, deserialize: parse }),
    new Keyv6({ serialization: { stringify, parse } }),
  ]) {
    const store = fromKeyv(keyv);
    await store.set('1:1', value);
    expect(await store.get('1:1')).toEqual(value);
    await expect(store.set('1:1', { act: () => 1 })).rejects.toMatchObject({ code: 'VALUE_UNSTORABLE' });
  }
});

test('a key that looks as if it had the namespace of a Keyv 5 is a key of its own', async () => {
  const data = new Map();
  const keyv = new Keyv5({ store: data, namespace: '42' });
  const store = fromKeyv(keyv);
  for (const key of ['1', '42:1', '42:42:1', '42']) await store.set(key, key);
  for (const key of ['1', '42:1', '42:42:1', '42']) expect(await store.get(key)).toBe(key);
  expect(data.size).toBe(4);
  expect(await keysOf(keyv)).toEqual(['1', '42', '42:1', '42:42:1']);
});

test('a key that a Keyv 6 would sanitize is refused, not shared with another', async () => {
  const store = fromKeyv(new Keyv6({ sanitize: { keys: true } }));
  await store.set('1:1', 1);
  await store.set('-100123:42', 2);
  for (const call of [() => store.get('1:1;--'), () => store.set('1:1;--', 1), () => store.delete('1:1;--')])
    await expect(call()).rejects.toThrow(/sanitize/);
  expect(await store.get('1:1')).toBe(1);
  expect(await store.get('-100123:42')).toBe(2);
  expect(new KeyvSanitize({ keys: true }).cleanKey('1:1;--')).toBe('1:1');
});

describe('keys', () => {
  test('are those of the namespace, where a Keyv 5 shares its store with others', async () => {
    const data = new Map();
    const [theirs, ours] = [
      new Keyv5({ store: data, namespace: 'robot' }),
      new Keyv5({ store: data, namespace: 'bot' }),
    ];
    await fromKeyv(ours).set('1:1', 1);
    await fromKeyv(theirs).set('2:2', 2);
    expect(await keysOf(ours)).toEqual(['1:1']);
    expect(await keysOf(ours, '2')).toEqual([]);
    await expect(keysOf(theirs)).rejects.toThrow(/namespace/);
  });

  const listing: readonly (readonly [what: string, keyv: () => KeyvLike, lists: boolean])[] = [
    ['a Keyv 5 with a namespace', () => new Keyv5({ namespace: 'bot' }), true],
    ['a Keyv 5 without prefixes', () => new Keyv5({ useKeyPrefix: false }), true],
    ['a Keyv 5 without namespace', () => new Keyv5({ namespace: '' }), false],
    ['a Keyv 5 with a colon in its namespace', () => new Keyv5({ namespace: 'a:b' }), false],
    ['a Keyv 5 over a store that cannot list', () => new Keyv5({ store: bare() as never }), false],
    ['a Keyv 6', () => new Keyv6(), true],
    ['a Keyv 6 with a colon in its namespace', () => new Keyv6({ namespace: 'a:b' }), true],
    ['a Keyv 6 over a store that cannot list', () => new Keyv6({ store: bare() }), false],
  ];

  test.each(listing)('of %s are named where they can be listed', async (_, create, lists) => {
    const keyv = create();
    const store = fromKeyv(keyv);
    for (const key of ['1:1', '2:2', '']) await store.set(key, 1);
    expect([store.supports?.keys === true, store.keys !== undefined]).toEqual([lists, lists]);
    expect(await keysOf(keyv)).toEqual(lists ? ['', '1:1', '2:2'] : []);
    expect(await store.get('')).toBe(1);
  });
});

/** As small as a store of Keyv may be. */
function bare(): object {
  const values = new Map<string, unknown>();
  return {
    get: async (key: string) => values.get(key),
    set: async (key: string, value: unknown) => values.set(key, value).size > 0,
    delete: async (key: string) => values.delete(key),
    clear: async () => values.clear(),
    has: async (key: string) => values.has(key),
  };
}
