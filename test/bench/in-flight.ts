/** Updates of many users at once, so many in flight at any time. */

import type { RawUpdate } from '../support/bot-api-server';
import type { BenchMiddleware } from './contestants';
import { type ContextMaker, privateMessage } from './contexts';
import type { Runner } from './rounds';
import type { Handler } from './update-loop';

const USERS = 10_000;
const updates: readonly RawUpdate[] = Array.from({ length: USERS }, (_, user) => privateMessage(user));

/** No two updates of one user are ever in flight together: the order of arrival is not what is measured. */
export function inFlight(
  name: string,
  flying: number,
  middleware: BenchMiddleware,
  contextOf: ContextMaker,
  handle: Handler,
): Runner {
  let next = 0;
  return {
    name,
    async run(count) {
      const end = next + count;
      const fly = async (): Promise<void> => {
        while (next < end) {
          const ctx = contextOf(updates[next++ % USERS] as RawUpdate);
          await middleware(ctx, () => handle(ctx));
        }
      };
      await Promise.all(Array.from({ length: Math.min(flying, count) }, fly));
    },
  };
}
