/** A `SessionError` tells by its code what happened, and by its text never what is in a session. */

import { MemorySessionStore, middlewareOf, SessionError, Sessions } from '@sessiongram/core';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { FailingStore } from '../support/failing-store';

const SECRET = 'xK9-secret-of-the-user';
const KEY = '42:42';
const PREFIX = 'bot-7:';

interface Diary {
  entry: string;
  pages: unknown[];
}

let store: FailingStore<Diary>;
let diaries: Sessions<Diary>;

beforeEach(() => {
  vi.useFakeTimers();
  store = new FailingStore();
  store.values.set(PREFIX + KEY, diary());
  diaries = new Sessions<Diary>({ store, initial: diary, prefix: PREFIX, maxHoldMs: 1000 });
});
afterEach(() => void vi.useRealTimers());

function diary(): Diary {
  return { entry: SECRET, pages: [[SECRET], new Map([['page', SECRET]])] };
}

const away = new Error('the store is away');
const reject = (): Promise<never> => Promise.reject(away);
const later = () => new Promise((resolve) => setTimeout(resolve, 2000));
const write = (session: { data: Diary }) => void session.data.pages.push(SECRET);

/** One way to each code, all with session data at hand. */
const failures: [code: string, name: string, fail: () => Promise<unknown>][] = [
  ['SESSION_KEY_MISSING', 'no key', () => diaries.run('', write)],
  [
    'SESSION_KEY_MISSING',
    'a getSessionKey that throws',
    () => {
      const getSessionKey = (): never => {
        throw away;
      };
      const adapter = { where: 'session()', mode: 'eager', onMissingKey: 'throw' } as const;
      return middlewareOf({ sessions: diaries, getSessionKey }, adapter)({ update: diary() }, async () => {});
    },
  ],
  [
    'SESSION_BUSY',
    'a wait that was too long',
    () => {
      void diaries.run(KEY, later);
      return new Sessions<Diary>({ store, prefix: PREFIX, maxWaitMs: 10 }).run(KEY, write);
    },
  ],
  [
    'SESSION_BUSY',
    'a queue that is full',
    () => {
      void diaries.run(KEY, later);
      return new Sessions<Diary>({ store, prefix: PREFIX, maxWaiting: 0 }).run(KEY, write);
    },
  ],
  [
    'SESSION_LEASE_LOST',
    'a handler that was overtaken',
    () => {
      const slow = diaries.run(KEY, (session) => later().then(() => write(session)));
      void diaries.run(KEY, () => {});
      return slow;
    },
  ],
  [
    'SESSION_LOAD_FAILED',
    'a get that fails',
    () => {
      store.failNext('get', reject);
      return diaries.run(KEY, write);
    },
  ],
  [
    'SESSION_LOAD_FAILED',
    'a read() that fails',
    () => {
      store.failNext('get', reject);
      return diaries.read(KEY);
    },
  ],
  [
    'SESSION_SAVE_FAILED',
    'a set that fails',
    () => {
      store.failNext('set', reject);
      return diaries.run(KEY, write);
    },
  ],
  [
    'SESSION_SAVE_FAILED',
    'a delete that fails',
    () => {
      store.failNext('delete', reject);
      return diaries.delete(KEY);
    },
  ],
  [
    'SESSION_SAVE_FAILED',
    'a save that fails after the handler did',
    () => {
      store.failNext('set', reject);
      const keeping = new Sessions<Diary>({ store, prefix: PREFIX, saveOnError: true });
      return keeping.run(KEY, (session) => {
        write(session);
        throw away;
      });
    },
  ],
  [
    'SESSION_CORRUPT',
    'a store that answers what no session can be',
    () => {
      store.failNext('get', () => ({ ...diary(), more: () => SECRET }));
      return diaries.run(KEY, write);
    },
  ],
  [
    'SESSION_INVALID',
    'data that cannot be stored',
    () => diaries.run(KEY, ({ data }) => void data.pages.push({ secret: SECRET, fn: () => SECRET })),
  ],
  [
    'SESSION_INVALID',
    'a class with private members',
    () => {
      class Page {
        readonly #text = SECRET;
        read = (): string => this.#text;
      }
      return diaries.run(KEY, ({ data }) => void data.pages.push(new Page()));
    },
  ],
  [
    'SESSION_INVALID',
    'an accessor in an instance',
    () => {
      class Page {}
      const page = Object.defineProperty(new Page(), 'text', { get: () => SECRET, enumerable: true });
      return diaries.run(KEY, ({ data }) => void data.pages.push(page));
    },
  ],
  [
    'SESSION_CLOSED',
    'a late assignment',
    async () => {
      const session = await diaries.run(KEY, (own) => own);
      session.data = diary();
    },
  ],
  [
    'SESSION_CLOSED',
    'an engine that was closed',
    async () => {
      await diaries.close();
      return diaries.run(KEY, write);
    },
  ],
  [
    'SESSION_REENTERED',
    'a handler that waits for itself',
    () => diaries.run(KEY, () => diaries.run(KEY, write)),
  ],
  ['SESSION_REENTERED', 'a handler that closes its engine', () => diaries.run(KEY, () => diaries.close())],
];

