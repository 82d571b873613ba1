/** Contestants that have room for as many sessions as are wanted. */

import { vibegram as realVibegram } from '../support/load-vibegram';
import { core } from './built';
import type { BenchMiddleware, Contestant } from './contestants';

/** Those of grammY and Telegraf have no cap. */
export function installFor(one: Contestant, sessions: number, initial: () => object): BenchMiddleware {
  if (one.side === 'ours') return one.install(initial, { store: new core.MemorySessionStore(sessions) });
  if (one.framework !== 'vibegram') return one.install(initial);
  return one.install(initial, { store: new realVibegram.MemorySessionStore(86_400_000, sessions) });
}
