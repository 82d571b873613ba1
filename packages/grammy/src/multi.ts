/** grammY's multi sessions: `ctx.session` is an object of sessions, each with options, a key and a turn of its own. */

import {
  type SessionOptions as CoreOptions,
  type Middleware,
  middlewareOf,
  mount,
  type Port,
  type Rules,
  shown,
  unmount,
} from '@sessiongram/core';
import type { Context, MiddlewareFn } from 'grammy';
import { type StorageOption, storageRules, withStore } from './storage';

/** Options of one session among several. */
type FragmentOptions<S, C extends Context> = Omit<CoreOptions<S, C>, 'property'> &
  StorageOption<S> & {
    /** One session, as grammY's options of one may say. */
    type?: 'single';
  };

/**
 * Options of several sessions under one `ctx.session`, by name. Each is loaded, held and saved on its own: where one
 * store fails, what another has saved stays. Two that share a store need different prefixes.
 */
export type MultiSessionOptions<S extends object, C extends Context> = { type: 'multi' } & {
  [K in keyof S]: FragmentOptions<S[K], C>;
};

/** Assigning the whole assigns each; one that is left out is deleted. */
class Fragments implements Port {
  readonly #fragments: Record<string, unknown> = {};

  constructor(readonly names: readonly string[]) {}

  get data(): Record<string, unknown> {
    return this.#fragments;
  }

  set data(value: unknown) {
    if (value != null && typeof value !== 'object')
      throw new TypeError(`ctx.session is an object of ${this.names.join(', ')}, but got ${shown(value)}.`);
    const values = (value ?? {}) as Record<string, unknown>;
    for (const name of Object.keys(values)) {
      if (this.names.includes(name)) continue;
      throw new TypeError(`ctx.session has no "${name}". It has: ${this.names.join(', ')}.`);
    }
    for (const name of this.names) {
      if (Object.hasOwn(values, name) || this.#exists(name)) this.#fragments[name] = values[name];
    }
  }

  /** One without a key throws when it is used, and has nothing to delete. */
  #exists(name: string): boolean {
    try {
      return this.#fragments[name] != null;
    } catch {
      return false;
    }
  }
}

/** @throws TypeError when there is no session, or an option of one is unknown, of a wrong type or out of range */
export function multiSession(
  options: MultiSessionOptions<Record<string, unknown>, Context>,
): MiddlewareFn<Context> {
  const { type: _, ...fragments } = options;
  const names = Object.keys(fragments);
  if (names.length === 0) {
    throw new TypeError(
      "session({ type: 'multi' }) takes an object of options for each session, but got none.",
    );
  }
  const middlewares = names.map((name) =>
    fragment(name, fragments[name] as FragmentOptions<unknown, Context>),
  );

  return async (ctx, next) => {
    const entry = mount(ctx, 'session', new Fragments(names), middlewares, undefined);
    try {
      // Turns are taken in the order of declaration, the same for all updates, so that no two of different names wait for each other.
      await middlewares.reduceRight<() => Promise<unknown>>(
        (inner, outer) => () => outer(ctx, inner),
        next,
      )();
    } finally {
      unmount(ctx, entry);
    }
  };
}

function fragment(name: string, options: FragmentOptions<unknown, Context>): Middleware<Context> {
  const where = `session({ type: 'multi', ${name} })`;
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new TypeError(`${where} takes an object of options, but got ${shown(options)}.`);
  }
  if ('property' in options)
    throw new TypeError(`${where}: unknown option "property": its name is "${name}".`);
  if (options.skipRedelivered || options.sessions?.skipsRedelivered) {
    throw new TypeError(
      `${where}: option "skipRedelivered" must be false or not given, because several sessions are not saved in one step: ` +
        'after a crash in between, the update would be skipped for the sake of one, and lost for the others.',
    );
  }
  return middlewareOf<unknown, Context>(
    { ...withStore(where, options), property: name },
    { where, mode: 'eager', onMissingKey: 'throw', rules: rules(), placeOn: fragmentsOf },
  );
}

/** A name on `ctx.session` may be that of something on `ctx`. */
const rules = (): Rules => ({
  ...storageRules,
  type: { expected: "'single': it is one of several", accepts: isSingle },
  property: { expected: 'a name that is not empty', accepts: (name) => name !== '' },
});

/** The value of `type` that options of one session may have, in grammY as here. */
export function isSingle(type: unknown): boolean {
  return type === 'single';
}

function fragmentsOf(ctx: Context): object {
  return (ctx as Context & { session: object }).session;
}
