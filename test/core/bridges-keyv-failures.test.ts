/** A Keyv's failure is not an absence, although Keyv itself answers the same to both. */

import { EventEmitter } from 'node:events';
import { Sessions } from '@sessiongram/core';
import { Keyv as Keyv6 } from 'keyv';
import { Keyv as Keyv5 } from 'keyv5';
import { describe, expect, test } from 'vitest';
import { fromKeyv, type KeyvLike } from '../../packages/core/src/bridges/keyv';

const away = new Error('The database is away.');

/** Throws what goes wrong, as most adapters do. */
class ThrowingMap extends Map<string, unknown> {
  failing = false;
  override get(key: string): unknown {
    this.#check();
    return super.get(key);
  }
  override set(key: string, value: unknown): this {
    this.#check();
    return super.set(key, value);
  }
  override delete(key: string): boolean {
    this.#check();
    return super.delete(key);
  }
  #check(): void {
    if (this.failing) throw away;
  }
}

/** Keeps what goes wrong to itself but for an event, as the adapter for Redis does. */
class EmittingAdapter extends EventEmitter {
  readonly opts = { url: '' };
  readonly values = new Map<string, unknown>();
  namespace?: string | undefined;
  failing = false;
  async get(key: string): Promise<unknown> {
    return this.#attempt(() => this.values.get(key));
  }
  async set(key: string, value: unknown): Promise<void> {
    this.#attempt(() => this.values.set(key, value));
  }
  async delete(key: string): Promise<boolean> {
    return this.#attempt(() => this.values.delete(key)) ?? false;
  }
  async clear(): Promise<void> {
    this.values.clear();
  }
  async has(key: string): Promise<boolean> {
    return this.#attempt(() => this.values.has(key)) ?? false;
  }
  #attempt<T>(work: () => T): T | undefined {
    if (!this.failing) return work();
    this.emit('error', away);
    return undefined;
  }
}

interface Subject {
  readonly keyv: KeyvLike;
  readonly fault: { failing: boolean };
}

function subject<Fault extends { failing: boolean }>(
  fault: Fault,
  keyvOver: (store: Fault) => KeyvLike,
): Subject {
  return { keyv: keyvOver(fault), fault };
}

const subjects: Record<string, () => Subject> = {
  'Keyv 5 over a store that throws': () => subject(new ThrowingMap(), (store) => new Keyv5({ store })),
  'Keyv 5 with throwOnErrors': () =>
    subject(new ThrowingMap(), (store) => new Keyv5({ store, throwOnErrors: true })),
  'Keyv 5 over an adapter that emits': () =>
    subject(new EmittingAdapter(), (store) => new Keyv5({ store: store as never })),
  'Keyv 6 over a store that throws': () => subject(new ThrowingMap(), (store) => new Keyv6({ store })),
  'Keyv 6 over an adapter that emits': () => subject(new EmittingAdapter(), (store) => new Keyv6({ store })),
};

const listening = { 'and nobody listens': 0, 'and its user listens': 1 };

describe.each(Object.entries(subjects))('fromKeyv(%s)', (_, open) => {
  describe.each(Object.entries(listening))('%s', (_, listeners) => {
    function opened(): Subject {
      const { keyv, fault } = open();
      if (listeners > 0) keyv.on('error', () => undefined);
      return { keyv, fault };
    }

    test('each call fails while the database is away, and none of them has done anything', async () => {
      const { keyv, fault } = opened();
      const store = fromKeyv(keyv);
      await store.set('1:1', { counter: 1 });
      fault.failing = true;
      await expect(store.get('1:1')).rejects.toBe(away);
      await expect(store.get('never:set')).rejects.toBe(away);
      await expect(store.set('1:1', { counter: 2 })).rejects.toThrow();
      await expect(store.delete('1:1')).rejects.toBe(away);
      fault.failing = false;
      expect(await store.get('1:1')).toEqual({ counter: 1 });
      expect(await store.get('never:set')).toBeUndefined();
    });

    test('no new session is started over one that could not be read', async () => {
      const { keyv, fault } = opened();
      const store = fromKeyv(keyv);
      await store.set('1:1', { counter: 7 });
      const sessions = new Sessions({ store, initial: () => ({ counter: 0 }) });
      const count = () =>
        sessions.update('1:1', (session) => {
          session.counter++;
        });
      fault.failing = true;
      await expect(count()).rejects.toMatchObject({ code: 'SESSION_LOAD_FAILED', cause: away });
      fault.failing = false;
      await count();
      expect(await store.get('1:1')).toEqual({ counter: 8 });
    });
  });
});

