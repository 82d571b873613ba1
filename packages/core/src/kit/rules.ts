/** The options that stores have in common, with their checks. */

import { isObject, type Rule } from '../check';

/** `ttlMs`: how long a value lives after it was last read or written. */
export const ttlMs: Rule = {
  expected: 'a whole number of milliseconds above 0',
  accepts: (value) => Number.isSafeInteger(value) && (value as number) > 0,
};

/** `codec`: how values become text. */
export const codec: Rule = {
  expected: 'a codec, which has the methods stringify and parse',
  accepts: (value) =>
    (isObject(value) || typeof value === 'function') && // superjson is a class with static methods
    typeof (value as Record<string, unknown>)['stringify'] === 'function' &&
    typeof (value as Record<string, unknown>)['parse'] === 'function',
};

/** A name that an SQL database takes when it is quoted. */
export const identifier: Rule = {
  expected: 'a name of 1 to 63 characters without NUL',
  accepts: (value) =>
    typeof value === 'string' && value.length > 0 && value.length <= 63 && !value.includes('\0'),
};
