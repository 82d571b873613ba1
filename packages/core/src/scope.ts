/** On whose behalf the running code runs, as far as the platform can follow it through its awaits. */

import type { Turn } from './turns';

/** A handler that runs, with the turn it holds, inside the one that called it. */
export interface Scope {
  readonly engine: object;
  /** The turn it holds or waits for; none before a lazy session is first looked at. */
  turn: Turn | undefined;
  /** Whether the handler has returned. What it started and did not await runs on, but nobody waits for that. */
  ended: boolean;
  outer: Scope | undefined;
}

/** The part of `AsyncLocalStorage` that is used here. */
interface Follower {
  getStore(): Scope | undefined;
  run<A, R>(scope: Scope, body: (argument: A) => R, argument: A): R;
}

const SHARED = Symbol.for('sessiongram.scopes');

/**
 * One for the whole process, also where two copies of this package are loaded. Looked up at run time, not imported:
 * a runtime that has no `AsyncLocalStorage` can do all the rest. Node.js, Bun and Deno have it, and Cloudflare Workers
 * with `nodejs_compat`.
 */
function follower(): Follower | undefined {
  const shared = globalThis as {
    [SHARED]?: Follower | undefined;
    process?: { getBuiltinModule?(id: string): unknown };
  };
  if (!(SHARED in shared)) {
    const hooks = shared.process?.getBuiltinModule?.('node:async_hooks') as
      | { AsyncLocalStorage: new () => Follower }
      | undefined;
    shared[SHARED] = hooks && new hooks.AsyncLocalStorage();
  }
  return shared[SHARED];
}

let followed: Follower | undefined | null = null;

/** The scope of the code that is running; `undefined` outside of all handlers, or where the platform cannot tell. */
export function currentScope(): Scope | undefined {
  if (followed === null) followed = follower();
  return followed?.getStore();
}

/** Runs a handler so that whatever it calls and awaits can be known as its own. */
export function runInScope<A, R>(scope: Scope, body: (argument: A) => R, argument: A): R {
  if (followed === null) followed = follower();
  return followed === undefined ? body(argument) : followed.run(scope, body, argument);
}

/** Whether a handler of this engine is waiting for the running code. */
export function isInside(scope: Scope | undefined, engine: object): boolean {
  for (let at = scope; at !== undefined; at = at.outer) if (at.engine === engine && !at.ended) return true;
  return false;
}

/** Whether a handler that waits for the running code holds, or waits for, such a turn. */
export function hasTurn(scope: Scope | undefined, is: (turn: Turn) => boolean): boolean {
  for (let at = scope; at !== undefined; at = at.outer)
    if (!at.ended && at.turn !== undefined && is(at.turn)) return true;
  return false;
}

/** The innermost handler that still runs. Those that have ended are forgotten: a job may start itself anew for ever. */
export function liveScope(): Scope | undefined {
  const innermost = skipEnded(currentScope());
  for (let at = innermost; at !== undefined; at = at.outer) at.outer = skipEnded(at.outer);
  return innermost;
}

function skipEnded(scope: Scope | undefined): Scope | undefined {
  let at = scope;
  while (at?.ended) at = at.outer;
  return at;
}
