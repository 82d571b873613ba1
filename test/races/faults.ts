/** What happens to the processes of a fleet while they work. */

import { setTimeout as pause } from 'node:timers/promises';
import type { Fleet } from './fleet';
import type { Job } from './protocol';

/** Something that goes on until it is stopped. */
export interface Fault {
  /** How often it has happened. */
  readonly count: number;
  /** Ends it, in a state where all can go on. */
  stop(): Promise<void>;
}

export async function stopAll(faults: readonly Fault[]): Promise<void> {
  await Promise.all(faults.map((fault) => fault.stop()));
}

/** SIGKILL to one of them, again and again. */
export function killing(fleet: Fleet, everyMs = 350): Fault {
  return repeating(async (signal) => {
    await pause(everyMs * (0.8 + 0.4 * Math.random()), undefined, { signal });
    const victim = fleet.someone();
    if (victim === undefined) return 0;
    fleet.kill(victim);
    return 1;
  });
}

/** SIGSTOP to one of them for a while, again and again. */
export function freezing(fleet: Fleet, forMs: number): Fault {
  return repeating(async (signal) => {
    await pause(forMs * 0.25 * Math.random(), undefined, { signal });
    const victim = fleet.someone();
    if (victim === undefined) return 0;
    await fleet.freeze(victim);
    await pause(forMs);
    fleet.thaw(victim);
    return 1;
  });
}

/** The end of a server without warning and its return, again and again. */
export function crashing(crash: () => Promise<void>, everyMs = 700): Fault {
  return repeating(async (signal) => {
    await pause(everyMs, undefined, { signal });
    await crash();
    return 1;
  });
}

/**
 * Freezes a process that is known to be inside of a handler, lets another process handle an update of the same key, and
 * only then thaws the first one, whose handler now wants to save.
 *
 * @returns what the thawed process answers: an error's code, or `acknowledged`
 */
export async function freezeHolder(
  fleet: Fleet,
  [late, rival]: readonly [Job, Job],
  forMs: number,
): Promise<string | undefined> {
  const holder = fleet.anyone();
  const isInside = fleet.holding(late.id);
  const answer = fleet.deliver({ ...late, gated: true }, holder);
  await isInside;
  await fleet.freeze(holder);
  const frozen = pause(forMs);
  const other = await fleet.deliver(rival, fleet.anyone(holder));
  if (other?.kind !== 'acknowledged') throw new Error(`The rival was refused: ${JSON.stringify(other)}`);
  await frozen;
  fleet.thaw(holder);
  holder.go(late.id);
  const told = await answer;
  return told?.kind === 'refused' ? told.code : told?.kind;
}

/** Does something again and again. It answers how often it has happened by that, and ends when it is told to. */
export function repeating(once: (signal: AbortSignal) => Promise<number>): Fault {
  const stopping = new AbortController();
  const fault = { count: 0, stop };
  const done = (async () => {
    while (!stopping.signal.aborted) fault.count += await once(stopping.signal);
  })().catch((error) => {
    if (!stopping.signal.aborted) throw error;
  });
  async function stop(): Promise<void> {
    stopping.abort();
    await done;
  }
  return fault;
}
