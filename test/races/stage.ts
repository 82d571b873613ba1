/** Where the races of one kind of store are run: its server, the workers' program, and fleets that end in any case. */

import { afterAll, beforeAll, describe, expect } from 'vitest';
import type { Backend, BackendKind, Detour } from './backends';
import { type Fault, stopAll } from './faults';
import { Fleet, type FleetOptions } from './fleet';
import type { Member } from './member';
import { type OpenPlace, openPlace, type Place } from './place';
import { bundle, type Program } from './program';
import { LEASE_MS, RUN_WITHIN_MS, report } from './sizes';
import type { Updates } from './updates';

export interface StageOptions extends Pick<FleetOptions, 'inFlight' | 'trust'> {
  /** @default the server itself */
  readonly place?: Place;
}

/** Registers tests that share a server. They ask for the stage when they run. */
export function onStage(kind: BackendKind, register: (stage: () => Stage) => void): void {
  describe.skipIf(kind.isSkipped())(`6 processes on ${kind.name}`, { timeout: 2 * RUN_WITHIN_MS }, () => {
    let stage: Stage | undefined;
    beforeAll(async () => {
      stage = await Stage.open(kind);
    }, RUN_WITHIN_MS);
    afterAll(() => stage?.close());
    register(() => stage as Stage);
  });
}

export class Stage {
  /** Processes that wait for their next run: to start them takes longer than most runs. */
  #crew: readonly Member[] = [];
  #crewPlace: Place | undefined;
  #detour: Promise<Detour> | undefined;

  private constructor(
    readonly backend: Backend,
    readonly program: Program,
    /** A store with a connection of this process. */
    readonly direct: OpenPlace,
  ) {}

  static async open(kind: BackendKind): Promise<Stage> {
    const [backend, program] = await Promise.all([kind.start(), bundle()]);
    return new Stage(backend, program, await openPlace(backend.place));
  }

  async close(): Promise<void> {
    await this.#endCrew();
    await (await this.#detour)?.stop();
    await this.direct.close();
    await Promise.all([this.backend.stop(), this.program.remove()]);
  }

  /** The way to the server through proxies, the same for all tests. */
  detour(): Promise<Detour> {
    const { backend } = this;
    if (backend.detour === undefined) throw new Error('There is no server to stand in front of.');
    this.#detour ??= backend.detour();
    return this.#detour;
  }

  /** Runs with a fleet whose processes exclude others only inside of each, and answers what its books say then. */
  async withoutLeases(body: (fleet: Fleet) => Promise<void>): Promise<string[]> {
    await this.#endCrew();
    const setup = { place: this.backend.place, leaseMs: LEASE_MS, exclusive: 'process' } as const;
    const fleet = await Fleet.start({ program: this.program.path, setup });
    this.#crew = fleet.members;
    try {
      await body(fleet);
      return await fleet.ledger.wrongs(this.direct.store);
    } finally {
      fleet.dismiss();
      await this.#endCrew();
    }
  }

  /** Runs with a fleet, and expects of its books that no promise was broken. */
  async withFleet(body: (fleet: Fleet) => Promise<void>, options: StageOptions = {}): Promise<void> {
    const { place = this.backend.place, ...rest } = options;
    if (place !== this.#crewPlace) await this.#endCrew();
    this.#crewPlace = place;
    const setup = { place, leaseMs: LEASE_MS };
    const fleet = await Fleet.start({ program: this.program.path, setup, ...rest }, this.#crew);
    this.#crew = fleet.members;
    let isWell = false;
    try {
      await body(fleet);
      expect(fleet.crashes).toEqual([]);
      expect(fleet.ledger.oddities).toEqual([]);
      expect(await fleet.ledger.wrongs(this.direct.store)).toEqual([]);
      isWell = true;
      report(() => fleet.ledger.summary());
    } finally {
      fleet.dismiss();
      if (!isWell) await this.#endCrew();
    }
  }

  async #endCrew(): Promise<void> {
    for (const member of this.#crew) member.kill();
    await Promise.all(this.#crew.map(({ ended }) => ended));
    this.#crew = [];
  }
}

/** Hands out updates while something goes on: so many, and more until each fault has happened so many times. */
export async function during(
  faults: readonly Fault[],
  times: number,
  fleet: Fleet,
  updates: Updates,
  count: number,
): Promise<void> {
  const source = updates.atLeast(count, () => faults.every((fault) => fault.count >= times));
  await fleet.run(source).finally(() => stopAll(faults));
}
