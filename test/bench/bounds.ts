/** Caches that do no more than they must: what an LRU in JavaScript can reach at all. */

import type { Entry } from './caches';

/** An exact LRU and nothing else: a `Map`, slots, and their links. No time to live, no counters, nobody to tell. */
export class BarestLru {
  readonly #slots = new Map<string, number>();
  readonly #keys: string[];
  readonly #values: Entry[];
  /** Before and after, side by side; slot 0 is the knot. */
  readonly #links: Uint32Array;
  readonly #max: number;
  #reached = 0;

  constructor(max: number) {
    this.#max = max;
    this.#keys = new Array(max + 1);
    this.#values = new Array(max + 1);
    this.#links = new Uint32Array((max + 1) * 2);
  }

  get(key: string): Entry | undefined {
    const slot = this.#slots.get(key);
    if (slot === undefined) return undefined;
    this.#renew(slot);
    return this.#values[slot];
  }

  set(key: string, value: Entry): void {
    const known = this.#slots.get(key);
    if (known !== undefined) {
      this.#values[known] = value;
      this.#renew(known);
      return;
    }
    const slot = this.#reached < this.#max ? this.#nextSlot() : this.#freedSlot();
    this.#slots.set(key, slot);
    this.#keys[slot] = key;
    this.#values[slot] = value;
  }

  #nextSlot(): number {
    const slot = ++this.#reached;
    this.#append(slot);
    return slot;
  }

  #freedSlot(): number {
    const slot = this.#links[1] as number;
    this.#slots.delete(this.#keys[slot] as string);
    this.#renew(slot);
    return slot;
  }

  #renew(slot: number): void {
    const links = this.#links;
    if (links[0] === slot) return;
    const before = links[slot * 2] as number;
    const after = links[slot * 2 + 1] as number;
    links[before * 2 + 1] = after;
    links[after * 2] = before;
    this.#append(slot);
  }

  #append(slot: number): void {
    const links = this.#links;
    const last = links[0] as number;
    links[last * 2 + 1] = slot;
    links[slot * 2] = last;
    links[slot * 2 + 1] = 0;
    links[0] = slot;
  }
}

/** The same without any order: who has to go is told. What lies between this and the LRU is the price of the order. */
export class SlotsWithoutOrder {
  readonly #slots = new Map<string, number>();
  readonly #values: Entry[] = [];

  get(key: string): Entry | undefined {
    const slot = this.#slots.get(key);
    return slot === undefined ? undefined : this.#values[slot];
  }

  set(key: string, value: Entry): void {
    const known = this.#slots.get(key);
    if (known === undefined) this.#slots.set(key, this.#values.length);
    this.#values[known ?? this.#values.length] = value;
  }

  push(key: string, value: Entry, oldest: string): void {
    const slot = this.#slots.get(oldest) as number;
    this.#slots.delete(oldest);
    this.#slots.set(key, slot);
    this.#values[slot] = value;
  }
}
