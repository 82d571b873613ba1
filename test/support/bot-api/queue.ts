/** The updates of one bot that it has not confirmed yet: Telegram keeps them, in order, and delivers until it is told. */

import type { Delivery, RawUpdate } from './types';

interface Pending {
  readonly update: RawUpdate;
  attempts: number;
}

export class UpdateQueue {
  readonly #pending = new Map<number, Pending>();
  readonly #idle = new Set<{ resolve(): void; reject(error: Error): void }>();
  #newest: number;
  #closed = false;

  constructor(firstId: number) {
    this.#newest = firstId - 1;
  }

  get size(): number {
    return this.#pending.size;
  }

  /** Takes an update in, with the next id unless it has one. */
  push<U extends object>(update: U): U & RawUpdate {
    const given = (update as { update_id?: unknown }).update_id;
    const id = typeof given === 'number' ? given : this.#newest + 1;
    if (id <= this.#newest) {
      // An offset confirms every lower id, so Telegram could never deliver this one either.
      throw new RangeError(`Update ids only grow: expected one above ${this.#newest}, got ${id}`);
    }
    this.#newest = id;
    const whole = { update_id: id, ...update } as U & RawUpdate;
    this.#pending.set(id, { update: whole, attempts: 0 });
    return whole;
  }

  /** The oldest unconfirmed updates. */
  first(limit: number): RawUpdate[] {
    const found: RawUpdate[] = [];
    for (const { update } of this.#pending.values()) {
      if (found.length === limit) break;
      found.push(update);
    }
    return found;
  }

  /** Counts an attempt to deliver an update. */
  attempt(update: RawUpdate, via: Delivery['via'], error?: string): Delivery {
    const pending = this.#pending.get(update.update_id);
    if (pending != null) pending.attempts++;
    return { update, via, attempt: pending?.attempts ?? 1, ...(error == null ? {} : { error }) };
  }

  confirm(update: RawUpdate): void {
    this.#pending.delete(update.update_id);
    this.#tell();
  }

  /** Confirms everything below an id, as `getUpdates` does with its offset. */
  confirmBelow(offset: number): void {
    for (const id of this.#pending.keys()) {
      if (id >= offset) break;
      this.#pending.delete(id);
    }
    this.#tell();
  }

  /** Forgets all but the newest. */
  keepNewest(count: number): void {
    const ids = [...this.#pending.keys()];
    for (const id of ids.slice(0, Math.max(0, ids.length - count))) this.#pending.delete(id);
    this.#tell();
  }

  /** Resolves as soon as nothing is unconfirmed. */
  drained(): Promise<void> {
    if (this.size === 0) return Promise.resolve();
    const drained = new Promise<void>((resolve, reject) => this.#idle.add({ resolve, reject }));
    drained.catch(() => {});
    if (this.#closed) this.close();
    return drained;
  }

  close(): void {
    this.#closed = true;
    for (const { reject } of this.#idle)
      reject(new Error(`The server closed with ${this.size} updates unconfirmed`));
    this.#idle.clear();
  }

  #tell(): void {
    if (this.size > 0) return;
    for (const { resolve } of this.#idle) resolve();
    this.#idle.clear();
  }
}
