/** `session.save()` writes now and goes on; `session.reload()` drops what was changed and reads again. */

import { setImmediate } from 'node:timers/promises';
import { type Session, Sessions } from '@sessiongram/core';
import { beforeEach, describe, expect, test } from 'vitest';
import { Turns } from '../../packages/core/src/turns';
import { FailingStore } from '../support/failing-store';
import { deferred, HeldStore } from '../support/recording-store';

interface Counter {
  counter: number;
}

const away = new Error('the store is away');
const failure = new Error('the handler failed');
const saveFailed = expect.objectContaining({ code: 'SESSION_SAVE_FAILED', cause: away });
const initial = (): Counter => ({ counter: 0 });

let store: FailingStore<Counter>;
let sessions: Sessions<Counter>;

beforeEach(() => {
  store = new FailingStore();
  store.values.set('42:42', { counter: 5 });
  sessions = new Sessions<Counter>({ store, initial });
});

describe('save()', () => {
  test('writes at once what has changed so far, and the rest is written at the end', async () => {
    const between = await sessions.run('42:42', async (session) => {
      session.data.counter = 6;
      await session.save();
      const seen = store.values.get('42:42');
      session.data.counter = 7;
      return seen;
    });
    expect(between).toEqual({ counter: 6 });
    expect(store.values.get('42:42')).toEqual({ counter: 7 });
    expect(store.writes).toEqual(['set 42:42', 'set 42:42']);
  });

  test('that has failed leaves in doubt what is stored: what was there before is written again', async () => {
    store.failNext('set', () => {
      store.values.set('42:42', { counter: 6 });
      throw away;
    });
    await sessions.run('42:42', async (session) => {
      session.data.counter = 6;
      await expect(session.save()).rejects.toEqual(saveFailed);
      session.data.counter = 5;
    });
    expect(store.values.get('42:42')).toEqual({ counter: 5 });
  });

  test('that has failed leaves in doubt whether there is anything to delete', async () => {
    store.values.clear();
    store.failNext('set', () => {
      store.values.set('42:42', { counter: 1 });
      throw away;
    });
    await sessions.run('42:42', async (session) => {
      session.data.counter = 1;
      await expect(session.save()).rejects.toEqual(saveFailed);
      session.data = null;
    });
    expect(store.values.has('42:42')).toBe(false);
  });

  test('writes nothing where nothing has changed since the last one', async () => {
    await sessions.run('42:42', async (session) => {
      await session.save();
      session.data.counter = 6;
      await session.save();
      await session.save();
    });
    expect(store.writes).toEqual(['set 42:42']);
  });

  test('deletes where null was assigned, and what is assigned afterwards is stored', async () => {
    const isNew = await sessions.run('42:42', async (session) => {
      session.data = null;
      await session.save();
      const deleted = session.isNew;
      session.data = { counter: 1 };
      return deleted;
    });
    expect(isNew).toBe(true);
    expect(store.writes).toEqual(['delete 42:42', 'set 42:42']);
    expect(store.values.get('42:42')).toEqual({ counter: 1 });
  });

  test('makes a new session one that is stored', async () => {
    const isNew = await sessions.run('7:7', async (session) => {
      session.data.counter++;
      await session.save();
      return session.isNew;
    });
    expect(isNew).toBe(false);
  });

  test('that fails is told, and what was changed is tried again at the end', async () => {
    const told: unknown[] = [];
    store.failNext('set', () => Promise.reject(away));
    await sessions.run('42:42', async (session) => {
      session.data.counter = 6;
      await session.save().catch((error) => told.push(error));
    });
    expect(told).toEqual([saveFailed]);
    expect(store.values.get('42:42')).toEqual({ counter: 6 });
  });

  test('of what cannot be stored is told, and the handler may put it right', async () => {
    const told: unknown[] = [];
    await sessions.run('42:42', async (session) => {
      session.data.counter = (() => 6) as never;
      await session.save().catch((error) => told.push(error));
      session.data.counter = 6;
    });
    expect(told).toEqual([expect.objectContaining({ code: 'SESSION_INVALID' })]);
    expect(store.values.get('42:42')).toEqual({ counter: 6 });
  });

  test('that is not awaited is done before the run resolves', async () => {
    await sessions.run('42:42', (session) => {
      session.data.counter = 6;
      void session.save();
      session.data.counter = 7;
    });
    expect(store.values.get('42:42')).toEqual({ counter: 7 });
    expect(Turns.of(store).size).toBe(0);
  });

  test('called twice without awaiting writes one after the other', async () => {
    const held = new HeldStore<Counter>();
    const slow = new Sessions<Counter>({ store: held, initial });
    const run = slow.run('42:42', async (session) => {
      session.data.counter = 1;
      const first = session.save();
      await setImmediate();
      session.data.counter = 2;
      await Promise.all([first, session.save()]);
    });
    const next = slow.run('42:42', (session) => session.data.counter);
    for (let n = 0; n < 4; n++) {
      held.pass();
      await setImmediate();
    }
    await run;
    await expect(next).resolves.toBe(2);
    expect(held.commands).toEqual(['get 42:42', 'set 42:42', 'set 42:42', 'get 42:42']);
    expect(held.overlaps).toEqual([]);
  });

  test('that is on its way when the handler throws keeps the next from reading until it is done', async () => {
    const held = new HeldStore<Counter>();
    const slow = new Sessions<Counter>({ store: held, initial });
    const run = slow.run('42:42', async (session) => {
      session.data.counter = 1;
      void session.save();
      await setImmediate();
      throw failure;
    });
    const next = slow.run('42:42', (session) => session.data.counter);
    held.pass();
    await setImmediate();
    await setImmediate();
    held.pass();
    await expect(run).rejects.toBe(failure);
    held.pass();
    await expect(next).resolves.toBe(1);
    expect(held.overlaps).toEqual([]);
  });

  test('that resolves has written, also where the handler throws at once', async () => {
    const saves: Promise<void>[] = [];
    const run = sessions.run('42:42', (session) => {
      session.data.counter = 6;
      saves.push(session.save());
      throw failure;
    });
    await expect(run).rejects.toBe(failure);
    const [outcome] = await Promise.allSettled(saves);
    const written = store.values.get('42:42')?.counter === 6;
    expect({ outcome: outcome?.status, written }).toEqual(
      written ? { outcome: 'fulfilled', written } : { outcome: 'rejected', written },
    );
  });

  test('writes what has changed until it was called, not what the handler changes next', async () => {
    const run = sessions.run('42:42', async (session) => {
      session.data.counter = 6;
      const saving = session.save();
      session.data.counter = 7;
      await saving;
      throw failure;
    });
    await expect(run).rejects.toBe(failure);
    expect(store.values.get('42:42')).toEqual({ counter: 6 });
  });
});

