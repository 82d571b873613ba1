/** Whatever the order in which promises settle: no overlap, order kept, nothing lost. */

import { type SessionStore, Sessions } from '@sessiongram/core';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Turns } from '../../packages/core/src/turns';

interface Log {
  entries: number[];
}

interface Update {
  readonly key: string;
  readonly engine: number;
  /** How often the handler awaits between reading and writing. */
  readonly awaits: number;
  readonly outcome: 'keeps' | 'throws' | 'is not stored';
}

const updates = fc.array(
  fc.record<Update>({
    key: fc.constantFrom('1:1', '2:2'),
    engine: fc.nat({ max: 1 }),
    awaits: fc.nat({ max: 2 }),
    outcome: fc.constantFrom('keeps', 'keeps', 'throws', 'is not stored'),
  }),
  { minLength: 2, maxLength: 12 },
);

/** A store whose every answer waits for the scheduler, and that counts commands of one key which overlap. */
class ScheduledStore implements SessionStore<Log> {
  readonly values = new Map<string, Log>();
  readonly #busy = new Set<string>();
  overlaps = 0;

  constructor(readonly scheduler: fc.Scheduler) {}

  get(key: string): Promise<Log | undefined> {
    return this.#answer('get', key, () => this.values.get(key));
  }

  set(key: string, value: Log): Promise<unknown> {
    return this.#answer('set', key, () => {
      if (value.entries.at(-1) === UNSTORABLE) throw new Error('the disk is full');
      this.values.set(key, value);
    });
  }

  delete(key: string): Promise<unknown> {
    return this.#answer('delete', key, () => this.values.delete(key));
  }

  async #answer<R>(command: string, key: string, work: () => R): Promise<R> {
    if (this.#busy.has(key)) this.overlaps++;
    this.#busy.add(key);
    await this.scheduler.schedule(Promise.resolve(), `${command} ${key}`);
    this.#busy.delete(key);
    return work();
  }
}

const UNSTORABLE = -1;

test('any interleaving keeps every update that succeeded, in order of arrival, and overlaps none', async () => {
  const property = fc.asyncProperty(fc.scheduler(), updates, async (scheduler, all) => {
    const store = new ScheduledStore(scheduler);
    const initial = (): Log => ({ entries: [] });
    const engines = [new Sessions<Log>({ store, initial }), new Sessions<Log>({ store, initial })] as const;
    const arrived = new Map<string, number[]>([
      ['1:1', []],
      ['2:2', []],
    ]);
    const kept = structuredClone(arrived);
    const entered = structuredClone(arrived);
    const inside = new Set<string>();
    let overlaps = 0;

    const lead = async ({ key, engine, awaits, outcome }: Update, id: number): Promise<void> => {
      await scheduler.schedule(Promise.resolve(), `update ${id} arrives`);
      arrived.get(key)?.push(id);
      await engines[engine as 0 | 1].run(key, async (session) => {
        if (inside.has(key)) overlaps++;
        inside.add(key);
        entered.get(key)?.push(id);
        const before = [...session.data.entries];
        for (let n = 0; n < awaits; n++) await scheduler.schedule(Promise.resolve(), `handler ${id}`);
        session.data.entries = [...before, id];
        if (outcome === 'is not stored') session.data.entries.push(UNSTORABLE);
        inside.delete(key);
        if (outcome === 'throws') throw new Error('the handler failed');
        kept.get(key)?.push(...(outcome === 'keeps' ? [id] : []));
      });
    };
    const outcomes = await scheduler.waitFor(Promise.allSettled(all.map(lead)));

    expect(overlaps).toBe(0);
    expect(store.overlaps).toBe(0);
    expect(entered).toEqual(arrived);
    for (const [key, ids] of kept) expect(store.values.get(key)?.entries ?? []).toEqual(ids);
    expect(outcomes.map(({ status }) => status)).toEqual(
      all.map(({ outcome }) => (outcome === 'keeps' ? 'fulfilled' : 'rejected')),
    );
    expect(Turns.of(store).size).toBe(0);
  });
  await fc.assert(property, { numRuns: 400 });
});
