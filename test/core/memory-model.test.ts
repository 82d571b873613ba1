/** The memory store does what a naive one does: an array in order of use, every entry with its deadline. */

import { type EvictionReason, MemorySessionStore, type MemorySessionStoreOptions } from '@sessiongram/core';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

type Value = { n: number };
type TtlKind = NonNullable<MemorySessionStoreOptions<Value>['ttl']>;
type News = `${EvictionReason} ${string} ${number}`;

/** Correct because there is nothing to get wrong: everything is looked for from the start of an array. */
class NaiveStore {
  readonly news: News[] = [];
  hits = 0;
  misses = 0;
  #made = 0;
  #entries: { key: string; value: Value; deadline: number; made: number }[] = [];

  constructor(
    readonly max: number,
    readonly ttlMs: number | undefined,
    readonly ttl: TtlKind,
  ) {}

  get size(): number {
    this.#dropEnded();
    return this.#entries.length;
  }

  get(key: string): Value | undefined {
    const value = this.touch(key);
    if (value === undefined) this.misses++;
    else this.hits++;
    return value;
  }

  touch(key: string): Value | undefined {
    const entry = this.#entries.find((entry) => entry.key === key);
    if (entry === undefined) return undefined;
    if (entry.deadline <= Date.now()) {
      this.#leave(entry.key, 'ttl');
      return undefined;
    }
    this.#use(key, entry.value);
    return entry.value;
  }

  set(key: string, value: Value): void {
    this.#dropEnded();
    this.#use(key, value);
    const oldest = this.#entries[0];
    if (oldest !== undefined && this.#entries.length > this.max) this.#leave(oldest.key, 'max');
  }

  delete(key: string): void {
    this.#entries = this.#entries.filter((entry) => entry.key !== key);
  }

  clear(): void {
    this.#entries = [];
  }

  keys(): string[] {
    this.#dropEnded();
    return this.#entries.map(({ key }) => key);
  }

  #use(key: string, value: Value): void {
    const before = this.#entries.find((entry) => entry.key === key);
    this.delete(key);
    const made = before?.made ?? this.#made++;
    const end = Date.now() + (this.ttlMs ?? Number.POSITIVE_INFINITY);
    const deadline = this.ttl === 'fixed' ? (before?.deadline ?? end) : end;
    this.#entries.push({ key, value, deadline, made });
  }

  #leave(key: string, reason: EvictionReason): void {
    const entry = this.#entries.find((entry) => entry.key === key);
    if (entry === undefined) return;
    this.delete(key);
    this.news.push(`${reason} ${key} ${entry.value.n}`);
  }

  #dropEnded(): void {
    const inOrder =
      this.ttl === 'fixed' ? this.#entries.toSorted((a, b) => a.made - b.made) : [...this.#entries];
    for (const { key, deadline } of inOrder) if (deadline <= Date.now()) this.#leave(key, 'ttl');
  }
}

type Step =
  | { do: 'set'; key: string }
  | { do: 'get'; key: string }
  | { do: 'touch'; key: string }
  | { do: 'delete'; key: string }
  | { do: 'wait'; ms: number }
  | { do: 'size' }
  | { do: 'clear' };

const keys = ['a', 'b', 'c', 'd', 'e', 'f', '__proto__', ''];
const key = fc.constantFrom(...keys);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('set' as const), key }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('get' as const), key }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('touch' as const), key }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('delete' as const), key }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 15 }) }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'size' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'clear' as const }) },
);
const steps = fc.array(step, { maxLength: 80, size: 'max' });
const max = fc.integer({ min: 1, max: 5 });

/** How often each thing happened over all runs: a model test in which nothing leaves would prove nothing. */
let happened: Record<EvictionReason | 'hit' | 'miss', number>;

beforeEach(() => {
  happened = { max: 0, ttl: 0, hit: 0, miss: 0 };
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function compare(
  max: number,
  ttlMs: number | undefined,
  steps: readonly Step[],
  ttl: TtlKind = 'rolling',
): void {
  const naive = new NaiveStore(max, ttlMs, ttl);
  const news: News[] = [];
  const store = new MemorySessionStore<Value>({
    max,
    ...(ttlMs === undefined ? {} : { ttlMs, ttl }),
    onEvict: (key, value, reason) => news.push(`${reason} ${key} ${value.n}`),
  });
  steps.forEach((step, n) => {
    if (step.do === 'wait') vi.advanceTimersByTime(step.ms);
    else if (step.do === 'size') expect(store.size).toBe(naive.size);
    else if (step.do === 'clear') for (const each of [store, naive]) each.clear();
    else if (step.do === 'touch') for (const each of [store, naive]) each.touch(step.key);
    else if (step.do === 'delete') for (const each of [store, naive]) each.delete(step.key);
    else if (step.do === 'set') for (const each of [store, naive]) each.set(step.key, { n });
    else {
      const value = store.get(step.key);
      expect(value).toEqual(naive.get(step.key));
      happened[value === undefined ? 'miss' : 'hit']++;
    }
    expect(news).toEqual(naive.news);
  });
  expect(store.size).toBe(naive.size);
  expect([...store.keys()].sort()).toEqual(naive.keys().sort());
  for (const key of keys) expect(store.get(key)).toEqual(naive.get(key));
  // Pushes everything out, one after the other: the order in which it leaves is the order of use.
  for (let n = 0; n < max; n++) for (const each of [store, naive]) each.set(`new ${n}`, { n });
  expect(news).toEqual(naive.news);
  const left = (reason: EvictionReason): number => news.filter((line) => line.startsWith(reason)).length;
  const { hits, misses } = naive;
  expect(store.stats).toEqual({ hits, misses, evicted: left('max'), expired: left('ttl'), size: naive.size });
  for (const line of news) happened[line.startsWith('ttl') ? 'ttl' : 'max']++;
}

/** The runs keep one core busy, which on a busy machine takes its time. */
const WITHIN_MS = 60_000;

test('whatever is done, it answers and evicts like the naive store', { timeout: WITHIN_MS }, () => {
  fc.assert(
    fc.property(max, steps, (max, steps) => compare(max, undefined, steps)),
    { numRuns: 1_500 },
  );
  expect(happened.ttl).toBe(0);
  for (const count of [happened.max, happened.hit, happened.miss]) expect(count).toBeGreaterThan(1_000);
});

test('whatever is done and however time goes by, it answers and evicts like the naive store', {
  timeout: WITHIN_MS,
}, () => {
  fc.assert(
    fc.property(max, fc.integer({ min: 1, max: 40 }), steps, (max, ttlMs, steps) =>
      compare(max, ttlMs, steps),
    ),
    { numRuns: 1_500 },
  );
  for (const count of Object.values(happened)) expect(count).toBeGreaterThan(1_000);
});

test('with a fixed time, it answers and evicts like the naive store', { timeout: WITHIN_MS }, () => {
  fc.assert(
    fc.property(max, fc.integer({ min: 1, max: 40 }), steps, (max, ttlMs, steps) =>
      compare(max, ttlMs, steps, 'fixed'),
    ),
    { numRuns: 1_500 },
  );
  for (const count of Object.values(happened)) expect(count).toBeGreaterThan(1_000);
});
