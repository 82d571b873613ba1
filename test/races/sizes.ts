/**
 * How much the races run: `RACES_SCALE=0.2` for a quick look, `SOAK=1` for a long one; `RACES_REPORT=1` prints their
 * figures.
 */

const scale = Number(process.env['RACES_SCALE'] ?? 1) * (process.env['SOAK'] === '1' ? 10 : 1);

/** As short as the noise of a small machine allows, so that leases lapse often. */
export const LEASE_MS = 400;

/** So many, at the scale that was asked for. */
export function scaled(count: number): number {
  return Math.ceil(count * scale);
}

/** How long a run may take before it counts as stuck. */
export const RUN_WITHIN_MS: number = 60_000 * Math.max(1, scale);

/** Prints figures for those who want to know. */
export function report(figures: () => string): void {
  if (process.env['RACES_REPORT'] === '1') console.info(figures());
}
