/** Processes that several fleets in a row are made of, so that a long run has some that live through all of it. */

import type { SessionStore } from '@sessiongram/core';
import { expect } from 'vitest';
import { type Environment, within } from '../support/servers/faketime';
import { Fleet, type FleetOptions } from './fleet';
import type { Ledger } from './ledger';
import { type Listener, Member } from './member';
import type { WorkerSetup } from './protocol';

export type CrewOptions = Omit<FleetOptions, 'size'>;

export class Crew {
  #members: readonly Member[];

  /** @param store - with a connection of this process, to look at what became of it all */
  constructor(
    readonly options: CrewOptions,
    readonly store: SessionStore,
    members: readonly Member[] = [],
  ) {
    this.#members = members;
  }

  get members(): readonly Member[] {
    return this.#members;
  }

  /** Runs with a fleet, expects of its books that no promise was broken, and answers them. */
  async run(body: (fleet: Fleet) => Promise<void>): Promise<Ledger> {
    const fleet = await Fleet.start(this.options, this.#members);
    this.#members = fleet.members;
    try {
      await body(fleet);
    } finally {
      fleet.dismiss();
    }
    expect(fleet.crashes).toEqual([]);
    expect(fleet.ledger.oddities).toEqual([]);
    expect(await fleet.ledger.wrongs(this.store)).toEqual([]);
    return fleet.ledger;
  }

  async end(): Promise<void> {
    for (const member of this.#members) member.kill();
    await Promise.all(this.#members.map(({ ended }) => ended));
  }
}

/** Starts processes that differ in what they find around them. */
export async function startMembers(
  { program, setup }: { readonly program: string; readonly setup: WorkerSetup },
  environments: readonly Environment[],
): Promise<Member[]> {
  const members: Member[] = [];
  for (const environment of environments) {
    const hire = async (): Promise<Member> => new Member(members.length, program, setup, NOBODY);
    members.push(await within(environment, hire));
  }
  await Promise.all(members.map(ready));
  return members;
}

const NOBODY: Listener = { onReady: () => {}, onAnswer: () => {}, onHolding: () => {}, onEnd: () => {} };

function ready(member: Member): Promise<void> {
  return new Promise((resolve, reject) => {
    const onEnd = (): void => reject(new Error(`A process ended by itself: ${member.complaint}`));
    member.listener = { ...NOBODY, onReady: () => resolve(), onEnd };
    if (member.state === 'ready') resolve();
  });
}
