/** Only what changed is written. */

import { Sessions } from '@sessiongram/core';
import { beforeEach, describe, expect, test } from 'vitest';
import { RecordingStore } from '../support/recording-store';

interface Profile {
  visits: number;
  list: { n: number }[];
  map: Map<string, { n: number }>;
  set: Set<unknown>;
  at: Date;
  deep: { deeper: { n: number; gone?: string } };
  bytes: Uint8Array;
  maybe: string | undefined;
}

const profile = (): Profile => ({
  visits: 1,
  list: [{ n: 1 }, { n: 2 }],
  map: new Map([['a', { n: 1 }]]),
  set: new Set<unknown>(['a', 'b']),
  at: new Date(1_000),
  deep: { deeper: { n: 1, gone: 'soon' } },
  bytes: new Uint8Array([1, 2, 3]),
  maybe: undefined,
});

let store: RecordingStore<Profile>;
let sessions: Sessions<Profile>;

beforeEach(() => {
  store = new RecordingStore();
  store.values.set('42:42', profile());
  sessions = new Sessions<Profile>({ store });
});

describe('no write and one read', () => {
  const harmless: [name: string, visit: (session: { data: Profile }) => unknown][] = [
    ['an untouched session', () => {}],
    ['a session that was only read', (session) => structuredClone(session.data)],
    [
      'an equal value that was assigned',
      (session) => {
        session.data = profile();
      },
    ],
    [
      'its own value that was assigned',
      (session) => {
        // biome-ignore lint/correctness/noSelfAssign: what a handler may do
        session.data = session.data;
      },
    ],
    [
      'a change that was taken back',
      ({ data }) => {
        data.list.push({ n: 3 });
        data.map.set('b', { n: 2 });
        data.list.pop();
        data.map.delete('b');
      },
    ],
    [
      'members that were set to what they were',
      ({ data }) => {
        data.visits = 1;
        data.at = new Date(1_000);
        data.set = new Set(['a', 'b']);
      },
    ],
  ];

  test.each(harmless)('for %s', async (_, visit) => {
    await sessions.run('42:42', visit);
    expect(store.commands).toEqual(['get 42:42']);
  });
});

describe('one write', () => {
  const changes: [name: string, change: (data: Profile) => unknown][] = [
    ['a member', (data) => data.visits++],
    ['an item that was pushed', (data) => data.list.push({ n: 3 })],
    ['an item that was removed', (data) => data.list.pop()],
    ['the order of items', (data) => data.list.reverse()],
    [
      'a member of an item',
      (data) => {
        for (const item of data.list) item.n = 0;
      },
    ],
    ['an entry that was added to a Map', (data) => data.map.set('b', { n: 1 })],
    ['an entry that was removed from a Map', (data) => data.map.delete('a')],
    [
      'a member of an entry of a Map',
      (data) => {
        for (const entry of data.map.values()) entry.n++;
      },
    ],
    ['a value that was added to a Set', (data) => data.set.add('c')],
    ['a value that was removed from a Set', (data) => data.set.delete('a')],
    ['a Set that was emptied', (data) => data.set.clear()],
    ['a Date that was turned', (data) => data.at.setTime(2_000)],
    ['a member of an object inside an object', (data) => data.deep.deeper.n++],
    ['a member that was deleted', (data) => delete data.deep.deeper.gone],
    ['an undefined member that was deleted', (data) => delete (data as Partial<Profile>).maybe],
    ['a member that was added with the value undefined', (data) => Object.assign(data, { more: undefined })],
    ['a byte', (data) => data.bytes.fill(0, 0, 1)],
    ['the type of a member', (data) => Object.assign(data, { visits: '1' })],
    ['null in place of undefined', (data) => Object.assign(data, { maybe: null })],
    ['a number that became NaN', (data) => Object.assign(data, { visits: Number.NaN })],
  ];

  test.each(changes)('for %s', async (_, change) => {
    await sessions.run('42:42', (session) => void change(session.data));
    expect(store.commands).toEqual(['get 42:42', 'set 42:42']);
    const expected = profile();
    change(expected);
    expect(store.values.get('42:42')).toStrictEqual(expected);
  });

  test('for all changes of one handler together', async () => {
    await sessions.run('42:42', async (session) => {
      for (const [, change] of changes) {
        change(session.data);
        await null;
      }
    });
    expect(store.writes).toEqual(['set 42:42']);
  });

  test('for the first change, and none for the same again', async () => {
    for (let round = 0; round < 3; round++) {
      await sessions.run('42:42', (session) => {
        session.data.visits = 2;
      });
    }
    expect(store.writes).toEqual(['set 42:42']);
  });
});

