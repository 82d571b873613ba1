/** What `run`, `update`, `read` and `delete` answer, and what a handler is given. */

import { MemorySessionStore, Sessions } from '@sessiongram/core';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { deferred, RecordingStore } from '../support/recording-store';

interface Cart {
  counter: number;
  items: string[];
}

const initial = (): Cart => ({ counter: 0, items: [] });

let store: RecordingStore<Cart>;
let sessions: Sessions<Cart>;

beforeEach(() => {
  store = new RecordingStore();
  sessions = new Sessions<Cart>({ store, initial });
});

describe('run()', () => {
  test('resolves to what the handler returns, sync or async, once it is saved', async () => {
    const now = await sessions.run('42:42', (session) => session.data.counter++);
    const later = await sessions.run('42:42', async (session) => session.data.counter++);
    expect([now, later]).toEqual([0, 1]);
    expect(store.values.get('42:42')?.counter).toBe(2);
  });

  test('gives the handler the key without prefix', async () => {
    const prefixed = new Sessions<Cart>({ store, initial, prefix: 'shop:' });
    const key = await prefixed.run('42:42', (session) => {
      session.data.counter++;
      return session.key;
    });
    expect(key).toBe('42:42');
    expect(store.commands).toEqual(['get shop:42:42', 'set shop:42:42']);
  });

  test('tells the handler whether anything is stored', async () => {
    const isNew = await sessions.run('42:42', (session) => {
      const before = session.isNew;
      session.data.counter++;
      return [before, session.isNew];
    });
    const again = await sessions.run('42:42', (session) => session.isNew);
    await sessions.delete('42:42');
    const deleted = await sessions.run('42:42', (session) => session.isNew);
    expect([isNew, again, deleted]).toEqual([[true, true], false, true]);
  });

  test('gives each handler the same object for as long as it runs', async () => {
    const same = await sessions.run('42:42', async (session) => {
      const first = session.data;
      await null;
      return session.data === first;
    });
    expect(same).toBe(true);
  });

  test('gives the handler what it has assigned, and deletes where that was null', async () => {
    store.values.set('42:42', { counter: 5, items: [] });
    const seen = await sessions.run('42:42', (session) => {
      session.data = null;
      const none = session.data;
      session.data = { counter: 7, items: [] };
      session.data.items.push('tea');
      return none;
    });
    expect(seen).toBeNull();
    expect(store.values.get('42:42')).toEqual({ counter: 7, items: ['tea'] });
  });

  test('keeps the sessions of its own in memory where no store is given', async () => {
    const one = new Sessions<Cart>({ initial });
    const two = new Sessions<Cart>({ initial });
    await one.update('42:42', (data) => void data.counter++);
    expect(await one.read('42:42')).toEqual({ counter: 1, items: [] });
    expect(await two.read('42:42')).toBeUndefined();
  });

  test('works without any option, with data that is undefined until it is assigned', async () => {
    const bare = new Sessions<string>();
    const before = await bare.run('42:42', (session) => session.data);
    await bare.update('42:42', () => 'hello');
    expect([before, await bare.read('42:42')]).toEqual([undefined, 'hello']);
  });

  test('passes on what a handler throws, of whatever type', async () => {
    await expect(sessions.run('42:42', () => Promise.reject('a string'))).rejects.toBe('a string');
    await expect(sessions.run('42:42', () => Promise.reject(undefined))).rejects.toBeUndefined();
  });

  test('calls the methods of a store on the store', async () => {
    class Stateful {
      readonly #values = new Map<string, Cart>();
      get(key: string) {
        return this.#values.get(key);
      }
      set(key: string, value: Cart) {
        this.#values.set(key, value);
      }
      delete(key: string) {
        this.#values.delete(key);
      }
    }
    const stateful = new Sessions<Cart>({ store: new Stateful(), initial });
    await stateful.update('42:42', (data) => void data.counter++);
    expect(await stateful.read('42:42')).toEqual({ counter: 1, items: [] });
    await stateful.delete('42:42');
    expect(await stateful.read('42:42')).toBeUndefined();
  });

  test('calls the methods of a MemorySessionStore where a subclass has its own', async () => {
    const calls: string[] = [];
    class Audited extends MemorySessionStore<Cart> {
      override get(key: string) {
        calls.push(`get ${key}`);
        return super.get(key);
      }
      override set(key: string, value: Cart) {
        calls.push(`set ${key}`);
        super.set(key, value);
      }
    }
    const audited = new Sessions<Cart>({ store: new Audited(), initial });
    await audited.update('42:42', (data) => void data.counter++);
    expect(calls).toEqual(['get 42:42', 'set 42:42']);
  });
});

