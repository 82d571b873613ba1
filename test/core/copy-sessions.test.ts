/** Copying a store: everything arrives once, nothing that is there already is lost, and what fails is named. */

import { copySessions, MemorySessionStore, SessionError, Sessions, withEncryption } from '@sessiongram/core';
import { describe, expect, test, vi } from 'vitest';
import { FailingStore, ListingStore } from '../support/failing-store';
import { LeasingStore } from '../support/leasing-store';
import { deferred } from '../support/recording-store';

interface Counter {
  counter: number;
}

function filled(count: number): MemorySessionStore<Counter> {
  const store = new MemorySessionStore<Counter>();
  for (let id = 1; id <= count; id++) store.set(`${id}:${id}`, { counter: id });
  return store;
}

const contents = (store: MemorySessionStore<Counter>) =>
  Object.fromEntries([...store.keys()].map((key) => [key, store.get(key)?.counter]));

describe('what is copied', () => {
  test('is everything, and stays where it was', async () => {
    const [from, to] = [filled(30), filled(0)];
    expect(await copySessions(from, to)).toEqual({ copied: 30, skipped: 0, failed: 0 });
    expect(contents(to)).toEqual(contents(filled(30)));
    expect(contents(from)).toEqual(contents(filled(30)));
  });

  test('is what was there at first, where the copies come into the same store', async () => {
    const store = filled(5);
    const counts = await copySessions(store, store, { key: (key) => `bot:${key}` });
    expect(counts).toEqual({ copied: 5, skipped: 0, failed: 0 });
    expect(Object.keys(contents(store))).toHaveLength(10);
  });

  test('is written anew with overwrite, also where nothing has changed but how it is stored', async () => {
    const raw = new MemorySessionStore();
    const [old, fresh] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
    await withEncryption(raw, { keys: [old] }).set('1:1', { counter: 1 });
    const both = withEncryption(raw, { keys: [fresh, old] });
    const counts = await copySessions(both, both, { overwrite: true });
    expect(counts).toEqual({ copied: 1, skipped: 0, failed: 0 });
    expect(await withEncryption(raw, { keys: [fresh] }).get('1:1')).toEqual({ counter: 1 });
  });

  test('is a copy: changing one leaves the other', async () => {
    const [from, to] = [filled(1), filled(0)];
    await copySessions(from, to);
    await new Sessions<Counter>({ store: to }).update('1:1', (data) => void data.counter++);
    expect([from.get('1:1'), to.get('1:1')]).toEqual([{ counter: 1 }, { counter: 2 }]);
  });

  test('gets other keys where they are mapped, and is left out where it has none', async () => {
    const [from, to] = [filled(0), filled(0)];
    from.set('telegraf:7:-100', { counter: 1 });
    from.set('other:7', { counter: 2 });
    const key = (old: string) => {
      const [, user, chat] = /^telegraf:(\d+):(-?\d+)$/.exec(old) ?? [];
      return user === undefined ? undefined : `${chat}:${user}`;
    };
    expect(await copySessions(from, to, { key })).toEqual({ copied: 1, skipped: 1, failed: 0 });
    expect(contents(to)).toEqual({ '-100:7': 1 });
  });

  test('is what the given keys name, of a store that lists none', async () => {
    const [from, to] = [new FailingStore<Counter>(), filled(0)];
    for (const key of ['1', '2', '3']) from.values.set(key, { counter: Number(key) });
    expect(await copySessions(from, to, { keys: ['1', '3', 'none'] })).toEqual({
      copied: 2,
      skipped: 1,
      failed: 0,
    });
    expect(contents(to)).toEqual({ 1: 1, 3: 3 });
  });

  test.each([0, '', false])('may be %j, which is data', async (value) => {
    const [from, to] = [new MemorySessionStore(), new MemorySessionStore()];
    from.set('1', value);
    expect(await copySessions(from, to)).toMatchObject({ copied: 1 });
    expect(to.get('1')).toBe(value);
  });
});

