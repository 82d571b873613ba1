/** What is done to a cache, over and over. Loaded once per cache, so that no two share what V8 learns. */

import type { CacheKeys } from './cache-keys';
import type { BenchCache, CacheKind, Entry } from './caches';

const ENTRY: Entry = { one: 1 };
/** Timed evictions of one look at the worst. */
const LOOKED_AT = 20_000;

/** A filled cache, and where its work stands. */
export class CacheLoop {
  readonly #cache: BenchCache;
  readonly #keys: CacheKeys;
  #at = 0;
  #pushed = 0;
  found = 0;

  constructor(kind: CacheKind, keys: CacheKeys) {
    this.#cache = kind.open(keys.max);
    this.#keys = keys;
    for (let index = 0; index < keys.max; index++) this.#cache.set(keys.all[index] as string, ENTRY);
    this.#pushed = keys.max;
  }

  hit(count: number): void {
    const { all, random } = this.#keys;
    for (let done = 0; done < count; done++) {
      this.found += this.#cache.get(all[random[this.#next()] as number] as string)?.one ?? 0;
    }
  }

  miss(count: number): void {
    const { all, random, max } = this.#keys;
    for (let done = 0; done < count; done++) {
      this.found += this.#cache.get(all[max + (random[this.#next()] as number)] as string)?.one ?? 0;
    }
  }

  set(count: number): void {
    const { all, random } = this.#keys;
    for (let done = 0; done < count; done++)
      this.#cache.set(all[random[this.#next()] as number] as string, ENTRY);
  }

  evict(count: number): void {
    for (let done = 0; done < count; done++) this.#push();
  }

  /** Reads what is asked for often often, and stores what was not there. */
  zipf(count: number): void {
    const { all, skewed } = this.#keys;
    for (let done = 0; done < count; done++) {
      const key = all[skewed[this.#next()] as number] as string;
      const entry = this.#cache.get(key);
      if (entry === undefined) this.#cache.set(key, ENTRY);
      else this.found += entry.one;
    }
  }

  /** Evictions one by one, in microseconds. */
  timedEvictions(): number[] {
    return Array.from({ length: LOOKED_AT }, () => {
      const start = performance.now();
      this.#push();
      return (performance.now() - start) * 1_000;
    });
  }

  #push(): void {
    const { all, max } = this.#keys;
    const at = this.#pushed++ % all.length;
    this.#cache.push(all[at] as string, ENTRY, all[(at + all.length - max) % all.length] as string);
  }

  #next(): number {
    this.#at = (this.#at + 1) & (this.#keys.random.length - 1);
    return this.#at;
  }
}

/** A class of its own for each cache. */
export async function cacheLoopFor(name: string): Promise<typeof CacheLoop> {
  const compiled = new URL(`dist/cache-loop.js?for=${encodeURIComponent(name)}`, import.meta.url);
  const module = (await import(compiled.href)) as typeof import('./cache-loop');
  return module.CacheLoop;
}
