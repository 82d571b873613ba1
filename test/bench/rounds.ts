/** Interleaved rounds: everybody runs a short batch in each, so that what slows the machine slows all of them. */

import type { Effort } from './table';

/** Something that is measured. */
export interface Runner {
  readonly name: string;
  /** Does it so many times. */
  run(count: number): Promise<void> | void;
}

/**
 * What is counted: the time that passes, or the processor's time for this process, helper threads of V8 included. The
 * latter does not count what others on the machine take, but it sees no waiting either.
 */
export type Clock = 'wall' | 'processor';

const FIRST_COUNT = 32;

/** The time of one operation, in each round. */
export class Timings {
  readonly #samples = new Map<string, number[]>();

  add(name: string, ns: number): void {
    const samples = this.#samples.get(name);
    if (samples === undefined) this.#samples.set(name, [ns]);
    else samples.push(ns);
  }

  /** The median, in nanoseconds. */
  of(name: string): number {
    return median(this.#samplesOf(name));
  }

  /** How many times as long the first takes: the median of the ratios within each round. */
  ratio(name: string, other: string): number {
    const others = this.#samplesOf(other);
    return median(this.#samplesOf(name).map((ns, round) => ns / (others[round] as number)));
  }

  #samplesOf(name: string): readonly number[] {
    const samples = this.#samples.get(name);
    if (samples === undefined) throw new Error(`${name} was not measured.`);
    return samples;
  }
}

export async function interleave(
  runners: readonly Runner[],
  effort: Omit<Effort, 'quick'>,
  clock: Clock,
): Promise<Timings> {
  const counts = new Map<Runner, number>();
  for (let warmed = 0; warmed < effort.warmUpMs; warmed += effort.batchMs) {
    for (const runner of runners)
      counts.set(runner, await calibrated(runner, clock, effort.batchMs, counts.get(runner)));
  }
  const timings = new Timings();
  for (let round = 0; round < effort.rounds; round++) {
    // Nobody always runs in the shadow of the same neighbour.
    for (let place = 0; place < runners.length; place++) {
      const runner = runners[(place + round) % runners.length] as Runner;
      const count = counts.get(runner) as number;
      timings.add(runner.name, ((await timed(runner, clock, count)) * 1e6) / count);
    }
  }
  return timings;
}

async function calibrated(
  runner: Runner,
  clock: Clock,
  batchMs: number,
  from: number = FIRST_COUNT,
): Promise<number> {
  for (let count = from; ; count *= 2) {
    const ms = await timed(runner, clock, count);
    if (ms >= batchMs / 4) return Math.max(1, Math.round((count * batchMs) / ms));
  }
}

async function timed(runner: Runner, clock: Clock, count: number): Promise<number> {
  const start = nowOn(clock);
  const running = runner.run(count);
  if (running !== undefined) await running;
  return nowOn(clock) - start;
}

/** In milliseconds. */
function nowOn(clock: Clock): number {
  if (clock === 'wall') return performance.now();
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] as number;
}
