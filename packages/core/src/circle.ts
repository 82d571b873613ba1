/** Handlers that wait for each other in a circle, of which none would ever end. */

import { liveScope, type Scope } from './scope';
import type { Turn } from './turns';

/** How long a wait lasts before a circle is looked for, as PostgreSQL's `deadlock_timeout`: most waits are over by then. */
export const CIRCLE_MS = 1_000;

/** A turn that somebody waits for who holds another meanwhile. */
interface NestedWait {
  readonly turn: Turn;
  /** The handlers that it holds up. */
  readonly waiting: ReadonlySet<Scope>;
}

const SHARED = Symbol.for('sessiongram.waits');

/** One for the whole process, because a circle may go through several stores, and several copies of this package. */
function waits(): Set<NestedWait> {
  const shared = globalThis as { [SHARED]?: Set<NestedWait> };
  shared[SHARED] ??= new Set();
  return shared[SHARED];
}

/**
 * Looks after {@link CIRCLE_MS} whether the one who has a turn waits, by way of others perhaps, for the one who waits for
 * that turn. Whoever begins to wait last closes the circle, so one look for each is enough.
 *
 * @param onCircle - is called when it is so
 * @returns ends it, when the wait is over
 */
export function watchForCircle(turn: Turn, onCircle: () => void): () => void {
  const waiting = new Set([...chain(turn.holder.outer), ...chain(liveScope())]);
  if (![...waiting].some((scope) => scope.turn !== undefined)) return NOTHING;
  const wait: NestedWait = { turn, waiting };
  waits().add(wait);
  const look = setTimeout(() => {
    if (leadsBack(wait, wait, new Set())) onCircle();
  }, CIRCLE_MS);
  return () => {
    clearTimeout(look);
    waits().delete(wait);
  };
}

const NOTHING = (): void => {};

function leadsBack(from: NestedWait, to: NestedWait, seen: Set<NestedWait>): boolean {
  const { holder } = firstOf(from.turn);
  if (to.waiting.has(holder)) return true;
  seen.add(from);
  for (const next of waits())
    if (!seen.has(next) && next.waiting.has(holder) && leadsBack(next, to, seen)) return true;
  return false;
}

/** Who has the turn that somebody waits for. */
function firstOf(turn: Turn): Turn {
  let at = turn;
  while (at.ahead !== undefined) at = at.ahead;
  return at;
}

function* chain(scope: Scope | undefined): Generator<Scope> {
  for (let at = scope; at !== undefined; at = at.outer) if (!at.ended) yield at;
}
