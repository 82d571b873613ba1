/** The engine: one update's life, from its turn through load, handler and compare to the write. */

import { checkOptions, shown } from './check';
import { SessionError } from './errors';
import { Handle } from './handle';
import { Handled } from './handled';
import { type Hold, LocalHold, readFrom } from './hold';
import { isLeasing, LeasedHold, type LeasingStore } from './lease';
import type { MaybePromise } from './maybe-promise';
import {
  type EngineSettings,
  engineRules,
  engineSettings,
  type PlacementOptions,
  placementRules,
  type SessionsOptions,
} from './options';
import { currentScope, isInside, liveScope, runInScope, type Scope } from './scope';
import { type Turn, Turns } from './turns';
import { type Attended, LazyVisit, type Session, settleAfter, Visit } from './visit';

type Initial<S> = (() => S) | undefined;

/**
 * Sessions by key, each for one at a time. What the middlewares of all frameworks run on, and the way to a session
 * from outside of a bot: cron jobs, payment webhooks, HTTP handlers, scripts.
 *
 * Engines that share a store object share its turns, so they never race each other within a process.
 *
 * @typeParam S - the data of a session
 *
 * @example
 * ```ts
 * const sessions = new Sessions({ store, initial: () => ({ counter: 0 }) });
 * await sessions.run('42:42', async (session) => { session.data.counter++; });
 * bot.use(session({ sessions }));
 * ```
 */
export class Sessions<S> {
  /** How a middleware that shares this engine finds a session and where it puts it, unless it is told otherwise. */
  readonly placement: PlacementOptions;
  /** Makes the data of a new session. */
  readonly initial: Initial<S>;
  readonly #settings: EngineSettings<S>;
  readonly #turns: Turns;
  /** The store, where leases are to be had of it. */
  readonly #leasing: LeasingStore<S> | undefined;
  readonly #handled: Handled | undefined;
  #running = 0;
  #closing: Promise<void> | undefined;
  #finish: (() => void) | undefined;

  /** @throws TypeError when an option is unknown, of a wrong type or out of range */
  constructor(options: SessionsOptions<S> & PlacementOptions = {}) {
    checkOptions('new Sessions()', options, { ...engineRules, ...placementRules });
    const { getSessionKey, property, onMissingKey } = options;
    this.placement = { getSessionKey, property, onMissingKey } as PlacementOptions;
    this.initial = options.initial;
    this.#settings = engineSettings(options);
    const { store, exclusive, skipRedelivered } = this.#settings;
    this.#turns = Turns.of(store);
    this.#leasing = exclusive === 'store' && isLeasing(store) ? store : undefined;
    this.#handled = skipRedelivered && this.#leasing === undefined ? Handled.of(store) : undefined;
  }

  /** Whether updates that were handled before do not run again. */
  get skipsRedelivered(): boolean {
    return this.#settings.skipRedelivered;
  }

  /**
   * Runs a function on a session that it has to itself: waits for its turn, loads, runs, and writes what has changed.
   * When the function throws, nothing is written and the error is passed on.
   *
   * @returns what the function returns
   * @throws SessionError with any code of the engine
   */
  async run<R>(key: string, body: (session: Session<S>) => R | Promise<R>): Promise<R> {
    checkFunction('sessions.run()', body);
    return this.visit(key, body);
  }

  /**
   * Changes a session and resolves to its new data. The function may change the data in place, or return new data;
   * to delete the session, return `null`.
   */
  async update(
    key: string,
    // biome-ignore lint/suspicious/noConfusingVoidType: a function that only changes the data in place returns nothing
    change: (data: S) => S | null | undefined | void | Promise<S | null | undefined | void>,
  ): Promise<S> {
    checkFunction('sessions.update()', change);
    return this.visit(key, async (session) => {
      const data = await change(session.data);
      if (data !== undefined) session.data = data;
      return session.data;
    });
  }

  /**
   * Reads a copy of a session's data as it is stored, without taking a turn.
   *
   * @returns `undefined` where nothing is stored
   */
  async read(key: string): Promise<S | undefined> {
    const scope = this.#admit(key);
    try {
      const { store, prefix } = this.#settings;
      const stored = await readFrom(store, prefix + key, key);
      return new Handle(key, stored, undefined).data;
    } finally {
      this.#dismiss(scope);
    }
  }

  /** Deletes a session when its turn comes. A session that does not exist is not an error. */
  async delete(key: string): Promise<void> {
    const scope = this.#admit(key);
    try {
      const hold = await this.#take(key, scope, undefined);
      try {
        await hold.enter();
        await hold.finish({ kind: 'delete' });
      } finally {
        hold.release();
      }
    } finally {
      this.#dismiss(scope);
    }
  }

