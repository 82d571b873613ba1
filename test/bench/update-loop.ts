/** The loop that feeds updates to a middleware. Loaded once per contestant, so that no two share what V8 learns. */

import type { RawUpdate } from '../support/bot-api-server';
import type { BenchMiddleware } from './contestants';
import type { BenchContext, ContextMaker } from './contexts';

interface Counting {
  counter: number;
}

export type Handling = 'increment' | 'read' | 'untouched';
export type Handler = (ctx: BenchContext) => Promise<unknown>;

/** What was seen, so that nothing that was read is optimised away. */
export const seen = { sum: 0, updates: 0 };

export const eagerly: Readonly<Record<Handling, Handler>> = {
  increment: async (ctx) => {
    seen.sum += ++(ctx.session as Counting).counter;
  },
  read: async (ctx) => {
    seen.sum += (ctx.session as Counting).counter;
  },
  untouched: async () => {
    seen.updates++;
  },
};

export const lazily: Readonly<Record<Handling, Handler>> = {
  increment: async (ctx) => {
    const session = (await ctx.session) as Counting;
    seen.sum += ++session.counter;
  },
  read: async (ctx) => {
    seen.sum += ((await ctx.session) as Counting).counter;
  },
  untouched: async () => {
    seen.updates++;
  },
};

/** One update after the other, from a place in the list on. */
export async function feed(
  middleware: BenchMiddleware,
  contextOf: ContextMaker,
  handle: Handler,
  updates: readonly RawUpdate[],
  from: number,
  count: number,
): Promise<void> {
  for (let index = from; index < from + count; index++) {
    const ctx = contextOf(updates[index % updates.length] as RawUpdate);
    await middleware(ctx, () => handle(ctx));
  }
}

export type UpdateLoop = typeof import('./update-loop');

/** A copy of this module of its own. */
export async function loopFor(name: string): Promise<UpdateLoop> {
  const compiled = new URL(`dist/update-loop.js?for=${encodeURIComponent(name)}`, import.meta.url);
  return (await import(compiled.href)) as UpdateLoop;
}
