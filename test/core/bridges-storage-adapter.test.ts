/** grammY's storage adapters as stores, and stores as grammY's storage adapters. */

import { MemorySessionStore, type SessionStore } from '@sessiongram/core';
import { MemorySessionStorage, type StorageAdapter } from 'grammy';
import { describe, expect, test } from 'vitest';
import { fromStorageAdapter, toStorageAdapter } from '../../packages/core/src/bridges/storage-adapter';
import { registerStoreCases } from '../stores/register';
import { FailingStore } from '../support/failing-store';

registerStoreCases(
  'fromStorageAdapter(toStorageAdapter(MemorySessionStore))',
  {
    open() {
      const memory = new MemorySessionStore();
      const store = () => fromStorageAdapter(toStorageAdapter(memory));
      return { store: store(), another: store, close() {} };
    },
  },
  { lacks: ['dropLock', 'encodes', 'leases', 'passTime', 'putRaw', 'ttl'] },
);

async function listed<T>(all: AsyncIterable<T> | Iterable<T> | undefined): Promise<T[]> {
  const found: T[] = [];
  for await (const each of all ?? []) found.push(each);
  return found.sort();
}

describe('fromStorageAdapter', () => {
  test('lists the keys of an adapter that does, by prefix as well', async () => {
    const storage = new MemorySessionStorage<number>();
    storage.write('1:1', 1);
    storage.write('2:2', 2);
    const store = fromStorageAdapter(storage);
    expect(store.supports).toEqual({ keys: true });
    expect(await listed(store.keys?.())).toEqual(['1:1', '2:2']);
    expect(await listed(store.keys?.({ prefix: '2' }))).toEqual(['2:2']);
  });

  test('names no capability of an adapter that has none', () => {
    const { read, write, delete: remove } = toStorageAdapter(new MemorySessionStore());
    const store = fromStorageAdapter({ read, write, delete: remove });
    expect(store.supports).toEqual({});
    expect(store.keys).toBeUndefined();
  });
});

describe('toStorageAdapter', () => {
  test('reads, writes and deletes what the store has', async () => {
    const store = new MemorySessionStore<{ counter: number }>();
    const adapter: StorageAdapter<{ counter: number }> = toStorageAdapter(store);
    expect([await adapter.read('1:1'), await adapter.has?.('1:1')]).toEqual([undefined, false]);
    await adapter.write('1:1', { counter: 1 });
    expect(store.get('1:1')).toEqual({ counter: 1 });
    expect([await adapter.read('1:1'), await adapter.has?.('1:1')]).toEqual([{ counter: 1 }, true]);
    await adapter.delete('1:1');
    expect(store.get('1:1')).toBeUndefined();
  });

  test('has what is falsy', async () => {
    const adapter = toStorageAdapter(new MemorySessionStore());
    for (const value of [0, '', false]) {
      await adapter.write('1:1', value);
      expect([await adapter.read('1:1'), await adapter.has('1:1')]).toEqual([value, true]);
    }
  });

  test('answers undefined where a store answers null', async () => {
    const store: SessionStore = { get: () => null, set() {}, delete() {} };
    const adapter = toStorageAdapter(store);
    expect([await adapter.read('1:1'), await adapter.has('1:1')]).toEqual([undefined, false]);
  });

  test('hands out and keeps copies', async () => {
    const adapter = toStorageAdapter<{ cart: string[] }>(new MemorySessionStore());
    const given = { cart: ['a'] };
    await adapter.write('1:1', given);
    given.cart.push('b');
    (await adapter.read('1:1'))?.cart.push('c');
    expect(await adapter.read('1:1')).toEqual({ cart: ['a'] });
  });

  test('lists all keys where the store does, and says so by having the method', async () => {
    const adapter = toStorageAdapter(new MemorySessionStore());
    for (const key of ['1:1', '2:2']) await adapter.write(key, 1);
    expect(await listed(adapter.readAllKeys?.())).toEqual(['1:1', '2:2']);
    expect(toStorageAdapter(new Map() as SessionStore).readAllKeys).toBeUndefined();
  });

  test('lists values and entries as well, without what was deleted meanwhile', async () => {
    const store = new MemorySessionStore<number>();
    const adapter = toStorageAdapter(store);
    for (const [key, value] of [
      ['1:1', 1],
      ['2:2', 0],
      ['3:3', 3],
    ] as const)
      await adapter.write(key, value);
    const { readAllEntries, readAllValues } = adapter;
    expect(await listed(readAllValues?.())).toEqual([0, 1, 3]);
    const seen: unknown[] = [];
    for await (const entry of readAllEntries?.() ?? []) {
      seen.push(entry);
      store.delete('3:3');
    }
    expect(seen).toEqual([
      ['1:1', 1],
      ['2:2', 0],
    ]);
    expect(toStorageAdapter(new Map() as SessionStore).readAllEntries).toBeUndefined();
  });

  test('makes a store list its keys that has a method for its entries alone', async () => {
    const { readAllKeys: _, ...adapter } = toStorageAdapter(new MemorySessionStore());
    const store = fromStorageAdapter(adapter);
    for (const key of ['a:1', 'b:2']) await adapter.write(key, 1);
    expect(store.supports?.keys).toBe(true);
    expect(await listed(store.keys?.({ prefix: 'b:' }))).toEqual(['b:2']);
  });

  test('passes a failure on as it comes', async () => {
    const away = new Error('The database is away.');
    const store = new FailingStore<number>();
    const adapter = toStorageAdapter(store);
    const fail = (): never => {
      throw away;
    };
    for (const [method, call] of [
      ['get', () => adapter.read('1:1')],
      ['get', () => adapter.has('1:1')],
      ['set', () => adapter.write('1:1', 1)],
      ['delete', () => adapter.delete('1:1')],
    ] as const) {
      store.failNext(method, fail);
      await expect(call()).rejects.toBe(away);
    }
  });

  test('refuses what is no store', () => {
    for (const given of [undefined, null, new MemorySessionStorage(), { get() {} }]) {
      expect(() => toStorageAdapter(given as unknown as SessionStore)).toThrow(TypeError);
    }
  });
});
