/** When numbered slots end: a deadline for each, and the order in which they come. */

import { add, first, grown, type Links, NO_SLOT, remove, ringOf } from './links';

/** From when a time to live counts: from the last use, or from the start. */
export type TtlKind = 'rolling' | 'fixed';

/**
 * Deadlines of slots that are numbered and ordered elsewhere.
 *
 * With a rolling time, the order of use is the order of the ends, because a use renews both. With a fixed time a slot in
 * constant use ends before its neighbours, so the order of the starts is kept as well. Either way the next to end is the
 * first of a ring, and nothing is ever searched.
 */
export class Lives {
  readonly #ttlMs: number;
  #deadlines: Float64Array = new Float64Array(1);
  /** The slots in the order of their starts; only with a fixed time. */
  #starts: Links | undefined;

  constructor(ttlMs: number, kind: TtlKind) {
    this.#ttlMs = ttlMs;
    this.#starts = kind === 'fixed' ? ringOf(NO_SLOT) : undefined;
  }

  /** Forgets all slots, and gives back their room. */
  clear(): void {
    this.#deadlines = new Float64Array(1);
    if (this.#starts !== undefined) this.#starts = ringOf(NO_SLOT);
  }

  /** Makes room for the slots up to `highest`. */
  makeRoom(highest: number): void {
    const deadlines = new Float64Array(highest + 1);
    deadlines.set(this.#deadlines);
    this.#deadlines = deadlines;
    if (this.#starts !== undefined) this.#starts = grown(this.#starts, highest);
  }

  /** Starts the life of a slot that has none. */
  begin(slot: number, now: number): void {
    this.#deadlines[slot] = now + this.#ttlMs;
    if (this.#starts !== undefined) add(this.#starts, slot);
  }

  /** Notes a use. */
  renew(slot: number, now: number): void {
    if (this.#starts === undefined) this.#deadlines[slot] = now + this.#ttlMs;
  }

  /** Forgets a slot. */
  end(slot: number): void {
    if (this.#starts !== undefined) remove(this.#starts, slot);
  }

  isOver(slot: number, now: number): boolean {
    return (this.#deadlines[slot] as number) <= now;
  }

  /** The slot whose time is over first, or {@link NO_SLOT}; `uses` is the order of their use. */
  nextToEnd(uses: Links): number {
    return first(this.#starts ?? uses);
  }
}
