/** The options that stores have in common, with their checks. */

import { isObject, type Rule, shown } from '../check';
import type { TtlKind } from '../lives';

/** The options that say how long a value lives. */
export interface TtlOptions {
  readonly ttlMs?: number | undefined;
  readonly ttl?: TtlKind | undefined;
}

/** `ttlMs`: how long a value lives; `ttl` says from when. */
export const ttlMs: Rule = {
  expected: 'a whole number of milliseconds above 0',
  accepts: (value) => Number.isSafeInteger(value) && (value as number) > 0,
};

/** `ttl`: from when `ttlMs` counts, from the last use or from the first write. */
export const ttl: Rule = {
  expected: "'rolling' or 'fixed'",
  accepts: (value) => value === 'rolling' || value === 'fixed',
};

/**
 * How long a use lets a value live on, in milliseconds; `undefined` where it lives as long as it would without.
 *
 * @param where - what the options were passed to, as the user wrote it
 * @throws TypeError when there is `ttl` without `ttlMs`
 */
export function renewalMs(where: string, options: TtlOptions): number | undefined {
  if (options.ttl !== undefined && options.ttlMs === undefined) {
    throw new TypeError(
      `${where}: option "ttl" needs "ttlMs", but got ${shown(options.ttl)} alone. Add "ttlMs".`,
    );
  }
  return options.ttl === 'fixed' ? undefined : options.ttlMs;
}

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
