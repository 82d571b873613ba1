/** The updates of a run, in a corner of the store that no other run uses. */

import { randomBytes } from 'node:crypto';
import type { Source } from './fleet';
import type { Job } from './protocol';

export interface UpdatesOptions {
  /** @default 20 */
  readonly keys?: number;
  /** The longest that a handler takes; each takes a random part of it. */
  readonly handlerMs: number;
  /**
   * Which updates have an update id, so that they can be redelivered.
   * @default 'none'
   */
  readonly numbered?: 'none' | 'half' | 'all';
}

export class Updates {
  /** The keys of all updates, in turn. */
  readonly keys: readonly string[];
  readonly #options: Required<UpdatesOptions>;
  #made = 0;

  constructor(options: UpdatesOptions) {
    this.#options = { keys: 20, numbered: 'none', ...options };
    const run = randomBytes(4).toString('hex');
    this.keys = Array.from({ length: this.#options.keys }, (_, index) => `${run}-${index}`);
  }

  /** How many there were so far. */
  get made(): number {
    return this.#made;
  }

  /** One more update, of the next key unless another is given. */
  next(key: string = this.keys[this.#made % this.keys.length] as string): Job {
    const { handlerMs, numbered } = this.#options;
    const nth = ++this.#made;
    const isNumbered = numbered === 'all' || (numbered === 'half' && Math.random() < 0.5);
    return { id: String(nth), key, ms: Math.random() * handlerMs, updateId: isNumbered ? nth : undefined };
  }

  /** So many updates, and as many more as it takes until something has happened. */
  atLeast(count: number, hasHappened: () => boolean = () => true): Source {
    const end = this.#made + count;
    return () => (this.#made < end || !hasHappened() ? this.next() : undefined);
  }
}
