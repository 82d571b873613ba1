/** Getting the lease of a key while other processes want it too. */

import { shown } from './check';
import { SessionError } from './errors';
import { loadFailed, mayPass } from './failures';
import { kept } from './hold';
import type { LeaseSettings, LeasingStore } from './lease';
import { isPromiseLike, type MaybePromise } from './maybe-promise';
import type { LeaseAnswer, LeaseGrant, LeaseRequest } from './store';
import { newToken, thisContender } from './tokens';
import { LONGEST_TIMER_MS, type Turn } from './turns';

/** How long a reservation lives; it is renewed with each poll. */
export const RESERVE_MS = 150;

/** How long to wait before asking again: who has the reservation, and who has not. */
const RESERVED_POLL_MS = 6;
const POLL_MS = 60;

/** How long the first answer may take, however little one may wait: a key that is free is no reason to give up. */
const ROUND_TRIP_MS = 250;

/** How long to wait before a command is sent again that failed, at first and at last. */
const FIRST_RETRY_MS = 10;
const LAST_RETRY_MS = 250;

/** A request for a lease, with a token of its own. */
export function request(leaseMs: number, previous?: string): LeaseRequest {
  return { token: newToken(), previous, leaseMs, contender: thisContender(), reserveMs: RESERVE_MS };
}

/**
 * Gets the lease of the key that a turn is for. Only whoever has the turn contends, so a process has one contender for
 * each key, however many of its updates wait.
 *
 * @param returning - is told of a lease that may come after the wait for it is over, until it is on its way back
 * @throws SessionError `SESSION_LOAD_FAILED` when the store fails for longer than a lease lives; `SESSION_BUSY` when
 *   `maxWaitMs` is over
 */
export function contend<S>(
  store: LeasingStore<S>,
  turn: Turn,
  settings: LeaseSettings,
  returning: (work: Promise<void>) => void,
): MaybePromise<LeaseGrant<S>> {
  const first = request(settings.leaseMs);
  const answer = attempt(store, turn, first);
  return !isPromiseLike(answer) && 'granted' in answer && answer.granted
    ? answer
    : keepContending(store, turn, settings, returning, first, answer);
}

interface Failure {
  readonly cause: unknown;
}

/** Asks once. A failure is an answer as well, because there is something to do about it. */
function attempt<S>(
  store: LeasingStore<S>,
  turn: Turn,
  asked: LeaseRequest,
): MaybePromise<LeaseAnswer<S> | Failure> {
  try {
    const answer = store.acquire(turn.name, asked);
    return isPromiseLike(answer)
      ? Promise.resolve(answer).then(checked, (cause) => ({ cause }))
      : checked(answer);
  } catch (cause) {
    return { cause };
  }
}

/** Whether a lease was had. Asked of what a store answers, which may be anything. */
export function isGrant<S>(answer: unknown): answer is LeaseGrant<S> {
  return (answer as Partial<LeaseGrant<S>> | null | undefined)?.granted === true;
}

function checked<S>(answer: LeaseAnswer<S>): LeaseAnswer<S> | Failure {
  if (typeof (answer as LeaseAnswer<S> | null | undefined)?.granted === 'boolean') return answer;
  return {
    cause: new TypeError(`acquire() of a store must answer { granted, … }, but answered ${shown(answer)}.`),
  };
}

async function keepContending<S>(
  store: LeasingStore<S>,
  turn: Turn,
  settings: LeaseSettings,
  returning: (work: Promise<void>) => void,
  first: LeaseRequest,
  opening: MaybePromise<LeaseAnswer<S> | Failure>,
): Promise<LeaseGrant<S>> {
  const { leaseMs } = settings;
  const { maxWaitMs } = turn.limits;
  const busyAt = turn.asked + maxWaitMs;
  let asked = first;
  let underWay = opening;
  /** The attempts whose answer was lost: any of them may have got the lease, and one can be named at a time. */
  const lost: string[] = [];
  let failingSince: number | undefined;
  let answerBy = Math.max(busyAt, turn.asked + ROUND_TRIP_MS);
  for (let retries = 0, attempts = 0; ; ) {
    const answer = await before(answerBy, underWay, (late) => giveBack(store, turn, late), returning);
    if (answer === undefined) throw busy(turn);
    answerBy = busyAt;
    if (!('granted' in answer && answer.granted)) kept(turn, undefined);
    let waitMs: number;
    if ('cause' in answer) {
      failingSince ??= performance.now();
      const isHopeless = performance.now() - failingSince > leaseMs;
      if (isHopeless || !mayPass(store, answer.cause)) loadFailed(turn.key, answer.cause);
      lost.push(asked.token);
      waitMs = retryMs(retries++);
    } else if (answer.granted) {
      return answer;
    } else {
      turn.waited = true;
      failingSince = undefined;
      retries = 0;
      waitMs = Math.min(answer.remainingMs, answer.reserved ? RESERVED_POLL_MS : jittered(POLL_MS));
    }
    turn.renew(); // the hold begins with the lease, not with the wait for it
    await pause(Math.min(waitMs, busyAt - performance.now()));
    if (performance.now() >= busyAt) throw busy(turn);
    asked = request(leaseMs, lost[attempts++ % lost.length]);
    underWay = attempt(store, turn, asked);
  }
}

/** Waits for an answer until a certain time. With an answer that comes later, something else is done. */
function before<T>(
  at: number,
  underWay: MaybePromise<T>,
  tooLate: (answer: T) => Promise<void>,
  isLate: (work: Promise<void>) => void,
): MaybePromise<T | undefined> {
  if (at === Infinity || !(underWay instanceof Promise)) return underWay;
  return new Promise((resolve) => {
    let isOver = false;
    const timer = setTimeout(
      () => {
        isOver = true;
        isLate(answered);
        resolve(undefined);
      },
      Math.min(Math.max(0, at - performance.now()), LONGEST_TIMER_MS),
    );
    const answered = underWay.then((answer): MaybePromise<void> => {
      if (isOver) return tooLate(answer);
      clearTimeout(timer);
      resolve(answer);
    });
  });
}

/** Gives back a lease that nobody wants any more. Never rejects: when that fails, the lease lapses by itself. */
export async function giveBack<S>(
  store: LeasingStore<S>,
  turn: Turn,
  answer: LeaseAnswer<S> | Failure,
): Promise<void> {
  if (!isGrant(answer)) return;
  const { lease, marks } = answer;
  try {
    await store.commit(turn.name, lease, { change: { kind: 'none' }, mark: undefined, marks });
  } catch {}
}

/** How long to wait before a failed command is sent again. */
export function retryMs(retries: number): number {
  return jittered(Math.min(FIRST_RETRY_MS * 2 ** retries, LAST_RETRY_MS));
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(1, ms)));
}

function jittered(ms: number): number {
  return ms * (0.5 + Math.random());
}

function busy(turn: Turn): SessionError {
  const text =
    `The session did not become free within maxWaitMs (${turn.limits.maxWaitMs} ms): another process works on it, or ` +
    'the store does not answer.';
  return new SessionError('SESSION_BUSY', text, { key: turn.key });
}
