/** Whatever a program or a store of somebody else passes in: it works, or it is refused by a typed error, and the engine lives. */

import {
  type LeaseAnswer,
  MemorySessionStore,
  middlewareOf,
  SessionError,
  type SessionStore,
  Sessions,
  type UpdateContext,
} from '@sessiongram/core';
import { RedisSessionStore } from '@sessiongram/redis';
import { SqliteSessionStore } from '@sessiongram/sqlite';
import * as fc from 'fast-check';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { Folder, libsql, openFast } from '../stores/sqlite-drivers';
import { LeasingStore } from '../support/leasing-store';
import { note, runsOf, seeded } from './figures';
import { JUNK, STRANGE_KEYS } from './junk';

interface Counter {
  n: number;
}

let tried = 0;
afterAll(() => note('bad values', { name: 'input', tried }));

const titled = JUNK.map(
  (junk, at) => [`${at}: ${typeof junk} ${Object.prototype.toString.call(junk)}`, junk] as const,
);

const folder = new Folder();
afterAll(() => folder.remove());
const stores: readonly (readonly [string, () => SessionStore])[] = [
  ['MemorySessionStore', () => new MemorySessionStore()],
  ['Map', () => new Map()],
  ['LeasingStore', () => new LeasingStore()],
  ['SqliteSessionStore', () => new SqliteSessionStore(folder.keep(openFast(libsql, folder.file())))],
];

describe.each(stores)('keys on %s', (_, open) => {
  test('of all kinds are all different', async () => {
    const sessions = new Sessions<Counter>({ store: open(), initial: () => ({ n: 0 }) });
    for (const [at, key] of STRANGE_KEYS.entries()) await sessions.update(key, () => ({ n: at + 1 }));
    for (const [at, key] of STRANGE_KEYS.entries())
      expect(await sessions.read(key), key).toEqual({ n: at + 1 });
    expect(Object.hasOwn(Object.prototype, 'n')).toBe(false);
    tried += STRANGE_KEYS.length;
  });

  test.each(titled.filter(([, junk]) => typeof junk !== 'string' || junk === ''))(
    'that are none are refused: %s',
    async (_, junk) => {
      const sessions = new Sessions<Counter>({ store: open(), initial: () => ({ n: 0 }) });
      let runs = 0;
      for (const call of [
        () => sessions.run(junk as string, () => void runs++),
        () => sessions.read(junk as string),
        () => sessions.delete(junk as string),
      ])
        expectTyped(await outcome(call));
      expect(runs).toBe(0);
      await expectAlive(sessions);
    },
  );
});

test.each(titled)('whatever getSessionKey returns is a key, none, or refused: %s', async (_, junk) => {
  for (const returned of [junk, Promise.resolve(junk)]) {
    const sessions = new Sessions<Counter>({ initial: () => ({ n: 0 }) });
    const middleware = middlewareOf<Counter, UpdateContext>(
      { sessions, getSessionKey: () => returned as string },
      { where: 'session()', onMissingKey: 'throw', mode: 'eager' },
    );
    let seen: unknown;
    const failure = await outcome(() =>
      middleware({ update: { update_id: 1 } }, async () => {
        seen = 'next';
      }),
    );
    if (failure !== undefined) expectTyped(failure);
    expect(seen === 'next').toBe(failure === undefined);
    expect(failure === undefined).toBe(junk == null || (typeof junk === 'string' && junk !== ''));
    await expectAlive(sessions);
  }
});

test.each(titled)('whatever getSessionKey throws is passed on as a cause: %s', async (_, junk) => {
  for (const getSessionKey of [
    () => {
      throw junk;
    },
    () => Promise.reject(junk),
  ]) {
    const middleware = middlewareOf<Counter, UpdateContext>(
      { getSessionKey, initial: () => ({ n: 0 }) },
      { where: 'session()', onMissingKey: 'throw', mode: 'eager' },
    );
    expectTyped(await outcome(() => middleware({ update: { update_id: 1 } }, async () => {})));
  }
});

const OPTIONS = [
  'store',
  'initial',
  'prefix',
  'saveOnError',
  'maxWaitMs',
  'maxWaiting',
  'maxHoldMs',
  'leaseMs',
  'exclusive',
  'skipRedelivered',
  'maxBytes',
  'isolation',
  'schema',
  'onCorrupt',
  'onEvent',
  'unknown',
  '__proto__x',
  'constructor',
] as const;

describe('options', () => {
  test.each(OPTIONS)('%s takes what it is for, and refuses all else with a TypeError', async (name) => {
    for (const junk of JUNK)
      await expectRefusedOrWorks(
        () => new Sessions<Counter>({ initial: () => ({ n: 0 }), [name]: junk } as object),
      );
  });

  test.each(['prefix', 'ttlMs', 'codec', 'unknown'])('%s of RedisSessionStore as well', (name) => {
    const client = { evalsha() {}, eval() {}, options: {}, status: 'ready' };
    for (const junk of JUNK)
      expectTypedOrNone(thrownBy(() => new RedisSessionStore(client as never, { [name]: junk })));
  });

  test.each(['table', 'keyColumn', 'valueColumn', 'ttlMs', 'codec', 'unknown'])(
    '%s of SqliteSessionStore as well',
    (name) => {
      for (const junk of JUNK)
        expectTypedOrNone(thrownBy(() => new SqliteSessionStore(':memory:', { [name]: junk })));
    },
  );

  test('of any kind', () =>
    fc.assert(
      fc.asyncProperty(fc.constantFrom(...OPTIONS), fc.anything(), (name, value) =>
        expectRefusedOrWorks(
          () => new Sessions<Counter>({ initial: () => ({ n: 0 }), [name]: value } as object),
        ),
      ),
      seeded({ numRuns: runsOf(300, 3_000) }),
    ));
});

