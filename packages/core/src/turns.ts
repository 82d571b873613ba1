/**
 * One at a time per key, inside one process.
 *
 * The race that this prevents: two updates of one user arrive together. Both handlers read `counter: 1`, both wait for
 * Telegram, both write `counter: 2`, and one message was never counted. With turns, the second one reads what the
 * first one has written.
 */

import { watchForCircle } from './circle';
import { SessionError } from './errors';
import { Holders } from './holders';
import { innermost } from './innermost';
import { hasTurn, type Scope } from './scope';

/** How long to wait for a turn, and how long to keep one. */
export interface TurnLimits {
  /** In milliseconds; `Infinity` waits for as long as it takes. */
  readonly maxWaitMs: number;
  readonly maxWaiting: number;
  /** In milliseconds; finite, so that every queue moves on. */
  readonly maxHoldMs: number;
}

/** Who takes turns. */
export interface TurnHolder extends Scope {
  /** The key without prefix: what an error names. */
  readonly key: string;
  /** Is told when a turn was lost. */
  lost(turn: Turn): void;
  /** Is told once when the turn has been held for {@link SLOW_MS} while others wait. */
  slow(): void;
}

/** What a turn may leave to the one that follows at once. */
export interface Gift {
  /** Is called when there is nobody to take it. */
  drop(): void;
}

/** How long a turn is held before that is worth a word. A handler that waits for a later update of its user waits in vain. */
export const SLOW_MS = 10_000;

/** The longest delay that timers of all platforms take: 2^31 - 1 ms, about 24 days. */
export const LONGEST_TIMER_MS: number = 2 ** 31 - 1;

const SHARED = Symbol.for('sessiongram.turns');

/**
 * The turns of everyone who shares a store object: one queue per key, which lives only while somebody holds or awaits
 * a turn in it.
 */
export class Turns {
  readonly #holders = new Holders();

  /** The turns of a store, one for the whole process, also where two copies of this package are loaded. */
  static of(store: object): Turns {
    const owner = innermost(store);
    const shared = globalThis as { [SHARED]?: WeakMap<object, Turns> };
    shared[SHARED] ??= new WeakMap();
    let turns = shared[SHARED].get(owner);
    if (turns === undefined) {
      turns = new Turns();
      shared[SHARED].set(owner, turns);
    }
    return turns;
  }

  /** How many keys are held or waited for. */
  get size(): number {
    return this.#holders.size;
  }

