/**
 * One update's life once its session is at hand: the handler, the write, and the turn given back.
 *
 * Where everything answers at once, as with sessions in memory, nothing here waits: each promise on the way costs every
 * update a tenth of a microsecond and more.
 */

import type { Work } from './drain';
import { SessionError } from './errors';
import type { MaybePromise } from './maybe-promise';
import { runInScope } from './scope';
import type { Attended } from './visit';

/**
 * Runs a handler on its session.
 *
 * @returns what the handler returns; `undefined` for an update that was handled before
 */
export function lead<V extends Attended, R>(
  work: Work,
  opening: MaybePromise<V>,
  body: (visit: V) => R | Promise<R>,
  ifItThrows: 'drop' | 'keep',
): Promise<R> {
  if (!(opening instanceof Promise)) return attend(work, opening, body, ifItThrows);
  return opening.then(
    (visit) => attend(work, visit, body, ifItThrows),
    (error) => {
      work.end();
      throw error;
    },
  );
}

function attend<V extends Attended, R>(
  work: Work,
  visit: V,
  body: (visit: V) => R | Promise<R>,
  ifItThrows: 'drop' | 'keep',
): Promise<R> {
  if (visit.redelivered) return leaveAfter(work, visit, undefined as R);
  let running: R | Promise<R>;
  try {
    running = runInScope(work, body, visit);
  } catch (error) {
    return failed(work, visit, error, ifItThrows);
  }
  return (running instanceof Promise ? running : Promise.resolve(running)).then(
    (result) => done(work, visit, result),
    (error) => failed(work, visit, error, ifItThrows),
  );
}

function done<R>(work: Work, visit: Attended, result: R): MaybePromise<R> {
  work.ended = true;
  let settling: MaybePromise<void>;
  try {
    settling = visit.settle();
  } catch (error) {
    settling = Promise.reject(error);
  }
  if (settling !== undefined) return leaveAfter(work, visit, result, settling);
  const ending = visit.end();
  if (ending !== undefined) return leaveAfter(work, visit, result, ending);
  work.end();
  return result;
}

async function failed(
  work: Work,
  visit: Attended,
  error: unknown,
  ifItThrows: 'drop' | 'keep',
): Promise<never> {
  work.ended = true;
  const settling = ifItThrows === 'keep' ? settleAfter(error, visit) : undefined;
  await leaveAfter(work, visit, undefined, settling);
  throw error;
}

async function leaveAfter<R>(work: Work, visit: Attended, result: R, settling?: Promise<void>): Promise<R> {
  try {
    await settling;
  } finally {
    await visit.end();
    work.end();
  }
  return result;
}

/** Keeps the changes of a handler that threw; where that fails as well, neither error may hide the other. */
async function settleAfter(error: unknown, visit: Attended): Promise<void> {
  try {
    await visit.settle();
  } catch (second) {
    if (second === error) return;
    const text =
      'The handler threw, and its changes could not be kept either, as saveOnError asks; cause has both errors.';
    throw new SessionError('SESSION_SAVE_FAILED', text, {
      key: visit.key,
      cause: new AggregateError([error, second], text),
    });
  }
}