describe('one delete', () => {
  test.each([[null], [undefined]])('for a session that was assigned %s', async (nothing) => {
    await sessions.run('42:42', (session) => {
      session.data = nothing;
    });
    expect(store.commands).toEqual(['get 42:42', 'delete 42:42']);
    expect(store.values.size).toBe(0);
  });

  test('and no write for a session that was changed first', async () => {
    await sessions.run('42:42', (session) => {
      session.data.visits++;
      session.data = null;
    });
    expect(store.writes).toEqual(['delete 42:42']);
  });

  test('is not what a session gets that was deleted and assigned again', async () => {
    await sessions.run('42:42', (session) => {
      session.data = null;
      session.data = { ...profile(), visits: 5 };
    });
    expect(store.writes).toEqual(['set 42:42']);
  });
});

describe('a new session', () => {
  const initial = profile;
  beforeEach(() => {
    store.values.clear();
    sessions = new Sessions<Profile>({ store, initial });
  });

  test('is not stored as long as it is what initial made', async () => {
    const seen = await sessions.run('42:42', (session) => session.data);
    expect(seen).toEqual(profile());
    expect(store.commands).toEqual(['get 42:42']);
  });

  test('is not stored when what was assigned equals what initial makes', async () => {
    await sessions.run('42:42', (session) => {
      session.data = profile();
    });
    expect(store.writes).toEqual([]);
  });

  test('is stored once when it was changed', async () => {
    await sessions.run('42:42', (session) => void session.data.list.push({ n: 3 }));
    await sessions.run('42:42', (session) => void session.data.list.length);
    expect(store.commands).toEqual(['get 42:42', 'set 42:42', 'get 42:42']);
    expect(store.values.get('42:42')?.list).toHaveLength(3);
  });

  test('is compared with what initial made, also where initial makes the same object each time', async () => {
    const shared = profile();
    const careless = new Sessions<Profile>({ store, initial: () => shared });
    await careless.run('1:1', (session) => void session.data.list.pop());
    const seen = await careless.run('2:2', (session) => session.data);
    expect(seen).toEqual(profile());
    expect(store.writes).toEqual(['set 1:1']);
    expect(shared).toEqual(profile());
  });

  test('without initial is undefined, and is stored when it was assigned', async () => {
    const bare = new Sessions<Profile>({ store });
    const before = await bare.run('42:42', (session) => {
      const { data } = session;
      session.data = profile();
      return data;
    });
    expect(before).toBeUndefined();
    expect(store.writes).toEqual(['set 42:42']);
  });

  test('is not deleted for having been looked at, where initial makes null', async () => {
    const nullable = new Sessions<Profile | null>({ store, initial: () => null });
    const seen = await nullable.run('42:42', (session) => session.data);
    expect(seen).toBeNull();
    expect(store.writes).toEqual([]);
  });

  test('that was assigned null costs no delete: nothing is stored', async () => {
    await sessions.run('42:42', (session) => {
      session.data = null;
    });
    expect(store.writes).toEqual([]);
  });
});

describe('falsy data', () => {
  test.each([[0], [''], [false], [Number.NaN], [0n]])('%o is stored, read and not new', async (falsy) => {
    const values = new RecordingStore<unknown>();
    const plain = new Sessions<unknown>({ store: values, initial: () => 'none yet' });
    await plain.update('42:42', () => falsy);
    const seen = await plain.run('42:42', (session) => [session.data, session.isNew]);
    expect(seen).toEqual([falsy, false]);
    expect(await plain.read('42:42')).toBe(falsy);
    expect(values.commands).toEqual(['get 42:42', 'set 42:42', 'get 42:42', 'get 42:42']);
  });

  test('null from a store counts as absent', async () => {
    const none = { get: () => null as unknown as Profile, set: () => {}, delete: () => {} };
    const fresh = new Sessions<Profile>({ store: none, initial: profile });
    const seen = await fresh.run('42:42', (session) => [session.isNew, session.data.visits]);
    expect(seen).toEqual([true, 1]);
    await expect(fresh.read('42:42')).resolves.toBeUndefined();
  });
});
