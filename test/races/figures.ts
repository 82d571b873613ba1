/** What the tests of the soak have measured, for the report. */

import { appendFileSync } from 'node:fs';

/** Whether this is the soak, and no everyday run. */
export const isSoak: boolean = process.env['SOAK_FIGURES'] !== undefined;

/** Whether tests that take long are to be skipped; prints why. For `describe.skipIf(skipsOutsideSoak())`. */
export function skipsOutsideSoak(): boolean {
  if (!isSoak) console.warn('Skipped: takes long; run `pnpm test:soak`.');
  return !isSoak;
}

/** What all chance in a soak comes from; the machine's timing does not. */
export const SEED: number = Number(process.env['SOAK_SEED'] ?? Date.now() % 2 ** 31);

/** Writes figures down, where there is a report that asks for them. */
export function note(test: string, figures: Readonly<Record<string, unknown>>): void {
  const file = process.env['SOAK_FIGURES'];
  if (file !== undefined) appendFileSync(file, `${JSON.stringify({ test, ...figures })}\n`);
}

/** How often something is tried: every day, and in a soak. */
export function runsOf(everyday: number, soak: number): number {
  return isSoak ? soak : everyday;
}

/** The time that a test of the soak is given, in milliseconds: its share of the whole, in hundredths. */
export function share(hundredths: number, everydayMs: number): number {
  const minutes = Number(process.env['SOAK_MINUTES'] ?? 10);
  return isSoak ? minutes * 600 * hundredths : everydayMs;
}

/** Options of fast-check: the seed of the soak, where there is one. */
export function seeded<T extends object>(options: T): T & { seed?: number } {
  return isSoak ? { ...options, seed: SEED } : options;
}

/** Lets all that is random in this process follow from the seed. */
export function seedRandom(): void {
  let state = SEED >>> 0;
  Math.random = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
