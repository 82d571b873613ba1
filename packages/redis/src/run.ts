/** Running a script by its hash, so that its text travels to a server only once. */

import type { Connection } from './client';

/** Runs a script on keys of one slot; a server that does not know it yet, or any more, gets the text. */
export async function run(
  connection: Connection,
  script: string,
  keys: readonly [string, ...string[]],
  args: readonly string[],
): Promise<unknown> {
  const rest = [String(keys.length), ...keys, ...args];
  const hash = hashes.get(script) ?? (await sha1(script));
  try {
    return await connection.send(keys[0], 'evalsha', [hash, ...rest]);
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
    return connection.send(keys[0], 'eval', [script, ...rest]);
  }
}

const hashes = new Map<string, string>();

async function sha1(script: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-1', new TextEncoder().encode(script));
  const hash = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
  hashes.set(script, hash);
  return hash;
}
