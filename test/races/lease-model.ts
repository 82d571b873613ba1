/** What a store with leases does with one key, in few enough lines that anyone can check them. */

import type { StoredChange } from '@sessiongram/core';

interface Asked {
  readonly token: string;
  readonly contender: string;
}

/** A lease that was had: another one each time, also under the same token. */
export interface Held {
  readonly token: string;
  /** The data when it was had. */
  readonly read: number | undefined;
  /** The marks when it was had, which its commit leaves with its own behind them. */
  readonly marks: readonly string[];
}

class Lock {
  holder: Held | undefined;
  isLapsed = false;
  reserved: string | undefined;
  marks: readonly string[] = [];
}

export class LeaseModel {
  data: number | undefined;
  /** There is none before the first use, and after it was evicted. */
  lock: Lock | undefined;

  /** @param late - whether a commit that comes too late ends a lease that its token has had anew */
  constructor(readonly late: 'frees' | 'leaves' = 'leaves') {}

  acquire(asked: Asked, previous: string | undefined): Held | { readonly reserved: boolean } {
    const lock = this.#open();
    const { holder } = lock;
    const isOwn = holder !== undefined && (holder.token === asked.token || holder.token === previous);
    const isFree = holder === undefined || lock.isLapsed;
    if (isOwn || (isFree && !this.#isTaken(asked))) return this.#grant(asked);
    if (!this.#isTaken(asked)) lock.reserved = asked.contender;
    return { reserved: lock.reserved === asked.contender };
  }

  renew(held: Held): boolean {
    if (this.lock?.holder !== held) return false;
    this.lock.isLapsed = false;
    return true;
  }

  commit(
    held: Held,
    mark: string,
    change: StoredChange<number>,
    next: (Asked & { readonly yields: boolean }) | undefined,
  ): 'done' | 'repeated' | 'lost' {
    const isRepeated = this.lock?.marks.includes(mark) === true;
    // Where the lock is gone, the data tells whether somebody else was there.
    const isHolder = this.lock === undefined ? this.data === held.read : this.lock.holder === held;
    if (isRepeated || !isHolder) {
      if (this.late === 'frees' && this.lock?.holder?.token === held.token) this.lock.holder = undefined;
      return isRepeated ? 'repeated' : 'lost';
    }
    const lock = this.#open();
    if (change.kind !== 'none') this.data = change.kind === 'set' ? change.value : undefined;
    lock.marks = [...held.marks, mark];
    lock.holder = undefined;
    if (next !== undefined && !(next.yields && this.#isTaken(next))) this.#grant(next);
    return 'done';
  }

  lapse(): void {
    if (this.lock === undefined) return;
    this.lock.isLapsed = true;
    this.lock.reserved = undefined;
  }

  /** The lease that is held under a token. */
  holderBy(token: string | undefined): Held | undefined {
    return this.lock?.holder?.token === token ? this.lock?.holder : undefined;
  }

  #open(): Lock {
    this.lock ??= new Lock();
    return this.lock;
  }

  #grant({ token, contender }: Asked): Held {
    const lock = this.#open();
    lock.holder = { token, read: this.data, marks: lock.marks };
    lock.isLapsed = false;
    if (lock.reserved === contender) lock.reserved = undefined;
    return lock.holder;
  }

  /** Whether another has the reservation. */
  #isTaken({ contender }: Asked): boolean {
    return this.lock?.reserved !== undefined && this.lock.reserved !== contender;
  }
}
