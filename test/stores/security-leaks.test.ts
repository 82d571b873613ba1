/** What is told of a session that fails has neither its data in it nor its user: errors, events, the console. */

import { inspect } from 'node:util';
import {
  fromStorageAdapter,
  MemorySessionStore,
  middlewareOf,
  SessionError,
  type SessionEvent,
  Sessions,
} from '@sessiongram/core';
import { RedisSessionStore } from '@sessiongram/redis';
import { SqliteSessionStore } from '@sessiongram/sqlite';
import { Redis } from 'ioredis';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  type MockInstance,
  test,
  vi,
} from 'vitest';
import { RedisServer, redisAbsence, skipsRedis } from '../support/servers/redis';
import {
  type Diary,
  type Engine,
  KEY,
  type Place,
  SECRET,
  type Situation,
  situations,
  USER,
} from './security-situations';
import { Folder } from './sqlite-drivers';

/**
 * All that a log prints of an error, but for what the README says of it: the field `key`, and a `cause` that is not ours
 * and says what its maker wants.
 */
function told(error: unknown): string {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if (at instanceof SessionError) Object.assign(at, { key: undefined });
    if ('cause' in at && !isOurs(at.cause)) Object.defineProperty(at, 'cause', { value: undefined });
  }
  return `${inspect(error, { depth: 10 })} ${JSON.stringify(error)} ${String(error)}`;
}

function isOurs(error: unknown): boolean {
  const { code, name } = error as { code?: unknown; name?: unknown };
  return name === 'SchemaMismatch' || (typeof code === 'string' && /^(SESSION|VALUE)_/.test(code));
}

let folder: Folder;
let server: RedisServer | undefined;
let spies: MockInstance[];
let warnings: Error[];
const warned = (warning: Error): void => void warnings.push(warning);

beforeAll(async () => {
  folder = new Folder();
  if (redisAbsence() === undefined) server = await RedisServer.start();
});

beforeEach(() => {
  warnings = [];
  process.on('warning', warned);
  spies = (['log', 'info', 'warn', 'error', 'debug'] as const).map((method) =>
    vi.spyOn(console, method).mockImplementation(() => {}),
  );
});

afterEach(() => {
  process.off('warning', warned);
  for (const spy of spies) spy.mockRestore();
});

afterAll(async () => {
  folder.remove();
  await server?.stop();
});

const places: Readonly<Record<string, () => Promise<Place & { end(): unknown }>>> = {
  async memory() {
    let isBroken = false;
    const checked = <T>(value: T): T => {
      if (isBroken) throw new Error(`${SECRET} of ${USER} cannot be reached`);
      return value;
    };
    class Breakable extends MemorySessionStore {
      override get(key: string) {
        return checked(super.get(key));
      }
      override set(key: string, value: unknown) {
        return checked(super.set(key, value));
      }
    }
    const store = new Breakable();
    return {
      store,
      put: (text) => store.set(KEY, JSON.parse(text)),
      breakDown() {
        isBroken = true;
      },
      end: () => store.clear(),
    };
  },
  async 'a storage adapter'() {
    const texts = new Map<string, string>();
    let isBroken = false;
    const store = fromStorageAdapter({
      read(key) {
        if (isBroken) throw new Error(`${SECRET} of ${USER} cannot be read`);
        const text = texts.get(key);
        return text === undefined ? undefined : JSON.parse(text);
      },
      write(key, value) {
        if (isBroken) throw new Error(`${JSON.stringify(value)} of ${key} cannot be written`);
        texts.set(key, JSON.stringify(value));
      },
      delete: (key) => texts.delete(key),
    });
    return {
      store,
      put: (text) => texts.set(KEY, text),
      breakDown() {
        isBroken = true;
      },
      end: () => texts.clear(),
    };
  },
  async SQLite() {
    const file = folder.file(`${crypto.randomUUID()}.db`);
    const store = new SqliteSessionStore(file);
    const other = new SqliteSessionStore(file, { codec: { stringify: String, parse: String } });
    await store.get(KEY);
    return {
      store,
      put: (text) => other.set(KEY, text),
      breakDown: () => store.close(),
      async end() {
        await store.close();
        await other.close();
      },
    };
  },
  async Redis() {
    const client = new Redis((server as RedisServer).port, {
      maxRetriesPerRequest: 0,
      retryStrategy: () => null,
    });
    await client.flushall();
    return {
      store: new RedisSessionStore(client),
      put: (text) => client.set(KEY, text),
      breakDown: () => client.disconnect(),
      end: () => client.disconnect(),
    };
  },
};

const withoutRedis = skipsRedis();
const cases = Object.keys(places).flatMap((place) =>
  Object.keys(situations)
    .filter((name) => situations[name]?.encodes !== true || place === 'SQLite' || place === 'Redis')
    .map((situation) => ({ place, situation })),
);

describe.each(cases)('$situation, in $place', ({ place: where, situation }) => {
  test.skipIf(where === 'Redis' && withoutRedis)('tells neither data nor user', async () => {
    const { code, options, wrap, fail } = situations[situation] as Situation;
    const place = await (places[where] as (typeof places)[string])();
    const events: SessionEvent[] = [];
    const onEvent = (event: SessionEvent): void => void events.push(event);
    const store = wrap === undefined ? place.store : wrap(place.store);
    const sessions: Engine = new Sessions<Diary>({ initial: () => ({}), ...options, store, onEvent });
    const error: unknown = await fail(sessions, place).catch((reason: unknown) => reason);
    await place.end();

    expect(error).toMatchObject({ code });
    const all = [
      told(error),
      inspect(events, { depth: 10 }),
      ...spies.map((spy) => inspect(spy.mock.calls, { depth: 10 })),
      inspect(warnings, { depth: 10 }),
    ].join('\n');
    expect(all).not.toContain(SECRET);
    expect(all).not.toContain(USER);
  });
});

test('every code of the engine is among the situations', () => {
  const codes = new Set(Object.values(situations).map(({ code }) => code));
  expect(codes.size).toBe(11);
});

test('what a decoder, a schema and a damaged text have to say is at hand, and not printed', async () => {
  const file = folder.file('reasons.db');
  const broken = folder.keep(new SqliteSessionStore(file, { codec: { stringify: String, parse: String } }));
  await broken.set(KEY, `{"secret":"${SECRET}`);
  const sessions = new Sessions<Diary>({ store: folder.keep(new SqliteSessionStore(file)) });
  const error = (await sessions.read(KEY).catch((reason: unknown) => reason)) as SessionError;
  expect(error.cause).toMatchObject({ raw: `{"secret":"${SECRET}` });
  expect(inspect((error.cause as { reason: unknown }).reason)).toContain('JSON');
  expect(inspect(error.cause, { depth: 10 })).not.toContain(SECRET);
});

test('what was passed in place of a key is not told: it may be the id of a user', async () => {
  const sessions = new Sessions<Diary>();
  const error: unknown = await sessions.read(Number(USER) as never).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(TypeError);
  expect(String(error)).toContain('but got a number');
  const getSessionKey = (): never => Number(USER) as never;
  const adapter = { where: 'session()', onMissingKey: 'throw', mode: 'eager' } as const;
  const middleware = middlewareOf<Diary, { update: object }>({ sessions, getSessionKey }, adapter);
  const other: unknown = await middleware({ update: {} }, () => Promise.resolve()).catch(
    (reason: unknown) => reason,
  );
  expect(String(other)).toContain('but returned a number');
  expect(inspect([error, other])).not.toContain(USER);
});
