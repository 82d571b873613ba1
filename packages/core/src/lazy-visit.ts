/** A visit to a session that is opened at the first look. */

import { closed } from './handle';
import { isPromiseLike, type MaybePromise } from './maybe-promise';
import type { Port } from './mount';
import type { Attended, SessionControls, Visit } from './visit';

/** A visit that takes its turn and loads at the first look. */
export class LazyVisit<S> implements SessionControls, Attended, Port {
  /** It runs before anybody can know. */
  readonly redelivered = false;
  readonly #open: () => MaybePromise<Visit<S>>;
  #opening: Promise<Visit<S>> | undefined;
  /** The visit with all assignments so far. */
  #latest: Promise<Visit<S>> | undefined;
  #ended = false;

  get controls(): SessionControls {
    return this;
  }

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

  async save(): Promise<void> {
    if (this.#ended) throw closed(this.key);
    const visit = await this.#latest;
    await visit?.save();
  }

  async reload(): Promise<void> {
    const visit = await this.#look();
    await visit.reload();
  }

  async release<R>(work: () => R | Promise<R>): Promise<R> {
    if (this.#ended) throw closed(this.key);
    const visit = await this.#latest;
    return visit === undefined ? work() : visit.release(work);
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
