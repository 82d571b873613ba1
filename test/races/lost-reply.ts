/** One update whose connection is cut at a certain request, after the server has carried it out. */

import { Sessions } from '@sessiongram/core';
import { expect, test } from 'vitest';
import type { Detour } from './backends';
import { type OpenPlace, openPlace, type Place } from './place';
import type { Ids } from './protocol';
import type { Stage } from './stage';
import { Updates } from './updates';

/** The engine and the stores, as they are or with something taken out. */
export interface Engine {
  readonly Sessions: typeof Sessions;
  readonly openPlace: (place: Place) => Promise<OpenPlace>;
}

/** What came of the update. */
export interface Outcome {
  /** How many the update took, with the one whose reply was lost. */
  readonly requests: number;
  readonly ids: readonly string[] | undefined;
}

/** Loses the reply to the request of this number, counted from 1. */
export async function loseReply(engine: Engine, { place, proxies }: Detour, nth: number): Promise<Outcome> {
  const opened = await engine.openPlace(place);
  const sessions = new engine.Sessions<Ids>({
    store: opened.store,
    initial: () => ({ ids: [] }),
    leaseMs: 2_000,
  });
  const [key, ...others] = new Updates({ handlerMs: 0, keys: 60 }).keys as [string, ...string[]];
  let requests = 0;
  try {
    // Then the table is made, and all nodes know the scripts.
    await Promise.all(others.map((other) => sessions.run(other, ({ data }) => void data.ids.push('first'))));
    await opened.settle();
    for (const proxy of proxies) proxy.plan = () => (++requests === nth ? 'after' : undefined);
    await sessions.run(key, ({ data }) => void data.ids.push('once'));
    const taken = requests;
    return { requests: taken, ids: (await sessions.read(key))?.ids };
  } finally {
    for (const proxy of proxies) proxy.plan = () => undefined;
    await opened.close();
  }
}

/** Not for a Cluster: there a client that has lost a node asks the others first, and each of them sends it on. */
export function lostGrant(stage: () => Stage): void {
  test('a lease whose grant got lost is had by the next attempt', async () => {
    const { requests, ids } = await loseReply({ Sessions, openPlace }, await stage().detour(), 1);
    expect(ids).toEqual(['once']);
    expect(requests).toBe(3); // two to acquire, one to save
  });
}

export function lostSave(stage: () => Stage): void {
  test('a save whose answer got lost is acknowledged, and done once', async () => {
    const { ids } = await loseReply({ Sessions, openPlace }, await stage().detour(), 2);
    expect(ids).toEqual(['once']);
  });
}
