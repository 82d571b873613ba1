/** One user who sends far more than can be handled, and how long the others wait meanwhile. */

import { setTimeout as pause } from 'node:timers/promises';
import { SessionError, type SessionStore, Sessions } from '@sessiongram/core';
import { deferred } from '../support/recording-store';

export interface FloodOptions {
  /** How often a quiet and a flooded time alternate. */
  readonly rounds: number;
  /** How many updates the one user sends in each flooded time. */
  readonly updates: number;
  /** How many other users send one update each, in each quiet time and in each flooded time. */
  readonly others: number;
}

/** Times mean something only by their ratio: both are of the same process, and in turns. */
export interface FloodFigures {
  /** Of the others' updates, in milliseconds, from arrival to settled write. */
  readonly quietP99Ms: number;
  readonly floodedP99Ms: number;
  readonly ratio: number;
  /** How many updates of the others were handled. */
  readonly served: number;
  /** What became of the one user's updates. */
  readonly flood: { readonly handled: number; readonly busy: number };
}

const FLOOD_KEY = 'flood:flood';
const FLOOD_HANDLER_MS = 50;
const HANDLER_MS = 5;
/** How long between the updates of the others. */
const GAP_MS = 2;

/** Measures on a store of which nobody else makes use. */
export async function floodLatency(
  store: SessionStore,
  { rounds, updates, others }: FloodOptions,
): Promise<FloodFigures> {
  const sessions = new Sessions<{ counter: number }>({ store, initial: () => ({ counter: 0 }) });
  const quiet: number[] = [];
  const flooded: number[] = [];
  const flood = { handled: 0, busy: 0 };
  let user = 0;

  async function serveOthers(latencies: number[]): Promise<void> {
    const served: Promise<void>[] = [];
    for (let count = 0; count < others; count++) {
      served.push(serve(`${++user}:${user}`, latencies));
      await pause(GAP_MS);
    }
    await Promise.all(served);
  }

  async function serve(key: string, latencies: number[]): Promise<void> {
    const since = performance.now();
    await sessions.run(key, async (session) => {
      await pause(HANDLER_MS);
      session.data.counter++;
    });
    latencies.push(performance.now() - since);
  }

  for (let round = 0; round < rounds; round++) {
    await serveOthers(quiet);
    const over = deferred();
    const sending = send(updates, others * GAP_MS, () =>
      sessions
        .run(FLOOD_KEY, async (session) => {
          await Promise.race([pause(FLOOD_HANDLER_MS), over.promise]);
          session.data.counter++;
        })
        .then(
          () => void flood.handled++,
          (error: unknown) => {
            if (!(error instanceof SessionError) || error.code !== 'SESSION_BUSY') throw error;
            flood.busy++;
          },
        ),
    );
    await serveOthers(flooded);
    over.resolve();
    await sending;
  }
  await sessions.close();
  const quietP99Ms = percentile99(quiet);
  const floodedP99Ms = percentile99(flooded);
  const served = quiet.length + flooded.length;
  return { quietP99Ms, floodedP99Ms, ratio: floodedP99Ms / quietP99Ms, served, flood };
}

/** Sends so many within that time, as evenly as timers allow, and waits for all of them. */
async function send(count: number, withinMs: number, one: () => Promise<void>): Promise<void> {
  const since = performance.now();
  const sent: Promise<void>[] = [];
  while (sent.length < count) {
    const due = Math.min(count, Math.ceil((count * (performance.now() - since)) / withinMs));
    while (sent.length < due) sent.push(one());
    await pause(1);
  }
  await Promise.all(sent);
}

function percentile99(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * 0.99) - 1] ?? Number.NaN;
}
