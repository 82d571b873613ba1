/** Sessions in memory: an exact LRU with an optional time to live. The default store, and the reference for others. */

import { aFunction, checkOptions, type Rules } from './check';
import { copyOf } from './data/snapshot';
import { renewalMs, ttl as ttlRule } from './kit/rules';
import { add, first, grown, type Links, NO_SLOT, remove, renew, ringOf } from './links';
import { Lives, type TtlKind } from './lives';
import type { EvictionListener, EvictionReason, SessionStore, StoreCapabilities } from './store';

/** Options of a {@link MemorySessionStore}. */
export interface MemorySessionStoreOptions<S> {
  /**
   * How many sessions it holds at most, from 1 to 8 388 608 (half of what a `Map` can hold in V8, which
   * counts deleted entries as well). One more
   * pushes out the one that was not used for the longest time.
   * @default 10000
   */
  max?: number;
  /**
   * How long a session lives, in milliseconds; `ttl` says from when.
   * @default none: it lives until it is pushed out
   */
  ttlMs?: number;
  /**
   * From when `ttlMs` counts. `'rolling'`: from the last use; each read and each write renews it. `'fixed'`: from the
   * first write, whatever is read or written after; a session that was deleted or has ended begins anew when it is written.
   * @default 'rolling'
   */
  ttl?: TtlKind;
  /** Is told of each session that was pushed out or outlived its time, after it is gone. Must not throw. */
  onEvict?: (key: string, value: S, reason: EvictionReason) => void;
}

/** What a {@link MemorySessionStore} has done since it was made. All but `size` only ever grow; `clear()` resets none. */
export interface MemoryStoreStats {
  /** Reads that found a session. */
  readonly hits: number;
  /** Reads that found none, be it that there never was one or that its time was over. */
  readonly misses: number;
  /** Sessions that were pushed out because of `max`. */
  readonly evicted: number;
  /** Sessions that outlived their time. */
  readonly expired: number;
  /** How many sessions it holds now. */
  readonly size: number;
}

const LARGEST_MAX = 2 ** 23;

/**
 * Keeps sessions in this process, for as long as it runs. Reading and writing both count as use, and the cap is held
 * exactly. What goes in and what comes out are copies: no handler ever holds the stored object.
 *
 * Entries are linked by index in flat arrays beside one `Map`. Moving an entry to the front costs the same at any size,
 * where the usual `delete` and `set` on the `Map` itself leaves dead entries that the search for the oldest walks over
 * (measured: 10 µs an eviction at 10 000 entries, 2.9 ms at 1 000 000).
 *
 * @example
 * ```ts
 * const store = new MemorySessionStore<MySession>({ max: 5_000, ttlMs: 24 * 60 * 60 * 1000 });
 * ```
 */
// biome-ignore lint/suspicious/noExplicitAny: like SessionStore, so that one store may serve sessions of every type
export class MemorySessionStore<S = any> implements SessionStore<S> {
  readonly supports: StoreCapabilities;
  readonly #max: number;
  readonly #onEvict: MemorySessionStoreOptions<S>['onEvict'];
  #watchers: Set<EvictionListener> | undefined;
  readonly #lives: Lives | undefined;
  readonly #counts = { hits: 0, misses: 0, evicted: 0, expired: 0 };

  readonly #slots = new Map<string, number>();
  #keys: string[] = [''];
  #values: (S | undefined)[] = [undefined];
  /** The slots in the order of their use. */
  #uses: Links = ringOf(NO_SLOT);
  /** The slots up to this one have been in use. */
  #reached = NO_SLOT;
  /** Those of them that are free again. */
  #free: number[] = [];
  /** Whether entries are being dropped, so that an `onEvict` that uses the store does not start that again. */
  #expiring = false;

  /**
   * @param options - the cap as a number, or an object of options
   * @throws TypeError when an option has a wrong type or range, or is not known
   */
  constructor(options: number | MemorySessionStoreOptions<S> = {}) {
    const given = typeof options === 'object' ? options : { max: options };
    checkOptions('new MemorySessionStore()', given, rules());
    const { ttlMs, ttl = 'rolling' } = given;
    const renewal = renewalMs('new MemorySessionStore()', given);
    this.#max = given.max ?? 10_000;
    this.#onEvict = given.onEvict;
    this.#lives = ttlMs === undefined ? undefined : new Lives(ttlMs, ttl);
    // The capability promises that use renews.
    this.supports = { ttl: renewal !== undefined, keys: true, keepsOwned: true };
  }

  /** How many sessions it holds. */
  get size(): number {
    this.#dropEnded();
    return this.#slots.size;
  }

