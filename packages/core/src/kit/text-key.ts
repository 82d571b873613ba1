/** Keys for engines that take text: any string, each one another. */

import { isWellFormed } from './encoding';

/**
 * Starts a key that was rewritten. Text columns take no NUL, and encoding as UTF-8 makes the same replacement character
 * of every lone surrogate, so that strangers would share a session.
 */
export const REWRITTEN = '\u0001';

// biome-ignore lint/suspicious/noControlCharactersInRegex: a control character is what is looked for
const REFUSED = /^\u0001|\0/;

/** The key as it is stored: the key itself, but for the few that text cannot keep. */
export function toTextKey(key: string): string {
  return REFUSED.test(key) || !isWellFormed(key) ? rewrittenKey(key) : key;
}

/** A key as one is stored that cannot be kept, for whatever reason the store has. */
export function rewrittenKey(key: string): string {
  return REWRITTEN + JSON.stringify(key);
}

/** The key that a stored one was made of, by {@link toTextKey} or {@link rewrittenKey}; `undefined` where it was not made here. */
export function fromTextKey(stored: string): string | undefined {
  if (!stored.startsWith(REWRITTEN)) return stored;
  try {
    const key: unknown = JSON.parse(stored.slice(1));
    return typeof key === 'string' && rewrittenKey(key) === stored ? key : undefined;
  } catch {
    return undefined;
  }
}
