/** A schema vets what is loaded and what is saved; `onCorrupt` repairs what does not pass. */

import { MemorySessionStore, type SessionStore, Sessions } from '@sessiongram/core';
import { type } from 'arktype';
import * as v from 'valibot';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import type { SchemaLike } from '../../packages/core/src/schema';
import { RecordingStore } from '../support/recording-store';

interface Shop {
  counter: number;
  cart: string[];
}

const initial = (): Shop => ({ counter: 0, cart: [] });
const invalid = expect.objectContaining({ code: 'SESSION_INVALID', key: '42:42' });

/** Answers later, as a schema that asks a database does. */
const slowly: SchemaLike<Shop> = {
  '~standard': {
    version: 1,
    vendor: 'slow',
    validate: async (value) =>
      typeof (value as Shop).counter === 'number'
        ? { value: value as Shop }
        : { issues: [{ message: 'no number', path: ['counter'] }] },
  },
};

const schemas: [string, SchemaLike<Shop>][] = [
  ['zod', z.object({ counter: z.number(), cart: z.array(z.string()) })],
  ['valibot', v.object({ counter: v.number(), cart: v.array(v.string()) })],
  ['arktype', type({ counter: 'number', cart: 'string[]' })],
  ['an asynchronous schema', slowly],
];

let store: RecordingStore<unknown>;

beforeEach(() => {
  store = new RecordingStore();
});

const engine = (options: ConstructorParameters<typeof Sessions<Shop>>[0]): Sessions<Shop> =>
  new Sessions<Shop>({ store: store as SessionStore, initial, ...options });

describe.each(schemas)('a schema of %s', (_, schema) => {
  test('lets data pass that fit, and writes nothing when nothing has changed', async () => {
    store.values.set('42:42', { counter: 1, cart: ['tea'] });
    const sessions = engine({ schema });
    expect(await sessions.run('42:42', ({ data }) => data)).toEqual({ counter: 1, cart: ['tea'] });
    expect(await sessions.read('42:42')).toEqual({ counter: 1, cart: ['tea'] });
    expect(store.writes).toEqual([]);
  });

  test('refuses stored data that do not fit, and they stay', async () => {
    store.values.set('42:42', { counter: 'SECRET', cart: [] });
    const sessions = engine({ schema });
    let runs = 0;
    const run = sessions.run('42:42', () => void runs++);
    await expect(run).rejects.toEqual(invalid);
    await expect(run).rejects.toThrow(/schema does not accept session\.counter\./);
    await expect(sessions.read('42:42')).rejects.toEqual(invalid);
    expect(runs).toBe(0);
    expect(store.writes).toEqual([]);
  });

  test('refuses what a handler leaves that does not fit, the old data stay, and the next update works', async () => {
    store.values.set('42:42', { counter: 1, cart: [] });
    const sessions = engine({ schema });
    const run = sessions.run('42:42', ({ data }) => void Object.assign(data, { counter: 'SECRET' }));
    await expect(run).rejects.toEqual(invalid);
    expect(store.writes).toEqual([]);
    await sessions.update('42:42', (data) => void data.counter++);
    expect(store.values.get('42:42')).toEqual({ counter: 2, cart: [] });
  });

  test('says nothing of the data in its errors', async () => {
    store.values.set('42:42', { counter: 'SECRET', cart: [] });
    const error = await engine({ schema })
      .read('42:42')
      .catch((reason: unknown) => reason);
    const { inspect } = await import('node:util');
    expect(inspect(error, { depth: 9 })).not.toContain('SECRET');
    expect(JSON.stringify(error)).not.toContain('SECRET');
  });

  test('is asked by save() as well', async () => {
    const sessions = engine({ schema });
    await sessions.run('42:42', async (session) => {
      session.data.counter = 1;
      await session.save();
      Object.assign(session.data, { counter: 'SECRET' });
      await expect(session.save()).rejects.toEqual(invalid);
      session.data.counter = 2;
    });
    expect(store.values.get('42:42')).toEqual({ counter: 2, cart: [] });
  });
});

test('what a schema adds to old data is there, and is written with the next change', async () => {
  store.values.set('42:42', { counter: 1 });
  const schema = z.object({ counter: z.number(), cart: z.array(z.string()).default(['new']) });
  const sessions = engine({ schema });
  expect(await sessions.run('42:42', ({ data }) => data)).toEqual({ counter: 1, cart: ['new'] });
  expect(store.writes).toEqual([]);
  await sessions.update('42:42', (data) => void data.counter++);
  expect(store.values.get('42:42')).toEqual({ counter: 2, cart: ['new'] });
});

