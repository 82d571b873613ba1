/** A memory store that writes down what it tells `onEvict`. */

import { type EvictionReason, MemorySessionStore, type MemorySessionStoreOptions } from '@sessiongram/core';

export type Told = [key: string, value: unknown, reason: EvictionReason];

export function recording<S>(options: MemorySessionStoreOptions<S>): {
  store: MemorySessionStore<S>;
  told: Told[];
} {
  const told: Told[] = [];
  const store = new MemorySessionStore<S>({ ...options, onEvict: (...news) => told.push(news) });
  return { store, told };
}