  /**
   * Refuses whatever comes from now on with `SESSION_CLOSED`, and resolves when everything that came before has run
   * and is saved. The store stays open: it belongs to whoever made it.
   *
   * @throws SessionError `SESSION_REENTERED` when a handler waits for the end that it holds up itself
   */
  close(): Promise<void> {
    if (isInside(currentScope(), this)) return Promise.reject(closedFromInside());
    if (this.#closing === undefined) {
      this.#closing = new Promise((resolve) => {
        this.#finish = resolve;
      });
      if (this.#running === 0) this.#finish?.();
    }
    return this.#closing;
  }

  /**
   * Leads one update through its life. The middlewares call this; in your own code, use {@link Sessions.run}.
   *
   * @param initial - makes the data of a new session in place of the option
   * @param updateId - the update's id, for `skipRedelivered`
   * @returns what the body returns; `undefined` for an update that is skipped
   */
  visit<R>(
    key: string,
    body: (session: Visit<S>) => R | Promise<R>,
    initial: Initial<S> = this.initial,
    updateId?: number,
  ): Promise<R> {
    return this.#lead(key, (scope) => this.#open(key, initial, scope, updateId), body);
  }

  /** Like {@link Sessions.visit}, but takes the turn and loads only when the handler first looks at the data. */
  visitLazily<R>(
    key: string,
    body: (session: LazyVisit<S>) => R | Promise<R>,
    initial: Initial<S> = this.initial,
  ): Promise<R> {
    return this.#lead(
      key,
      (scope) => new LazyVisit(key, () => this.#open(key, initial, scope, undefined)),
      body,
    );
  }

  /** The data of a session that is stored nowhere, for an update without a key. */
  ephemeral(initial: Initial<S> = this.initial): S | undefined {
    return new Handle('', undefined, initial).data;
  }

  async #lead<V extends Attended, R>(
    key: string,
    open: (scope: Scope) => MaybePromise<V>,
    body: (visit: V) => R | Promise<R>,
  ): Promise<R> {
    const scope = this.#admit(key);
    let visit: V | undefined;
    try {
      const opening = open(scope);
      visit = opening instanceof Promise ? await opening : opening;
      if (visit.redelivered) return undefined as R;
      let result: R;
      try {
        result = await runInScope(scope, body, visit);
      } catch (error) {
        scope.ended = true;
        if (this.#settings.saveOnError) await settleAfter(error, visit, key);
        throw error;
      }
      scope.ended = true;
      const settling = visit.settle();
      if (settling !== undefined) await settling;
      return result;
    } finally {
      const ending = visit?.end();
      if (ending !== undefined) await ending;
      this.#dismiss(scope);
    }
  }

  #open(
    key: string,
    initial: Initial<S>,
    scope: Scope,
    updateId: number | undefined,
  ): MaybePromise<Visit<S>> {
    const hold = this.#take(key, scope, updateId);
    return hold instanceof Promise
      ? hold.then((taken) => this.#enter(taken, initial))
      : this.#enter(hold, initial);
  }

  #take(key: string, scope: Scope, updateId: number | undefined): MaybePromise<Hold<S>> {
    const taken = this.#turns.take(this.#settings.prefix + key, key, this.#settings, scope);
    return taken instanceof Promise
      ? taken.then((turn) => this.#hold(turn, scope, updateId))
      : this.#hold(taken, scope, updateId);
  }

  #hold(turn: Turn, scope: Scope, updateId: number | undefined): Hold<S> {
    const { store, maxBytes, skipRedelivered } = this.#settings;
    const update = skipRedelivered ? updateId : undefined;
    const hold =
      this.#leasing === undefined
        ? new LocalHold(turn, store, maxBytes, this.#handled, update)
        : new LeasedHold(turn, this.#leasing, this.#settings, update, this.#inBackground);
    turn.onLost = () => {
      hold.abandon();
      this.#forget(scope);
    };
    return hold;
  }

  #enter(hold: Hold<S>, initial: Initial<S>): MaybePromise<Visit<S>> {
    try {
      const entering = hold.enter();
      const opening =
        entering instanceof Promise ? entering.then(() => opened(hold, initial)) : opened(hold, initial);
      return opening instanceof Promise ? opening.catch((error) => releaseAfter(hold, error)) : opening;
    } catch (error) {
      return releaseAfter(hold, error);
    }
  }

  /** What goes on after an update was answered is waited for when the engine closes. */
  readonly #inBackground = (work: Promise<void>): void => {
    this.#running++;
    void work.then(() => this.#ended());
  };

  /** What a handler calls on its own behalf still runs while the engine closes: it is part of what came before. */
  #admit(key: string): Scope {
    if (typeof key !== 'string' || key === '') throw notAKey(key);
    const outer = liveScope();
    if (this.#closing !== undefined && !isInside(outer, this)) throw engineClosed(key);
    this.#running++;
    return { engine: this, turn: undefined, ended: false, forgotten: false, outer };
  }

  #dismiss(scope: Scope): void {
    scope.ended = true;
    this.#forget(scope);
  }

  /** A handler that has lost its turn can save nothing any more, so nobody waits for its end. */
  #forget(scope: Scope): void {
    if (scope.forgotten) return;
    scope.forgotten = true;
    this.#ended();
  }

  #ended(): void {
    if (--this.#running === 0) this.#finish?.();
  }
}

function opened<S>(hold: Hold<S>, initial: Initial<S>): MaybePromise<Visit<S>> {
  const { key } = hold.turn;
  const stored = hold.redelivered ? undefined : hold.load();
  return stored instanceof Promise
    ? stored.then((value) => new Visit(hold, new Handle(key, value, initial)))
    : new Visit(hold, new Handle(key, stored, initial));
}

function releaseAfter(hold: Hold<unknown>, error: unknown): never {
  hold.release();
  throw error;
}

function checkFunction(where: string, value: unknown): void {
  if (typeof value === 'function') return;
  throw new TypeError(
    `${where} takes a key and a function that works on the session, but got ${shown(value)}.`,
  );
}

function notAKey(key: unknown): Error {
  const expected = 'A session key must be a string that is not empty';
  if (key === undefined || key === null || key === '') {
    return new SessionError(
      'SESSION_KEY_MISSING',
      `${expected}, but there was none. Does the update belong to a session?`,
    );
  }
  return new TypeError(`${expected}, but got ${shown(key)}.`);
}

function engineClosed(key: string): SessionError {
  return new SessionError('SESSION_CLOSED', 'The session engine was closed and takes no more work.', { key });
}

function closedFromInside(): SessionError {
  const text =
    'A handler asked for the end of all handlers, its own included. Call sessions.close() after the handler has returned.';
  return new SessionError('SESSION_REENTERED', text);
}
