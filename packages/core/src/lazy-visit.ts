/** A visit to a session that is opened at the first look. */

import type { Work } from './drain';
import type { Entrance } from './entrance';
import { closed } from './handle';
import { isPromiseLike, type MaybePromise } from './maybe-promise';
import type { Port } from './mount';
import type { Attended, SessionControls, Visit } from './visit';

/** A visit that takes its turn and loads at the first look. */
export class LazyVisit<S> implements SessionControls, Attended, Port {
  /** It runs before anybody can know. */
  readonly redelivered = false;
  readonly #work: Work;
  readonly #entrance: Entrance<S>;
  readonly #initial: (() => S) | undefined;
  /** The visit, once it is open. */
  #visit: Visit<S> | undefined;
  #opening: Promise<Visit<S>> | undefined;
  /** The visit with all assignments so far, where there was something to wait for. */
  #latest: Promise<Visit<S>> | undefined;
  #ended = false;

  get controls(): SessionControls {
    return this;
  }

  get isOver(): boolean {
    return this.#ended;
  }

  constructor(work: Work, entrance: Entrance<S>, initial: (() => S) | undefined) {
    this.#work = work;
    this.#entrance = entrance;
    this.#initial = initial;
  }

  get key(): string {
    return this.#work.key;
  }

  get data(): Promise<S> {
    // An error handler that looks after the end, and is the first to look, may read, as in a session that was open.
    if (this.#ended && this.#visit === undefined && this.#latest === undefined)
      return unheard(this.#entrance.peek(this.key, this.#initial));
    let visit: MaybePromise<Visit<S>>;
    try {
      visit = this.#look();
      if (!(visit instanceof Promise)) return Promise.resolve(visit.data);
    } catch (error) {
      return unheard(Promise.reject(error));
    }
    return unheard(visit.then(({ data }) => data));
  }

  set data(value: S | null | undefined | Promise<S | null | undefined>) {
    if (this.#ended) throw closed(this.key);
    const visit = this.#look();
    if (!(visit instanceof Promise) && !isPromiseLike(value)) {
      visit.data = value;
      return;
    }
    if (isPromiseLike(value)) unheard(Promise.resolve(value));
    this.#latest = unheard(
      Promise.resolve(visit).then(async (open) => {
        open.data = await value;
        return open;
      }),
    );
  }

  /** Opens the session as if the handler had looked at it. */
  async open(): Promise<Visit<S>> {
    return this.#look();
  }

  async save(): Promise<void> {
    if (this.#ended) throw closed(this.key);
    const visit = await (this.#latest ?? this.#visit);
    await visit?.save();
  }

  async reload(): Promise<void> {
    const visit = await this.#look();
    await visit.reload();
  }

  async release<R>(work: () => R | Promise<R>): Promise<R> {
    if (this.#ended) throw closed(this.key);
    const visit = await (this.#latest ?? this.#visit);
    return visit === undefined ? work() : visit.release(work);
  }

  settle(): MaybePromise<void> {
    this.#ended = true;
    return this.#latest === undefined ? this.#visit?.settle() : this.#latest.then((visit) => visit.settle());
  }

  end(): MaybePromise<void> {
    this.#ended = true;
    if (this.#visit !== undefined) return this.#visit.end();
    return this.#opening?.then(
      (visit) => visit.end(),
      () => {},
    );
  }

  #look(): MaybePromise<Visit<S>> {
    if (this.#latest !== undefined) return this.#latest;
    if (this.#visit !== undefined) return this.#visit;
    if (this.#ended) throw closed(this.key);
    const opening = this.#tryToOpen();
    if (!(opening instanceof Promise)) {
      this.#visit = opening;
      return opening;
    }
    this.#opening = opening;
    this.#latest = opening;
    return opening;
  }

  #tryToOpen(): MaybePromise<Visit<S>> {
    try {
      const opening = this.#entrance.open(this.#work, this.#initial);
      return opening instanceof Promise ? unheard(opening) : opening;
    } catch (error) {
      return unheard(Promise.reject(error));
    }
  }
}

/** Whether a port is that of a lazy session, also of another copy of this package. */
export function isLazy(port: Port): port is LazyVisit<unknown> {
  return typeof (port as Partial<LazyVisit<unknown>>).open === 'function';
}

/** A failure that is told when the visit settles, whether anybody waits for this promise or not. */
function unheard<P extends Promise<unknown>>(promise: P): P {
  promise.catch(() => {});
  return promise;
}
