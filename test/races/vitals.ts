/** What a process that serves sessions holds on to, written down every second: imported before all that it watches. */

import { appendFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

export interface Vitals {
  readonly pid: number;
  readonly at: number;
  /** Bytes in use after a collection. */
  readonly heap: number;
  /** Timers that were set and neither ran nor were cleared. */
  readonly timers: number;
  /** Keys that are held or waited for. */
  readonly keys: number;
}

const EVERY_MS = 1_000;

const { vitals: file } = JSON.parse(process.argv[2] ?? '{}') as { vitals?: string };

if (file !== undefined) {
  const timers = countTimers();
  const queues = watchTurns();
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  timers
    .real(() => {
      collect();
      const keys = [...queues].reduce((sum, { size }) => sum + size, 0);
      const heap = process.memoryUsage().heapUsed;
      const line: Vitals = { pid: process.pid, at: Date.now(), heap, timers: timers.count(), keys };
      appendFileSync(file, `${JSON.stringify(line)}\n`);
    }, EVERY_MS)
    .unref();
}

/** Puts timers in place that are counted. */
function countTimers(): { count(): number; real: typeof setInterval } {
  const { setTimeout: set, clearTimeout: clear, setInterval: real } = globalThis;
  const running = new Set<unknown>();
  globalThis.setTimeout = ((work: (...args: unknown[]) => void, ms?: number, ...args: unknown[]) => {
    const timer = set(() => {
      running.delete(timer);
      work(...args);
    }, ms);
    running.add(timer);
    return timer;
  }) as typeof setTimeout;
  globalThis.clearTimeout = ((timer: NodeJS.Timeout | undefined) => {
    running.delete(timer);
    clear(timer);
  }) as typeof clearTimeout;
  return { count: () => running.size, real };
}

/** The turns of all stores, which the engine keeps where nobody could list them. */
function watchTurns(): ReadonlySet<{ readonly size: number }> {
  const all = new Set<{ readonly size: number }>();
  class Seen extends WeakMap<object, { readonly size: number }> {
    override set(store: object, turns: { readonly size: number }): this {
      all.add(turns);
      return super.set(store, turns);
    }
  }
  Object.assign(globalThis, { [Symbol.for('sessiongram.turns')]: new Seen() });
  return all;
}