describe('what is there already', () => {
  test('stays, and its counterpart is not even read', async () => {
    const [from, to] = [new ListingStore<Counter>(), filled(0)];
    from.values.set('1', { counter: 1 }).set('2', { counter: 2 });
    to.set('1', { counter: 100 });
    expect(await copySessions(from, to)).toEqual({ copied: 1, skipped: 1, failed: 0 });
    expect(contents(to)).toEqual({ 1: 100, 2: 2 });
    expect(from.commands).toEqual(['get 2']);
  });

  test('is replaced with overwrite', async () => {
    const [from, to] = [filled(2), filled(0)];
    to.set('1:1', { counter: 100 });
    expect(await copySessions(from, to, { overwrite: true })).toEqual({ copied: 2, skipped: 0, failed: 0 });
    expect(contents(to)).toEqual({ '1:1': 1, '2:2': 2 });
  });

  test('cannot be overwritten while a bot has it: what the bot saves first, stays', async () => {
    const [from, to] = [filled(1), filled(0)];
    const bot = new Sessions<Counter>({ store: to, initial: () => ({ counter: 0 }) });
    const handling = deferred();
    const update = bot.run('1:1', async ({ data }) => {
      await handling.promise;
      data.counter = 50;
    });
    const copying = copySessions(from, to);
    await new Promise(setImmediate);
    handling.resolve();
    expect(await copying).toEqual({ copied: 0, skipped: 1, failed: 0 });
    await update;
    expect(to.get('1:1')).toEqual({ counter: 50 });
  });

  test('is found under a lease, on a store that has them, in another process as well', async () => {
    const to = new LeasingStore<Counter>();
    await new Sessions<Counter>({ store: to.sibling() }).run('1:1', (session) => {
      session.data = { counter: 50 };
    });
    expect(await copySessions(filled(2), to)).toEqual({ copied: 1, skipped: 1, failed: 0 });
    expect([await to.get('1:1'), await to.get('2:2')]).toEqual([{ counter: 50 }, { counter: 2 }]);
  });
});

describe('a copy that was interrupted', () => {
  test('goes on where it stopped', async () => {
    const [from, to] = [filled(30), filled(0)];
    const interrupt = new AbortController();
    const onProgress = ({ copied }: { copied: number }) => {
      if (copied === 10) interrupt.abort(new Error('enough'));
    };
    const first = copySessions(from, to, { onProgress, signal: interrupt.signal, concurrency: 4 });
    await expect(first).rejects.toThrow('enough');
    const there = to.size;
    expect(there).toBeGreaterThanOrEqual(10);
    expect(there).toBeLessThanOrEqual(14);
    expect(await copySessions(from, to)).toEqual({ copied: 30 - there, skipped: there, failed: 0 });
    expect(contents(to)).toEqual(contents(from));
  });

  test('does not begin when it is interrupted before', async () => {
    const [from, to] = [filled(3), filled(0)];
    const signal = AbortSignal.abort();
    await expect(copySessions(from, to, { signal })).rejects.toBe(signal.reason);
    await expect(copySessions(filled(0), to, { signal })).rejects.toBe(signal.reason);
    expect(to.size).toBe(0);
  });

  test('has nothing under way when it is told', async () => {
    let underWay = 0;
    class Slow extends FailingStore<Counter> {
      override async set(key: string, value: Counter) {
        underWay++;
        for (let turn = 0; turn < Number.parseInt(key, 10); turn++) await new Promise(setImmediate);
        underWay--;
        await super.set(key, value);
      }
    }
    const to = new Slow();
    to.failNext('set 3:3', () => Promise.reject(new Error('disk full')));
    await expect(copySessions(filled(30), to, { concurrency: 8 })).rejects.toThrow(SessionError);
    expect(underWay).toBe(0);
    expect(to.writes.length).toBeGreaterThan(6);
  });
});