describe('a store', () => {
  test.each(titled)(
    'whatever it answers to get is data, none, or told, and is not overwritten: %s',
    async (_, junk) => {
      for (const answer of [junk, Promise.resolve(junk)]) await expectGetHarmless(() => answer);
    },
  );

  test.each(titled)('whatever it throws is told with it as the cause: %s', async (_, junk) => {
    for (const get of [
      () => {
        throw junk;
      },
      () => Promise.reject(junk),
    ]) {
      const failure = await outcome(() =>
        new Sessions({ store: { get, set() {}, delete() {} } }).run('k', () => {}),
      );
      expect(failure).toMatchObject({ code: 'SESSION_LOAD_FAILED' });
      expect((failure as SessionError).cause).toBe(junk);
      tried++;
    }
  });

  test('that answers anything', () =>
    fc.assert(
      fc.asyncProperty(
        fc.anything({ withDate: true, withMap: true, withSet: true, withNullPrototype: true }),
        (answer) => expectGetHarmless(() => answer),
      ),
      seeded({ numRuns: runsOf(300, 3_000) }),
    ));

  test.each(titled)(
    'whatever it answers to acquire, nobody hangs and nothing is written: %s',
    async (_, junk) => {
      const answers = [
        junk,
        { granted: junk },
        { granted: true, lease: junk, marks: junk, read: junk },
        { granted: false, remainingMs: junk, reserved: junk },
      ];
      for (const answer of answers) {
        const store = new Odd(answer as LeaseAnswer<Counter>, undefined);
        const sessions = new Sessions<Counter>({
          store,
          initial: () => ({ n: 0 }),
          leaseMs: 20,
          maxWaitMs: 20,
        });
        expectTyped(await outcome(() => sessions.run('k', ({ data }) => void data.n++)));
        expect(store.texts.size).toBe(0);
        store.odd = undefined;
        await expectAlive(sessions);
      }
    },
  );

  test.each(titled)('whatever it answers to commit, nobody hangs: %s', async (_, junk) => {
    for (const answer of [junk, { state: junk }, { state: 'done', next: junk }]) {
      const store = new Odd(undefined, answer);
      const sessions = new Sessions<Counter>({
        store,
        initial: () => ({ n: 0 }),
        leaseMs: 20,
        maxWaitMs: 200,
      });
      expectTypedOrNone(await outcome(() => sessions.run('k', ({ data }) => void data.n++)));
      store.oddCommit = undefined;
      await expectAlive(sessions);
    }
  });
});

/** A store with leases whose answers are wrong as long as a test wants that. */
class Odd extends LeasingStore<Counter> {
  constructor(
    public odd: LeaseAnswer<Counter> | undefined,
    public oddCommit: unknown,
  ) {
    super();
  }

  override async acquire(...args: Parameters<LeasingStore<Counter>['acquire']>) {
    return this.odd === undefined ? super.acquire(...args) : this.odd;
  }

  override async commit(...args: Parameters<LeasingStore<Counter>['commit']>) {
    return this.oddCommit === undefined ? super.commit(...args) : (this.oddCommit as never);
  }
}

/** A look at it writes nothing; whatever fails is typed. */
async function expectGetHarmless(get: () => unknown): Promise<void> {
  let writes = 0;
  const store = { get, set: () => void writes++, delete: () => void writes++ };
  const sessions = new Sessions<unknown>({ store: store as SessionStore });
  expectTypedOrNone(await outcome(() => sessions.run('k', (session) => void session.data)));
  expect(writes).toBe(0);
  expectTypedOrNone(await outcome(() => sessions.read('k')));
}

async function expectRefusedOrWorks(make: () => Sessions<Counter>): Promise<void> {
  let sessions: Sessions<Counter>;
  try {
    sessions = make();
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError);
    tried++;
    return;
  }
  expectTypedOrNone(await outcome(() => sessions.run('k', ({ data }) => void data)));
}

async function expectAlive(sessions: Sessions<Counter>): Promise<void> {
  await expect(sessions.update('alive', (data) => void data.n++)).resolves.toMatchObject({
    n: expect.any(Number),
  });
}

/** What a call was rejected with; `undefined` where it was not. */
async function outcome(call: () => unknown): Promise<unknown> {
  const late = new Promise((resolve) => setTimeout(() => resolve(new Error('It hangs.')), 5_000).unref());
  try {
    const failure = await Promise.race([Promise.resolve(call()).then(() => undefined), late]);
    return failure;
  } catch (error) {
    return error ?? new Error(`rejected with ${error}`);
  }
}

function thrownBy(call: () => unknown): unknown {
  try {
    call();
    return undefined;
  } catch (error) {
    return error;
  }
}

function expectTypedOrNone(failure: unknown): void {
  if (failure === undefined) tried++;
  else expectTyped(failure);
}

function expectTyped(failure: unknown): void {
  const isTyped =
    failure instanceof SessionError ? /^SESSION_[A-Z_]+$/.test(failure.code) : failure instanceof TypeError;
  expect(isTyped, String(failure)).toBe(true);
  tried++;
}

afterEach(() => {
  expect(({} as { polluted?: unknown }).polluted).toBe(undefined);
});