describe('reload()', () => {
  test('drops what was changed and reads again what is stored', async () => {
    const seen = await sessions.run('42:42', async (session) => {
      session.data.counter = 6;
      store.values.set('42:42', { counter: 50 });
      await session.reload();
      return session.data.counter;
    });
    expect(seen).toBe(50);
    expect(store.commands).toEqual(['get 42:42', 'get 42:42']);
  });

  test('drops an assignment and a deletion', async () => {
    const seen = await sessions.run('42:42', async (session) => {
      session.data = null;
      await session.reload();
      const first = session.data;
      session.data = { counter: 9 };
      await session.reload();
      return [first, session.data];
    });
    expect(seen).toEqual([{ counter: 5 }, { counter: 5 }]);
    expect(store.writes).toEqual([]);
  });

  test('makes a session new where nothing is stored any more', async () => {
    const seen = await sessions.run('42:42', async (session) => {
      store.values.delete('42:42');
      await session.reload();
      return [session.isNew, session.data];
    });
    expect(seen).toEqual([true, { counter: 0 }]);
  });

  test('is the ground that later changes are compared with', async () => {
    await sessions.run('42:42', async (session) => {
      session.data.counter = 6;
      await session.reload();
      session.data.counter = 5;
    });
    expect(store.writes).toEqual([]);
  });

  test('that fails is told, and leaves the data as the handler had it', async () => {
    const told: unknown[] = [];
    await sessions.run('42:42', async (session) => {
      session.data.counter = 6;
      store.failNext('get', () => Promise.reject(away));
      await session.reload().catch((error) => told.push(error));
    });
    expect(told).toEqual([expect.objectContaining({ code: 'SESSION_LOAD_FAILED', cause: away })]);
    expect(store.values.get('42:42')).toEqual({ counter: 6 });
  });
});

describe('save() and reload() together', () => {
  /** Runs a handler on a store that is slow, and lets everything pass that comes, the oldest first. */
  async function onSlowStore(visit: (session: Session<Counter>) => unknown) {
    const held = new HeldStore<Counter>();
    held.values.set('42:42', { counter: 5 });
    const slow = new Sessions<Counter>({ store: held, initial });
    const done = deferred<unknown>();
    void slow
      .run('42:42', visit as (session: Session<Counter>) => Promise<void>)
      .then(done.resolve, done.reject);
    const next = slow.run('42:42', (session) => session.data.counter);
    for (let rounds = 0; rounds < 20; rounds++) {
      if (held.held > 0) held.pass();
      await setImmediate();
    }
    await done.promise.catch(() => {});
    return { held, next: await next };
  }

  test('one after the other keep what was saved', async () => {
    const { held, next } = await onSlowStore(async (session) => {
      session.data.counter = 6;
      await session.save();
      session.data.counter = 7;
      await session.reload();
      session.data.counter += 10;
      await session.save();
    });
    expect(next).toBe(16);
    expect(held.overlaps).toEqual([]);
  });

  test('saved first, not awaited: the reload reads what was saved', async () => {
    const { held, next } = await onSlowStore(async (session) => {
      session.data.counter = 6;
      const saving = session.save();
      await session.reload();
      await saving;
      session.data.counter++;
    });
    expect(next).toBe(7);
    expect(held.overlaps).toEqual([]);
  });

  test('reloaded first, not awaited: commands do not overlap, and what was saved is not undone', async () => {
    const { held, next } = await onSlowStore(async (session) => {
      session.data.counter = 6;
      const reloading = session.reload();
      const saving = session.save();
      await reloading;
      void session.data;
      await saving;
    });
    expect(held.overlaps).toEqual([]);
    expect(next).toBe(held.writes.length === 0 ? 5 : 6);
  });

  test('a reload() that is not awaited is done before the next handler reads', async () => {
    const { held } = await onSlowStore((session) => {
      session.data.counter = 6;
      session.reload().catch(() => {});
    });
    expect(held.overlaps).toEqual([]);
  });
});
