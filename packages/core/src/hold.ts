/**
 * Sole access to one session, from its turn to its release: enter, load, write, finish, give the turn back.
 *
 * The engine and the adapters see only this. Here it is had by the turn alone, as stores without leases allow; the room
 * `lease` has the same for stores that are shared by several processes.
 */

import { SessionError } from './errors';
import { loadFailed, saveFailed } from './failures';
import type { Handled } from './handled';
import { isPromiseLike, type MaybePromise } from './maybe-promise';
import type { SessionStore, StoredChange } from './store';
import type { Turn } from './turns';

/** One session's store entry, held by one turn. */
export interface Hold<S> {
  readonly turn: Turn;
  /** Whether the update was handled before. Known once the hold was entered. */
  readonly redelivered: boolean;
  /**
   * Makes sure that nobody else works on the session. Called once, before all else.
   * @throws SessionError `SESSION_LOAD_FAILED`, `SESSION_BUSY`, `SESSION_LEASE_LOST`
   */
  enter(): MaybePromise<void>;
  /**
   * Reads what is stored; the value stays the store's own and is not to be changed.
   * @throws SessionError `SESSION_LOAD_FAILED`, `SESSION_CORRUPT`; `SESSION_LEASE_LOST` when the turn was lost meanwhile
   */
  load(): MaybePromise<S | null | undefined>;
  /**
   * Tells the store what has changed, and goes on.
   * @throws SessionError `SESSION_SAVE_FAILED`; `SESSION_LEASE_LOST`, and nothing is written, when another has the turn
   */
  write(change: StoredChange<S>): MaybePromise<void>;
  /** Like `write`, for the last time: the update was handled. */
  finish(change: StoredChange<S>): MaybePromise<void>;
  /** Gives the turn to the next who waits. Called last, and always; once more, it does nothing. */
  release(): void;
  /** Is told when the turn was lost. */
  abandon(): void;
}

/** Access by the turn alone: exclusive in this process. */
export class LocalHold<S> implements Hold<S> {
  constructor(
    readonly turn: Turn,
    readonly store: SessionStore<S>,
    readonly maxBytes: number,
    readonly handled: Handled | undefined,
    readonly updateId: number | undefined,
  ) {}

  get redelivered(): boolean {
    return (
      this.handled !== undefined &&
      this.updateId !== undefined &&
      this.handled.has(this.turn.name, this.updateId)
    );
  }

  enter(): void {
    this.turn.gift?.drop();
  }

  load(): MaybePromise<S | null | undefined> {
    const { store, turn } = this;
    const answer = readFrom(store, turn.name, turn.key);
    return answer instanceof Promise ? answer.then((stored) => kept(turn, stored)) : kept(turn, answer);
  }

  write(change: StoredChange<S>): MaybePromise<void> {
    if (change.kind === 'none') return;
    const { turn } = this;
    kept(turn, undefined);
    const failed = (cause: unknown): never =>
      saveFailed(turn.key, change.kind === 'delete' ? 'delete' : 'write', cause);
    let writing: Promise<unknown>;
    try {
      const answer = this.#tell(change);
      if (!isPromiseLike(answer)) return;
      writing = Promise.resolve(answer);
    } catch (cause) {
      return failed(cause);
    }
    turn.renew();
    return writing.then(() => kept(turn, undefined), failed);
  }

  finish(change: StoredChange<S>): MaybePromise<void> {
    if (change.kind === 'none') return this.#note();
    const writing = this.write(change);
    return writing === undefined ? this.#note() : writing.then(() => this.#note());
  }

  release(): void {
    this.turn.release();
  }

  abandon(): void {}

  #tell(change: Exclude<StoredChange<S>, { kind: 'none' }>): MaybePromise<unknown> {
    const { store, turn, maxBytes } = this;
    if (change.kind === 'delete') return store.delete(turn.name);
    if (ownsWrites(store)) return store.setOwned?.(turn.name, change.value);
    return store.supports?.encodes
      ? store.set(turn.name, change.value, { maxBytes })
      : store.set(turn.name, change.value);
  }

  #note(): void {
    if (this.handled !== undefined && this.updateId !== undefined)
      this.handled.add(this.turn.name, this.updateId);
  }
}

/** A hold around another, which goes on to do all that is not about the data. */
export abstract class HoldAround<S> {
  constructor(readonly inner: Hold<S>) {}

  get turn(): Turn {
    return this.inner.turn;
  }

  get redelivered(): boolean {
    return this.inner.redelivered;
  }

  enter(): MaybePromise<void> {
    return this.inner.enter();
  }

  release(): void {
    this.inner.release();
  }

  abandon(): void {
    this.inner.abandon();
  }
}

/**
 * Passes a value on as long as the turn is not lost.
 * @throws SessionError `SESSION_LEASE_LOST`
 */
export function kept<T>(turn: Turn, value: T): T {
  if (!turn.lost) return value;
  const text =
    turn.lost === 'closed'
      ? 'The engine was closed before the handler had ended, so its changes are refused. Give close() a longer ' +
        'timeoutMs, or do long work before or after the session.'
      : `The handler held its turn for longer than maxHoldMs (${turn.limits.maxHoldMs} ms) and the next has taken ` +
        'over, so its changes are refused. Do long work before or after the session, or raise maxHoldMs.';
  throw new SessionError('SESSION_LEASE_LOST', text, { key: turn.key });
}

/** Reads one entry without a turn. Answers at once where the store does. */
export function readFrom<S>(
  store: SessionStore<S>,
  name: string,
  key: string,
): MaybePromise<S | null | undefined> {
  try {
    const answer = sharesReads(store) ? store.getShared?.(name) : store.get(name);
    if (!isPromiseLike(answer)) return answer;
    return Promise.resolve(answer).catch((cause) => loadFailed(key, cause));
  } catch (cause) {
    return loadFailed(key, cause);
  }
}

/** Whether `getShared` reads what `get` reads: it was written together with it. */
export function sharesReads(store: SessionStore): boolean {
  if (store.get === known.get && store.getShared === known.getShared) return true;
  return together(store, 'get', 'getShared');
}

/** Whether `setOwned` writes what `set` writes. */
function ownsWrites(store: SessionStore): boolean {
  if (store.set === known.set && store.setOwned === known.setOwned) return true;
  return together(store, 'set', 'setOwned');
}

/** A subclass, or a spy, that replaces only one of two methods wants that one called. */
function together(store: SessionStore, one: 'get' | 'set', other: 'getShared' | 'setOwned'): boolean {
  if (store[other] === undefined) return false;
  let owner: object | null = store;
  while (owner !== null && !Object.hasOwn(owner, one)) owner = Object.getPrototypeOf(owner);
  if (owner === null || !Object.hasOwn(owner, other)) return false;
  known[one] = store[one];
  known[other] = store[other];
  return true;
}

/** The methods that were last found to belong together: those of a class, in most programs of its only one. */
const known: Record<'get' | 'getShared' | 'set' | 'setOwned', unknown> = {
  get: NaN,
  getShared: NaN,
  set: NaN,
  setOwned: NaN,
};
