/** Whatever stands in a database: it is told by a typed error or a hook, nothing is overwritten, and the process lives. */

import { SessionError, type SessionStore, Sessions } from '@sessiongram/core';
import { PostgresSessionStore } from '@sessiongram/postgres';
import { RedisSessionStore } from '@sessiongram/redis';
import { SqliteSessionStore } from '@sessiongram/sqlite';
import * as fc from 'fast-check';
import { Redis } from 'ioredis';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isWellFormed } from '../../packages/core/src/kit/encoding';
import { lockKeyOf } from '../../packages/redis/src/lock-key';
import { Folder, libsql, openFast, select } from '../stores/sqlite-drivers';
import { PostgresServer, skipsPostgres } from '../support/servers/postgres';
import { RedisServer, skipsRedis } from '../support/servers/redis';
import { NO_JSON, STRANGE_JSON } from './bad-texts';
import { note, runsOf, seeded } from './figures';

/** A store, and a way to its data that is not its own. */
interface Place {
  readonly store: SessionStore;
  put(key: string, text: string): Promise<unknown>;
  /** What is stored, in a form that can be compared. */
  peek(key: string): Promise<unknown>;
  close(): Promise<unknown>;
}

/** Damage that only one kind of database can have. */
type Damage = readonly [name: string, wreck: (place: Place, key: string) => Promise<unknown>];

interface Kind {
  readonly name: string;
  readonly isSkipped: () => boolean;
  open(): Promise<Place>;
  readonly damages: readonly Damage[];
}

let tried = 0;
let keys = 0;

let client: Redis;
const redis: Kind = {
  name: 'Redis',
  isSkipped: skipsRedis,
  async open() {
    const server = await RedisServer.start();
    client = new Redis(server.port);
    return {
      store: new RedisSessionStore(client),
      put: (key, text) => client.set(key, text),
      peek: async (key) =>
        (await client.type(key)) === 'string'
          ? (await client.getBuffer(key))?.toString('latin1')
          : client.dump(key),
      close: async () => {
        client.disconnect();
        await server.stop();
      },
    };
  },
  damages: [
    ['bytes that are no text', (_, key) => client.set(key, Buffer.from([0xff, 0xfe, 0x00, 0x80]))],
    ['JSON with a broken character', (_, key) => client.set(key, Buffer.from([0x7b, 0x22, 0xc3, 0x22]))],
    ['gzip', (_, key) => client.set(key, Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0]))],
    ['a hash', (_, key) => client.hset(key, 'counter', 1)],
    ['a list', (_, key) => client.rpush(key, '{}')],
    ['a set', (_, key) => client.sadd(key, '{}')],
    ['a sorted set', (_, key) => client.zadd(key, 1, '{}')],
    ['a stream', (_, key) => client.xadd(key, '*', 'counter', '1')],
    ['a bitmap', (_, key) => client.setbit(key, 70, 1)],
  ],
};

const lockTexts = [
  '',
  'x',
  '.'.repeat(16),
  '.'.repeat(34),
  'token'.padEnd(200, '!'),
  '{}',
  `${'.'.repeat(16)}${'x'.repeat(18)}`,
  `${'a'.repeat(16)}${'9'.repeat(16)}z-`,
];

const folder = new Folder();
const aside = () => openFast(libsql, folder.file());
const inSqlite =
  (sets: string) =>
  async (place: Place, key: string): Promise<void> => {
    await place.put(key, '{"counter":1}');
    const database = aside();
    database.exec(`UPDATE sessions SET ${sets} WHERE key = '${key}'`);
    database.close();
  };