test('a schema that changes what it is given does not change what is stored', async () => {
  const memory = new MemorySessionStore<unknown>();
  memory.set('42:42', { counter: 1, cart: [] });
  const careless: SchemaLike<Shop> = {
    '~standard': {
      version: 1,
      vendor: 'careless',
      validate: (value) => ({ value: Object.assign(value as Shop, { counter: 99 }) }),
    },
  };
  const sessions = engine({ store: memory as SessionStore, schema: careless });
  expect(await sessions.run('42:42', ({ data }) => data.counter)).toBe(99);
  expect(memory.get('42:42')).toEqual({ counter: 1, cart: [] });
  await sessions.run('43:43', ({ data }) => void Object.assign(data, { counter: 5 }));
  expect(memory.get('43:43')).toEqual({ counter: 5, cart: [] });
});

test('a schema that throws is told, with its error as the cause', async () => {
  const failure = new Error('the schema failed');
  store.values.set('42:42', { counter: 1, cart: [] });
  const throwing: SchemaLike<Shop> = {
    '~standard': {
      version: 1,
      vendor: 'throwing',
      validate: () => {
        throw failure;
      },
    },
  };
  await expect(engine({ schema: throwing }).read('42:42')).rejects.toMatchObject({
    code: 'SESSION_INVALID',
    cause: failure,
  });
});

describe('onCorrupt', () => {
  const away = new Error('the handler failed');
  const schema = z.object({ counter: z.number(), cart: z.array(z.string()) });
  const broken = { counter: 'many', cart: [] };

  test('is given what is stored and the error, and its answer is the session, stored when the handler is done', async () => {
    store.values.set('42:42', broken);
    const onCorrupt = vi.fn(() => ({ counter: 7, cart: [] }));
    const sessions = engine({ schema, onCorrupt });
    expect(await sessions.run('42:42', ({ data }) => data.counter)).toBe(7);
    expect(onCorrupt.mock.calls).toEqual([[broken, invalid]]);
    expect(store.values.get('42:42')).toEqual({ counter: 7, cart: [] });
    expect(store.writes).toEqual(['set 42:42']);
  });

  test.each([
    [
      'a handler that throws',
      (sessions: Sessions<Shop>) => sessions.run('42:42', () => Promise.reject(away)),
    ],
    ['a mere read()', (sessions: Sessions<Shop>) => sessions.read('42:42').then(() => Promise.reject(away))],
  ])('that repairs in place what it is given changes nothing that is stored, with %s', async (_, use) => {
    const memory = new MemorySessionStore<unknown>();
    memory.set('42:42', broken);
    const onCorrupt = (raw: unknown): Shop => Object.assign(raw as Shop, { counter: 7 });
    const sessions = engine({ store: memory as SessionStore, schema, onCorrupt });
    await expect(use(sessions)).rejects.toBe(away);
    expect(memory.get('42:42')).toEqual(broken);
  });

  test('what the handler changes is stored with the repair, in one write', async () => {
    store.values.set('42:42', broken);
    const sessions = engine({ schema, onCorrupt: async () => ({ counter: 7, cart: [] }) });
    await sessions.update('42:42', (data) => void data.counter++);
    expect(store.values.get('42:42')).toEqual({ counter: 8, cart: [] });
    expect(store.writes).toEqual(['set 42:42']);
  });

  test('a handler that throws leaves the broken data as they are', async () => {
    store.values.set('42:42', broken);
    const sessions = engine({ schema, onCorrupt: initial });
    const failure = new Error('the handler failed');
    const run = sessions.run('42:42', () => {
      throw failure;
    });
    await expect(run).rejects.toBe(failure);
    expect(store.values.get('42:42')).toEqual(broken);
    expect(store.writes).toEqual([]);
  });

  test.each([null, undefined])(
    'that answers %s starts a new session, and the old one is gone when the handler is done',
    async (answer) => {
      store.values.set('42:42', broken);
      const sessions = engine({ schema, onCorrupt: () => answer });
      expect(await sessions.run('42:42', ({ isNew, data }) => [isNew, data])).toEqual([true, initial()]);
      expect(store.values.has('42:42')).toBe(false);
    },
  );

  test('is asked by read(), which writes nothing', async () => {
    store.values.set('42:42', broken);
    const sessions = engine({ schema, onCorrupt: () => ({ counter: 7, cart: [] }) });
    expect(await sessions.read('42:42')).toEqual({ counter: 7, cart: [] });
    expect(store.writes).toEqual([]);
  });

  test('that answers what does not fit either is told, and the data stay', async () => {
    store.values.set('42:42', broken);
    const sessions = engine({ schema, onCorrupt: () => ({ counter: 'still' }) as never });
    await expect(sessions.read('42:42')).rejects.toThrow(/what "onCorrupt" has returned/);
    expect(store.writes).toEqual([]);
  });

  test('that answers what cannot be stored is told, and the data stay', async () => {
    store.values.set('42:42', broken);
    const onCorrupt = (): Shop => Object.assign(initial(), { total: () => 7 });
    const sessions = engine({ schema: z.looseObject(schema.shape), onCorrupt });
    for (const use of [sessions.run('42:42', () => {}), sessions.read('42:42')]) {
      await expect(use).rejects.toEqual(invalid);
      await expect(use).rejects.toThrow(/"onCorrupt" must return .* data\.total is a function/);
    }
    expect(store.writes).toEqual([]);
  });

  test('that throws the error it was given passes it on', async () => {
    store.values.set('42:42', broken);
    const rethrow = (_: unknown, error: Error): never => {
      throw error;
    };
    const run = engine({ schema, onCorrupt: rethrow }).read('42:42');
    await expect(run).rejects.toEqual(invalid);
    await expect(run).rejects.toThrow(/schema does not accept/);
  });

  test('that fails is told, with its error as the cause', async () => {
    store.values.set('42:42', broken);
    const failure = new Error('the repair failed');
    const onCorrupt = (): never => {
      throw failure;
    };
    await expect(engine({ schema, onCorrupt }).read('42:42')).rejects.toMatchObject({
      code: 'SESSION_INVALID',
      cause: failure,
    });
  });

  test('repairs text that a store cannot decode, of which it is given the raw text', async () => {
    const corrupt = Object.assign(new Error('no JSON'), { code: 'VALUE_CORRUPT', raw: '{"counter":' });
    const onCorrupt = vi.fn(() => ({ counter: 1, cart: [] }));
    const undecodable: SessionStore = {
      get: () => Promise.reject(corrupt),
      set: (key, value) => store.set(key, value),
      delete: () => {},
    };
    await engine({ store: undecodable, onCorrupt }).update('42:42', (data) => void data.counter++);
    expect(onCorrupt.mock.calls).toEqual([
      ['{"counter":', expect.objectContaining({ code: 'SESSION_CORRUPT' })],
    ]);
    expect(store.values.get('42:42')).toEqual({ counter: 2, cart: [] });
  });

  test.each([
    ['VALUE_UNDECRYPTABLE', 'SESSION_DECRYPT_FAILED'],
    ['VALUE_NEWER', 'SESSION_LOAD_FAILED'],
    [undefined, 'SESSION_LOAD_FAILED'],
  ])('is not asked about a failure of the code %s', async (code, expected) => {
    const onCorrupt = vi.fn(initial);
    const failing: SessionStore = {
      get: () => Promise.reject(Object.assign(new Error('no'), { code })),
      set: () => {},
      delete: () => {},
    };
    await expect(engine({ store: failing, onCorrupt }).read('42:42')).rejects.toMatchObject({
      code: expected,
    });
    expect(onCorrupt).not.toHaveBeenCalled();
  });
});

