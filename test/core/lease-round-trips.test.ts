/** What an update costs on a store with leases, and what becomes of its data: saved, kept, reloaded, deleted. */

import { type Middleware, middlewareOf, type SessionOptions, Sessions } from '@sessiongram/core';
import { beforeEach, describe, expect, test } from 'vitest';
import { Turns } from '../../packages/core/src/turns';
import { LeasingStore } from '../support/leasing-store';
import { deferred } from '../support/recording-store';

interface Counter {
  counter: number;
}

interface Context {
  readonly update: object;
  session: Counter & Promise<Counter>;
}

const initial = (): Counter => ({ counter: 0 });

let store: LeasingStore<Counter>;
let sessions: Sessions<Counter>;

beforeEach(() => {
  store = new LeasingStore();
  sessions = new Sessions<Counter>({ store, initial });
});

const middleware = (mode: 'eager' | 'lazy', options: SessionOptions<Counter, Context>): Middleware<Context> =>
  middlewareOf<Counter, Context>(
    { getSessionKey: () => '42:42', ...options },
    { where: 'session()', mode, onMissingKey: 'throw' },
  );

/** Whether nobody has the lease of a key. */
const isFree = (key: string): boolean => store.locks.get(key)?.token === undefined;

const stored = (): unknown => JSON.parse(store.texts.get('42:42') ?? 'null');

describe('round trips', () => {
  test('a changed session costs two', async () => {
    await sessions.update('42:42', (data) => void data.counter++);
    expect(store.commands).toEqual(['acquire 42:42', 'commit set 42:42']);
    expect(stored()).toEqual({ counter: 1 });
    expect(isFree('42:42')).toBe(true);
  });

  test('a deleted session costs two', async () => {
    await sessions.update('42:42', (data) => void data.counter++);
    store.commands.length = 0;
    await sessions.update('42:42', () => null);
    expect(store.commands).toEqual(['acquire 42:42', 'commit delete 42:42']);
    expect(store.texts.has('42:42')).toBe(false);
  });

  test('an untouched one gives its lease back, and nobody waits for that', async () => {
    const held = deferred();
    store.before = (command) => (command.startsWith('commit') ? held.promise : undefined);
    await middleware('eager', { sessions })({ update: {} } as Context, async () => {});
    expect(store.commands).toEqual(['acquire 42:42', 'commit none 42:42']);
    expect(isFree('42:42')).toBe(false);
    held.resolve();
    await sessions.close();
    expect(isFree('42:42')).toBe(true);
    expect(store.texts.has('42:42')).toBe(false);
  });

  test('one that was looked at and left as it was gives its lease back without a value', async () => {
    await sessions.run('42:42', ({ data }) => data.counter);
    await sessions.close();
    expect(store.commands).toEqual(['acquire 42:42', 'commit none 42:42']);
  });

  test('a lazy session that is never looked at costs none', async () => {
    await middleware('lazy', { sessions })({ update: {} } as Context, async () => {});
    expect(store.commands).toEqual([]);
    expect(Turns.of(store).size).toBe(0);
  });

  test('a lazy session that is changed costs two', async () => {
    const ctx = { update: {} } as Context;
    await middleware('lazy', { sessions })(ctx, async () => void (await ctx.session).counter++);
    expect(store.commands).toEqual(['acquire 42:42', 'commit set 42:42']);
  });

  test('read takes neither turn nor lease', async () => {
    const holds = deferred();
    const running = sessions.run('42:42', async ({ data }) => {
      data.counter++;
      await holds.promise;
    });
    await expect(sessions.read('42:42')).resolves.toBeUndefined();
    holds.resolve();
    await running;
    await expect(sessions.read('42:42')).resolves.toEqual({ counter: 1 });
    expect(store.commands).toEqual(['acquire 42:42', 'get 42:42', 'commit set 42:42', 'get 42:42']);
  });

  test('with exclusive process the store is only read and written', async () => {
    const alone = new Sessions<Counter>({ store, initial, exclusive: 'process' });
    await alone.update('42:42', (data) => void data.counter++);
    await alone.delete('42:42');
    expect(store.commands).toEqual(['get 42:42', 'set 42:42', 'delete 42:42']);
    expect(store.locks.size).toBe(0);
  });

  test('a prefix stands before the key in every command', async () => {
    const prefixed = new Sessions<Counter>({ store, initial, prefix: 'bot:' });
    await prefixed.update('42:42', (data) => void data.counter++);
    expect(store.commands).toEqual(['acquire bot:42:42', 'commit set bot:42:42']);
  });
});

