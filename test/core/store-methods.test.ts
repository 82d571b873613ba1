/** Which methods of a store are called, with what, and whose objects become part of what is stored. */

import { MemorySessionStore, type SessionOptions, type SessionStore, Sessions } from '@sessiongram/core';
import { describe, expect, test } from 'vitest';
import { Handled } from '../../packages/core/src/handled';
import { FailingStore } from '../support/failing-store';
import { LeasingStore } from '../support/leasing-store';
import { RecordingStore } from '../support/recording-store';

interface Counter {
  counter: number;
  part?: { name: string };
}

const KEY = '42:42';
const initial = (): Counter => ({ counter: 0 });
const countUp = (data: Counter): void => void data.counter++;

describe('a store', () => {
  test('whose other methods were taken away is asked by get and set', async () => {
    class Four extends RecordingStore<Counter> {
      getShared: SessionStore<Counter>['getShared'] | undefined;
      setOwned: SessionStore<Counter>['setOwned'] | undefined;
    }
    const methods = { getShared: RecordingStore.prototype.get, setOwned: RecordingStore.prototype.set };
    const { get, set } = RecordingStore.prototype;
    Object.assign(Four.prototype, { get, set, ...methods });
    const whole = new Four();
    Object.assign(whole, methods);
    await new Sessions<Counter>({ store: whole as SessionStore<Counter>, initial }).update(KEY, countUp);
    const store = new Four();
    const sessions = new Sessions<Counter>({ store: store as SessionStore<Counter>, initial });
    await sessions.update(KEY, countUp);
    await sessions.update(KEY, countUp);
    expect(store.values.get(KEY)).toEqual({ counter: 2 });
  });

  test.for([
    ['does not encode is given no limit', {}, [KEY, { counter: 1 }]],
    ['encodes is told the limit', { encodes: true }, [KEY, { counter: 1 }, { maxBytes: 500 }]],
  ] as const)('that %s', async ([, supports, expected]) => {
    const calls: unknown[][] = [];
    const store: SessionStore<Counter> = {
      supports,
      get: () => undefined,
      set: (...args) => void calls.push(args),
      delete: () => {},
    };
    await new Sessions<Counter>({ store, initial, maxBytes: 500 }).update(KEY, countUp);
    expect(calls).toEqual([expected]);
  });

  test('that does not name the leases that it has is not asked for any', async () => {
    const store = Object.assign(new RecordingStore<Counter>(), {
      acquire: () => Promise.reject(new Error('It was not to be called.')),
    });
    await new Sessions<Counter>({ store, initial }).update(KEY, countUp);
    expect(store.commands).toEqual([`get ${KEY}`, `set ${KEY}`]);
  });

  test('with leases is not touched, because a lease is a use', async () => {
    const touched: string[] = [];
    const store = Object.assign(new LeasingStore<Counter>(), {
      supports: { leases: true, encodes: true },
      touch: (key: string) => touched.push(key),
    });
    const sessions = new Sessions<Counter>({ store, initial });
    await sessions.update(KEY, countUp);
    await sessions.run(KEY, ({ data }) => data.counter);
    expect(touched).toEqual([]);
  });

  test.for([
    ['by itself', () => new FailingStore<Counter>(), 'delete'],
    ['under a lease', () => new LeasingStore<Counter>(), 'commit'],
  ] as const)('that fails to delete %s is told of by that word', async ([, make, method]) => {
    const store = make();
    const sessions = new Sessions<Counter>({ store, initial });
    await sessions.update(KEY, countUp);
    if (store instanceof FailingStore) {
      store.failNext('delete', () => {
        throw new Error('It was cut.');
      });
    } else Object.assign(store, { [method]: () => Promise.reject(new Error('It was cut.')) });
    const deleted = sessions.run(KEY, (session) => {
      session.data = null as never;
    });
    await expect(deleted).rejects.toMatchObject({
      code: 'SESSION_SAVE_FAILED',
      message: expect.stringContaining('failed to delete'),
    });
  });

  test('has nothing remembered of what was no update', async () => {
    const store = new RecordingStore<Counter>();
    await new Sessions<Counter>({ store, initial, skipRedelivered: true }).update(KEY, countUp);
    expect(Handled.of(store).has(KEY, undefined as never)).toBe(false);
  });
});

describe('what others hold does not become a part of what is stored', () => {
  /** Copies what is there, as others see it, and holds the parts of the copies. */
  function holding() {
    const held: { name: string }[] = [];
    const copied = <Value>(value: Value): Value => {
      const copy = structuredClone(value);
      const { part } = (copy ?? {}) as Partial<Counter>;
      if (part !== undefined) held.push(part);
      return copy;
    };
    return { held, copied };
  }
  type Copied = ReturnType<typeof holding>['copied'];

  /** Tells shared reads from others, and does not say that it keeps what it is given. */
  class Lending extends MemorySessionStore<Counter> {
    override readonly supports = {};

    constructor(readonly copied: Copied) {
      super();
    }

    override get(key: string): Counter | undefined {
      return this.copied(super.get(key));
    }

    override getShared(key: string): Counter | undefined {
      return this.copied(super.getShared(key));
    }
  }

  class Replaced extends MemorySessionStore<Counter> {
    constructor(readonly copied: Copied) {
      super();
    }

    override get(key: string): Counter | undefined {
      return this.copied(super.get(key));
    }
  }

  const schemaOf = (copied: Copied): NonNullable<SessionOptions<Counter>['schema']> => ({
    '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value: copied(value as Counter) }) },
  });

  test.for([
    [
      'where a schema has made it',
      (copied: Copied) => ({ store: new MemorySessionStore<Counter>(), schema: schemaOf(copied) }),
    ],
    ['where the store has lent it', (copied: Copied) => ({ store: new Lending(copied) })],
    ['where a subclass of the store has read it', (copied: Copied) => ({ store: new Replaced(copied) })],
  ] as const)('%s', async ([, make]) => {
    const { held, copied } = holding();
    const options = make(copied);
    options.store.setOwned(KEY, { counter: 0, part: { name: 'as it was' } });
    await new Sessions<Counter>({ ...options, initial }).update(KEY, countUp);
    expect(held.length).toBeGreaterThan(0);
    for (const part of held) part.name = 'changed by others';
    expect(MemorySessionStore.prototype.getShared.call(options.store, KEY)).toEqual({
      counter: 1,
      part: { name: 'as it was' },
    });
  });
});
