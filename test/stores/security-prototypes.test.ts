/** Stored text that names prototypes gives data of these names, and no object of a handler another prototype. */

import {
  fromStorageAdapter,
  fromUnstorage,
  MemorySessionStore,
  type SessionStore,
  Sessions,
  withEncryption,
  withMigrations,
} from '@sessiongram/core';
import { RedisSessionStore } from '@sessiongram/redis';
import { SqliteSessionStore } from '@sessiongram/sqlite';
import { createStorage } from 'unstorage';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { skipsRedis } from '../support/servers/redis';
import { useRedis } from '../support/servers/use-redis';
import { Folder } from './sqlite-drivers';

const KEY = '42:42';

/** What an attacker may have got into the database, each with a counter to go on with. */
const TEXTS: Readonly<Record<string, string>> = {
  plain: '{"counter":1,"__proto__":{"admin":true}}',
  'first of all': '{"__proto__":{"admin":true,"counter":99},"counter":1}',
  escaped: '{"counter":1,"\\u005f_proto__":{"admin":true}}',
  'escaped as a whole':
    '{"counter":1,"\\u005f\\u005f\\u0070\\u0072\\u006f\\u0074\\u006f\\u005f\\u005f":{"admin":true}}',
  twice: '{"counter":1,"__proto__":{"a":1},"\\u005f_proto__":{"admin":true}}',
  null: '{"counter":1,"__proto__":null}',
  'an array': '{"counter":1,"__proto__":[1,2]}',
  nested:
    '{"counter":1,"a":{"__proto__":{"admin":true}},"list":[{"__proto__":{"admin":true}},[{"__proto__":{"admin":true}}]]}',
  'inside of itself': '{"counter":1,"__proto__":{"__proto__":{"admin":true}}}',
  'by the constructor': '{"counter":1,"constructor":{"prototype":{"admin":true}}}',
  'by the constructor, nested': '{"counter":1,"a":{"constructor":{"prototype":{"admin":true}}}}',
  'names of methods':
    '{"counter":1,"toString":null,"hasOwnProperty":1,"valueOf":"x","then":{},"toJSON":2,"length":-1}',
};

/** A store, and a way to write a text into it that no store of ours would write. */
interface Place {
  readonly store: SessionStore;
  put(text: string): unknown;
}

const asText = { stringify: String, parse: (text: string) => text };
const keys = { k1: new Uint8Array(32).fill(1) };

const withoutRedis = skipsRedis();
let folder: Folder;
const redis = useRedis();

beforeAll(() => {
  folder = new Folder();
});

afterEach(async () => {
  if (!withoutRedis) await redis.client.flushall();
});

afterAll(() => folder.remove());

const ends: Readonly<Record<string, () => Place>> = {
  memory() {
    const store = new MemorySessionStore();
    return { store, put: (text) => store.set(KEY, JSON.parse(text)) };
  },
  SQLite() {
    const file = folder.file(`${crypto.randomUUID()}.db`);
    const other = folder.keep(new SqliteSessionStore(file, { codec: asText }));
    return { store: folder.keep(new SqliteSessionStore(file)), put: (text) => other.set(KEY, text) };
  },
  'a storage adapter'() {
    const texts = new Map<string, string>();
    const read = (key: string): unknown => JSON.parse(texts.get(key) ?? 'null') ?? undefined;
    const write = (key: string, value: unknown) => texts.set(key, JSON.stringify(value));
    const store = fromStorageAdapter({ read, write, delete: (key) => texts.delete(key) });
    return { store, put: (text) => texts.set(KEY, text) };
  },
  unstorage() {
    const store = fromUnstorage(createStorage());
    return { store, put: (text) => store.set(KEY, JSON.parse(text)) };
  },
  Redis() {
    const { client } = redis;
    return { store: new RedisSessionStore(client), put: (text) => client.set(KEY, text) };
  },
};

const wrappers: Readonly<Record<string, (place: Place) => Place>> = {
  'as it is': (place) => place,
  encrypted({ store: inner }) {
    const store = withEncryption(inner, { keys });
    return { store, put: (text) => store.set(KEY, JSON.parse(text)) };
  },
  migrated({ store: inner, put }) {
    const store = withMigrations(inner, { migrations: { 2: (data) => ({ ...data, version: 2 }) } });
    return { store, put };
  },
  'of the newest version': ({ store: inner, put }) => {
    const store = withMigrations(inner, { version: 2, migrations: {} });
    return { store, put: (text) => put(`{"__proto__":{"__d":{"admin":true}},"__d":${text},"v":2}`) };
  },
};

const before = Object.getOwnPropertyNames(Object.prototype);

/** The objects in some data, with itself, that have another prototype than they should. */
function oddIn(value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  const wanted = Array.isArray(value) ? Array.prototype : Object.prototype;
  const members = Reflect.ownKeys(value).map((name) => Object.getOwnPropertyDescriptor(value, name)?.value);
  return [...(Object.getPrototypeOf(value) === wanted ? [] : [value]), ...members.flatMap(oddIn)];
}

const cases = Object.keys(ends).flatMap((end) =>
  Object.keys(wrappers).flatMap((wrapper) =>
    (['copy', 'draft'] as const).map((isolation) => ({ end, wrapper, isolation })),
  ),
);

describe.each(cases)('$end, $wrapper, isolation $isolation', ({ end, wrapper, isolation }) => {
  test.skipIf(end === 'Redis' && withoutRedis).each(Object.keys(TEXTS))('%s', async (name) => {
    const text = TEXTS[name] as string;
    const { store, put } = (wrappers[wrapper] as (place: Place) => Place)((ends[end] as () => Place)());
    const sessions = new Sessions<Record<string, unknown>>({ store, isolation });
    await put(text);
    const expected = { ...JSON.parse(text), ...(wrapper === 'migrated' ? { version: 2 } : {}) };
    let runs = 0;

    await sessions.run(KEY, ({ data }) => {
      runs++;
      expect(oddIn(data)).toEqual([]);
      expect(data['admin']).toBeUndefined();
      expect('admin' in data).toBe(false);
      expect(JSON.stringify(data)).toBe(JSON.stringify(expected));
      data['counter'] = 2;
      data['cart'] = [{ item: 1 }];
    });
    await sessions.run(KEY, ({ data }) => {
      runs++;
      expect(oddIn(data)).toEqual([]);
      expect(data['admin']).toBeUndefined();
      const changed = { ...expected, counter: 2, cart: [{ item: 1 }] };
      expect(JSON.stringify(data)).toBe(JSON.stringify(changed));
      for (const name of Object.keys(data)) if (typeof data[name] === 'object') delete data[name];
    });
    const left = await sessions.read(KEY);

    expect(runs).toBe(2);
    expect(oddIn(left)).toEqual([]);
    expect(left).toMatchObject({ counter: 2 });
    expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(before);
    expect(({} as { admin?: unknown }).admin).toBeUndefined();
  });
});