describe('a handler that throws', () => {
  const failure = new Error('the handler failed');
  const failing = (data: Counter): never => {
    data.counter = 99;
    throw failure;
  };

  test('changes nothing, leaves no mark and gives the lease back', async () => {
    await sessions.update('42:42', () => ({ counter: 1 }));
    const { marks } = store.locks.get('42:42') ?? {};
    await expect(sessions.update('42:42', failing)).rejects.toBe(failure);
    await sessions.close();
    expect(store.commands.slice(2)).toEqual(['acquire 42:42', 'commit none 42:42']);
    expect(stored()).toEqual({ counter: 1 });
    expect(store.locks.get('42:42')?.marks).toBe(marks);
    expect(isFree('42:42')).toBe(true);
  });

  test('keeps its changes with saveOnError', async () => {
    const saving = new Sessions<Counter>({ store, initial, saveOnError: true });
    await expect(saving.update('42:42', failing)).rejects.toBe(failure);
    expect(store.commands).toEqual(['acquire 42:42', 'commit set 42:42']);
    expect(stored()).toEqual({ counter: 99 });
    expect(isFree('42:42')).toBe(true);
  });

  test('keeps what it has saved before', async () => {
    const run = sessions.run('42:42', async (session) => {
      session.data.counter = 1;
      await session.save();
      failing(session.data);
    });
    await expect(run).rejects.toBe(failure);
    await sessions.close();
    expect(stored()).toEqual({ counter: 1 });
    expect(isFree('42:42')).toBe(true);
  });
});

describe('save and reload', () => {
  test('save writes, keeps the lease and goes on', async () => {
    const sibling = store.sibling();
    const other = new Sessions<Counter>({ store: sibling, initial });
    let waiting: Promise<unknown> | undefined;
    await sessions.run('42:42', async (session) => {
      session.data.counter = 1;
      await session.save();
      expect(stored()).toEqual({ counter: 1 });
      waiting = other.update('42:42', (data) => void data.counter++);
      await expect.poll(() => sibling.commands.length).toBeGreaterThan(1);
      expect(isFree('42:42')).toBe(false);
      session.data.counter = 10;
    });
    await waiting;
    expect(store.commands).toEqual(['acquire 42:42', 'commit set+next 42:42', 'commit set 42:42']);
    expect(stored()).toEqual({ counter: 11 });
  });

  test('save without a change costs nothing', async () => {
    await sessions.run('42:42', (session) => session.save());
    await sessions.close();
    expect(store.commands).toEqual(['acquire 42:42', 'commit none 42:42']);
  });

  test('what is saved several times is saved each time', async () => {
    await sessions.run('42:42', async (session) => {
      for (const counter of [1, 2, 3]) {
        session.data.counter = counter;
        await session.save();
        expect(stored()).toEqual({ counter });
      }
    });
    await sessions.close();
    expect(stored()).toEqual({ counter: 3 });
    expect(isFree('42:42')).toBe(true);
  });

  test('a session that is saved as deleted and then given data exists again', async () => {
    await sessions.update('42:42', () => ({ counter: 1 }));
    await sessions.run('42:42', async (session) => {
      session.data = null;
      await session.save();
      expect(store.texts.has('42:42')).toBe(false);
      session.data = { counter: 2 };
    });
    expect(stored()).toEqual({ counter: 2 });
  });

  test('reload drops what was changed and reads again, under the same lease', async () => {
    await sessions.update('42:42', () => ({ counter: 1 }));
    store.commands.length = 0;
    await sessions.run('42:42', async (session) => {
      session.data.counter = 99;
      await session.reload();
      expect(session.data).toEqual({ counter: 1 });
      session.data.counter++;
    });
    expect(store.commands).toEqual(['acquire 42:42', 'get 42:42', 'commit set 42:42']);
    expect(stored()).toEqual({ counter: 2 });
  });
});
