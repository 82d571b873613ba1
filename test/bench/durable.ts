/** Contestants whose sessions are kept in a database, and rounds of them. */

import { lazySession as grammyLazy, session as grammySession } from 'grammy';
import { session as telegrafSession } from 'telegraf';
import * as built from './built';
import type { BenchMiddleware } from './contestants';
import { type ContextMaker, contextMaker, type FrameworkName } from './contexts';
import { inFlight } from './in-flight';
import { interleave, type Timings } from './rounds';
import { smallSession } from './session-data';
import type { Effort } from './table';
import { eagerly, type Handling, lazily } from './update-loop';

export interface Durable {
  readonly name: string;
  readonly framework: FrameworkName;
  readonly mode: 'eager' | 'lazy';
  readonly middleware: BenchMiddleware;
}

export function ofGrammy(name: string, storage: unknown, mode: Durable['mode'] = 'eager'): Durable {
  const options = { initial: smallSession, storage } as never;
  const install = mode === 'lazy' ? grammyLazy : grammySession;
  return { name, framework: 'grammY', mode, middleware: install(options) as unknown as BenchMiddleware };
}

export function ofTelegraf(name: string, store: unknown): Durable {
  const middleware = telegrafSession({ defaultSession: smallSession, store } as never);
  return { name, framework: 'Telegraf', mode: 'eager', middleware: middleware as unknown as BenchMiddleware };
}

/** Ours in grammY. */
export function ofOurs(
  name: string,
  store: built.Core.SessionStore,
  exclusive: 'store' | 'process',
  mode: Durable['mode'] = 'eager',
): Durable {
  const { session, lazySession } = built.grammy;
  const install = mode === 'lazy' ? lazySession : session;
  const middleware = install({ initial: smallSession, store, exclusive } as never);
  return { name, framework: 'grammY', mode, middleware: middleware as unknown as BenchMiddleware };
}

export async function measureDurable(
  all: readonly Durable[],
  handling: Handling,
  flying: number,
  effort: Effort,
): Promise<Timings> {
  // A round trip is long: a batch has to hold many.
  const batchMs = effort.batchMs * 5;
  const rounds = Math.ceil(effort.rounds / 2);
  return interleave(
    await runnersOf(all, handling, flying),
    { warmUpMs: batchMs * 2, rounds, batchMs },
    'wall',
  );
}

/** Runs so many updates of one contestant; for counting what they cost. */
export async function runSome(one: Durable, handling: Handling, count: number): Promise<void> {
  const [runner] = await runnersOf([one], handling, 16);
  await runner?.run(count);
}

async function runnersOf(
  all: readonly Durable[],
  handling: Handling,
  flying: number,
): Promise<ReturnType<typeof inFlight>[]> {
  const makers = new Map<FrameworkName, ContextMaker>();
  for (const { framework } of all) makers.set(framework, await contextMaker(framework));
  return all.map(({ name, framework, mode, middleware }) => {
    const handle = (mode === 'lazy' ? lazily : eagerly)[handling];
    return inFlight(name, flying, middleware, makers.get(framework) as ContextMaker, handle);
  });
}

/** Updates per second. */
export function rate(ns: number): string {
  return Math.round(1e9 / ns).toLocaleString('en');
}
