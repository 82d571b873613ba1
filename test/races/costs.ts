/** What an update costs in round trips, counted between the store and its server. */

import { Sessions } from '@sessiongram/core';
import { expect, test } from 'vitest';
import { openPlace } from './place';
import type { Ids } from './protocol';
import type { Stage } from './stage';
import { Updates } from './updates';

/** An update and the four that it may hand its lease on to, one after the other. */
const IN_A_ROW = 5;

export function costs(stage: () => Stage): void {
  /** Runs on an engine that has made its tables and scripts known, and counts the requests of each step. */
  async function counting(
    body: (
      sessions: Sessions<Ids>,
      costOf: (step: () => Promise<unknown>) => Promise<number>,
    ) => Promise<void>,
  ): Promise<void> {
    const { place, proxies } = await stage().detour();
    const opened = await openPlace(place);
    const sessions = new Sessions<Ids>({ store: opened.store, initial: () => ({ ids: [] }) });
    const requests = (): number => proxies.reduce((sum, proxy) => sum + proxy.requests, 0);
    try {
      const { keys } = new Updates({ keys: 30, handlerMs: 0 });
      await Promise.all([...keys, ...keys].map((key) => append(sessions, key, 'first')));
      await sessions.close();
      await opened.settle();
      await body(new Sessions<Ids>({ store: opened.store, initial: () => ({ ids: [] }) }), async (step) => {
        const before = requests();
        await step();
        return requests() - before;
      });
    } finally {
      await opened.close();
    }
  }

  test('1,000 updates that change something cost 2,000 round trips', () =>
    counting(async (sessions, costOf) => {
      const { keys } = new Updates({ keys: 50, handlerMs: 0 });
      const cost = await costOf(async () => {
        for (let round = 0; round < 20; round++)
          await Promise.all(keys.map((key) => append(sessions, key, String(round))));
      });
      expect(cost).toBe(2_000);
      expect((await sessions.read(keys[0] as string))?.ids).toHaveLength(20);
    }));

  test('updates of one key that wait for each other cost one round trip each, and one more for every five', () =>
    counting(async (sessions, costOf) => {
      const key = new Updates({ handlerMs: 0 }).keys[0] as string;
      for (const count of [IN_A_ROW, 4 * IN_A_ROW]) {
        const all = Array.from({ length: count }, (_, index) => String(index));
        const cost = await costOf(() => Promise.all(all.map((id) => append(sessions, key, id))));
        expect(cost).toBe(count + count / IN_A_ROW);
      }
      expect((await sessions.read(key))?.ids).toHaveLength(5 * IN_A_ROW);
    }));

  test('a lazy session that nobody looks at costs nothing', () =>
    counting(async (sessions, costOf) => {
      let runs = 0;
      const { keys } = new Updates({ handlerMs: 0 });
      const cost = await costOf(() =>
        Promise.all(
          keys.map((key) =>
            sessions.visitLazily(key, () => {
              runs++;
            }),
          ),
        ),
      );
      expect(runs).toBe(keys.length);
      expect(cost).toBe(0);
    }));
}

function append(sessions: Sessions<Ids>, key: string, id: string): Promise<void> {
  return sessions.run(key, async ({ data }) => {
    await Promise.resolve();
    data.ids.push(id);
  });
}
