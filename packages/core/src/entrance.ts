/** The way in to a session: its turn, then sole access to what is stored, then the data. */

import { type Drain, engineClosed, type Work } from './drain';
import { Handle } from './handle';
import { Handled } from './handled';
import { type Hold, LocalHold } from './hold';
import { isLeasing, LeasedHold, type LeasingStore } from './lease';
import type { MaybePromise } from './maybe-promise';
import type { EngineSettings } from './options';
import { type Turn, Turns } from './turns';
import { updateIdOf } from './update';
import { Visit } from './visit';

/** Lets work in, for one engine. */
export class Entrance<S> {
  readonly #settings: EngineSettings<S>;
  readonly #drain: Drain;
  readonly #turns: Turns;
  /** The store, where leases are to be had of it. */
  readonly #leasing: LeasingStore<S> | undefined;
  readonly #handled: Handled | undefined;

  constructor(settings: EngineSettings<S>, drain: Drain) {
    const { store, exclusive, skipRedelivered } = settings;
    this.#settings = settings;
    this.#drain = drain;
    this.#turns = Turns.of(store);
    this.#leasing = exclusive === 'store' && isLeasing(store) ? store : undefined;
    this.#handled = skipRedelivered && this.#leasing === undefined ? Handled.of(store) : undefined;
  }

  /** Takes the turn, gets sole access, and loads. */
  open(work: Work, initial: (() => S) | undefined): MaybePromise<Visit<S>> {
    const hold = this.take(work);
    return hold instanceof Promise ? hold.then((taken) => load(taken, initial)) : load(hold, initial);
  }

  /** Takes the turn and gets sole access. */
  take(work: Work): MaybePromise<Hold<S>> {
    const taken = this.#turns.take(this.#settings.prefix + work.key, this.#settings, work);
    return taken instanceof Promise
      ? taken.then((turn) => this.#enter(turn, work))
      : this.#enter(taken, work);
  }

  /** Takes their turns from all work that is inside. */
  revoke(): void {
    this.#turns.revoke((holder) => (holder as Partial<Work> | undefined)?.engine === this.#drain);
  }

  #enter(turn: Turn, work: Work): MaybePromise<Hold<S>> {
    const hold = this.#holdOf(turn, work);
    work.hold = hold;
    try {
      if (this.#drain.isOver) throw engineClosed(work.key);
      const entering = hold.enter();
      if (!(entering instanceof Promise)) return hold;
      return entering.then(
        () => hold,
        (error) => releaseAfter(hold, error),
      );
    } catch (error) {
      return releaseAfter(hold, error);
    }
  }

  #holdOf(turn: Turn, { update, engine }: Work): Hold<S> {
    const { store, maxBytes, skipRedelivered } = this.#settings;
    const updateId = skipRedelivered ? updateIdOf(update) : undefined;
    return this.#leasing === undefined
      ? new LocalHold(turn, store, maxBytes, this.#handled, updateId)
      : new LeasedHold(turn, this.#leasing, this.#settings, updateId, engine.inBackground);
  }
}

function load<S>(hold: Hold<S>, initial: (() => S) | undefined): MaybePromise<Visit<S>> {
  const { key } = hold.turn;
  try {
    const stored = hold.redelivered ? undefined : hold.load();
    if (!(stored instanceof Promise)) return new Visit(hold, new Handle(key, stored, initial));
    return stored.then(
      (value) => new Visit(hold, new Handle(key, value, initial)),
      (error) => releaseAfter(hold, error),
    );
  } catch (error) {
    return releaseAfter(hold, error);
  }
}

function releaseAfter(hold: Hold<unknown>, error: unknown): never {
  hold.release();
  throw error;
}
