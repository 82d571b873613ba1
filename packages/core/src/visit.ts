/** A handler's visit to a session: what it sees, what it may do, and how its changes get back into the store. */

import { closed, type Handle } from './handle';
import type { Hold } from './hold';
import { isPromiseLike, type MaybePromise } from './maybe-promise';

/**
 * A session in the hands of a handler: nobody else has its turn as long as the handler runs.
 *
 * @typeParam S - the session's data
 */
export interface Session<S> {
  /**
   * The data. May be changed in place or assigned; assigning `null` or `undefined` deletes the session.
   * @throws SessionError `SESSION_CLOSED` when assigned after the handler has ended
   */
  get data(): S;
  set data(value: S | null | undefined);
  /** The key of the session, without prefix. */
  readonly key: string;
  /** Whether nothing is stored under this key. */
  readonly isNew: boolean;
  /**
   * Writes now what has changed so far, and goes on. What was saved stays, whatever the handler does afterwards: also
   * when it fails, and the update runs again on what was saved, because it does not count as handled before its end.
   * @throws SessionError `SESSION_SAVE_FAILED`, `SESSION_INVALID`, `SESSION_LEASE_LOST` or `SESSION_CLOSED`
   */
  save(): Promise<void>;
  /**
   * Drops what was changed since the last save and reads again what is stored.
   * @throws SessionError `SESSION_LOAD_FAILED`, `SESSION_LEASE_LOST` or `SESSION_CLOSED`
   */
  reload(): Promise<void>;
}

const UNCHANGED = { kind: 'none' } as const;

/** What the engine attends to while a handler runs, whether its session was opened before or waits for a first look. */
export interface Attended {
  readonly key: string;
  /** Whether the update was handled before and is not to run again. */
  readonly redelivered: boolean;
  /** Writes what has changed. Called when the handler is done. */
  settle(): MaybePromise<void>;
  /** Ends the visit and gives the turn back. Called last, and always. */
  end(): MaybePromise<void>;
}

/** A visit to a session that is open: its turn is held, its data is loaded. */
export class Visit<S> implements Session<S>, Attended {
  readonly #hold: Hold<S>;
  readonly #handle: Handle<S>;
  #phase: 'open' | 'settling' | 'ended' = 'open';
  /** What is under way with the store; never rejects. */
  #busy: Promise<void> | undefined;

  constructor(hold: Hold<S>, handle: Handle<S>) {
    this.#hold = hold;
    this.#handle = handle;
  }

  get data(): S {
    return this.#handle.data;
  }

  set data(value: S | null | undefined) {
    this.#handle.data = value;
  }

  get key(): string {
    return this.#handle.key;
  }

  get isNew(): boolean {
    return this.#handle.isNew;
  }

  save(): Promise<void> {
    if (this.#phase !== 'open') return Promise.reject(closed(this.key));
    return this.#inTurn(async () => {
      this.#refuseWhenEnded();
      const change = this.#handle.change();
      await this.#hold.write(change);
      this.#handle.saved(change);
    });
  }

  reload(): Promise<void> {
    if (this.#phase !== 'open') return Promise.reject(closed(this.key));
    return this.#inTurn(async () => {
      this.#refuseWhenEnded();
      const stored = await this.#hold.load();
      this.#refuseWhenEnded();
      this.#handle.reset(stored);
    });
  }

  get redelivered(): boolean {
    return this.#hold.redelivered;
  }

  get isOver(): boolean {
    return this.#phase === 'ended';
  }

  settle(): MaybePromise<void> {
    this.#phase = 'settling';
    return this.#busy === undefined ? this.#finish() : this.#inTurn(async () => this.#finish());
  }

  end(): MaybePromise<void> {
    this.#phase = 'ended';
    this.#handle.close();
    if (this.#busy === undefined) return this.#hold.release();
    return this.#busy.then(() => this.#hold.release());
  }

  #finish(): MaybePromise<void> {
    const handle = this.#handle;
    if (!handle.isOpen) return this.#hold.finish(UNCHANGED);
    const change = handle.change();
    handle.close(); // an assignment would come too late from here on, and has to be told
    const finishing = this.#hold.finish(change);
    return finishing === undefined ? handle.saved(change) : finishing.then(() => handle.saved(change));
  }

  /** One command after the other. A failure is told to whoever called, and holds up nothing. */
  #inTurn(command: () => Promise<void>): Promise<void> {
    const done = this.#busy === undefined ? command() : this.#busy.then(command);
    const busy = done
      .catch(() => {})
      .then(() => {
        if (this.#busy === busy) this.#busy = undefined;
      });
    this.#busy = busy;
    return done;
  }

  #refuseWhenEnded(): void {
    if (this.#phase === 'ended') throw closed(this.key);
  }
}

/** A visit that takes its turn and loads at the first look. */
export class LazyVisit<S> implements Attended {
  /** It runs before anybody can know. */
  readonly redelivered = false;
  readonly #open: () => MaybePromise<Visit<S>>;
  #opening: Promise<Visit<S>> | undefined;
  /** The visit with all assignments so far. */
  #latest: Promise<Visit<S>> | undefined;
  #ended = false;

  get isOver(): boolean {
    return this.#ended;
  }

  constructor(
    readonly key: string,
    open: () => MaybePromise<Visit<S>>,
  ) {
    this.#open = open;
  }

  get data(): Promise<S> {
    const looking = this.#look().then((visit) => visit.data);
    looking.catch(() => {}); // told when the visit settles
    return looking;
  }

  set data(value: S | null | undefined | Promise<S | null | undefined>) {
    if (this.#ended) throw closed(this.key);
    if (isPromiseLike(value)) value.then(undefined, () => {}); // told when the visit settles
    const assigned = this.#look().then(async (visit) => {
      visit.data = await value;
      return visit;
    });
    assigned.catch(() => {}); // told when the visit settles
    this.#latest = assigned;
  }

  /** Opens the session as if the handler had looked at it. */
  open(): Promise<Visit<S>> {
    return this.#look();
  }

  async settle(): Promise<void> {
    this.#ended = true;
    const visit = await this.#latest;
    await visit?.settle();
  }

  async end(): Promise<void> {
    this.#ended = true;
    const visit = await this.#opening?.catch(() => undefined);
    await visit?.end();
  }

  #look(): Promise<Visit<S>> {
    if (this.#latest !== undefined) return this.#latest;
    if (this.#ended) return Promise.reject(closed(this.key));
    this.#opening = (async () => this.#open())();
    this.#opening.catch(() => {}); // told to whoever looked, and when the visit settles
    this.#latest = this.#opening;
    return this.#latest;
  }
}
