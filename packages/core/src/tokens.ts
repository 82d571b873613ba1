/** Names that nobody else has: of an attempt to get a lease, and of this process. */

/** 96 random bits: two in a billion attempts are equal once in 10^11 times. */
const BYTES = 12;
const POOL = BYTES * 64;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

let pool: Uint8Array<ArrayBuffer> | undefined;
let used = POOL;

/** A fresh token of 16 characters of base64url, from the platform's secure source. */
export function newToken(): string {
  // Not at the start: Cloudflare Workers have no random numbers outside of a request.
  pool ??= new Uint8Array(POOL);
  if (used === POOL) {
    crypto.getRandomValues(pool);
    used = 0;
  }
  let token = '';
  for (const end = used + BYTES; used < end; used += 3) {
    const bits =
      ((pool[used] as number) << 16) | ((pool[used + 1] as number) << 8) | (pool[used + 2] as number);
    for (let shift = 18; shift >= 0; shift -= 6) token += ALPHABET[(bits >> shift) & 63];
  }
  return token;
}

let contender: string | undefined;

/** The name of this process in contention with others. */
export function thisContender(): string {
  contender ??= newToken();
  return contender;
}
