/** For those who build a store: what every store needs and no two should do differently. */

export { checkOptions, type Rule, type Rules, shown } from '../check';
export { Unstorable } from '../data/unstorable';
export { corrupt, decode, encode } from './encoding';
export { assertJson, json } from './json';
export { codec, identifier, renewalMs, type TtlOptions, ttl, ttlMs } from './rules';
export { fromTextKey, REWRITTEN, rewrittenKey, toTextKey } from './text-key';