test.each([
  ['schema', { parse: () => {} }],
  ['onCorrupt', 'reset'],
  ['onEvent', {}],
])('option %s of a wrong type is refused at once', (name, value) => {
  expect(() => new Sessions({ [name]: value })).toThrow(new RegExp(`option "${name}" must be`));
});

test.each([undefined, initial])(
  'what no session can be is refused as it is without a schema, whatever onCorrupt is',
  async (onCorrupt) => {
    store.values.set('42:42', { ...initial(), total: () => 7 });
    const sessions = engine({ schema: z.looseObject({}) as never, ...(onCorrupt && { onCorrupt }) });
    for (const use of [sessions.run('42:42', ({ data }) => data), sessions.read('42:42')])
      await expect(use).rejects.toMatchObject({ name: 'SessionError', code: 'SESSION_CORRUPT' });
  },
);

test('a schema that answers nothing is told of, and nothing is written', async () => {
  const store = new Map<string, unknown>([['42:42', { counter: 1 }]]);
  const schema = { '~standard': { version: 1, vendor: 'none', validate: () => undefined } } as never;
  const sessions = new Sessions({ store, schema });
  await expect(sessions.run('42:42', () => {})).rejects.toMatchObject({
    code: 'SESSION_INVALID',
    cause: expect.objectContaining({ message: expect.stringContaining('{ value } or { issues }') }),
  });
  expect(store.get('42:42')).toEqual({ counter: 1 });
});
