/** Handlers that save, reload and release in any order, in two processes: what they were told is stored is there once. */

import { type Session, Sessions } from '@sessiongram/core';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Turns } from '../../packages/core/src/turns';
import { LeasingStore } from '../support/leasing-store';

interface Log {
  lines: string[];
}

type Step = 'note' | 'save' | 'reload' | 'release' | 'pause' | 'throw';

interface Update {
  /** Which process it comes to, and comes to again; its place in the list is its id. */
  readonly processes: readonly number[];
  readonly steps: readonly Step[];
}

const update: fc.Arbitrary<Update> = fc.record({
  processes: fc.array(fc.nat(1), { minLength: 1, maxLength: 2 }),
  steps: fc.array(
    fc.constantFrom<Step>('note', 'note', 'note', 'save', 'reload', 'release', 'release', 'pause', 'throw'),
    { minLength: 1, maxLength: 7 },
  ),
});

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const initial = (): Log => ({ lines: [] });
const failure = new Error('the handler failed');

/** The lines that handlers were told are stored. */
class Told {
  readonly stored: string[] = [];
  #count = 0;

  async handle(session: Session<Log>, steps: readonly Step[]): Promise<() => void> {
    const noted: string[] = [];
    const keep = (): void => void this.stored.push(...noted.splice(0));
    for (const step of steps) {
      if (step === 'note') {
        noted.push(`line ${++this.#count}`);
        session.data.lines.push(noted.at(-1) as string);
      } else if (step === 'save') {
        await session.save();
        keep();
      } else if (step === 'reload') {
        await session.reload();
        noted.length = 0;
      } else if (step === 'release') {
        await session.release(() => {
          keep();
          return pause(10);
        });
      } else if (step === 'pause') {
        await pause(7);
      } else {
        throw failure;
      }
    }
    return keep;
  }
}

test.each([
  ['copy', true],
  ['copy', false],
  ['draft', true],
  ['draft', false],
] as const)('with isolation %s and skipRedelivered %s', async (isolation, skipRedelivered) => {
  const property = fc.asyncProperty(fc.array(update, { minLength: 1, maxLength: 8 }), async (updates) => {
    const store = new LeasingStore<Log>();
    store.before = () => pause(3);
    const stores = [store, store.sibling()];
    const engines = stores.map((each) => {
      each.before = store.before;
      return new Sessions<Log>({ store: each, initial, isolation, skipRedelivered });
    });
    const told = new Told();
    const fates = updates.flatMap(({ processes, steps }, id) =>
      processes.map(async (at) => {
        const engine = engines[at] as Sessions<Log>;
        const handle = (session: Session<Log>): Promise<() => void> => told.handle(session, steps);
        const kept = await engine.visit('42:42', handle, undefined, { update_id: id });
        (kept as (() => void) | undefined)?.();
      }),
    );
    const settled = Promise.allSettled(fates);
    await vi.advanceTimersByTimeAsync(60_000);
    const errors = (await settled).flatMap((fate) => (fate.status === 'rejected' ? [fate.reason] : []));
    expect(errors.filter((error) => error !== failure)).toEqual([]);
    const { lines } = JSON.parse(store.texts.get('42:42') ?? '{"lines":[]}') as Log;
    expect([...lines].sort()).toEqual([...told.stored].sort());
    expect(store.locks.get('42:42')?.token).toBe(undefined);
    for (const each of stores) expect(Turns.of(each).size).toBe(0);
  });
  await fc.assert(property, { numRuns: 60 });
});
