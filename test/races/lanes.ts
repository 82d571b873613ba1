/** Processes that try mutants side by side, started anew where a mutant hangs. */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Failure, Trial } from './lane';

/** So many trials, and a lane makes room for a new one: a vitest that stays up keeps something of each. */
const TRIALS = 100;

interface Lane {
  readonly process: ChildProcess;
  trials: number;
}

const program = fileURLToPath(new URL('lane.ts', import.meta.url));

/** A lane takes one trial at a time. */
export class Lanes {
  readonly #free: Lane[] = [];
  readonly #withinMs: number;

  /** @param withinMs - how long a trial may take before it counts as hung */
  constructor(withinMs: number) {
    this.#withinMs = withinMs;
  }

  /** The tests that fail; none where the trial hangs. */
  async failuresOf(trial: Trial): Promise<readonly Failure[]> {
    const lane = this.#free.pop() ?? (await started());
    const answer = once(lane.process, 'message', { signal: AbortSignal.timeout(this.#withinMs) });
    lane.process.send(trial);
    try {
      const [failures] = (await answer) as [readonly Failure[]];
      if (++lane.trials < TRIALS) this.#free.push(lane);
      else lane.process.kill('SIGKILL');
      return failures;
    } catch {
      lane.process.kill('SIGKILL');
      return [];
    }
  }

  close(): void {
    for (const lane of this.#free) lane.process.kill('SIGKILL');
    this.#free.length = 0;
  }
}

async function started(): Promise<Lane> {
  const { SOAK_FIGURES: _, ...env } = process.env;
  const child = fork(program, {
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env,
  });
  await once(child, 'message');
  return { process: child, trials: 0 };
}