test('a call that has read a value does not fail with another one', async () => {
  let fail: (() => void) | undefined;
  const store = fromKeyv(
    new Keyv6({
      store: {
        get: (key: string) =>
          key === 'slow'
            ? new Promise((_, reject) => {
                fail = () => reject(away);
              })
            : new Promise((resolve) => setImmediate(resolve, '{"value":1}')),
        set: async () => true,
        delete: async () => true,
        clear: async () => undefined,
        has: async () => true,
      },
    }),
  );
  const [slow, quick] = [store.get('slow'), store.get('quick')];
  const outcomes = Promise.allSettled([slow, quick]);
  await new Promise((resolve) => process.nextTick(resolve));
  fail?.();
  expect(await outcomes).toEqual([
    { status: 'rejected', reason: away },
    { status: 'fulfilled', value: 1 },
  ]);
});

test('a set that an adapter declines without an error is a failure', async () => {
  for (const keyvOver of [
    (store: object) => new Keyv5({ store: store as never }),
    (store: object) => new Keyv6({ store }),
  ]) {
    const declining = Object.assign(new EmittingAdapter(), { set: async () => false });
    await expect(fromKeyv(keyvOver(declining)).set('1:1', 1)).rejects.toThrow(/did not set/);
  }
});

test('text that Keyv cannot decode is a failure, and stays until it is set', async () => {
  for (const keyvOver of [
    (store: Map<string, unknown>) => new Keyv5({ store, namespace: 'a' }),
    (store: Map<string, unknown>) => new Keyv6({ store, namespace: 'a' }),
  ]) {
    const data = new Map<string, unknown>();
    const store = fromKeyv(keyvOver(data));
    await store.set('1:1', { counter: 1 });
    const [[name, stored]] = [...data] as [[string, unknown]];
    data.set(name, typeof stored === 'string' ? '{"val' : { value: '{"val' });
    await expect(store.get('1:1')).rejects.toThrow(SyntaxError);
    await store.set('1:1', { counter: 2 });
    expect(await store.get('1:1')).toEqual({ counter: 2 });
  }
});

test('whoever else uses a Keyv 6 that nobody listens to still gets its exceptions', async () => {
  const data = new ThrowingMap();
  const keyv = new Keyv6({ store: data });
  const store = fromKeyv(keyv);
  data.failing = true;
  const outcomes = await Promise.allSettled([store.get('1:1'), keyv.get('2:2')]);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  await expect(keyv.get('2:2')).rejects.toBe(away);
});

test('nothing listens to a Keyv when no call is under way', async () => {
  const [keyv5, keyv6] = [new Keyv5(), new Keyv6()];
  for (const keyv of [keyv5, keyv6]) await fromKeyv(keyv).set('1:1', 1);
  expect(keyv5.listeners('error')).toEqual([]);
  expect(keyv6.listeners('error')).toEqual([]);
});

test('a list of keys that breaks off is a failure', async () => {
  const keyv = new Keyv6({
    store: {
      async *iterator() {
        yield ['1:1', '{"value":1}'];
        throw away;
      },
      get: async () => undefined,
      set: async () => true,
      delete: async () => true,
      clear: async () => undefined,
      has: async () => false,
    },
  });
  keyv.on('error', () => undefined);
  const found: string[] = [];
  const list = async () => {
    for await (const key of fromKeyv(keyv).keys?.() ?? []) found.push(key);
  };
  await expect(list()).rejects.toBe(away);
  expect(found).toEqual(['1:1']);
});

test('a Keyv that tells nobody of its failures is refused', () => {
  expect(() => fromKeyv(new Keyv5({ emitErrors: false }))).toThrow(/emitErrors/);
  const older = (throwOnErrors: boolean): KeyvLike =>
    Object.assign(new Keyv5({ throwOnErrors }) as KeyvLike, { getRaw: undefined });
  expect(() => fromKeyv(older(false))).toThrow(/throwOnErrors/);
  expect(() => fromKeyv(older(true))).not.toThrow();
});

test('an older Keyv 5 that throws is read by get', async () => {
  const data = new ThrowingMap();
  const keyv = new Keyv5({ store: data, throwOnErrors: true }) as KeyvLike;
  const store = fromKeyv(Object.assign(keyv, { getRaw: undefined }));
  await store.set('1:1', 1);
  expect(await store.get('1:1')).toBe(1);
  data.failing = true;
  await expect(store.get('1:1')).rejects.toBe(away);
});

test('what is no Keyv is refused', () => {
  for (const given of [undefined, null, 'redis://localhost', new Map(), {}]) {
    expect(() => fromKeyv(given as unknown as KeyvLike)).toThrow(TypeError);
  }
});
