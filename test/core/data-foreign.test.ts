/** Data that others have made, and may hold or change: nothing of it is taken for a copy of the engine's own. */

import { MemorySessionStore, Sessions, withMigrations } from '@sessiongram/core';
import { describe, expect, test, vi } from 'vitest';
import type { SchemaLike } from '../../packages/core/src/schema';
import { LeasingStore } from '../support/leasing-store';
import { RecordingStore } from '../support/recording-store';

interface Pair {
  counter: number;
  owner: { n: number };
  payer: { n: number };
}

const KEY = '42:42';
const paired = (): Pair => ((one) => ({ counter: 0, owner: one, payer: one }))({ n: 1 });

/** Answers one object in two places, whatever it is given. */
const pairing: SchemaLike<Pair> = {
  '~standard': { version: 1, vendor: 'test', validate: () => ({ value: paired() }) },
};

/** Answers one object in two places, whatever is stored. */
class PairStore extends MemorySessionStore<Pair> {
  override get(): Pair {
    return paired();
  }
}

describe('one object in two places stays one', () => {
  test.each<[who: string, engine: () => Sessions<Pair>]>([
    [
      'a schema',
      () => new Sessions<Pair>({ store: filled(new MemorySessionStore<Pair>()), schema: pairing }),
    ],
    ['a subclass of the memory store', () => new Sessions<Pair>({ store: filled(new PairStore()) })],
  ])('where %s has made it', async (_, engine) => {
    expect(await engine().run(KEY, ({ data }) => data.owner === data.payer)).toBe(true);
  });

  function filled(store: MemorySessionStore<Pair>): MemorySessionStore<Pair> {
    store.set(KEY, { counter: 0, owner: { n: 1 }, payer: { n: 1 } });
    return store;
  }
});

test('what a store is given has no part of what it has answered', async () => {
  const store = new RecordingStore<Pair>();
  const answered: Pair = { counter: 0, owner: { n: 1 }, payer: { n: 2 } };
  store.values.set(KEY, answered);
  await new Sessions<Pair>({ store }).update(KEY, (data) => void data.counter++);
  const given = store.values.get(KEY) as Pair;
  expect(given).toEqual({ ...answered, counter: 1 });
  expect(given.owner).not.toBe(answered.owner);
});

describe('onCorrupt', () => {
  const schema: SchemaLike<Pair> = {
    '~standard': {
      version: 1,
      vendor: 'test',
      validate: (value) =>
        typeof (value as Pair).counter === 'number'
          ? { value: value as Pair }
          : { issues: [{ message: 'no number' }] },
    },
  };
  const fallback = (counter: number): Pair => ({ counter, owner: { n: 1 }, payer: { n: 2 } });

  function broken() {
    const store = new RecordingStore<Pair>();
    store.values.set(KEY, {} as Pair);
    const mine = fallback(7);
    const onCorrupt = vi.fn(() => mine);
    return { store, mine, onCorrupt, sessions: new Sessions<Pair>({ store, schema, onCorrupt }) };
  }

  test('may return an object that it goes on to change', async () => {
    const { store, mine, sessions } = broken();
    await sessions.run(KEY, () => {});
    mine.counter = 99;
    expect(store.values.get(KEY)).toEqual(fallback(7));
  });

  test('has its repair written once, by save(), and what is saved after it stays', async () => {
    const { store, onCorrupt, sessions } = broken();
    await sessions.run(KEY, async (session) => {
      await session.save();
      session.data.counter++;
      await session.save();
    });
    expect(store.values.get(KEY)).toEqual(fallback(8));
    expect(store.writes).toEqual([`set ${KEY}`, `set ${KEY}`]);
    expect(onCorrupt).toHaveBeenCalledTimes(1);
  });

  test('has its repair written once, by release(), and what others write after it stays', async () => {
    const { store, onCorrupt, sessions } = broken();
    await sessions.run(KEY, (session) =>
      session.release(async () => {
        await sessions.update(KEY, (data) => void data.counter++);
      }),
    );
    expect(store.values.get(KEY)).toEqual(fallback(8));
    expect(onCorrupt).toHaveBeenCalledTimes(1);
  });

  test('has its repair forgotten where reload() finds data that fit', async () => {
    const { store, sessions } = broken();
    await sessions.run(KEY, async (session) => {
      store.values.set(KEY, fallback(5));
      await session.reload();
    });
    expect(store.values.get(KEY)).toEqual(fallback(5));
    expect(store.writes).toEqual([]);
  });
});

test('an update that was handled through a store is known through its wrapper', async () => {
  const store = new Map<string, { counter: number }>();
  const wrapped = withMigrations(store, { version: 0, migrations: {} });
  let runs = 0;
  for (const each of [store, wrapped]) {
    const sessions = new Sessions<{ counter: number }>({ store: each, skipRedelivered: true });
    await sessions.visit(KEY, () => void runs++, undefined, { update_id: 7 });
  }
  expect(runs).toBe(1);
});

test('maxBytes holds for a store that encodes also with exclusive "process"', async () => {
  const store = new LeasingStore<{ text: string }>();
  const initial = (): { text: string } => ({ text: '' });
  const sessions = new Sessions<{ text: string }>({ store, initial, exclusive: 'process', maxBytes: 100 });
  const refused = sessions.update(KEY, (data) => void Object.assign(data, { text: 'x'.repeat(200) }));
  await expect(refused).rejects.toMatchObject({ code: 'SESSION_TOO_LARGE' });
  expect(store.commands).toEqual([`get ${KEY}`, `set ${KEY}`]);
  expect(store.texts.size).toBe(0);
});