/** All texts that a log would show: of the error, of what caused it, and their stacks. */
function textsOf(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  const inner = error instanceof AggregateError ? error.errors : [];
  return [error.message, error.stack ?? '', ...[error.cause, ...inner].flatMap(textsOf)];
}

describe.each(failures)('%s by %s', (code, _, fail) => {
  async function failed(): Promise<SessionError> {
    const caught = fail().catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(5000);
    return (await caught) as SessionError;
  }

  test('is a SessionError with this code and a text that begins with it', async () => {
    const error = await failed();
    expect(error).toBeInstanceOf(SessionError);
    expect(error).toBeInstanceOf(Error);
    expect(error.name).toBe('SessionError');
    expect(error.code).toBe(code);
    expect(error.message.startsWith(`[${code}] `)).toBe(true);
    expect(String(error)).toBe(`SessionError: ${error.message}`);
  });

  test('names the key without its prefix where there is one, and not in the text', async () => {
    const error = await failed();
    expect([KEY, undefined]).toContain(error.key);
    for (const text of textsOf(error)) {
      expect(text).not.toContain(KEY);
      expect(text).not.toContain(PREFIX);
    }
  });

  test('shows nothing of the session in any text', async () => {
    const texts = textsOf(await failed());
    expect(texts.length).toBeGreaterThanOrEqual(2);
    for (const text of texts) expect(text).not.toContain(SECRET);
  });
});

test('names of members that are data themselves are not shown either', async () => {
  const notes = new Sessions<Record<string, unknown>>({ initial: () => ({}) });
  const run = notes.run(KEY, ({ data }) => {
    data[SECRET] = () => {};
  });
  const error = await run.catch((caught: unknown) => caught);
  expect(error).toMatchObject({ code: 'SESSION_INVALID' });
  expect(textsOf(error).join('\n')).not.toContain(SECRET);
});

describe('an error about data that cannot be stored', () => {
  const places: [value: () => unknown, text: string][] = [
    [() => () => {}, 'data is a function'],
    [() => ({ a: { b: [0, () => {}] } }), 'data.a.b[1] is a function'],
    [() => ({ a: Symbol('s') }), 'data.a is a symbol'],
    [() => ({ a: Promise.resolve() }), 'data.a is a Promise: await it first'],
    [() => ({ a: new Map([['key', { b: () => {} }]]) }), 'data.a.<value>.b is a function'],
    [() => ({ a: new WeakMap() }), 'data.a is a built-in object (WeakMap) that cannot be copied'],
  ];

  test.each(places)('of %o names its place and what it is', async (value, text) => {
    const sessions = new Sessions<unknown>({ store: new MemorySessionStore() });
    const run = sessions.run(KEY, (session) => {
      session.data = value();
    });
    await expect(run).rejects.toMatchObject({
      code: 'SESSION_INVALID',
      key: KEY,
      message: expect.stringContaining(text),
    });
  });
});

describe('instanceof', () => {
  test('holds for an error of another copy of the package, both ways', async () => {
    vi.resetModules();
    const other = await import('@sessiongram/core');
    expect(other.SessionError).not.toBe(SessionError);
    expect(new other.SessionError('SESSION_BUSY', 'text') instanceof SessionError).toBe(true);
    expect(new SessionError('SESSION_BUSY', 'text') instanceof other.SessionError).toBe(true);
  });

  test('does not hold for what only looks like one', () => {
    const strangers = [
      new Error('text'),
      { name: 'SessionError', code: 'SESSION_BUSY' },
      null,
      undefined,
      'text',
    ];
    expect(strangers.filter((stranger) => stranger instanceof SessionError)).toEqual([]);
  });

  test('tells a class that extends SessionError from SessionError itself', () => {
    class Special extends SessionError {}
    const special = new Special('SESSION_BUSY', 'text');
    expect([special instanceof Special, special instanceof SessionError]).toEqual([true, true]);
    expect(new SessionError('SESSION_BUSY', 'text') instanceof Special).toBe(false);
  });
});

describe('a SessionError made by hand', () => {
  test('has no cause of its own where none is given, and keeps one that is undefined', () => {
    expect('cause' in new SessionError('SESSION_BUSY', 'text')).toBe(false);
    expect('cause' in new SessionError('SESSION_BUSY', 'text', { key: KEY })).toBe(false);
    expect('cause' in new SessionError('SESSION_BUSY', 'text', { cause: undefined })).toBe(true);
  });

  test('carries code, key and cause', () => {
    const error = new SessionError('SESSION_BUSY', 'text', { key: KEY, cause: away });
    expect({ ...error, message: error.message, cause: error.cause }).toEqual({
      name: 'SessionError',
      code: 'SESSION_BUSY',
      key: KEY,
      message: '[SESSION_BUSY] text',
      cause: away,
    });
  });
});
