/** Keys for engines that take text: any string, each one another. */

import { isWellFormed } from './encoding';

/**
 * Starts a key that was rewritten. Text columns take no NUL, and encoding as UTF-8 makes the same replacement character
 * of every lone surrogate, so that strangers would share a session.
 */
const REWRITTEN = '\u0001';

// biome-ignore lint/suspicious/noControlCharactersInRegex: a control character is what is looked for
const REFUSED = /^\u0001|\0/;

/** The key as it is stored: the key itself, but for the few that text cannot keep. */
export function toTextKey(key: string): string {
  return REFUSED.test(key) || !isWellFormed(key) ? REWRITTEN + JSON.stringify(key) : key;
}

/** The key that a stored one was made of. */
export function fromTextKey(stored: string): string {
  return stored.startsWith(REWRITTEN) ? JSON.parse(stored.slice(1)) : stored;
}
