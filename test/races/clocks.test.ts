/** Whatever the clocks say, those of the workers and that of the server: no update is lost. */

import { execFile } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clockOff, skipsFaketime, TurnedClock, within } from '../support/servers/faketime';
import { type BackendKind, postgres, redis } from './backends';
import { Crew, startMembers } from './crew';
import { type Fault, freezing, repeating, stopAll } from './faults';
import { isSoak, note, share } from './figures';
import { openPlace } from './place';
import { bundle, type Program } from './program';
import { LEASE_MS } from './sizes';
import { Updates } from './updates';

const HOUR = 3_600;
/** Three processes whose clocks are right beside three that are off, by what a bad network clock and a bad machine are. */
const OFF = [0, 10, -10, 300, -300, 0];
/** The database that a soak adds takes long to start. */
const kinds = isSoak ? [redis, postgres] : [redis];

describe.skipIf(skipsFaketime())('where clocks are off', { timeout: 120_000 }, () => {
  let program: Program;
  beforeAll(async () => {
    program = await bundle();
  }, 60_000);
  afterAll(() => program?.remove());

  for (const kind of kinds) {
    const forMs = share(2, 1_500);

    test.skipIf(kind.isSkipped())(`workers off by up to 300 s lose nothing on ${kind.name}`, () =>
      withCrew(kind, {}, OFF.map(clockOff), async (crew) => {
        expect(await aheadWithin(clockOff(300))).toBeGreaterThan(290_000);
        const updates = new Updates({ handlerMs: 20, numbered: 'half' });
        let freezes = 0;
        const ledger = await crew.run(async (fleet) => {
          const freeze = freezing(fleet, 2 * LEASE_MS);
          const endsAt = performance.now() + forMs;
          const isOver = (): boolean => performance.now() > endsAt && freeze.count > 0;
          await fleet.run(updates.atLeast(0, isOver)).finally(() => freeze.stop());
          freezes = freeze.count;
        });
        expect(ledger.count('acknowledged')).toBe(updates.made);
        note('clocks', { name: `workers on ${kind.name}`, updates: updates.made, freezes });
      }),
    );

    test.skipIf(kind.isSkipped())(
      `a server whose clock is moved by an hour and back loses nothing on ${kind.name}`,
      async () => {
        const clock = await TurnedClock.start();
        await withCrew(kind, clock.environment, [], async (crew) => {
          const updates = new Updates({ handlerMs: 20, numbered: 'half' });
          const turns: number[] = [];
          const ledger = await crew.run(async (fleet) => {
            const faults = [freezing(fleet, 2 * LEASE_MS), turning(clock, turns)];
            const endsAt = performance.now() + forMs;
            const isOver = (): boolean => performance.now() > endsAt && turns.length > 3;
            await fleet.run(updates.atLeast(0, isOver)).finally(() => stopAll(faults));
          });
          expect(ledger.count('acknowledged')).toBe(updates.made);
          note('clocks', { name: `server of ${kind.name}`, updates: updates.made, turns: turns.length });
        }).finally(() => clock.stop());
      },
    );
  }

  /** Runs with processes whose environments are given, and as many more as a fleet has, over a server with its own. */
  async function withCrew(
    kind: BackendKind,
    ofServer: Readonly<Record<string, string>>,
    ofWorkers: readonly Readonly<Record<string, string>>[],
    body: (crew: Crew) => Promise<void>,
  ): Promise<void> {
    const backend = await within(ofServer, () => kind.start());
    const direct = await openPlace(backend.place);
    const options = { program: program.path, setup: { place: backend.place, leaseMs: LEASE_MS } };
    const crew = new Crew(options, direct.store, await startMembers(options, ofWorkers));
    try {
      await body(crew);
    } finally {
      await crew.end();
      await direct.close();
      await backend.stop();
    }
  }
});

/** An hour ahead, and back again. */
function turning(clock: TurnedClock, turns: number[]): Fault {
  return repeating(async (signal) => {
    await pause(500, undefined, { signal });
    const seconds = turns.length % 2 === 0 ? HOUR : 0;
    await clock.turn(seconds);
    turns.push(seconds);
    return 1;
  });
}

/** How far ahead the clock is of a process in this environment, in milliseconds. */
function aheadWithin(environment: Readonly<Record<string, string>>): Promise<number> {
  const startedAt = Date.now();
  return within(environment, async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ['-p', 'Date.now()']);
    return Number(stdout) - startedAt;
  });
}