describe('update()', () => {
  test('resolves to the data that was changed in place', async () => {
    const updated = await sessions.update('42:42', (data) => void data.items.push('tea'));
    expect(updated).toEqual({ counter: 0, items: ['tea'] });
    expect(store.values.get('42:42')).toEqual(updated);
  });

  test('resolves to the data that was returned, sync or async', async () => {
    const now = await sessions.update('42:42', (data) => ({ ...data, counter: 1 }));
    const later = await sessions.update('42:42', async (data) => ({ ...data, counter: data.counter + 1 }));
    expect([now.counter, later.counter]).toEqual([1, 2]);
    expect(store.values.get('42:42')?.counter).toBe(2);
  });

  test('takes what was returned over what was changed in place', async () => {
    await sessions.update('42:42', (data) => {
      data.counter = 100;
      return { counter: 1, items: [] };
    });
    expect(store.values.get('42:42')?.counter).toBe(1);
  });

  test('deletes where null was returned, and resolves to it', async () => {
    store.values.set('42:42', initial());
    await expect(sessions.update('42:42', () => null)).resolves.toBeNull();
    expect(store.commands).toEqual(['get 42:42', 'delete 42:42']);
  });

  test('writes nothing where nothing was changed', async () => {
    await sessions.update('42:42', () => {});
    await sessions.update('42:42', (data) => data);
    expect(store.writes).toEqual([]);
  });

  test('passes on what the function throws, and writes nothing', async () => {
    const failure = new Error('sold out');
    const update = sessions.update('42:42', (data) => {
      data.counter++;
      throw failure;
    });
    await expect(update).rejects.toBe(failure);
    expect(store.writes).toEqual([]);
  });

  test('answers with data that no later update changes', async () => {
    const first = await sessions.update('42:42', (data) => void data.counter++);
    await sessions.update('42:42', (data) => void data.counter++);
    first.items.push('tea');
    expect(first.counter).toBe(1);
    expect(store.values.get('42:42')).toEqual({ counter: 2, items: [] });
  });
});

describe('read()', () => {
  test('resolves to a copy of what is stored', async () => {
    const stored = { counter: 5, items: ['tea'] };
    store.values.set('42:42', stored);
    const copy = await sessions.read('42:42');
    copy?.items.push('milk');
    expect(copy).not.toBe(stored);
    expect(stored.items).toEqual(['tea']);
  });

  test('resolves to undefined where nothing is stored, and calls no initial', async () => {
    const spied = vi.fn(initial);
    const spying = new Sessions<Cart>({ store, initial: spied });
    await expect(spying.read('42:42')).resolves.toBeUndefined();
    expect(spied).toHaveBeenCalledTimes(0);
    expect(store.commands).toEqual(['get 42:42']);
  });

  test('takes no turn: it sees what is stored while a handler changes it', async () => {
    store.values.set('42:42', { counter: 5, items: [] });
    const gate = deferred();
    const run = sessions.run('42:42', async (session) => {
      session.data.counter = 6;
      await gate.promise;
    });
    await expect(sessions.read('42:42')).resolves.toEqual({ counter: 5, items: [] });
    gate.resolve();
    await run;
    await expect(sessions.read('42:42')).resolves.toEqual({ counter: 6, items: [] });
  });

  test('reads under the prefix', async () => {
    store.values.set('shop:42:42', { counter: 5, items: [] });
    const prefixed = new Sessions<Cart>({ store, initial, prefix: 'shop:' });
    await expect(prefixed.read('42:42')).resolves.toEqual({ counter: 5, items: [] });
  });
});

describe('delete()', () => {
  test('deletes under the prefix, and reads nothing', async () => {
    store.values.set('shop:42:42', initial());
    const prefixed = new Sessions<Cart>({ store, initial, prefix: 'shop:' });
    await expect(prefixed.delete('42:42')).resolves.toBeUndefined();
    expect(store.commands).toEqual(['delete shop:42:42']);
    expect(store.values.size).toBe(0);
  });

  test('of what does not exist is no error', async () => {
    await expect(sessions.delete('42:42')).resolves.toBeUndefined();
  });

  test('waits for its turn', async () => {
    const gate = deferred();
    const run = sessions.run('42:42', async (session) => {
      await gate.promise;
      session.data.counter = 1;
    });
    const deleted = sessions.delete('42:42');
    gate.resolve();
    await Promise.all([run, deleted]);
    expect(store.commands).toEqual(['get 42:42', 'set 42:42', 'delete 42:42']);
    expect(store.values.size).toBe(0);
  });
});

describe('a key that is', () => {
  const calls: [name: string, call: (key: never) => Promise<unknown>][] = [
    ['run()', (key) => sessions.run(key, () => {})],
    ['update()', (key) => sessions.update(key, () => {})],
    ['read()', (key) => sessions.read(key)],
    ['delete()', (key) => sessions.delete(key)],
  ];

  describe.each(calls)('given to %s and', (_, call) => {
    test.each([[undefined], [null], ['']])('%o is told as missing', async (key) => {
      await expect(call(key as never)).rejects.toMatchObject({ code: 'SESSION_KEY_MISSING' });
      expect(store.commands).toEqual([]);
    });

    test.each([[42], [0], [{}], [Symbol('key')], [42n]])('%o is refused as misuse', async (key) => {
      await expect(call(key as never)).rejects.toThrow(TypeError);
      await expect(call(key as never)).rejects.toThrow(/key must be a string that is not empty, but got/);
      expect(store.commands).toEqual([]);
    });
  });

  test('called like a member of every object is a key like any other', async () => {
    const memory = new Sessions<Cart>({ initial });
    for (const key of ['__proto__', 'constructor', 'toString', '0', ' ']) {
      await memory.update(key, (data) => void data.counter++);
      await expect(memory.read(key)).resolves.toEqual({ counter: 1, items: [] });
    }
  });
});
