/**
 * Registers the store cases of the conformance suite with vitest, a `describe` for each store:
 *
 * ```ts
 * registerStoreCases('SqliteSessionStore (libsql)', { open: async ({ ttlMs } = {}) => ({ store, close, … }) });
 * ```
 *
 * `open` has to give a store that is empty and shares nothing with any other: its own file, table or prefix. A case
 * whose needs it does not offer is skipped, and the skip names them.
 */

import { probe, type StoreSubject, storeCases } from '@sessiongram/core/conformance';
import { beforeAll, describe, test } from 'vitest';

/** How one store is tested. */
export interface Registration {
  /** Why nothing can run at all, such as a server that is not installed: all cases are skipped with this reason. */
  readonly skip?: string | undefined;
  /** Known failures: the name of a case, and the reason why it is skipped. A name that is no case's is an error. */
  readonly except?: Readonly<Record<string, string>>;
  /** How long a case may take. @default 20,000: the machine may be busy, and no case depends on being fast */
  readonly timeoutMs?: number | undefined;
}

/** Registers every case for a way to open one kind of store. */
export function registerStoreCases(
  name: string,
  subject: StoreSubject,
  { skip, except = {}, timeoutMs = 20_000 }: Registration = {},
): void {
  const known = new Set(storeCases.map((each) => each.name));
  const strangers = Object.keys(except).filter((each) => !known.has(each));
  if (strangers.length > 0) throw new TypeError(`There is no case of the name: ${strangers.join('; ')}`);
  if (skip !== undefined && process.env['CI'] === 'true')
    throw new Error(`${name} has to be tested here: ${skip}`);

  describe(name, () => {
    let missing: Awaited<ReturnType<typeof probe>>;
    beforeAll(async () => {
      if (skip === undefined) missing = await probe(subject);
    });

    // By position, because a title made of a member is cut off.
    const titled = storeCases.map((each) => [each.name, each] as const);
    test.for(titled)('%s', { timeout: timeoutMs }, async ([, each], ctx) => {
      if (skip !== undefined) ctx.skip(skip);
      const reason = except[each.name];
      if (reason !== undefined) ctx.skip(reason);
      const needs = missing(each);
      if (needs.length > 0) ctx.skip(`this store does not offer: ${needs.join(', ')}`);
      await each.run(subject);
    });
  });
}