const sqlite: Kind = {
  name: 'SQLite',
  isSkipped: () => false,
  async open() {
    const store = new SqliteSessionStore(folder.file());
    await store.get('made');
    const database = folder.keep(aside());
    return {
      store,
      put: async (key, text) => {
        await store.set(key, 0);
        database.prepare('UPDATE sessions SET value = ? WHERE key = ? RETURNING 1').all(text, key);
      },
      peek: async (key) =>
        select(
          database,
          `SELECT typeof(value) AS type, hex(value) AS bytes FROM sessions WHERE key = '${key}'`,
        ),
      close: async () => {
        store.close();
        folder.remove();
      },
    };
  },
  damages: [
    ['a blob', inSqlite("value = x'00ff7b7d'")],
    ['an empty blob', inSqlite("value = x''")],
    // Left out, because the driver that is tested with, libsql, ends the process over text that is no UTF-8 and cuts text at NUL.
    ['infinity', inSqlite('value = 9e999')],
    ['marks that are a number, and no JSON', inSqlite("marks = 5, value = '{'")],
    ['a holder that is a blob, and no JSON', inSqlite("holder = x'00', held_until = 0, value = '{'")],
    ['a deadline that is text, and no JSON', inSqlite("held_until = '', value = '{'")],
  ],
};

let pool: pg.Pool;
const inPostgres =
  (sets: string) =>
  async (place: Place, key: string): Promise<void> => {
    await place.put(key, '{');
    await pool.query(`UPDATE sessions SET ${sets} WHERE key = $1`, [key]);
  };

const postgres: Kind = {
  name: 'PostgreSQL',
  isSkipped: skipsPostgres,
  async open() {
    const server = await PostgresServer.start();
    pool = new pg.Pool({ connectionString: server.url(), max: 2 });
    pool.on('error', () => {});
    const store = new PostgresSessionStore(pool);
    await store.get('made');
    return {
      store,
      put: (key, text) => pool.query('INSERT INTO sessions (key, value) VALUES ($1, $2)', [key, text]),
      peek: async (key) => (await pool.query('SELECT value FROM sessions WHERE key = $1', [key])).rows,
      close: async () => {
        await pool.end();
        await server.stop();
      },
    };
  },
  damages: [
    ['marks that are none', inPostgres("ring = ',,,x,'")],
    ['a holder without deadline', inPostgres("tok = '', until = '-infinity'")],
    ['a fence below zero', inPostgres('ver = -5')],
    ['a reservation without end', inPostgres("reserved = 'x', reserved_until = '-infinity'")],
  ],
};

for (const kind of [sqlite, redis, postgres]) {
  describe.skipIf(kind.isSkipped())(`what stands in ${kind.name}`, { timeout: 120_000 }, () => {
    let place: Place;
    beforeAll(async () => {
      place = await kind.open();
    }, 60_000);
    afterAll(() => place?.close());

    const titled = (texts: readonly string[]) => texts.map((text) => [shortened(text), text] as const);

    test.each(titled(NO_JSON))('and is no JSON is told, and stays: %s', async (_, text) => {
      const key = await stored(text);
      await expectTold(place, key, ['SESSION_CORRUPT']);
    });

    test.each(titled(STRANGE_JSON))(
      'and is JSON of a strange kind is given as it is, or told, and stays: %s',
      async (_, text) => {
        await expectHarmless(place, await stored(text), text);
      },
    );

    test.each(kind.damages)('and is %s is told, and stays', async (_, wreck) => {
      const key = fresh();
      await wreck(place, key);
      await expectTold(place, key, ['SESSION_CORRUPT', 'SESSION_LOAD_FAILED']);
    });

    test('and was changed by chance is given as it is, or told, and stays', () => {
      const changed = fc
        .tuple(fc.json(), fc.nat(), fc.string({ unit: 'grapheme', maxLength: 3 }))
        .map(
          ([text, at, put]) =>
            text.slice(0, at % (text.length + 1)) + put + text.slice((at % (text.length + 1)) + 1),
        )
        .filter((text) => !text.includes('\0') && isWellFormed(text));
      const property = fc.asyncProperty(changed, async (text) =>
        expectHarmless(place, await stored(text), text),
      );
      return fc.assert(property, seeded({ numRuns: runsOf(60, 1_000) }));
    });

    async function stored(text: string): Promise<string> {
      const key = fresh();
      await place.put(key, text);
      return key;
    }
  });
}

