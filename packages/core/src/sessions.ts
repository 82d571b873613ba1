/** The engine: one update's life, from its turn through load, handler and compare to the write. */

import { checkOptions, type Rule, shown } from './check';
import { plainCopy } from './data/draft';
import { Drain, type Work } from './drain';
import { Entrance } from './entrance';
import { Handle, invalid } from './handle';
import { LazyVisit } from './lazy-visit';
import { lead } from './lead';
import { entriesOf, keysOf, type ListingOptions } from './moving/listing';
import {
  type EngineSettings,
  engineRules,
  engineSettings,
  type PlacementOptions,
  placementRules,
  type SessionsOptions,
} from './options';
import { LONGEST_TIMER_MS } from './turns';
import type { Session, Visit } from './visit';

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
  readonly #drain = new Drain();
  readonly #entrance: Entrance<S>;
  readonly #ifItThrows: 'drop' | 'keep';

  /** @throws TypeError when an option is unknown, of a wrong type or out of range */
  constructor(options: SessionsOptions<S> & PlacementOptions = {}) {
    checkOptions('new Sessions()', options, { ...engineRules(), ...placementRules() });
    const { getSessionKey, property, onMissingKey } = options;
    this.placement = { getSessionKey, property, onMissingKey } as PlacementOptions;
    this.initial = options.initial;
    this.#settings = engineSettings(options);
    this.#entrance = new Entrance(this.#settings, this.#drain);
    this.#ifItThrows = this.#settings.saveOnError ? 'keep' : 'drop';
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
      if (this.#settings.isolation !== 'draft') return session.data;
      // A draft ends with its update, and what was answered is the caller's.
      try {
        return plainCopy(session.data);
      } catch (cause) {
        throw invalid(key, cause);
      }
    });
  }

  /**
   * Reads a copy of a session's data as it is stored, without taking a turn.
   *
   * @returns `undefined` where nothing is stored
   */
  async read(key: string): Promise<S | undefined> {
    const work = this.#drain.admit(key);
    try {
      return await this.#entrance.peek(key, undefined);
    } finally {
      work.end();
    }
  }

  /**
   * The keys of the sessions, without the engine's prefix, in no particular order; on some stores one may come twice.
   *
   * @throws TypeError when the store cannot list its keys
   * @throws SessionError `SESSION_LOAD_FAILED`, while they come
   */
  keys(options?: ListingOptions): AsyncGenerator<string, void, undefined> {
    const { store, prefix } = this.#settings;
    return keysOf('sessions.keys()', store, prefix, options);
  }

  /**
   * The keys of the sessions, each with a copy of its data: read as {@link Sessions.read} does, one after the other.
   *
   * @throws TypeError when the store cannot list its keys
   * @throws SessionError with any code of {@link Sessions.read}, while they come
   */
  entries(options?: ListingOptions): AsyncGenerator<[key: string, data: S], void, undefined> {
    const { store, prefix } = this.#settings;
    return entriesOf(keysOf('sessions.entries()', store, prefix, options), (key) => this.read(key));
  }

  /** Deletes a session when its turn comes. A session that does not exist is not an error. */
  async delete(key: string): Promise<void> {
    const work = this.#drain.admit(key);
    try {
      const hold = await this.#entrance.take(work);
      try {
        await hold.finish({ kind: 'delete' });
      } finally {
        hold.release();
      }
    } finally {
      work.end();
    }
  }

  /**
   * Refuses whatever comes from now on with `SESSION_CLOSED`, and resolves when everything that came before has run, is
   * saved, and has given its leases back. The store stays open: it belongs to whoever made it.
   *
   * @param options.timeoutMs - how long to wait at most, in milliseconds; Infinity by default. Then the turns of those who
   *   still run are given back: what they change afterwards is refused with `SESSION_LEASE_LOST`, and nobody has to wait
   *   until their leases lapse. The store gets up to a second more for that, so that the process may end at once
   * @throws SessionError `SESSION_BUSY` when `timeoutMs` was over first; `SESSION_REENTERED` when a handler waits for the
   *   end that it holds up itself
   * @throws TypeError when `timeoutMs` is not a number of milliseconds
   */
  async close(options: { timeoutMs?: number } = {}): Promise<void> {
    checkOptions('sessions.close()', options, { timeoutMs: TIMEOUT });
    await this.#drain.close(options.timeoutMs ?? Infinity, () => this.#entrance.revoke());
    this.#entrance.unwatch();
  }

  /**
   * Leads one update through its life. The middlewares call this; in your own code, use {@link Sessions.run}.
   *
   * @param initial - makes the data of a new session in place of the option
   * @param update - the raw update: its id is for `skipRedelivered`, its kind for a warning
   * @returns what the body returns; `undefined` for an update that is skipped
   * @internal
   */
  visit<R>(
    key: string,
    body: (session: Visit<S>) => R | Promise<R>,
    initial: Initial<S> = this.initial,
    update?: unknown,
  ): Promise<R> {
    let work: Work | undefined;
    try {
      work = this.#drain.admit(key, update);
      return lead(work, this.#entrance.open(work, initial), body, this.#ifItThrows);
    } catch (error) {
      work?.end();
      return Promise.reject(error);
    }
  }

  /**
   * Like {@link Sessions.visit}, but takes the turn and loads only when the handler first looks at the data.
   * @internal
   */
  visitLazily<R>(
    key: string,
    body: (session: LazyVisit<S>) => R | Promise<R>,
    initial: Initial<S> = this.initial,
    update?: unknown,
  ): Promise<R> {
    try {
      const work = this.#drain.admit(key, update);
      return lead(work, new LazyVisit(work, this.#entrance, initial), body, this.#ifItThrows);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * The data of a session that is stored nowhere, for an update without a key.
   * @internal
   */
  ephemeral(initial: Initial<S> = this.initial): S | undefined {
    return new Handle('', undefined, initial).data;
  }
}

function checkFunction(where: string, value: unknown): void {
  if (typeof value === 'function') return;
  throw new TypeError(
    `${where} takes a key and a function that works on the session, but got ${shown(value)}.`,
  );
}

const TIMEOUT: Rule = {
  expected: `a number of milliseconds from 0 to ${LONGEST_TIMER_MS}, or Infinity`,
  accepts: (value) =>
    value === Infinity || (typeof value === 'number' && value >= 0 && value <= LONGEST_TIMER_MS),
};
