/** One update at a time per key, in order of arrival, within one process. */

import { setImmediate } from 'node:timers/promises';
import { MemorySessionStore, type SessionStore, Sessions } from '@sessiongram/core';
import { describe, expect, test } from 'vitest';
import { Turns } from '../../packages/core/src/turns';
import { deferred, ShuffledStore } from '../support/recording-store';

interface Counter {
  counter: number;
}

const initial = (): Counter => ({ counter: 0 });
const upTo = (end: number): number[] => Array.from({ length: end }, (_, index) => index);

const stores: [name: string, make: () => SessionStore<Counter>][] = [
  ['a MemorySessionStore', () => new MemorySessionStore<Counter>()],
  ['a plain Map', () => new Map<string, Counter>()],
  ['a store that answers late and in any order', () => new ShuffledStore<Counter>()],
];

describe.each(stores)('on %s', (_, make) => {
  test('500 concurrent read-await-write runs of one key count to 500, in order of arrival', async () => {
    const store = make();
    const sessions = new Sessions<Counter>({ store, initial });
    const order: number[] = [];
    await Promise.all(
      upTo(500).map((arrival) =>
        sessions.run('42:42', async (session) => {
          const { counter } = session.data;
          await setImmediate();
          session.data.counter = counter + 1;
          order.push(arrival);
        }),
      ),
    );
    expect(await store.get('42:42')).toEqual({ counter: 500 });
    expect(order).toEqual(upTo(500));
  });

  test('the handlers of 1,000 keys all run before any of them ends', async () => {
    const sessions = new Sessions<Counter>({ store: make(), initial });
    const everybody = deferred();
    let present = 0;
    const runs = upTo(1000).map((id) =>
      sessions.run(`${id}:${id}`, async () => {
        if (++present === 1000) everybody.resolve();
        await everybody.promise;
      }),
    );
    await Promise.all(runs);
    expect(present).toBe(1000);
  });

  test('two engines over one store object share its turns', async () => {
    const store = make();
    const engines = [new Sessions<Counter>({ store, initial }), new Sessions<Counter>({ store, initial })];
    const order: number[] = [];
    await Promise.all(
      upTo(100).map((arrival) =>
        engines[arrival % 2]?.run('42:42', async (session) => {
          const { counter } = session.data;
          await setImmediate();
          session.data.counter = counter + 1;
          order.push(arrival);
        }),
      ),
    );
    expect(await store.get('42:42')).toEqual({ counter: 100 });
    expect(order).toEqual(upTo(100));
  });

  test('run, update and delete of one key wait for one another in order of arrival', async () => {
    const store = make();
    const sessions = new Sessions<Counter>({ store, initial });
    const answers = await Promise.all([
      sessions.run('42:42', async (session) => {
        await setImmediate();
        session.data.counter += 5;
        return session.isNew;
      }),
      sessions.update('42:42', (data) => ({ counter: data.counter * 2 })),
      sessions.delete('42:42'),
      sessions.run('42:42', (session) => session.data.counter),
    ]);
    expect(answers).toEqual([true, { counter: 10 }, undefined, 0]);
  });

  test('no queue is left when all have run', async () => {
    const store = make();
    const sessions = new Sessions<Counter>({ store, initial });
    await Promise.all(upTo(50).map((id) => sessions.update(`${id % 7}:1`, (data) => void data.counter++)));
    expect(Turns.of(store).size).toBe(0);
  });
});

describe('apart from one another are', () => {
  test('engines over one store with different prefixes', async () => {
    const store = new Map<string, Counter>();
    const one = new Sessions<Counter>({ store, initial, prefix: 'one:' });
    const two = new Sessions<Counter>({ store, initial, prefix: 'two:' });
    const together = deferred();
    const first = one.run('42:42', async (session) => {
      await together.promise;
      session.data.counter = 1;
    });
    await two.run('42:42', (session) => {
      together.resolve();
      session.data.counter = 2;
    });
    await first;
    expect([...store].sort()).toEqual([
      ['one:42:42', { counter: 1 }],
      ['two:42:42', { counter: 2 }],
    ]);
  });

  test('engines over different store objects', async () => {
    const one = new Sessions<Counter>({ store: new Map<string, Counter>(), initial });
    const two = new Sessions<Counter>({ store: new Map<string, Counter>(), initial });
    const together = deferred();
    const first = one.run('42:42', () => together.promise);
    await two.run('42:42', () => together.resolve());
    await expect(first).resolves.toBeUndefined();
  });

  test('keys of one engine, also where one is the beginning of the other', async () => {
    const sessions = new Sessions<Counter>({ initial });
    const together = deferred();
    const first = sessions.run('4', () => together.promise);
    await sessions.run('42', () => together.resolve());
    await expect(first).resolves.toBeUndefined();
  });
});

describe('a handler that throws', () => {
  test('passes its error on and gives its turn to the next', async () => {
    const sessions = new Sessions<Counter>({ initial });
    const failure = new Error('Telegram is away');
    const first = sessions.run('42:42', async () => {
      await setImmediate();
      throw failure;
    });
    const second = sessions.update('42:42', (data) => void data.counter++);
    await expect(first).rejects.toBe(failure);
    await expect(second).resolves.toEqual({ counter: 1 });
  });

  test('at once, before anything was awaited, does the same', async () => {
    const sessions = new Sessions<Counter>({ initial });
    const failure = new Error('not even started');
    const first = sessions.run('42:42', () => {
      throw failure;
    });
    const second = sessions.update('42:42', (data) => void data.counter++);
    await expect(first).rejects.toBe(failure);
    await expect(second).resolves.toEqual({ counter: 1 });
  });
});
