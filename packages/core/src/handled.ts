/** The updates that this process has handled lately, for stores that cannot keep them with the data. */

import { innermost } from './innermost';
import { addMark, hasMark, updateMark } from './marks';
import { MemorySessionStore } from './memory';

/** How many keys are remembered; one more, and the one that was quiet for the longest time is forgotten. */
const KEYS = 10_000;

const SHARED = Symbol.for('sessiongram.handled');

/** The last updates of each key, shared by all who share a store. */
export class Handled {
  readonly #marks = new MemorySessionStore<string>(KEYS);

  /** What was handled on a store, the same for the whole process, also where two copies of this package are loaded. */
  static of(store: object): Handled {
    const owner = innermost(store);
    const shared = globalThis as { [SHARED]?: WeakMap<object, Handled> };
    shared[SHARED] ??= new WeakMap();
    let handled = shared[SHARED].get(owner);
    if (handled === undefined) {
      handled = new Handled();
      shared[SHARED].set(owner, handled);
    }
    return handled;
  }

  has(name: string, updateId: number): boolean {
    return hasMark(this.#marks.get(name) ?? '', updateMark(updateId));
  }

  add(name: string, updateId: number): void {
    this.#marks.set(name, addMark(this.#marks.get(name) ?? '', updateMark(updateId)));
  }
}
