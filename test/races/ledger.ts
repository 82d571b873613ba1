/** What was handed out and what was answered, against what the sessions hold in the end. */

import { setTimeout as pause } from 'node:timers/promises';
import type { SessionStore } from '@sessiongram/core';
import type { Answer, Ids, Job } from './protocol';

/**
 * What is known about a job.
 * - `unknown`: it may or may not stand in its session; its process died, its save failed without an answer, or the data
 *   was flushed at about that time
 * - `gone`: it was acknowledged, and then the data was flushed
 */
export type Outcome = 'open' | 'acknowledged' | 'unknown' | 'gone';

interface Entry {
  readonly job: Job;
  outcome: Outcome;
  isDoubtful: boolean;
}

/** Refusals that promise that nothing was written; whoever gets one may hand the job out again. */
const NOTHING_WRITTEN: ReadonlySet<string> = new Set([
  'SESSION_LEASE_LOST',
  'SESSION_LOAD_FAILED',
  'SESSION_BUSY',
]);

/** Whether a refusal leaves no doubt that the job was not carried out. */
export function isHarmless(answer: Extract<Answer, { kind: 'refused' }>): boolean {
  return NOTHING_WRITTEN.has(answer.code);
}

/** The books of one run. */
export class Ledger {
  /** How many answers of each code have come. */
  readonly refusals = new Map<string, number>();
  /** The texts of refusals with a code that no run expects. */
  readonly oddities: string[] = [];
  readonly #jobs = new Map<string, Entry>();

  enter(job: Job): void {
    if (this.#jobs.has(job.id)) throw new Error(`Job ${job.id} was entered before.`);
    this.#jobs.set(job.id, { job, outcome: 'open', isDoubtful: false });
  }

  outcome(id: string): Outcome {
    return this.#entry(id).outcome;
  }

  settle(id: string, outcome: 'acknowledged' | 'unknown'): void {
    const entry = this.#entry(id);
    entry.outcome = entry.isDoubtful ? 'unknown' : outcome;
  }

  /** The data is about to be flushed: what was acknowledged will be gone. */
  forgetAcknowledged(): void {
    for (const entry of this.#jobs.values()) if (entry.outcome === 'acknowledged') entry.outcome = 'gone';
  }

  /** The data was flushed meanwhile: nobody can say of what is open, or was settled since, whether that was before. */
  doubtOpen(): void {
    for (const entry of this.#jobs.values()) {
      entry.isDoubtful = true;
      if (entry.outcome === 'acknowledged') entry.outcome = 'unknown';
    }
  }

  noteRefusal({ code, text }: Extract<Answer, { kind: 'refused' }>): void {
    this.refusals.set(code, (this.refusals.get(code) ?? 0) + 1);
    if (!NOTHING_WRITTEN.has(code) && code !== 'SESSION_SAVE_FAILED') this.oddities.push(text);
  }

  count(outcome: Outcome): number {
    let count = 0;
    for (const entry of this.#jobs.values()) if (entry.outcome === outcome) count++;
    return count;
  }

  /** The figures of the run, for those who want to know. */
  summary(): string {
    const outcomes = (['acknowledged', 'unknown', 'gone', 'open'] as const).map(
      (each) => `${this.count(each)} ${each}`,
    );
    const refusals = [...this.refusals].map(([code, count]) => `${count} ${code}`);
    return [...outcomes, ...refusals].join(', ');
  }

  /**
   * What is wrong with the sessions, as sentences; none where every promise was kept:
   * an acknowledged job stands exactly once in the list of its key, one of unknown outcome at most once, even though
   * numbered jobs, and those whose refusal promised that nothing was written, were handed out again until they were
   * acknowledged; and nothing else stands there.
   */
  async wrongs(store: SessionStore): Promise<string[]> {
    const wrongs: string[] = [];
    const times = new Map<string, number>();
    const keys = new Set([...this.#jobs.values()].map(({ job }) => job.key));
    for (const key of keys) {
      const { ids = [] } = ((await readPatiently(store, key)) ?? {}) as Partial<Ids>;
      for (const id of ids) {
        times.set(id, (times.get(id) ?? 0) + 1);
        if (this.#jobs.get(id)?.job.key !== key)
          wrongs.push(`${id} stands in ${key}, where it does not belong`);
      }
    }
    for (const [id, { outcome }] of this.#jobs) {
      const count = times.get(id) ?? 0;
      if (outcome === 'open') wrongs.push(`${id} was never answered`);
      if (outcome === 'acknowledged' && count === 0) wrongs.push(`${id} was acknowledged and is lost`);
      if (outcome === 'gone' && count > 0) wrongs.push(`${id} was flushed and has come back`);
      if (count > 1) wrongs.push(`${id} (${outcome}) stands there ${count} times`);
    }
    return wrongs;
  }

  #entry(id: string): Entry {
    const entry = this.#jobs.get(id);
    if (entry === undefined) throw new Error(`There is no job ${id}.`);
    return entry;
  }
}

/** A server that was restarted is not yet there for every connection. */
async function readPatiently(store: SessionStore, key: string): Promise<unknown> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await store.get(key);
    } catch (error) {
      if (attempt === 50 || store.isTransient?.(error) !== true) throw error;
      await pause(100);
    }
  }
}
