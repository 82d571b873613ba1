/** Codecs of the user's choice on the stores that keep text: what they keep comes back, and what was there before as well. */

import { SessionError, type SessionStore, Sessions, type TextCodec } from '@sessiongram/core';
import { PostgresSessionStore } from '@sessiongram/postgres';
import { RedisSessionStore } from '@sessiongram/redis';
import { SqliteSessionStore } from '@sessiongram/sqlite';
import * as devalue from 'devalue';
import { Redis } from 'ioredis';
import { Pool } from 'pg';
import superjson from 'superjson';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Folder, libsql, openFast } from '../stores/sqlite-drivers';
import { PostgresServer, skipsPostgres } from '../support/servers/postgres';
import { RedisServer, skipsRedis } from '../support/servers/redis';

const KEY = '42:42';
const cycle: { me: unknown } = { me: undefined };
cycle.me = { me: cycle };

/** A database, and its text under the key, past the store. */
interface Place {
  store(codec?: TextCodec): SessionStore;
  put(text: string): Promise<unknown>;
  text(): Promise<string | undefined>;
  clear(): Promise<unknown>;
  stop(): Promise<unknown>;
}

interface Kind {
  readonly name: string;
  readonly skip: boolean;
  open(): Promise<Place>;
}

const given = (codec: TextCodec | undefined) => (codec === undefined ? {} : { codec });

const kinds: readonly Kind[] = [
  {
    name: 'RedisSessionStore',
    skip: skipsRedis(),
    async open() {
      const server = await RedisServer.start();
      const client = new Redis(server.port);
      return {
        store: (codec) => new RedisSessionStore(client, given(codec)),
        put: (text) => client.set(KEY, text),
        text: async () => (await client.get(KEY)) ?? undefined,
        clear: () => client.flushall(),
        async stop() {
          client.disconnect();
          await server.stop();
        },
      };
    },
  },
  {
    name: 'SqliteSessionStore',
    skip: false,
    async open() {
      const folder = new Folder();
      const database = folder.keep(openFast(libsql, folder.file()));
      const first = new SqliteSessionStore(database);
      const row = 'SELECT value FROM sessions WHERE key = ?';
      return {
        store: (codec) => new SqliteSessionStore(database, given(codec)),
        put: async (text) => database.exec(`UPDATE sessions SET value = '${text}' WHERE key = '${KEY}'`),
        text: async () => (database.prepare(row).all(KEY) as { value: string }[])[0]?.value,
        clear: async () => first.delete(KEY),
        stop: async () => folder.remove(),
      };
    },
  },
  {
    name: 'PostgresSessionStore',
    skip: skipsPostgres(),
    async open() {
      const server = await PostgresServer.start();
      const pool = new Pool({ connectionString: server.url(await server.createDatabase()) });
      const first = new PostgresSessionStore(pool);
      const rows = async (sql: string, ...values: string[]) => (await pool.query(sql, values)).rows;
      return {
        store: (codec) => new PostgresSessionStore(pool, given(codec)),
        put: (text) => rows('UPDATE sessions SET value = $1 WHERE key = $2', text, KEY),
        text: async () => (await rows('SELECT value FROM sessions WHERE key = $1', KEY))[0]?.value,
        clear: () => first.delete(KEY),
        async stop() {
          await pool.end();
          await server.stop();
        },
      };
    },
  },
];

/** What the README of core shows: own text is marked, and anything else is the JSON that was there before. */
function markedCodec(mark: string, { stringify, parse }: TextCodec): TextCodec {
  return {
    stringify: (value) => mark + stringify(value),
    parse: (text) => (text.startsWith(mark) ? parse(text.slice(mark.length)) : JSON.parse(text)),
  };
}

const plainCodecs: Record<string, TextCodec> = {
  superjson,
  devalue: { stringify: (value) => devalue.stringify(value), parse: (text) => devalue.parse(text) },
};
const marked = (name: string) => markedCodec(`${name}:`, plainCodecs[name] as TextCodec);

interface Rich {
  at: Date;
  tags: Map<string, Set<number>>;
  total: bigint;
  pattern: RegExp;
  nothing: undefined;
  list: unknown[];
  self?: Rich;
}

function rich(): Rich {
  const value: Rich = {
    at: new Date(1_700_000_000_000),
    tags: new Map([['a', new Set([1, 2])]]),
    total: 2n ** 70n,
    pattern: /a+/gi,
    nothing: undefined,
    list: [undefined, Number.NaN, -0, null],
  };
  value.self = value;
  return value;
}

