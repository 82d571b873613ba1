/** One key that all processes want at once: each gets its share, and the server is not asked all the time. */

import { expect, test } from 'vitest';
import { report, scaled } from './sizes';
import type { Stage } from './stage';
import { Updates } from './updates';

const WAITERS = 8;
/** Whoever asks first when the key is free gets it, so small samples differ by chance. */
const UPDATES = 2_000;

export function hotKey(stage: () => Stage): void {
  test('a key that all want is shared fairly, with fewer than 200 polls a second', () =>
    stage().withFleet(
      async (fleet) => {
        const updates = new Updates({ handlerMs: 0, keys: 1 });
        const shares = (): number[] => fleet.members.map(({ acknowledged }) => acknowledged);
        const [before, pollsBefore, startedAt] = [shares(), await fleet.polls(), performance.now()];
        await fleet.run(updates.atLeast(scaled(UPDATES)));
        const gained = shares().map((count, seat) => count - (before[seat] as number));
        const seconds = (performance.now() - startedAt) / 1_000;
        const polls = ((await fleet.polls()) - pollsBefore) / seconds;
        const figures = `shares ${gained}; a second: ${updates.made / seconds} updates, ${polls} polls`;
        report(() => figures);
        expect(Math.min(...gained), figures).toBeGreaterThanOrEqual(Math.max(...gained) / 2);
        expect(polls).toBeLessThan(200);
        expect(fleet.ledger.count('acknowledged')).toBe(updates.made);
      },
      { inFlight: WAITERS },
    ));
}
