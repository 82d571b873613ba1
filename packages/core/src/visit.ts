/** A handler's visit to a session: what it sees, what it may do, and how its changes get back into the store. */

import { shown } from './check';
import type { Work } from './drain';
import type { Entrance } from './entrance';
import { SessionError } from './errors';
import { closed, type Handle } from './handle';
import type { Hold } from './hold';
import type { MaybePromise } from './maybe-promise';
import type { Port } from './mount';
import type { StoredChange } from './store';

/** What a handler may do with its session besides changing the data. */
export interface SessionControls {
  /** The key of the session, without prefix. */
  readonly key: string;
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
  /**
   * Lets others have the session during long work, such as the call of a language model or an upload: writes what has
   * changed so far, gives the turn back, does the work, waits for its turn again, and reads anew what is stored. The
   * user's next messages are handled meanwhile.
   *
   * During the work the session may be read, and is as it was; what is changed in it is refused. Afterwards, take it from
   * `ctx.session` anew: what a variable holds from before is of the past, and is not saved. With `skipRedelivered`
   * the update counts as handled from the moment the turn is given back: when the process dies over the work, the
   * update does not run again.
   *
   * @returns what the work returns; when it throws, the turn is taken again as well, and the error is passed on
   * @throws SessionError as `save` and `reload` do; `SESSION_BUSY` when the turn does not come again in time
   *
   * @example
   * ```ts
   * bot.on('message:text', async (ctx) => {
   *   ctx.session.asked++;
   *   const answer = await sessionOf(ctx).release(() => model.answer(ctx.msg.text));
   *   ctx.session.history.push(answer); // ctx.session is as the messages in between have left it
   * });
   * ```
   */
  release<R>(work: () => R | Promise<R>): Promise<R>;
}

/**
 * A session in the hands of a handler: nobody else has its turn as long as the handler runs.
 *
 * @typeParam S - the session's data
 */
export interface Session<S> extends SessionControls {
  /**
   * The data. May be changed in place or assigned; assigning `null` or `undefined` deletes the session.
   * @throws SessionError `SESSION_CLOSED` when assigned after the handler has ended
   */
  get data(): S;
  set data(value: S | null | undefined);
  /** Whether nothing is stored under this key. */
  readonly isNew: boolean;
}

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
export class Visit<S> implements Session<S>, Attended, Port {
  #hold: Hold<S>;
  readonly #handle: Handle<S>;
  readonly #entrance: Entrance<S>;
  readonly #work: Work;
  /** `away`: the turn was given back, and is to be taken again. */
  #phase: 'open' | 'away' | 'settling' | 'ended' = 'open';
  /** What is under way with the store; never rejects. */
  #busy: Promise<void> | undefined;

  constructor(hold: Hold<S>, handle: Handle<S>, entrance: Entrance<S>, work: Work) {
    this.#hold = hold;
    this.#handle = handle;
    this.#entrance = entrance;
    this.#work = work;
  }

  get data(): S {
    return this.#handle.data;
  }

  set data(value: S | null | undefined) {
    this.#handle.data = value;
  }

  get controls(): SessionControls {
    return this;
  }

  get key(): string {
    return this.#handle.key;
  }

  get isNew(): boolean {
    return this.#handle.isNew;
  }

  save(): Promise<void> {
    if (this.#phase !== 'open') return Promise.reject(this.#refusal());
    return this.#inTurn(async () => {
      this.#refuseUnlessInside();
      await this.#save((change) => this.#hold.write(change));
    });
  }

  reload(): Promise<void> {
    if (this.#phase !== 'open') return Promise.reject(this.#refusal());
    return this.#inTurn(async () => {
      this.#refuseUnlessInside();
      const stored = await this.#hold.load();
      this.#refuseUnlessInside();
      this.#handle.reset(stored);
    });
  }

  async release<R>(work: () => R | Promise<R>): Promise<R> {
    if (typeof work !== 'function')
      throw new TypeError(`release() takes a function that does the long work, but got ${shown(work)}.`);
    if (this.#phase !== 'open') throw this.#refusal();
    await this.#inTurn(() => this.#goAway());
    let result: R;
    try {
      result = await work();
    } catch (error) {
      // Where the turn does not come again, the session refuses whatever is done with it, and tells.
      await this.#inTurn(() => this.#comeBack()).catch(() => {});
      throw error;
    }
    await this.#inTurn(() => this.#comeBack());
    return result;
  }

  /**
   * Has the data written at the end also where it is what was loaded: a wrapper may store it in another way by now.
   * @internal
   */
  rewrite(): void {
    this.#handle.doubted();
  }

  get redelivered(): boolean {
    return this.#hold.redelivered;
  }

  get isOver(): boolean {
    return this.#phase === 'ended';
  }

  settle(): MaybePromise<void> {
    if (this.#phase === 'away') return this.#refuseChange();
    this.#phase = 'settling';
    return this.#busy === undefined ? this.#finish() : this.#inTurn(async () => this.#finish());
  }

  end(): MaybePromise<void> {
    this.#phase = 'ended';
    this.#handle.close();
    return this.#busy === undefined ? this.#hold.release() : this.#busy.then(() => this.#hold.release());
  }

  async #save(write: (change: StoredChange<S>) => MaybePromise<void>): Promise<void> {
    const change = this.#handle.change();
    try {
      await write(change);
    } catch (error) {
      this.#handle.doubted();
      throw error;
    }
    this.#handle.saved(change);
  }

  async #goAway(): Promise<void> {
    this.#refuseUnlessInside();
    await this.#save((change) => this.#hold.finish(change));
    this.#hold.release();
    // Whoever asks for the session during the work does not wait for it.
    this.#work.turn = undefined;
    if (this.#phase !== 'ended') this.#phase = 'away';
  }

  async #comeBack(): Promise<void> {
    if (this.#phase !== 'away') throw closed(this.key);
    this.#work.resume();
    const hold = await this.#entrance.take(this.#work);
    try {
      if (this.#phase !== 'away') throw closed(this.key);
      const stored = await hold.load();
      if (this.#phase !== 'away') throw closed(this.key);
      this.#refuseChange();
      this.#hold = hold;
      this.#handle.reset(stored);
      this.#phase = 'open';
    } catch (error) {
      hold.release();
      throw error;
    }
  }

  #finish(): MaybePromise<void> {
    // A release() that nobody awaited may have given the turn back by now.
    if (this.#phase === 'away') return this.#refuseChange();
    const handle = this.#handle;
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

  #refuseUnlessInside(): void {
    if (this.#phase === 'ended' || this.#phase === 'away') throw this.#refusal();
  }

  /** What was changed without the turn cannot be saved, and must not vanish. */
  #refuseChange(): void {
    if (this.#handle.change().kind !== 'none') throw away(this.key);
  }

  #refusal(): SessionError {
    return this.#phase === 'away' ? away(this.key) : closed(this.key);
  }
}

function away(key: string): SessionError {
  const text =
    'The session was changed or used while its turn was given back by release(). Its data may be read during the work; ' +
    'change it before or afterwards.';
  return new SessionError('SESSION_CLOSED', text, { key });
}
