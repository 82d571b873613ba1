/** Keys as logs may have them: the same for the same key while a process lives, and nothing that leads back to it. */

/** 16 hexadecimal digits. */
export type HashedKey = string;

/** Drawn once for each process. */
let secret: Uint32Array<ArrayBuffer> | undefined;

/**
 * HalfSipHash-2-4 with 64 bits (Aumasson and Bernstein, SipHash: a fast short-input PRF; reference code of 2016), under a
 * secret that is drawn for each process. A plain hash would not do: there are few enough users to try them all.
 */
export function hashedKey(key: string): HashedKey {
  // Not at the start: Cloudflare Workers have no random numbers outside of a request.
  secret ??= crypto.getRandomValues(new Uint32Array(2));
  const [k0, k1] = secret as unknown as [number, number];
  const state: State = [k0, k1 ^ 0xee, k0 ^ 0x6c796765, k1 ^ 0x74656462];
  const bytes = new TextEncoder().encode(key);
  const whole = bytes.length & ~3;
  for (let at = 0; at < whole; at += 4) absorb(state, word(bytes, at, 4));
  absorb(state, word(bytes, whole, bytes.length - whole) | ((bytes.length & 0xff) << 24));
  state[2] ^= 0xee;
  rounds(state, 4);
  const low = state[1] ^ state[3];
  state[1] ^= 0xdd;
  rounds(state, 4);
  return hex(low) + hex(state[1] ^ state[3]);
}

type State = [number, number, number, number];

function absorb(state: State, message: number): void {
  state[3] ^= message;
  rounds(state, 2);
  state[0] ^= message;
}

function rounds(state: State, count: number): void {
  let [v0, v1, v2, v3] = state;
  for (let round = 0; round < count; round++) {
    v0 = (v0 + v1) | 0;
    v1 = rotated(v1, 5) ^ v0;
    v0 = rotated(v0, 16);
    v2 = (v2 + v3) | 0;
    v3 = rotated(v3, 8) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = rotated(v3, 7) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = rotated(v1, 13) ^ v2;
    v2 = rotated(v2, 16);
  }
  state[0] = v0;
  state[1] = v1;
  state[2] = v2;
  state[3] = v3;
}

function rotated(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

function word(bytes: Uint8Array, from: number, count: number): number {
  let value = 0;
  for (let index = 0; index < count; index++) value |= (bytes[from + index] as number) << (8 * index);
  return value;
}

function hex(value: number): string {
  return (value >>> 0).toString(16).padStart(8, '0');
}