describe('a session that fails', () => {
  test('ends the copying, and is named by the key of the error, not by its text', async () => {
    const [from, to] = [new ListingStore<Counter>(), filled(0)];
    from.values.set('secret', { counter: 1 });
    const cause = new Error('connection lost');
    from.failNext('get secret', () => Promise.reject(cause));
    const error = await copySessions(from, to).catch((error: unknown) => error as SessionError);
    expect(error).toBeInstanceOf(SessionError);
    expect(error).toMatchObject({ code: 'SESSION_LOAD_FAILED', key: 'secret', cause });
    expect((error as SessionError).message).not.toContain('secret');
    expect(to.size).toBe(0);
  });

  test('leaves the others alone where failures are listened to', async () => {
    const [from, to] = [new ListingStore<Counter>(), new FailingStore<Counter>()];
    for (const key of ['a', 'b', 'c', 'd']) from.values.set(key, { counter: 1 });
    from.failNext('get b', () => Promise.reject(new Error('unreadable')));
    to.failNext('set new:c', () => Promise.reject(new Error('disk full')));
    const onFailure = vi.fn<(error: SessionError, key: string) => void>();
    const counts = await copySessions(from, to, { key: (key) => `new:${key}`, onFailure });
    expect(counts).toEqual({ copied: 2, skipped: 0, failed: 2 });
    const told = onFailure.mock.calls.map(([error, key]) => [key, error.code, error.key]);
    expect(told.sort()).toEqual([
      ['b', 'SESSION_LOAD_FAILED', 'b'],
      ['c', 'SESSION_SAVE_FAILED', 'new:c'],
    ]);
    expect([...to.values.keys()].sort()).toEqual(['new:a', 'new:d']);
  });

  test('is left as it is at the target when that cannot be read, also with overwrite', async () => {
    const to = new LeasingStore<Counter>();
    to.texts.set('1:1', '{broken');
    const copying = copySessions(filled(1), to, { overwrite: true });
    await expect(copying).rejects.toMatchObject({ code: 'SESSION_CORRUPT', key: '1:1' });
    expect(to.texts.get('1:1')).toBe('{broken');
  });

  test('is not one where the program is wrong: that ends the copying in any case', async () => {
    const key = () => 42 as never;
    const onFailure = vi.fn();
    await expect(copySessions(filled(1), filled(0), { key, onFailure })).rejects.toThrow(TypeError);
    expect(onFailure).not.toHaveBeenCalled();
  });
});

test('a session above the default of maxBytes is copied', async () => {
  const from = new MemorySessionStore<string>();
  from.set('1', 'x'.repeat(300_000));
  const to = new LeasingStore<string>();
  expect(await copySessions(from, to)).toEqual({ copied: 1, skipped: 0, failed: 0 });
});

test('no more sessions are under way than were asked for, and no fewer', async () => {
  let [underWay, most] = [0, 0];
  class Slow extends MemorySessionStore<Counter> {
    override set(key: string, value: Counter) {
      most = Math.max(most, ++underWay);
      return new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
        underWay--;
        super.set(key, value);
      }) as never;
    }
  }
  for (const concurrency of [1, 3]) {
    most = 0;
    await copySessions(filled(12), new Slow(), { concurrency });
    expect(most).toBe(concurrency);
  }
});

test('progress tells each session and all counts, and ends with what is returned', async () => {
  const onProgress = vi.fn();
  const to = filled(1);
  const counts = await copySessions(filled(3), to, { onProgress, concurrency: 1 });
  expect(onProgress.mock.calls.flat()).toEqual([
    { copied: 0, skipped: 1, failed: 0, key: '1:1' },
    { copied: 1, skipped: 1, failed: 0, key: '2:2' },
    { copied: 2, skipped: 1, failed: 0, key: '3:3' },
  ]);
  expect(counts).toEqual({ copied: 2, skipped: 1, failed: 0 });
});

test('a store that cannot list its keys is refused, with the words for it', async () => {
  const copying = copySessions(new FailingStore<Counter>(), filled(0));
  await expect(copying).rejects.toThrow(TypeError);
  await expect(copying).rejects.toThrow(/copySessions\(\) takes a store that lists its keys/);
});

test.each<[object, RegExp]>([
  [{ concurrency: 0 }, /"concurrency" must be a whole number from 1 to 1000, but got 0/],
  [{ concurrency: Number.POSITIVE_INFINITY }, /"concurrency"/],
  [{ overwrite: 'yes' }, /"overwrite" must be true or false/],
  [{ keys: '42' }, /"keys" must be an iterable of keys/],
  [{ key: 'a' }, /"key" must be a function/],
  [{ signal: {} }, /"signal" must be an AbortSignal/],
  [{ dryRun: true }, /unknown option "dryRun"/],
])('refuses %o', async (options, text) => {
  const copying = copySessions(filled(1), filled(0), options);
  await expect(copying).rejects.toThrow(TypeError);
  await expect(copying).rejects.toThrow(text);
});

test('refuses what is no store', async () => {
  const copying = copySessions(filled(1), { get() {} } as never);
  await expect(copying).rejects.toThrow('an object without set and delete');
  await expect(copySessions(undefined as never, filled(0))).rejects.toThrow(TypeError);
});
