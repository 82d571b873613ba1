/** The updates that this process has handled lately, for stores that cannot keep them with the data. */

import { addMark, hasMark, updateMark } from './marks';
import { MemorySessionStore } from './memory';

/** How many keys are remembered; one more, and the one that was quiet for the longest time is forgotten. */
const KEYS = 10_000;

const ofStores = new WeakMap<object, Handled>();

/** The last updates of each key, shared by all who share a store. */
export class Handled {
  readonly #marks = new MemorySessionStore<string>(KEYS);

  static of(store: object): Handled {
    let handled = ofStores.get(store);
    if (handled === undefined) {
      handled = new Handled();
      ofStores.set(store, handled);
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
