/** The keys that caches are asked for, made beforehand: to make and hash a string costs more than a lookup. */

/** A power of two, and more than any cache holds. */
const PATTERN = 2 ** 21;

export interface CacheKeys {
  readonly max: number;
  /** Three times as many as the cache holds, so that what comes round again was evicted long ago. */
  readonly all: readonly string[];
  /** Places below `max`, in no order. */
  readonly random: Uint32Array;
  /** Places below twice `max`, few of them often: by Zipf's law with the exponent 1. */
  readonly skewed: Uint32Array;
}

export function cacheKeys(max: number): CacheKeys {
  const all = Array.from({ length: max * 3 }, (_, index) => {
    const id = 100_000_000 + index;
    return `${id}:${id}`;
  });
  // A key is hashed when it is first looked up, which nobody is to pay for.
  const hashed = new Set(all);
  if (hashed.size !== all.length) throw new Error('Two keys are the same.');
  const next = randomNumbers(42);
  const random = Uint32Array.from({ length: PATTERN }, () => Math.floor(next() * max));
  const ranked = shuffled(max * 2, next);
  const skewed = Uint32Array.from(
    { length: PATTERN },
    () => ranked[Math.floor((max * 2) ** next()) - 1] as number,
  );
  return { max, all, random, skewed };
}

function shuffled(length: number, next: () => number): Uint32Array {
  const places = Uint32Array.from({ length }, (_, index) => index);
  for (let index = length - 1; index > 0; index--) {
    const other = Math.floor(next() * (index + 1));
    [places[index], places[other]] = [places[other] as number, places[index] as number];
  }
  return places;
}

/** The same numbers in every run: xorshift. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