describe.skipIf(skipsRedis())('what stands where Redis has the lock', () => {
  let place: Place;
  beforeAll(async () => {
    place = await redis.open();
  }, 60_000);
  afterAll(() => place?.close());

  test.each(lockTexts)('a text that is none counts as none: %j', async (text) => {
    const key = fresh();
    await place.put(key, '{"counter":1}');
    await client.set(lockKeyOf(key), text);
    const sessions = new Sessions<{ counter: number }>({ store: place.store });
    await sessions.update(key, (data) => void data.counter++);
    expect(JSON.parse(String(await place.peek(key)))).toEqual({ counter: 2 });
    tried++;
  });

  test.each(['hset', 'rpush', 'sadd'] as const)(
    'what is no text (%s) is told to all who want the lock',
    async (command) => {
      const key = fresh();
      await place.put(key, '{"counter":1}');
      await client.call(
        command,
        ...(command === 'hset' ? [lockKeyOf(key), 'a', 'b'] : [lockKeyOf(key), 'a']),
      );
      const sessions = new Sessions<{ counter: number }>({ store: place.store });
      const update = sessions.update(key, (data) => void data.counter++);
      await expect(update).rejects.toMatchObject({ code: 'SESSION_LOAD_FAILED' });
      expect(await sessions.read(key)).toEqual({ counter: 1 });
      tried++;
    },
  );
});

afterAll(() => note('bad values', { name: 'stored', tried }));

/** Every way in tells what is wrong and leaves it; only `onCorrupt` repairs what is corrupt, and another key works. */
async function expectTold(place: Place, key: string, codes: readonly string[]): Promise<void> {
  const before = await place.peek(key);
  let runs = 0;
  const sessions = new Sessions<{ counter: number }>({ store: place.store, initial: () => ({ counter: 0 }) });
  const failures = await Promise.allSettled([
    sessions.run(key, () => void runs++),
    sessions.update(key, (data) => void data.counter++),
    sessions.read(key),
  ]);
  for (const failure of failures) {
    const { reason } = failure as PromiseRejectedResult;
    expect(reason).toBeInstanceOf(SessionError);
    expect(codes).toContain((reason as SessionError).code);
  }
  expect(runs).toBe(0);
  await sessions.close();
  expect(await place.peek(key)).toEqual(before);
  await expectAlive(place);
  tried++;
  if ((failures[0] as PromiseRejectedResult).reason.code === 'SESSION_CORRUPT')
    await expectRepaired(place, key);
}

async function expectRepaired(place: Place, key: string): Promise<void> {
  let repairs = 0;
  const onCorrupt = (): { counter: number } => ({ counter: 40 + ++repairs });
  const sessions = new Sessions<{ counter: number }>({ store: place.store, onCorrupt });
  expect(await sessions.update(key, (data) => void data.counter++)).toEqual({ counter: 42 });
  expect(await sessions.read(key)).toEqual({ counter: 42 });
  expect(repairs).toBe(1);
}

/** Where it can be read at all, it is what JSON says and reaches no prototype; and to look at it changes nothing. */
async function expectHarmless(place: Place, key: string, text: string): Promise<void> {
  const before = await place.peek(key);
  const sessions = new Sessions<unknown>({ store: place.store });
  let given: { data: unknown } | undefined;
  const failure = await sessions
    .run(key, ({ data }) => {
      given = { data };
    })
    .catch((error: unknown) => error);
  if (failure !== undefined) expect(failure).toBeInstanceOf(SessionError);
  else expect(JSON.stringify(given?.data ?? null)).toBe(JSON.stringify(JSON.parse(text)));
  expect((given?.data as { polluted?: unknown } | null | undefined)?.polluted).toBe(undefined);
  expect(({} as { polluted?: unknown }).polluted).toBe(undefined);
  await sessions.close();
  expect(await place.peek(key)).toEqual(before);
  await expectAlive(place);
  tried++;
}

async function expectAlive({ store }: Place): Promise<void> {
  const sessions = new Sessions<{ n: number }>({ store, initial: () => ({ n: 0 }) });
  const { n } = await sessions.update('alive', (data) => void data.n++);
  expect(n).toBeGreaterThan(0);
}

function fresh(): string {
  return `bad:${++keys}`;
}

function shortened(text: string): string {
  return text.length <= 40
    ? JSON.stringify(text)
    : `${JSON.stringify(text.slice(0, 30))} and ${text.length - 30} more`;
}
