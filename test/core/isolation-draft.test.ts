/** `isolation: 'draft'` keeps every promise that the copies keep, and says what a draft cannot do. */

import { MemorySessionStore, plainCopy, type SessionStore, Sessions } from '@sessiongram/core';
import { SqliteSessionStore } from '@sessiongram/sqlite';
import { beforeEach, describe, expect, test } from 'vitest';
import { useFolder } from '../stores/sqlite-drivers';
import { RecordingStore } from '../support/recording-store';

interface Shop {
  counter: number;
  cart: { name: string; tags: string[] }[];
  seen?: Date;
}

const initial = (): Shop => ({ counter: 0, cart: [{ name: 'tea', tags: [] }] });
const failure = new Error('the handler failed');
const closed = expect.objectContaining({ code: 'SESSION_CLOSED' });
const files = useFolder();

describe.each<[string, () => SessionStore]>([
  ['a MemorySessionStore', () => new MemorySessionStore()],
  ['a plain Map', () => new Map()],
  ['SQLite', () => files.folder.keep(new SqliteSessionStore(files.folder.file()))],
])('a draft on %s', (_, create) => {
  let sessions: Sessions<Shop>;

  beforeEach(() => {
    sessions = new Sessions<Shop>({ store: create(), initial, isolation: 'draft' });
  });

  test('keeps deep changes', async () => {
    await sessions.run('42:42', ({ data }) => {
      data.counter++;
      data.cart[0]?.tags.push('green');
      data.cart.push({ name: 'milk', tags: [] });
    });
    await sessions.run('42:42', ({ data }) => void data.cart[1]?.tags.unshift('whole'));
    expect(await sessions.read('42:42')).toEqual({
      counter: 1,
      cart: [
        { name: 'tea', tags: ['green'] },
        { name: 'milk', tags: ['whole'] },
      ],
    });
  });

  test('keeps nothing of a handler that throws', async () => {
    await sessions.update('42:42', (data) => void data.counter++);
    const before = await sessions.read('42:42');
    const run = sessions.run('42:42', ({ data }) => {
      data.cart[0]?.tags.push('lost');
      data.counter = 99;
      throw failure;
    });
    await expect(run).rejects.toBe(failure);
    expect(await sessions.read('42:42')).toEqual(before);
  });

  test('counts 500 concurrent updates, and each answers with data of its own', async () => {
    const add = (): Promise<Shop> =>
      sessions.update('42:42', async (data) => {
        const { counter } = data;
        await Promise.resolve();
        data.counter = counter + 1;
      });
    const answers = await Promise.all(Array.from({ length: 500 }, add));
    expect(answers.map(({ counter }) => counter)).toEqual(answers.map((_each, index) => index + 1));
    answers[0]?.cart.pop();
    expect(await sessions.read('42:42')).toEqual({ ...initial(), counter: 500 });
  });

  test('tells of a write deep inside after the update has ended', async () => {
    const kept = await sessions.run('42:42', ({ data }) => {
      data.counter = 1;
      return data;
    });
    expect(() => kept.cart[0]?.tags.push('late')).toThrow(closed);
    expect(() => {
      kept.counter = 2;
    }).toThrow(closed);
    expect(kept.counter).toBe(1);
    expect(await sessions.read('42:42')).toEqual({ ...initial(), counter: 1 });
  });

  test('goes on after save(), reload() and release()', async () => {
    await sessions.run('42:42', async (session) => {
      session.data.counter = 1;
      await session.save();
      session.data.cart[0]?.tags.push('dropped');
      await session.reload();
      await session.release(() => sessions.update('42:42', (data) => void data.counter++));
      session.data.counter++;
    });
    expect(await sessions.read('42:42')).toEqual({ ...initial(), counter: 3 });
  });
});

describe('a draft', () => {
  let store: RecordingStore<Shop>;
  let sessions: Sessions<Shop>;

  beforeEach(() => {
    store = new RecordingStore();
    store.values.set('42:42', initial());
    sessions = new Sessions<Shop>({ store, isolation: 'draft' });
  });

  test.each<[string, (session: { data: Shop }) => unknown]>([
    ['was only read', ({ data }) => JSON.stringify(data)],
    ['got what it had', ({ data }) => Object.assign(data, { counter: 0 })],
    [
      'was changed and changed back',
      ({ data }) => [data.cart.push({ name: 'x', tags: [] }), data.cart.pop()],
    ],
    ['was replaced by an equal value', (session) => Object.assign(session, { data: initial() })],
  ])('that %s is not written', async (_, visit) => {
    await sessions.run('42:42', visit);
    expect(store.writes).toEqual([]);
  });

  test('shows a Date that may be changed in place', async () => {
    store.values.set('42:42', { ...initial(), seen: new Date(0) });
    await sessions.run('42:42', ({ data }) => void data.seen?.setTime(7));
    expect(store.values.get('42:42')?.seen).toEqual(new Date(7));
  });

  test('is no plain object to structuredClone, and plainCopy() makes one of it', async () => {
    let cloned = 0;
    await sessions.run('42:42', ({ data }) => {
      expect(() => structuredClone(data)).toThrow(expect.objectContaining({ name: 'DataCloneError' }));
      expect(structuredClone(plainCopy(data))).toEqual(initial());
      cloned++;
    });
    expect(cloned).toBe(1);
  });
});

test('an isolation that there is not is refused', () => {
  expect(() => new Sessions({ isolation: 'none' as never })).toThrow(
    new TypeError(`new Sessions(): option "isolation" must be 'copy' or 'draft', but got "none".`),
  );
});

test('what was taken of a session before reload() refuses writes, which would be lost', async () => {
  const sessions = new Sessions<Shop>({ initial, isolation: 'draft' });
  let refused: unknown;
  await sessions.run('42:42', async (session) => {
    const before = session.data;
    await session.reload();
    try {
      before.counter++;
    } catch (error) {
      refused = error;
    }
  });
  expect(refused).toEqual(closed);
});

test('a session that nests itself deeper with each update is refused before it cannot be read any more', async () => {
  const sessions = new Sessions<{ prev?: unknown }>({ initial: () => ({}), isolation: 'draft' });
  let refused: unknown;
  for (let id = 0; id < 1_100 && refused === undefined; id++) {
    await sessions
      .run('42:42', (session) => {
        session.data = { prev: session.data };
      })
      .catch((error) => {
        refused = error;
      });
  }
  expect(refused).toMatchObject({ code: 'SESSION_INVALID' });
  expect(await sessions.read('42:42')).toBeDefined();
});

test('a save() that has failed leaves in doubt what is stored: what was there before is written again', async () => {
  const store = new RecordingStore<{ counter: number }>();
  store.values.set('42:42', { counter: 5 });
  const failing = {
    get: (key: string) => store.values.get(key),
    set(key: string, value: { counter: number }) {
      store.values.set(key, value);
      if (value.counter === 6) throw new Error('the answer got lost');
    },
    delete() {},
  };
  const sessions = new Sessions<{ counter: number }>({ store: failing, isolation: 'draft' });
  await sessions.run('42:42', async (session) => {
    session.data.counter = 6;
    await session.save().catch(() => {});
    session.data.counter = 5;
  });
  expect(store.values.get('42:42')).toEqual({ counter: 5 });
});

test('update() tells of what cannot be stored as run() does', async () => {
  const sessions = new Sessions<{ f?: unknown }>({ initial: () => ({}), isolation: 'draft' });
  const update = sessions.update('42:42', (data) => {
    data.f = () => 1;
  });
  await expect(update).rejects.toMatchObject({ name: 'SessionError', code: 'SESSION_INVALID', key: '42:42' });
});
