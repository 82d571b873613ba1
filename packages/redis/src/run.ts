/** Running a script by its hash, so that its text travels to a server only once. */

import type { Connection } from './client';

/**
 * Runs a script on keys of one slot; a server that does not know it yet, or any more, gets the text.
 *
 * @param read - makes the answer of the reply; here, because each promise between costs as much as it does
 */
export function run<T>(
  connection: Connection,
  script: string,
  keys: readonly string[],
  args: readonly string[],
  read: (reply: unknown) => T,
): Promise<T> {
  const hash = hashes.get(script);
  if (hash === undefined) return sha1(script).then(() => run(connection, script, keys, args, read));
  const key = keys[0] as string;
  const rest = [String(keys.length), ...keys, ...args];
  return connection.send(key, 'evalsha', [hash, ...rest]).then(read, (error: unknown) => {
    if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
    return connection.send(key, 'eval', [script, ...rest]).then(read);
  });
}

const hashes = new Map<string, string>();

async function sha1(script: string): Promise<void> {
  const digest = await crypto.subtle.digest('SHA-1', new TextEncoder().encode(script));
  const hash = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
  hashes.set(script, hash);
}
