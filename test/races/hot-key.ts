/** One key that all processes want at once: each gets its share, and the server is not asked all the time. */

import { expect, test } from 'vitest';
import { report, scaled } from './sizes';
import type { Stage } from './stage';
import { Updates } from './updates';

const WAITERS = 8;
/** Shares of a small sample differ by chance: it grows by so many updates until they are fair, or it is large. */
const ROUND = 600;
const ROUNDS = 5;

export function hotKey(stage: () => Stage): void {
  test('a key that all want is shared fairly, with fewer than 200 polls a second', () =>
    stage().withFleet(
      async (fleet) => {
        const updates = new Updates({ handlerMs: 0, keys: 1 });
        const shares = (): number[] => fleet.members.map(({ acknowledged }) => acknowledged);
        const [before, pollsBefore, startedAt] = [shares(), await fleet.polls(), performance.now()];
        const gains = (): number[] => shares().map((count, seat) => count - (before[seat] as number));
        let gained: number[] = [];
        await fleet.run(() => {
          const isRound = updates.made > 0 && updates.made % scaled(ROUND) === 0;
          if (isRound) gained = gains();
          if (isRound && (isFair(gained) || updates.made >= ROUNDS * scaled(ROUND))) return undefined;
          return updates.next();
        });
        const seconds = (performance.now() - startedAt) / 1_000;
        const polls = ((await fleet.polls()) - pollsBefore) / seconds;
        const figures = `shares ${gained}; a second: ${updates.made / seconds} updates, ${polls} polls`;
        report(() => figures);
        expect(isFair(gained), figures).toBe(true);
        expect(polls).toBeLessThan(200);
        expect(fleet.ledger.count('acknowledged')).toBe(updates.made);
      },
      { inFlight: WAITERS },
    ));
}

/** Whether the slowest got at least half of what the fastest got. */
function isFair(gained: readonly number[]): boolean {
  return Math.min(...gained) >= Math.max(...gained) / 2;
}
