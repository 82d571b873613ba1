/** The frame of a store case: a store of its own, and an end to it. */

import type { OpenStore, StoreCase, StoreNeed } from './case';
import { sleep } from './expect';

/** The key that most cases use. */
export const KEY = '42:42';

/** How long a value lives in the cases where it ends. Where time cannot be turned, a case takes about twice as long. */
export const TTL_MS = 1_000;

/** A case on an open store. */
export function storeCase(
  name: string,
  needs: readonly StoreNeed[],
  run: (opened: OpenStore) => Promise<void>,
): StoreCase {
  return {
    name,
    needs,
    async run(subject) {
      const opened = await subject.open(needs.includes('ttl') ? { ttlMs: TTL_MS } : {});
      try {
        await run(opened);
      } finally {
        await opened.close();
      }
    },
  };
}

/** Lets time pass for a store. */
export async function pass(opened: OpenStore, ms: number): Promise<void> {
  await (opened.passTime === undefined ? sleep(ms) : opened.passTime(ms));
}

/** All keys of a store, sorted. */
export async function keysOf({ store }: OpenStore, prefix?: string): Promise<string[]> {
  const found: string[] = [];
  for await (const key of store.keys?.(prefix === undefined ? {} : { prefix }) ?? []) found.push(key);
  return found.sort();
}
