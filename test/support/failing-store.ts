/** Stores that fail where a test wants them to, once, and then work again. */

import { RecordingStore } from './recording-store';

type Method = 'get' | 'set' | 'delete';

export class FailingStore<S> extends RecordingStore<S> {
  readonly #faults = new Map<string, () => unknown>();

  /**
   * Puts a fault in place of what a method does the next time it is called: it may throw, or answer whatever it likes.
   *
   * @param call - a method, or a method and the key it is called with: `set 42:42`
   */
  failNext(call: Method | `${Method} ${string}`, fault: () => unknown): void {
    this.#faults.set(call, fault);
  }

  override get(key: string): Promise<S | undefined> | S | undefined {
    return this.#instead('get', key, () => super.get(key)) as S | undefined;
  }

  override set(key: string, value: S): unknown {
    return this.#instead('set', key, () => super.set(key, value));
  }

  override delete(key: string): unknown {
    return this.#instead('delete', key, () => super.delete(key));
  }

  #instead(method: Method, key: string, work: () => unknown): unknown {
    const call = this.#faults.has(method) ? method : `${method} ${key}`;
    const fault = this.#faults.get(call) ?? work;
    this.#faults.delete(call);
    return fault();
  }
}

/** Lists its keys as well. */
export class ListingStore<S> extends FailingStore<S> {
  readonly supports = { keys: true };

  keys(): Iterable<string> {
    return [...this.values.keys()];
  }
}
