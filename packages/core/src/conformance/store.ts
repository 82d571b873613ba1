/** All cases that a store is to pass. */

import type { StoreCase } from './case';
import { commitCases } from './lease-commit';
import { holdingCases } from './lease-holding';
import { nextCases } from './lease-next';
import { raceCases } from './lease-race';
import { basicCases } from './store-basics';
import { keyCases } from './store-keys';
import { ttlCases } from './store-ttl';
import { valueCases } from './store-values';

/**
 * What a store promises, case by case. Where a case needs what a store does not offer, skip it: {@link probe} tells.
 *
 * @example
 * ```ts
 * const subject = { open: () => ({ store: new FileStore(mkdtempSync('sessions-')), close() {} }) };
 * const missing = await probe(subject);
 * for (const each of storeCases) test(each.name, { skip: missing(each).join() || false }, () => each.run(subject));
 * ```
 */
export const storeCases: readonly StoreCase[] = [
  ...basicCases,
  ...valueCases,
  ...keyCases,
  ...ttlCases,
  ...holdingCases,
  ...commitCases,
  ...nextCases,
  ...raceCases,
];
