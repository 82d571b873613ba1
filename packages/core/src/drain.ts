/** Who works in an engine at the moment, and how the engine comes to rest. */

import { shownKind } from './check';
import { SessionError } from './errors';
import { currentScope, isInside, liveScope, type Scope } from './scope';
import type { Turn, TurnHolder } from './turns';

/** One piece of work that an engine has taken on: an update, or a call from outside. */
export class Work implements TurnHolder {
  turn: Turn | undefined = undefined;
  ended = false;
  #counts = true;

  /**
   * @param key - the session's key, without prefix
   * @param update - the raw update that is handled, where it is one
   * @param outer - the work on whose behalf it is done
   */
  constructor(
    readonly engine: Drain,
    readonly key: string,
    readonly update: unknown,
    public outer: Scope | undefined,
  ) {}

  /** Without its turn it can save nothing any more, so nobody waits for its end. */
  lost(turn: Turn): void {
    if (turn === this.turn) this.forget();
  }

  /**
   * Is to take another turn.
   * @throws SessionError `SESSION_CLOSED` when it had lost the one before, and the engine closes without it
   */
  resume(): void {
    if (this.#counts) return;
    this.engine.admitAgain(this.key);
    this.#counts = true;
  }

  slow(): void {
    this.engine.slow?.(this);
  }

  end(): void {
    this.ended = true;
    this.forget();
  }

  forget(): void {
    if (!this.#counts) return;
    this.#counts = false;
    this.engine.ended();
  }
}

/** How long leases may take to get back at the end, so that the process may end at once. */
const RETURN_WITHIN_MS = 1_000;

/** Counts the work of one engine, and refuses more once the engine is to end. */
export class Drain {
  #running = 0;
  readonly #returning = new Set<Promise<void>>();
  #closing: Promise<void> | undefined;
  #finish: (() => void) | undefined;
  /** Whether those who still wait for their turn come too late for it. */
  isOver = false;
  /** Is told of work that is slow while others wait. */
  slow: ((work: Work) => void) | undefined = undefined;

  /**
   * Takes on a piece of work. What a handler calls on its own behalf still runs while the engine closes: it is part of
   * what came before.
   *
   * @throws SessionError `SESSION_CLOSED` after `close()`; `SESSION_KEY_MISSING` where there is no key
   * @throws TypeError when the key is not a string
   */
  admit(key: string, update?: unknown): Work {
    if (typeof key !== 'string' || key === '') throw notAKey(key);
    const outer = liveScope();
    if (this.#closing !== undefined && !isInside(outer, this)) throw engineClosed(key);
    this.#running++;
    return new Work(this, key, update, outer);
  }

  /** @throws SessionError `SESSION_CLOSED` */
  admitAgain(key: string): void {
    if (this.#closing !== undefined) throw engineClosed(key);
    this.#running++;
  }

  /** What goes on after an update was answered is waited for as well. */
  readonly inBackground = (work: Promise<void>): void => {
    this.#running++;
    void work.then(() => this.ended());
  };

  /** Leases on their way back to the store from those who have lost their turns. */
  readonly inReturn = (work: Promise<void>): void => {
    this.#returning.add(work);
    void work.then(() => this.#returning.delete(work));
  };

  ended(): void {
    if (--this.#running === 0) this.#finish?.();
  }

  /**
   * Refuses new work, and resolves when all that came before is done.
   *
   * @param revoke - takes their turns from those who are late
   */
  close(timeoutMs: number, revoke: () => void): Promise<void> {
    if (isInside(currentScope(), this)) return Promise.reject(closedFromInside());
    this.#closing ??= new Promise<void>((resolve) => {
      this.#finish = resolve;
      if (this.#running === 0) resolve();
    }).then(() => this.#returned());
    return timeoutMs === Infinity ? this.#closing : this.#within(timeoutMs, this.#closing, revoke);
  }

  #within(timeoutMs: number, closing: Promise<void>, revoke: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        const late = this.#running;
        if (late === 0) return; // there are only leases on their way back
        this.isOver = true;
        revoke();
        void this.#returned().then(() => reject(notInTime(timeoutMs, late)));
      }, timeoutMs);
      // Where anybody was late, this has failed by then.
      void closing.then(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /** Waits for the leases that are on their way back, but not for ever: one that does not get there lapses by itself. */
  #returned(): Promise<void> {
    return new Promise((resolve) => {
      const grace = setTimeout(resolve, RETURN_WITHIN_MS);
      void this.#allReturned().then(() => {
        clearTimeout(grace);
        resolve();
      });
    });
  }

  async #allReturned(): Promise<void> {
    while (this.#returning.size > 0) await Promise.all(this.#returning);
  }
}

export function engineClosed(key: string): SessionError {
  return new SessionError('SESSION_CLOSED', 'The session engine was closed and takes no more work.', { key });
}

function notInTime(timeoutMs: number, late: number): SessionError {
  const text =
    `The engine was to come to rest within ${timeoutMs} ms, and ${late} updates or calls had not ended by then. Their turns ` +
    'were given back, so what they change from here on is refused.';
  return new SessionError('SESSION_BUSY', text);
}

function closedFromInside(): SessionError {
  const text =
    'A handler asked for the end of all handlers, its own included. Call sessions.close() after the handler has returned.';
  return new SessionError('SESSION_REENTERED', text);
}

function notAKey(key: unknown): Error {
  const expected = 'A session key must be a string that is not empty';
  if (key === undefined || key === null || key === '') {
    return new SessionError(
      'SESSION_KEY_MISSING',
      `${expected}, but there was none. Does the update belong to a session?`,
    );
  }
  return new TypeError(`${expected}, but got ${shownKind(key)}.`);
}
