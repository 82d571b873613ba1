/**
 * Registers the store cases of the conformance suite with vitest, a `describe` for each store:
 *
 * ```ts
 * registerStoreCases('SqliteSessionStore (libsql)', { open: async ({ ttlMs } = {}) => ({ store, close, … }) });
 * ```
 *
 * `open` has to give a store that is empty and shares nothing with any other: its own file, table or prefix. A case
 * that needs what the store lacks is left out, and the output says so.
 */

import { probe, type StoreNeed, type StoreSubject, storeCases } from '@sessiongram/core/conformance';
import { describe, expect, test } from 'vitest';

/** How one store is tested. */
export interface Registration {
  /** Why nothing can run at all, such as a server that is not installed: all cases are skipped with this reason. */
  readonly skip?: string | undefined;
  /** What this store does not offer. @default none */
  readonly lacks?: readonly StoreNeed[];
  /** How long a case may take. @default 20,000: the machine may be busy, and no case depends on being fast */
  readonly timeoutMs?: number | undefined;
}

/** Registers every case for a way to open one kind of store. */
export function registerStoreCases(
  name: string,
  subject: StoreSubject,
  { skip, lacks = [], timeoutMs = 20_000 }: Registration = {},
): void {
  if (skip !== undefined && process.env['CI'] === 'true')
    throw new Error(`${name} has to be tested here: ${skip}`);

  const apt = storeCases.filter(({ needs = [] }) => !needs.some((need) => lacks.includes(need)));
  if (apt.length < storeCases.length) {
    console.info(
      `${name}: ${apt.length} of ${storeCases.length} cases, because it lacks ${lacks.join(', ')}`,
    );
  }

  describe(name, () => {
    test('lacks nothing but what it says it lacks', async ({ skip: skipTest }) => {
      if (skip !== undefined) skipTest(skip);
      const missing = await probe(subject);
      const all = storeCases.flatMap((each) => missing(each));
      expect([...new Set(all)].sort()).toEqual([...lacks].sort());
    });

    // By position, because a title made of a member is cut off.
    const titled = apt.map((each) => [each.name, each] as const);
    test.for(titled)('%s', { timeout: timeoutMs }, async ([, each], ctx) => {
      if (skip !== undefined) ctx.skip(skip);
      await each.run(subject);
    });
  });
}