describe.each(kinds)('$name', ({ skip, open }) => {
  describe.skipIf(skip)('with a codec', () => {
    let place: Place;
    beforeAll(async () => {
      place = await open();
    }, 60_000);
    beforeEach(() => place.clear());
    afterAll(() => place?.stop());

    describe.each(['superjson', 'devalue'])('%s', (name) => {
      const plain = plainCodecs[name] as TextCodec;

      test('keeps dates, maps, sets, big integers, undefined and cycles', async () => {
        await place.store(plain).set(KEY, rich());
        const found = (await place.store(plain).get(KEY)) as Rich;
        expect(found).toEqual(rich());
        expect('nothing' in found).toBe(true);
        expect(found.self).toBe(found);
      });

      test('keeps what handlers change deep inside of them', async () => {
        const sessions = new Sessions<Rich>({ store: place.store(plain), initial: rich });
        await sessions.run(KEY, ({ data }) => {
          data.tags.get('a')?.add(3);
          data.at.setTime(0);
          data.total++;
        });
        const found = await new Sessions<Rich>({ store: place.store(plain) }).run(KEY, ({ data }) => data);
        expect([found.tags, found.at, found.total, found.self === found]).toEqual([
          new Map([['a', new Set([1, 2, 3])]]),
          new Date(0),
          2n ** 70n + 1n,
          true,
        ]);
      });

      test('that knows older JSON by the lack of its mark reads it, and writes it anew at the next change', async () => {
        await place.store().set(KEY, { counter: 1, json: 'of the user' });
        const sessions = new Sessions<{ counter: number; at?: Date }>({ store: place.store(marked(name)) });
        expect(await sessions.read(KEY)).toEqual({ counter: 1, json: 'of the user' });
        await sessions.run(KEY, () => {});
        expect(await place.text()).toBe('{"counter":1,"json":"of the user"}');
        await sessions.update(KEY, (data) => {
          data.counter++;
          data.at = new Date(0);
        });
        expect(await place.text()).toMatch(new RegExp(`^${name}:`));
        expect(await sessions.read(KEY)).toEqual({ counter: 2, json: 'of the user', at: new Date(0) });
      });

      test('that knows nothing but its own format leaves what it cannot read as it is', async () => {
        await place.store().set(KEY, 'seed');
        await place.put('{"broken');
        const sessions = new Sessions<{ counter: number }>({
          store: place.store(plain),
          initial: () => ({ counter: 0 }),
        });
        const update = sessions.update(KEY, (data) => void data.counter++);
        await expect(update).rejects.toMatchObject({ code: 'SESSION_CORRUPT', key: KEY });
        expect(await place.text()).toBe('{"broken');
      });
    });

    test.each(['superjson', 'devalue'])(
      '%s alone takes older JSON for corrupt and overwrites nothing',
      async (name) => {
        await place.store().set(KEY, { counter: 1 });
        const sessions = new Sessions<{ counter: number }>({
          store: place.store(plainCodecs[name]),
          initial: () => ({ counter: 0 }),
        });
        const update = sessions.update(KEY, (data) => void data.counter++);
        await expect(update).rejects.toMatchObject({ code: 'SESSION_CORRUPT' });
        expect(await place.text()).toBe('{"counter":1}');
      },
    );

    test.each<[string, unknown, string]>([
      ['a big integer', { cart: [{ total: 1n }] }, 'data.cart[0].total is a bigint'],
      ['a map', { tags: new Map() }, 'data.tags is an instance of Map'],
      ['a function', { list: [() => 1] }, 'data.list[0] is a function'],
      ['undefined in an array', { list: [1, undefined] }, 'data.list[1] is undefined'],
      ['a cycle', cycle, 'data.me.me is a cycle'],
    ])('the default refuses %s by its path, and the old data stays', async (_, value, said) => {
      const store = place.store();
      await store.set(KEY, { counter: 1 });
      const refused = await new Sessions({ store })
        .update(KEY, () => value)
        .then(
          () => undefined,
          (error: SessionError) => error,
        );
      expect(refused).toBeInstanceOf(SessionError);
      expect(refused?.code).toBe('SESSION_INVALID');
      expect(refused?.message).toContain(said);
      expect(await place.text()).toBe('{"counter":1}');
    });
  });
});
