/** The way in to a session: its turn, then sole access to what is stored, then the data. */

import { type Drain, engineClosed, type Work } from './drain';
import { SessionError } from './errors';
import { Handle, type Keeping } from './handle';
import { Handled } from './handled';
import { type Hold, LocalHold, readFrom, sharesReads } from './hold';
import { isLeasing, LeasedHold, type LeasingStore } from './lease';
import type { MaybePromise } from './maybe-promise';
import type { EngineSettings } from './options';
import { type TouchedStore, TouchingHold, wantsTouch } from './touching';
import { SLOW_MS, type Turn, Turns } from './turns';
import { updateIdOf, updateKindOf } from './update';
import { VettedHold, type Vetting, vetted } from './vetted';
import { Visit } from './visit';
import { Reporter } from './watch/reporter';
import { WatchedHold } from './watch/watched';

/** Lets work in, for one engine. */
export class Entrance<S> {
  readonly #settings: EngineSettings<S>;
  readonly #drain: Drain;
  readonly #turns: Turns;
  /** The store, where leases are to be had of it. */
  readonly #leasing: LeasingStore<S> | undefined;
  /** The store, where it has to be told of what is used and not written. */
  readonly #touched: TouchedStore<S> | undefined;
  readonly #handled: Handled | undefined;
  readonly #keeping: Keeping;
  readonly #vetting: Vetting<S> | undefined;
  #reporter: Reporter | undefined;
  #unwatch: (() => void) | undefined;
  #hasWarned = false;

  constructor(settings: EngineSettings<S>, drain: Drain) {
    const { store, exclusive, skipRedelivered, isolation, schema, onCorrupt, onEvent } = settings;
    this.#settings = settings;
    this.#drain = drain;
    this.#turns = Turns.of(store);
    this.#leasing = exclusive === 'store' && isLeasing(store) ? store : undefined;
    this.#touched = this.#leasing === undefined && wantsTouch(store) ? store : undefined;
    this.#handled = skipRedelivered && this.#leasing === undefined ? Handled.of(store) : undefined;
    // What a schema or a repair has made may be held by whoever made it.
    const isPlain = schema === undefined && onCorrupt === undefined;
    const isOurs = isPlain && store.supports?.keepsOwned && sharesReads(store);
    this.#keeping = { isolation, madeBy: isOurs ? 'engine' : 'others' };
    this.#vetting = isPlain ? undefined : { schema, onCorrupt };
    if (onEvent !== undefined) this.#watch(new Reporter(onEvent));
    drain.slow = (work) => this.#slow(work);
  }

  /** Takes the turn, gets sole access, and loads. */
  open(work: Work, initial: (() => S) | undefined): MaybePromise<Visit<S>> {
    const hold = this.take(work);
    return hold instanceof Promise
      ? hold.then((taken) => this.#load(taken, work, initial))
      : this.#load(hold, work, initial);
  }

  /** Takes the turn and gets sole access. */
  take(work: Work): MaybePromise<Hold<S>> {
    const name = this.#settings.prefix + work.key;
    if (this.#reporter !== undefined) return this.#takeWatched(name, work, this.#reporter);
    const taken = this.#turns.take(name, this.#settings, work);
    return taken instanceof Promise
      ? taken.then((turn) => this.#enter(turn, work))
      : this.#enter(taken, work);
  }

  /** Reads a copy of what is stored, or makes the data of a new session, without a turn: what is done with it is not saved. */
  async peek(key: string, initial: (() => S) | undefined): Promise<S> {
    const { store, prefix } = this.#settings;
    const { value } = await vetted(() => readFrom(store, prefix + key, key), this.#settings, key);
    return new Handle(key, value, initial).data;
  }

  /** Listens no longer to what the store does by itself. */
  unwatch(): void {
    this.#unwatch?.();
  }

  /** Takes their turns from all work that is inside, and listens no longer. */
  revoke(): void {
    this.unwatch();
    this.#turns.revoke((holder) => (holder as Partial<Work> | undefined)?.engine === this.#drain);
  }

  #watch(reporter: Reporter): void {
    const { store, prefix } = this.#settings;
    this.#reporter = reporter;
    this.#unwatch = store.onEvicted?.((name, reason) => {
      // Of the sessions that share a store, those with another prefix are another engine's.
      if (name.startsWith(prefix)) reporter.tell({ type: 'evicted', reason }, { name });
    });
  }

  #slow(work: Work): void {
    const updateKind = updateKindOf(work.update);
    if (!this.#hasWarned) console.warn(slowText(updateKind));
    this.#hasWarned = true;
    const { turn } = work;
    if (turn === undefined) return;
    this.#reporter?.tell({ type: 'slow', updateKind, durationMs: performance.now() - turn.since }, turn);
  }

  #enter(turn: Turn, work: Work): MaybePromise<Hold<S>> {
    const hold = this.#holdOf(turn, work);
    turn.held = hold;
    try {
      if (this.#drain.isOver) {
        turn.gift?.drop();
        throw engineClosed(work.key);
      }
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

  #load(hold: Hold<S>, work: Work, initial: (() => S) | undefined): MaybePromise<Visit<S>> {
    try {
      const stored = hold.redelivered ? undefined : hold.load();
      if (!(stored instanceof Promise)) return this.#opened(hold, work, initial, stored);
      return stored.then(
        (value) => this.#opened(hold, work, initial, value),
        (error) => releaseAfter(hold, error),
      );
    } catch (error) {
      return releaseAfter(hold, error);
    }
  }

  #opened(hold: Hold<S>, work: Work, initial: (() => S) | undefined, stored: S | null | undefined): Visit<S> {
    return new Visit(hold, new Handle(work.key, stored, initial, this.#keeping), this, work);
  }

  async #takeWatched(name: string, work: Work, reporter: Reporter): Promise<Hold<S>> {
    const began = performance.now();
    const passed = (): number => performance.now() - began;
    try {
      const hold = await this.#enter(await this.#turns.take(name, this.#settings, work), work);
      if (hold.turn.waited) reporter.tell({ type: 'waited', durationMs: passed() }, { name });
      return hold;
    } catch (error) {
      if (error instanceof SessionError && error.code === 'SESSION_BUSY')
        reporter.tell({ type: 'busy', durationMs: passed() }, { name });
      throw error;
    }
  }

  #holdOf(turn: Turn, { update, engine }: Work): Hold<S> {
    const { store, maxBytes, skipRedelivered } = this.#settings;
    const updateId = skipRedelivered ? updateIdOf(update) : undefined;
    let hold: Hold<S> =
      this.#leasing === undefined
        ? new LocalHold(turn, store, maxBytes, this.#handled, updateId)
        : new LeasedHold(turn, this.#leasing, this.#settings, updateId, engine.inBackground, engine.inReturn);
    if (this.#touched !== undefined) hold = new TouchingHold(hold, this.#touched);
    if (this.#reporter !== undefined) hold = new WatchedHold(hold, this.#reporter);
    if (this.#vetting !== undefined) hold = new VettedHold(hold, this.#vetting);
    return hold;
  }
}

function releaseAfter(hold: Hold<unknown>, error: unknown): never {
  hold.release();
  throw error;
}

function slowText(updateKind: string | undefined): string {
  const whose = updateKind === undefined ? 'A call' : `The handler of an update of the kind "${updateKind}"`;
  return (
    `[sessiongram] ${whose} has held a session for ${SLOW_MS / 1000} seconds while others wait for it. If it waits for a later ` +
    'update of the same user, that update waits for it in turn; if its work is long, do it in sessionOf(ctx).release(). ' +
    'This is told once.'
  );
}
