/** The updates that this process has handled lately, for stores that cannot keep them with the data. */

import { innermost } from './innermost';
import { addMark, hasMark, updateMark } from './marks';
import { MemorySessionStore } from './memory';

/** How many keys are remembered; one more, and the one that was quiet for the longest time is forgotten. */
const KEYS = 10_000;

const ofStores = new WeakMap<object, Handled>();

/** The last updates of each key, shared by all who share a store. */
export class Handled {
  readonly #marks = new MemorySessionStore<string>(KEYS);

  static of(store: object): Handled {
    const owner = innermost(store);
    let handled = ofStores.get(owner);
    if (handled === undefined) {
      handled = new Handled();
      ofStores.set(owner, handled);
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
