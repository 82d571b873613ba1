/** What a store holds, as an engine lists it: its own keys, without its prefix, each with its data. */

import { MemorySessionStore, SessionError, type SessionStore } from '@sessiongram/core';
import { describe, expect, test, vi } from 'vitest';
import { entriesOf, keysOf } from '../../packages/core/src/moving/listing';
import { RecordingStore } from '../support/recording-store';

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

function filled(...keys: string[]): MemorySessionStore<number> {
  const store = new MemorySessionStore<number>();
  for (const [index, key] of keys.entries()) store.set(key, index);
  return store;
}

const keys = (store: SessionStore, own = '', options?: { prefix?: string }) =>
  keysOf('sessions.keys()', store, own, options);

describe('keys', () => {
  const store = filled('shop:42:1', 'shop:42:2', 'shop:7:1', 'other:42:1', 'shop');

  test('are those of the engine, without its prefix', async () => {
    expect(await all(keys(store, 'shop:'))).toEqual(['42:1', '42:2', '7:1']);
    expect(await all(keys(store))).toHaveLength(5);
  });

  test('are those that begin as is asked, with their beginning', async () => {
    expect(await all(keys(store, 'shop:', { prefix: '42:' }))).toEqual(['42:1', '42:2']);
    expect(await all(keys(store, '', { prefix: 'other' }))).toEqual(['other:42:1']);
  });

  test('are filtered here as well, for a store that has no ear for prefixes', async () => {
    const deaf: SessionStore = { get() {}, set() {}, delete() {} };
    const list = vi.fn((_: object) => ['a:1', 'b:1', 'a:2']);
    const lists: SessionStore = { ...deaf, supports: { keys: true }, keys: (options = {}) => list(options) };
    expect(await all(keys(lists, 'a:'))).toEqual(['1', '2']);
    expect(list.mock.calls).toEqual([[{ prefix: 'a:' }]]);
  });

  test('are refused where the store cannot list them, before any is asked for', () => {
    expect(() => keys(new RecordingStore())).toThrow(TypeError);
    expect(() => keys(new RecordingStore())).toThrow(/sessions\.keys\(\) takes a store that lists its keys/);
    const silent = Object.assign(filled(), { supports: {} });
    expect(() => keys(silent)).toThrow(TypeError);
  });

  test('are refused for a prefix that is none, and for other options', () => {
    expect(() => keys(store, '', { prefix: 42 } as never)).toThrow(/"prefix" must be a string, but got 42/);
    expect(() => keys(store, '', { suffix: 'a' } as never)).toThrow(/unknown option "suffix"/);
  });

  test('that cannot be listed are a failure of the store, whose error is the cause', async () => {
    const cause = new Error('connection lost');
    const store = Object.assign(new RecordingStore(), {
      supports: { keys: true },
      async *keys() {
        yield '1';
        throw cause;
      },
    });
    const found: string[] = [];
    const listing = (async () => {
      for await (const key of keys(store)) found.push(key);
    })();
    await expect(listing).rejects.toMatchObject({ code: 'SESSION_LOAD_FAILED', cause });
    expect(found).toEqual(['1']);
  });

  test('leave the error of whoever goes through them as it is, and end the listing', async () => {
    let ended = 0;
    const store = Object.assign(new RecordingStore(), {
      supports: { keys: true },
      *keys() {
        try {
          yield* ['1', '2'];
        } finally {
          ended++;
        }
      },
    });
    const listing = (async () => {
      for await (const key of keys(store)) throw new RangeError(key);
    })();
    await expect(listing).rejects.toThrow(RangeError);
    expect(ended).toBe(1);
  });
});

describe('entries', () => {
  test('are keys with their data', async () => {
    const store = filled('a', 'b');
    const read = async (key: string) => store.get(key);
    expect(await all(entriesOf(keys(store), read))).toEqual([
      ['a', 0],
      ['b', 1],
    ]);
  });

  test('do not come for what was deleted meanwhile', async () => {
    const read = async (key: string) => (key === 'a' ? undefined : 0);
    expect(await all(entriesOf(['a', 'b'], read))).toEqual([['b', 0]]);
  });

  test('end with the first that cannot be read', async () => {
    const read = async (key: string) => {
      throw new SessionError('SESSION_CORRUPT', 'text', { key });
    };
    await expect(all(entriesOf(['a', 'b'], read))).rejects.toMatchObject({ key: 'a' });
  });
});
