/** A handler that throws changes nothing, unless `saveOnError` asks for it. */

import { serialize } from 'node:v8';
import { MemorySessionStore, SessionError, type SessionStore, Sessions } from '@sessiongram/core';
import { describe, expect, test } from 'vitest';
import { FailingStore } from '../support/failing-store';

interface Basket {
  total: number;
  items: { name: string; tags: string[] }[];
  prices: Map<string, { cents: number }>;
  seen: Set<string>;
  since: Date;
}

const failure = new Error('the handler failed');

const basket = (): Basket => ({
  total: 1,
  items: [{ name: 'tea', tags: ['hot'] }],
  prices: new Map([['tea', { cents: 250 }]]),
  seen: new Set(['tea']),
  since: new Date(0),
});

/** Changes every corner of the data, and leaves no way to tell from outside. */
function changeEverything(data: Basket): void {
  data.total = 2;
  data.items[0]?.tags.push('green');
  data.items.push({ name: 'milk', tags: [] });
  data.prices.set('milk', { cents: 100 });
  for (const price of data.prices.values()) price.cents++;
  data.seen.delete('tea');
  data.since.setFullYear(2000);
}

const stores: [name: string, make: () => SessionStore<Basket>][] = [
  ['a MemorySessionStore', () => new MemorySessionStore<Basket>()],
  ['a plain Map', () => new Map<string, Basket>()],
];

const bytes = async (store: SessionStore<Basket>): Promise<string> =>
  serialize(await store.get('42:42')).toString('hex');

describe.each(stores)('on %s', (_, make) => {
  async function filled(saveOnError: boolean) {
    const store = make();
    const sessions = new Sessions<Basket>({ store, initial: basket, saveOnError });
    await sessions.update('42:42', () => ({ ...basket(), total: 0 }));
    return { store, sessions, before: await bytes(store) };
  }

  test('deep changes of a handler that throws leave the stored bytes as they were', async () => {
    const { store, sessions, before } = await filled(false);
    const run = sessions.run('42:42', (session) => {
      changeEverything(session.data);
      throw failure;
    });
    await expect(run).rejects.toBe(failure);
    expect(await bytes(store)).toBe(before);
  });

  test('deep changes leave the stored bytes as they were as long as the handler runs', async () => {
    const { store, sessions, before } = await filled(false);
    const during = await sessions.run('42:42', (session) => {
      changeEverything(session.data);
      return bytes(store);
    });
    expect(during).toBe(before);
    expect(await bytes(store)).not.toBe(before);
  });

  test('changes made after the handler has ended leave the stored bytes as they were', async () => {
    const { store, sessions } = await filled(false);
    const kept = await sessions.run('42:42', (session) => {
      session.data.total++;
      return session.data;
    });
    const before = await bytes(store);
    changeEverything(kept);
    expect(await bytes(store)).toBe(before);
  });

  test('changes of what was assigned leave the stored bytes as they were once it is stored', async () => {
    const { store, sessions } = await filled(false);
    const mine = basket();
    await sessions.update('42:42', () => mine);
    const before = await bytes(store);
    changeEverything(mine);
    expect(await bytes(store)).toBe(before);
  });

  test('changes of what read() has answered leave the stored bytes as they were', async () => {
    const { store, sessions, before } = await filled(false);
    const copy = await sessions.read('42:42');
    expect(copy).toBeDefined();
    if (copy !== undefined) changeEverything(copy);
    expect(await bytes(store)).toBe(before);
  });

  test('an assignment, and a deletion, of a handler that throws are dropped', async () => {
    const { store, sessions, before } = await filled(false);
    const assigned = sessions.run('42:42', (session) => {
      session.data = { ...basket(), total: 9 };
      throw failure;
    });
    const deleted = sessions.run('42:42', (session) => {
      session.data = null;
      throw failure;
    });
    await expect(assigned).rejects.toBe(failure);
    await expect(deleted).rejects.toBe(failure);
    expect(await bytes(store)).toBe(before);
  });

  test('saveOnError keeps the deep changes, and the error is still passed on', async () => {
    const { store, sessions } = await filled(true);
    const run = sessions.run('42:42', (session) => {
      changeEverything(session.data);
      throw failure;
    });
    await expect(run).rejects.toBe(failure);
    const expected = { ...basket(), total: 0 };
    changeEverything(expected);
    expect(await store.get('42:42')).toEqual(expected);
  });

  test('what save() has written stays when the handler throws afterwards', async () => {
    const { store, sessions } = await filled(false);
    const run = sessions.run('42:42', async (session) => {
      session.data.total = 7;
      await session.save();
      changeEverything(session.data);
      throw failure;
    });
    await expect(run).rejects.toBe(failure);
    expect(await store.get('42:42')).toEqual({ ...basket(), total: 7 });
  });
});

describe('where saveOnError is set and the save fails too', () => {
  const store = new FailingStore<Basket>();
  const away = new Error('the store is away');

  test('neither error is hidden', async () => {
    const sessions = new Sessions<Basket>({ store, initial: basket, saveOnError: true });
    store.failNext('set', () => Promise.reject(away));
    const run = sessions.run('42:42', (session) => {
      session.data.total++;
      throw failure;
    });
    const error = await run.catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(SessionError);
    expect(error).toMatchObject({ code: 'SESSION_SAVE_FAILED', key: '42:42' });
    expect((error as SessionError).cause).toBeInstanceOf(AggregateError);
    expect((error as { cause: AggregateError }).cause.errors).toEqual([
      failure,
      expect.objectContaining({ code: 'SESSION_SAVE_FAILED', cause: away }),
    ]);
  });

  test('the same holds for data that cannot be stored', async () => {
    const sessions = new Sessions<Basket>({ store, initial: basket, saveOnError: true });
    const run = sessions.run('42:42', (session) => {
      session.data.items = (() => []) as never;
      throw failure;
    });
    const error = await run.catch((caught: unknown) => caught);
    expect((error as { cause: AggregateError }).cause.errors).toEqual([
      failure,
      expect.objectContaining({ code: 'SESSION_INVALID' }),
    ]);
  });

  test('an error that was thrown as something else than an Error is kept as it is', async () => {
    const sessions = new Sessions<Basket>({ store, initial: basket, saveOnError: true });
    store.failNext('set', () => Promise.reject(away));
    const run = sessions.run('42:42', (session) => {
      session.data.total++;
      throw undefined;
    });
    const error = await run.catch((caught: unknown) => caught);
    expect((error as { cause: AggregateError }).cause.errors[0]).toBeUndefined();
    expect((error as { cause: AggregateError }).cause.errors).toHaveLength(2);
  });

  test('a lazy session that could not be loaded is told as that, once', async () => {
    const sessions = new Sessions<Basket>({ store, initial: basket, saveOnError: true });
    store.failNext('get', () => Promise.reject(away));
    const run = sessions.visitLazily('7:7', async (session) => void (await session.data));
    await expect(run).rejects.toMatchObject({ code: 'SESSION_LOAD_FAILED', cause: away });
  });
});