  /**
   * Counters since it was made, as a new plain object. What has ended is dropped first, so that they are exact.
   *
   * @example
   * ```ts
   * const { hits, misses } = store.stats;
   * console.log(`${Math.round((100 * hits) / (hits + misses))} % of the sessions were there`);
   * ```
   */
  get stats(): MemoryStoreStats {
    const { size } = this;
    return { ...this.#counts, size };
  }

  get(key: string): NoInfer<S> | undefined {
    return copyOf(this.getShared(key));
  }

  set(key: string, value: S): void {
    this.setOwned(key, copyOf(value));
  }

  delete(key: string): void {
    const slot = this.#slots.get(key);
    if (slot !== undefined) this.#remove(slot);
  }

  touch(key: string): void {
    const slot = this.#slots.get(key);
    if (slot !== undefined) this.#use(slot);
  }

  *keys({ prefix = '' }: { prefix?: string } = {}): Generator<string, void> {
    this.#dropEnded();
    for (const key of this.#slots.keys()) if (key.startsWith(prefix)) yield key;
  }

  onEvicted(listener: EvictionListener): () => void {
    this.#watchers ??= new Set();
    this.#watchers.add(listener);
    return () => void this.#watchers?.delete(listener);
  }

  /** Forgets all sessions, without telling `onEvict`. */
  clear(): void {
    this.#slots.clear();
    this.#keys = [''];
    this.#values = [undefined];
    this.#uses = ringOf(NO_SLOT);
    this.#lives?.clear();
    this.#reached = NO_SLOT;
    this.#free = [];
  }

  getShared(key: string): NoInfer<S> | undefined {
    const slot = this.#slots.get(key);
    if (slot === undefined || !this.#use(slot)) {
      this.#counts.misses++;
      return undefined;
    }
    this.#counts.hits++;
    return this.#values[slot];
  }

  setOwned(key: string, value: S): void {
    const now = this.#dropEnded();
    let known = this.#slots.get(key);
    if (known !== undefined && this.#lives?.isOver(known, now)) {
      this.#end(known);
      known = this.#slots.get(key);
    }
    if (known !== undefined) {
      this.#values[known] = value;
      renew(this.#uses, known);
      this.#lives?.renew(known, now);
    } else if (this.#reached < this.#max || this.#free.length > 0) {
      const slot = this.#free.pop() ?? this.#nextSlot();
      add(this.#uses, slot);
      this.#fill(slot, key, value, now);
    } else {
      this.#replaceOldest(key, value, now);
    }
  }

  /** Takes over the slot of the entry that was not used for the longest time. */
  #replaceOldest(key: string, value: S, now: number): void {
    const slot = first(this.#uses);
    const goneKey = this.#keys[slot] as string;
    const gone = this.#values[slot] as S;
    this.#slots.delete(goneKey);
    renew(this.#uses, slot);
    this.#lives?.end(slot);
    this.#fill(slot, key, value, now);
    this.#counts.evicted++;
    this.#tell(goneKey, gone, 'max');
  }

  #fill(slot: number, key: string, value: S, now: number): void {
    this.#slots.set(key, slot);
    this.#keys[slot] = key;
    this.#values[slot] = value;
    this.#lives?.begin(slot, now);
  }

  #nextSlot(): number {
    const slot = ++this.#reached;
    if (slot === this.#keys.length) this.#makeRoom(Math.min(this.#max, slot * 2 + 14));
    return slot;
  }

  #makeRoom(highest: number): void {
    const more = new Array(highest + 1 - this.#keys.length);
    // Where `push` takes half as much again in reserve, `concat` takes nothing.
    this.#keys = this.#keys.concat(more);
    this.#values = this.#values.concat(more);
    this.#uses = grown(this.#uses, highest);
    this.#lives?.makeRoom(highest);
  }

  /** @returns whether the entry lives; if not, it is gone now */
  #use(slot: number): boolean {
    if (this.#lives !== undefined) {
      const now = Date.now();
      if (this.#lives.isOver(slot, now)) {
        this.#end(slot);
        return false;
      }
      this.#lives.renew(slot, now);
    }
    renew(this.#uses, slot);
    return true;
  }

  #remove(slot: number): void {
    remove(this.#uses, slot);
    this.#lives?.end(slot);
    this.#slots.delete(this.#keys[slot] as string);
    this.#keys[slot] = '';
    this.#values[slot] = undefined;
    this.#free.push(slot);
  }

  /** Drops an entry whose time is over. */
  #end(slot: number): void {
    const key = this.#keys[slot] as string;
    const value = this.#values[slot] as S;
    this.#remove(slot);
    this.#counts.expired++;
    this.#tell(key, value, 'ttl');
  }

  #tell(key: string, value: S, reason: EvictionReason): void {
    this.#onEvict?.(key, value, reason);
    if (this.#watchers !== undefined) for (const watch of this.#watchers) watch(key, reason);
  }

  /** @returns the time now, which counts only where entries end */
  #dropEnded(): number {
    if (this.#lives === undefined) return 0;
    if (this.#expiring) return Date.now();
    this.#expiring = true;
    try {
      for (;;) {
        // Looked up each time, because `onEvict` may have cleared the store, and taken its time.
        const now = Date.now();
        const slot = this.#lives.nextToEnd(this.#uses);
        if (slot === NO_SLOT || !this.#lives.isOver(slot, now)) return now;
        this.#end(slot);
      }
    } finally {
      this.#expiring = false;
    }
  }
}

const rules = (): Rules => ({
  max: {
    expected: `a whole number from 1 to ${LARGEST_MAX}`,
    accepts: (value) =>
      Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= LARGEST_MAX,
  },
  ttlMs: {
    expected: 'a number of milliseconds above 0',
    accepts: (value) => typeof value === 'number' && value > 0 && value < Infinity,
  },
  ttl: ttlRule,
  onEvict: aFunction('(key, value, reason) => void'),
});
