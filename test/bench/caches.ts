/** The caches that are compared, each with the same few methods. */

import { LRUCache } from 'lru-cache';
import { LRUMap as MnemonistMap } from 'mnemonist';
import QuickLRU from 'quick-lru';
import { lru as tinyLru } from 'tiny-lru';
import { vibegram as realVibegram } from '../support/load-vibegram';
import { BarestLru, SlotsWithoutOrder } from './bounds';
import { core } from './built';
import { hasRealVibegram } from './contexts';

/** What is stored; the same object everywhere, so that only the cache itself weighs. */
export interface Entry {
  readonly one: number;
}

export interface BenchCache {
  get(key: string): Entry | undefined;
  set(key: string, value: Entry): unknown;
  /** Stores under a key that is new, where the cap is reached; `oldest` is the key that has to go. */
  push(key: string, value: Entry, oldest: string): unknown;
}

export interface CacheKind {
  readonly name: string;
  open(max: number): BenchCache;
}

export const OURS = 'ours';
export const LRU_CACHE = 'lru-cache';
export const PLAIN_MAP = 'plain Map';

export const cacheKinds: readonly CacheKind[] = [
  { name: OURS, open: openOurs },
  { name: LRU_CACHE, open: (max) => pushing(new LRUCache<string, Entry>({ max })) },
  { name: 'quick-lru', open: (maxSize) => pushing(new QuickLRU<string, Entry>({ maxSize })) },
  { name: 'tiny-lru', open: (max) => pushing(tinyLru<Entry>(max)) },
  { name: 'mnemonist', open: (max) => pushing(new MnemonistMap<string, Entry>(max)) },
  ...(hasRealVibegram ? [{ name: 'vibegram', open: openVibegram }] : []),
  { name: 'bound: the barest exact LRU', open: (max) => pushing(new BarestLru(max)) },
  { name: 'bound: slots without order', open: () => new SlotsWithoutOrder() },
  { name: PLAIN_MAP, open: openMap },
];

/** Without the copies, which the engine makes in any case. */
function openOurs(max: number): BenchCache {
  const store = new core.MemorySessionStore<Entry>(max);
  return {
    get: (key) => store.getShared(key),
    set: (key, value) => store.setOwned(key, value),
    push: (key, value) => store.setOwned(key, value),
  };
}

function openVibegram(max: number): BenchCache {
  const store = new realVibegram.MemorySessionStore(86_400_000, max);
  return {
    get: (key) => store.get(key) as Entry | undefined,
    set: (key, value) => store.set(key, value),
    push: (key, value) => store.set(key, value),
  };
}

/** Knows neither order nor cap: nothing that is built on it can be faster. */
function openMap(): BenchCache {
  const map = new Map<string, Entry>();
  return {
    get: (key) => map.get(key),
    set: (key, value) => map.set(key, value),
    push: (key, value, oldest) => {
      map.delete(oldest);
      return map.set(key, value);
    },
  };
}

function pushing(cache: Pick<BenchCache, 'get' | 'set'>): BenchCache {
  return {
    get: (key) => cache.get(key),
    set: (key, value) => cache.set(key, value),
    push: (key, value) => cache.set(key, value),
  };
}
