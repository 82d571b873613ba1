/** grammY's enhanced format: a value with the version of its shape, and with the time when it ends. */

import { corrupt } from '../kit/encoding';

/** What is stored in place of a value, under the names that grammY's `enhanceStorage` gives them. */
export interface Enhanced {
  readonly __d: unknown;
  /** The version. */
  readonly v?: number | null | undefined;
  /** When it ends, in milliseconds since 1970. */
  readonly e?: number | null | undefined;
}

/**
 * What is stored, in the enhanced format: what is not in it becomes the data of one without a version.
 *
 * @param now - the time at which what has ended counts as absent
 * @returns `undefined` where there is nothing
 * @throws StoreFailure `VALUE_CORRUPT` when the version or the end is no number
 */
export function enhancedOf(stored: unknown, now: number): Enhanced | undefined {
  if (stored === undefined || stored === null) return undefined;
  const enhanced = isEnhanced(stored) ? stored : { __d: stored };
  if (!isNumberOrNone(enhanced.v) || !isNumberOrNone(enhanced.e))
    throw corrupt('What is stored has a version or an end that is no number.', stored, undefined);
  const isOver = typeof enhanced.e === 'number' && enhanced.e < now;
  return isOver || enhanced.__d === undefined || enhanced.__d === null ? undefined : enhanced;
}

function isEnhanced(stored: unknown): stored is Enhanced {
  return typeof stored === 'object' && stored !== null && Object.hasOwn(stored, '__d');
}

function isNumberOrNone(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'number' && !Number.isNaN(value));
}