  /**
   * Takes the turn of a key: at once where it is free, else behind all who came before.
   *
   * @param name - the key, prefix included: what the turn is for
   * @param asker - also to recognise a handler that waits for itself
   * @throws SessionError `SESSION_REENTERED` when the turn is held by the caller itself, who would wait for ever;
   *   `SESSION_BUSY` when too many wait already, or when the turn does not come in time
   */
  take(name: string, limits: TurnLimits, asker: TurnHolder): Turn | Promise<Turn> {
    const first = this.#holders.get(name);
    const turn = new Turn(this.#holders, name, limits, asker);
    if (first === undefined) {
      asker.turn = turn;
      this.#holders.add(turn);
      return turn;
    }
    const sameQueue = (other: Turn): boolean =>
      other.holders === this.#holders && other.name === name && !other.over;
    if (hasTurn(asker, sameQueue)) {
      throw new SessionError(
        'SESSION_REENTERED',
        'A handler asked for the session that it holds itself, and would have waited for ever. Use the session it has, ' +
          'or let the call run after the handler has ended. Two session() with one store need two prefixes.',
        { key: asker.key },
      );
    }
    first.queue ??= new Queue(first);
    const { queue } = first;
    if (queue.waiting >= limits.maxWaiting) {
      const text = `As many updates wait for this session as may wait: maxWaiting is ${limits.maxWaiting}. Drop this one, or answer it later.`;
      throw new SessionError('SESSION_BUSY', text, { key: asker.key });
    }
    asker.turn = turn;
    return queue.enter(turn);
  }

  /** Takes the turns from those who hold one, because their engine ends. */
  revoke(isLate: (holder: TurnHolder) => boolean): void {
    for (const turn of this.#holders.all()) if (isLate(turn.holder)) turn.lose('closed');
  }
}

/** The right to be the only one who works on a key, from the moment it comes until it is given back or lost. */
export class Turn {
  /** Whether it was taken away, and why: it was held for too long while another waited, or its engine was closed. */
  lost: false | 'late' | 'closed' = false;
  /** Whether it was given back, lost, or never came. */
  over = false;
  /** Whether its holder was told that it is slow. */
  slow = false;
  /** Whether others were in the way, in this process or another. */
  waited = false;
  readonly asked: number = performance.now();
  /** When the hold began. */
  since: number = this.asked;
  /** Those who wait behind the holder; there is none before somebody does. */
  queue: Queue | undefined = undefined;
  /** The neighbours in the queue. */
  ahead: Turn | undefined = undefined;
  behind: Turn | undefined = undefined;
  /** Ends the waiting; there is none once the turn has come. */
  admit: (() => void) | undefined = undefined;
  /** What the turn before has left. */
  gift: Gift | undefined = undefined;
  /** What to let go of when the turn is lost. */
  held: { abandon(): void } | undefined = undefined;

  constructor(
    readonly holders: Holders,
    readonly name: string,
    readonly limits: TurnLimits,
    readonly holder: TurnHolder,
  ) {}

  get key(): string {
    return this.holder.key;
  }

  /** Starts `maxHoldMs` anew: a write that is on its way cannot be called back, and gets a whole hold of its own. */
  renew(): void {
    this.since = performance.now();
    if (!this.over) this.queue?.watch();
  }

  /** Whether somebody waits for this turn to end. */
  get wanted(): boolean {
    return this.behind !== undefined;
  }

  /** Gives the turn to the next in the queue, and perhaps something with it. */
  release(gift?: Gift): void {
    if (!this.over && this.queue !== undefined) {
      this.over = true;
      this.queue.pass(gift);
      return;
    }
    if (!this.over) this.holders.remove(this);
    this.over = true;
    gift?.drop();
  }

  /** Gives the turn to the next, whatever its holder still does. */
  lose(why: 'late' | 'closed' = 'late'): void {
    this.lost = why;
    this.release();
    this.held?.abandon();
    this.holder.lost(this);
  }
}

/** Who waits for the turn of one key, in order of arrival. */
class Queue {
  waiting = 0;
  #holder: Turn;
  #last: Turn;
  #watch: ReturnType<typeof setTimeout> | undefined;

  constructor(holder: Turn) {
    this.#holder = holder;
    this.#last = holder;
  }

  enter(turn: Turn): Promise<Turn> {
    turn.waited = true;
    turn.ahead = this.#last;
    this.#last = this.#last.behind = turn;
    if (++this.waiting === 1) this.watch();
    return new Promise((resolve, reject) => {
      const { maxWaitMs } = turn.limits;
      const over = (): void => {
        clearTimeout(timer);
        unwatch();
      };
      const giveUp = (error: SessionError): void => {
        over();
        this.#leave(turn);
        reject(error);
      };
      const timer =
        maxWaitMs === Infinity ? undefined : setTimeout(() => giveUp(notInTime(turn)), capped(maxWaitMs));
      const unwatch = watchForCircle(turn, () => giveUp(inCircle(turn)));
      turn.admit = () => {
        over();
        resolve(turn);
      };
    });
  }

  /** Nobody has to let go of a turn that nobody else wants; so the clock matters only while somebody waits. */
  watch(atMostMs: number = Infinity): void {
    clearTimeout(this.#watch);
    if (this.waiting === 0) return;
    const turn = this.#holder;
    const { maxHoldMs } = turn.limits;
    const isQuiet = turn.slow || maxHoldMs <= SLOW_MS;
    this.#watch = setTimeout(
      () => {
        if (isQuiet) return turn.lose();
        turn.slow = true;
        turn.holder.slow();
        // That a timer has passed counts also where a test turns the timers on, and not this clock.
        this.watch(maxHoldMs - SLOW_MS);
      },
      capped(Math.min(atMostMs, turn.since + (isQuiet ? maxHoldMs : SLOW_MS) - performance.now())),
    );
  }

  pass(gift?: Gift): void {
    const { behind: next, holders } = this.#holder;
    if (next === undefined) {
      holders.remove(this.#holder);
      gift?.drop();
      return;
    }
    holders.replace(this.#holder, next);
    next.queue = this;
    next.gift = gift;
    this.#holder.behind = undefined;
    next.ahead = undefined;
    next.since = performance.now();
    this.waiting--;
    this.#holder = next;
    this.watch();
    next.admit?.();
  }

  #leave(turn: Turn): void {
    turn.over = true;
    this.waiting--;
    if (turn.ahead !== undefined) turn.ahead.behind = turn.behind;
    if (turn.behind === undefined) this.#last = turn.ahead as Turn;
    else turn.behind.ahead = turn.ahead;
    if (this.waiting === 0) this.watch();
  }
}

function notInTime(turn: Turn): SessionError {
  return new SessionError(
    'SESSION_BUSY',
    `The turn did not come within maxWaitMs (${turn.limits.maxWaitMs} ms): a handler of the same session still runs. Drop this update, or answer it later.`,
    { key: turn.key },
  );
}

function inCircle(turn: Turn): SessionError {
  return new SessionError(
    'SESSION_REENTERED',
    'Handlers wait for each other: each holds a session that another one asks for. Ask for another session in ' +
      'sessionOf(ctx).release(), or after the handler has ended, or take sessions in the same order everywhere.',
    { key: turn.key },
  );
}

function capped(ms: number): number {
  return Math.min(Math.max(ms, 0), LONGEST_TIMER_MS);
}
