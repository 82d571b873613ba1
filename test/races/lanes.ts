/** Processes that try mutants side by side, started anew where a mutant hangs. */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Failure, Trial } from './lane';

const program = fileURLToPath(new URL('lane.ts', import.meta.url));

/** A lane takes one trial at a time. */
export class Lanes {
  readonly #free: ChildProcess[] = [];
  readonly #withinMs: number;

  /** @param withinMs - how long a trial may take before it counts as hung */
  constructor(withinMs: number) {
    this.#withinMs = withinMs;
  }

  /** The tests that fail; none where the trial hangs. */
  async failuresOf(trial: Trial): Promise<readonly Failure[]> {
    const lane = this.#free.pop() ?? (await started());
    const answer = once(lane, 'message', { signal: AbortSignal.timeout(this.#withinMs) });
    lane.send(trial);
    try {
      const [failures] = (await answer) as [readonly Failure[]];
      this.#free.push(lane);
      return failures;
    } catch {
      lane.kill('SIGKILL');
      return [];
    }
  }

  close(): void {
    for (const lane of this.#free) lane.kill('SIGKILL');
    this.#free.length = 0;
  }
}

async function started(): Promise<ChildProcess> {
  const { SOAK_FIGURES: _, ...env } = process.env;
  const lane = fork(program, {
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env,
  });
  await once(lane, 'message');
  return lane;
}
