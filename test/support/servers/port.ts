/** Ports of the loopback interface that nobody listens on. */

import { createServer } from 'node:net';

const HOST = '127.0.0.1';

/**
 * Finds a port from a range. Another process may take it between the look and the use.
 *
 * @param offsets - what else has to be free, counted from the port
 */
export async function freePort(
  [from, to]: readonly [from: number, to: number],
  offsets: readonly number[] = [],
): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = from + Math.floor(Math.random() * (to - from));
    const all = await Promise.all([0, ...offsets].map((offset) => isFree(port + offset)));
    if (all.every(Boolean)) return port;
  }
  throw new Error('No free port found.');
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, HOST, () => probe.close(() => resolve(true)));
  });
}
