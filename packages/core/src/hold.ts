/**
 * Sole access to one session, from its turn to its release: take the turn, load, write, give the turn back.
 *
 * This is the only room that knows how exclusive access is had. For stores with leases it is where the lease is
 * acquired between the turn and the load, and committed with the write; the engine and the adapters see no difference.
 */

import { SessionError } from './errors';
import type { Change } from './handle';
import { isPromiseLike, type MaybePromise } from './maybe-promise';
import type { SessionStore } from './store';
import type { Turn } from './turns';

/** One session's store entry, held by one turn. */
export class Hold<S> {
  constructor(
    readonly turn: Turn,
    readonly store: SessionStore<S>,
  ) {}

  /**
   * Reads what is stored; the value stays the store's own and is not to be changed.
   * @throws SessionError `SESSION_LOAD_FAILED`; `SESSION_LEASE_LOST` when the turn was lost meanwhile
   */
  load(): MaybePromise<S | null | undefined> {
    const { store, turn } = this;
    const answer = readFrom(store, turn.name, turn.key);
    return answer instanceof Promise ? answer.then((stored) => this.#kept(stored)) : this.#kept(answer);
  }

  /**
   * Tells the store what has changed.
   * @throws SessionError `SESSION_SAVE_FAILED`; `SESSION_LEASE_LOST`, and nothing is written, when another has the turn
   */
  async write(change: Change<S>): Promise<void> {
    if (change.kind === 'none') return;
    const { store, turn } = this;
    this.#kept(undefined);
    turn.renew();
    try {
      if (change.kind === 'delete') await store.delete(turn.name);
      else if (store.setOwned !== undefined && together(store, 'set', 'setOwned'))
        await store.setOwned(turn.name, change.value);
      else await store.set(turn.name, change.value);
    } catch (cause) {
      const text = `The store failed to ${change.kind === 'delete' ? 'delete' : 'write'} the session; see cause.`;
      throw new SessionError('SESSION_SAVE_FAILED', text, { key: turn.key, cause });
    }
    this.#kept(undefined);
  }

  /** Gives the turn to the next who waits. */
  release(): void {
    this.turn.release();
  }

  #kept<T>(value: T): T {
    if (!this.turn.lost) return value;
    const text =
      `The handler held its turn for longer than maxHoldMs (${this.turn.limits.maxHoldMs} ms) and the next has taken ` +
      'over, so its changes are refused. Do long work before or after the session, or raise maxHoldMs.';
    throw new SessionError('SESSION_LEASE_LOST', text, { key: this.turn.key });
  }
}

/** Reads one entry without a turn. Answers at once where the store does. */
export function readFrom<S>(
  store: SessionStore<S>,
  name: string,
  key: string,
): MaybePromise<S | null | undefined> {
  try {
    const answer =
      store.getShared !== undefined && together(store, 'get', 'getShared')
        ? store.getShared(name)
        : store.get(name);
    if (!isPromiseLike(answer)) return answer;
    return Promise.resolve(answer).catch((cause) => loadFailed(key, cause));
  } catch (cause) {
    return loadFailed(key, cause);
  }
}

/** Whether two methods were written together. A subclass, or a spy, that replaces only one wants that one called. */
function together(store: object, one: string, other: string): boolean {
  let owner: object | null = store;
  while (owner !== null && !Object.hasOwn(owner, one)) owner = Object.getPrototypeOf(owner);
  return owner !== null && Object.hasOwn(owner, other);
}

function loadFailed(key: string, cause: unknown): never {
  const text =
    'The store failed to read the session; see cause. Nothing was changed, and the next update tries again.';
  throw new SessionError('SESSION_LOAD_FAILED', text, { key, cause });
}
