/** What a ratio is to be at most. */

export interface Goal {
  readonly claim: string;
  /** It is met in one of these ways. */
  readonly ways: readonly Way[];
}

/** A ratio and its limit: `ratio` times what it is compared `with`. */
export interface Way {
  readonly ratio: number;
  readonly limit: number;
  readonly with: string;
}

export function goal(claim: string, ...ways: readonly Way[]): Goal {
  return { claim, ways };
}

/** A ratio that could not be had meets nothing. */
export function isMet({ ways }: Goal): boolean {
  return ways.some(({ ratio, limit }) => ratio <= limit);
}

export function describe(one: Goal): string {
  const ways = one.ways.map(
    (way) => `${way.ratio.toFixed(2)} x ${way.with} (goal: at most ${way.limit.toFixed(2)})`,
  );
  return `${isMet(one) ? 'met' : '**missed**'}: ${one.claim}: ${ways.join(' or ')}`;
}
