/** Who holds the turn of each key. */

import type { Turn } from './turns';

/**
 * The holders by their keys. One of them stands apart: to put a name into a `Map` and take it out again costs an update a
 * third of a microsecond, and most updates find nobody else at work.
 */
export class Holders {
  #lone: Turn | undefined;
  readonly #others = new Map<string, Turn>();

  get size(): number {
    return this.#others.size + (this.#lone === undefined ? 0 : 1);
  }

  get(name: string): Turn | undefined {
    if (this.#lone?.name === name) return this.#lone;
    // Asked of an empty `Map` too, a key that is new as a text would be hashed.
    return this.#others.size === 0 ? undefined : this.#others.get(name);
  }

  /** Takes in the holder of a turn that nobody held. */
  add(turn: Turn): void {
    if (this.#lone === undefined) this.#lone = turn;
    else this.#others.set(turn.name, turn);
  }

  replace(turn: Turn, next: Turn): void {
    if (this.#lone === turn) this.#lone = next;
    else this.#others.set(turn.name, next);
  }

  remove(turn: Turn): void {
    if (this.#lone === turn) this.#lone = undefined;
    else this.#others.delete(turn.name);
  }

  all(): Turn[] {
    return this.#lone === undefined ? [...this.#others.values()] : [this.#lone, ...this.#others.values()];
  }
}
