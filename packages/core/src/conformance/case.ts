/** What a conformance case is, and what it is run on. */

import type { MaybePromise } from '../maybe-promise';
import type { SessionStore } from '../store';

/** One promise of a contract, as data: register it with any test runner. */
export interface Case<Subject, Need extends string = never> {
  /** A sentence of behaviour, unique within its suite. */
  readonly name: string;
  /** What a subject must offer for the case to make sense on it. */
  readonly needs?: readonly Need[];
  /** Fails with an `Error` that says what was expected and what came. */
  run(subject: Subject): Promise<void>;
}

/** A way to make stores of one kind. */
export interface StoreSubject {
  /** Opens a store that is empty, shares nothing with any other, and has room for 2,000 small values. */
  open(options?: {
    /** How long a value lives unless it is used; never given where `passTime` is not offered. */
    readonly ttlMs?: number | undefined;
  }): MaybePromise<OpenStore>;
}

/** What a case of the store suite may need besides an open store. */
export type StoreNeed = Capability | 'another' | 'passTime' | 'putRaw' | 'dropLock';

type Capability = 'leases' | 'ttl' | 'keys' | 'encodes';

/** A case of the store suite. Each opens stores of its own, and closes them. */
export type StoreCase = Case<StoreSubject, StoreNeed>;

/** A store, and the means to do to it what the world does to a store. */
export interface OpenStore {
  readonly store: SessionStore;
  /** Opens a second store over the same data, as another process would have it. */
  another?(): MaybePromise<SessionStore>;
  /** Lets time pass for the store: turns its clock, or waits where that cannot be. */
  passTime?(ms: number): MaybePromise<void>;
  /** Puts text where the value of a key is kept, as another program would. */
  putRaw?(key: string, text: string): MaybePromise<void>;
  /** Makes the store forget who has the lease of a key, as an engine does that evicts or is flushed. The data stays. */
  dropLock?(key: string): MaybePromise<void>;
  /** Closes what `open` and `another` have opened. */
  close(): MaybePromise<void>;
}

/** What a case needs and an open store does not offer. */
export function missingNeeds(needs: readonly StoreNeed[], opened: OpenStore): StoreNeed[] {
  const { supports = {} } = opened.store;
  return needs.filter((need) =>
    need === 'leases' || need === 'ttl' || need === 'keys' || need === 'encodes'
      ? supports[need] !== true
      : opened[need] === undefined,
  );
}

/**
 * Finds out what cases need and a kind of store does not offer, so that a runner can skip them and say why. Opens a
 * store for that, and closes it: ask once for a whole suite.
 *
 * @example
 * ```ts
 * const missing = await probe(subject);
 * for (const each of storeCases) test(each.name, { skip: missing(each).join() || false }, () => each.run(subject));
 * ```
 */
export async function probe(subject: StoreSubject): Promise<(each: StoreCase) => StoreNeed[]> {
  const plain = await subject.open();
  await plain.close();
  if (plain.passTime === undefined) return ({ needs = [] }) => missingNeeds(needs, plain);
  // Some stores name the capability only when they were told how long a value lives.
  const mortal = await subject.open({ ttlMs: 60_000 });
  await mortal.close();
  return ({ needs = [] }) => missingNeeds(needs, needs.includes('ttl') ? mortal : plain);
}
