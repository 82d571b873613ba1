/** grammY's multi sessions: `ctx.session` is an object of sessions, each with options, a key and a turn of its own. */

import {
  type SessionOptions as CoreOptions,
  middlewareOf,
  mount,
  type Port,
  unmount,
} from '@sessiongram/core';
import type { Context, MiddlewareFn } from 'grammy';
import { type StorageOption, storageRules, withStore } from './storage';

/** Options of one session among several. */
type FragmentOptions<S, C extends Context> = Omit<CoreOptions<S, C>, 'property'> & StorageOption<S>;

/** Options of several sessions under one `ctx.session`, by name. */
export type MultiSessionOptions<S extends object, C extends Context> = { type: 'multi' } & {
  [K in keyof S]: FragmentOptions<S[K], C>;
};

/** Assigning all sessions at once assigns each; one that is left out is deleted. */
class Fragments implements Port {
  readonly #fragments: Record<string, unknown> = {};

  constructor(readonly names: readonly string[]) {}

  get data(): Record<string, unknown> {
    return this.#fragments;
  }

  set data(value: unknown) {
    const values = (value ?? {}) as Record<string, unknown>;
    for (const name of this.names) this.#fragments[name] = values[name];
  }
}

export function multiSession(
  options: MultiSessionOptions<Record<string, unknown>, Context>,
): MiddlewareFn<Context> {
  const { type: _, ...fragments } = options;
  const names = Object.keys(fragments);
  const middlewares = names.map((name) => {
    const where = `session({ type: 'multi', ${name} })`;
    const fragment = withStore(where, fragments[name] as FragmentOptions<unknown, Context>);
    if (fragment !== null && typeof fragment === 'object' && 'property' in fragment) {
      throw new TypeError(`${where}: unknown option "property": its name is "${name}".`);
    }
    return middlewareOf<unknown, Context>(
      { ...fragment, property: name },
      { where, mode: 'eager', onMissingKey: 'throw', rules: storageRules, placeOn: fragmentsOf },
    );
  });

  return async (ctx, next) => {
    const entry = mount(ctx, 'session', new Fragments(names), middlewares, undefined);
    try {
      // Turns are taken in the order of declaration, the same for all updates, so that no two wait for each other.
      await middlewares.reduceRight<() => Promise<unknown>>(
        (inner, outer) => () => outer(ctx, inner),
        next,
      )();
    } finally {
      unmount(ctx, entry);
    }
  };
}

function fragmentsOf(ctx: Context): object {
  return (ctx as Context & { session: object }).session;
}
