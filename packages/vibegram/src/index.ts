/** Sessions for the vibegram `Bot`: its own `session()` and a lazy one, on an engine that loses nothing. */

import { type SessionOptions as CoreOptions, middlewareOf } from '@sessiongram/core';

export * from '@sessiongram/core';

/** The part of vibegram's `Context` that a session and its key need. vibegram is not on the npm registry, so it is known by its shape. */
export interface VibegramContext {
  readonly update: object;
  readonly chat?: { readonly id: number } | undefined;
  readonly from?: { readonly id: number } | undefined;
}

/** Options of {@link session} and {@link lazySession}. */
export type SessionOptions<S, C extends VibegramContext = VibegramContext> = CoreOptions<S, C>;

/**
 * A middleware of vibegram. Its `Context` declares `session: any`, so the context stays open here as well: vibegram
 * hands its own class to a middleware that was made before it.
 */
// biome-ignore lint/suspicious/noExplicitAny: as in vibegram's own session(), which the specification quotes
export type VibegramMiddleware = (ctx: any, next: () => Promise<void>) => Promise<void>;

/**
 * Gives every update its session as `ctx.session`: one update at a time per key, all or nothing, and written only
 * where something has changed. `Stage` and `Wizard` work on top of it, also on updates that belong to no session:
 * there, `ctx.session` is an object that is thrown away.
 *
 * @throws TypeError when an option is unknown, of a wrong type or out of range
 *
 * @example
 * ```ts
 * const bot = new Bot(token);
 * bot.use(session({ initial: () => ({ counter: 0 }) }));
 * bot.on('message', (ctx) => ctx.reply(`Messages sent: ${++ctx.session.counter}`));
 * ```
 */
export function session<S, C extends VibegramContext = VibegramContext>(
  options: SessionOptions<S, C> = {},
): VibegramMiddleware {
  return translated(options, 'session()', 'eager');
}

/**
 * Like {@link session}, but `await ctx.session` loads and takes the turn at the first access. An update that never
 * touches its session costs no storage command and waits for nobody. `Stage` and `Wizard` need {@link session}.
 *
 * @throws TypeError when an option is unknown, of a wrong type or out of range
 */
export function lazySession<S, C extends VibegramContext = VibegramContext>(
  options: SessionOptions<S, C> = {},
): VibegramMiddleware {
  return translated(options, 'lazySession()', 'lazy');
}

function translated<S, C extends VibegramContext>(
  options: SessionOptions<S, C>,
  where: string,
  mode: 'eager' | 'lazy',
): VibegramMiddleware {
  const initial = options?.initial ?? options?.sessions?.initial;
  const initialFor = initial === undefined ? () => ({}) as S : undefined;
  const adapter = { where, mode, onMissingKey: 'ephemeral', initialFor } as const;
  return middlewareOf<S, C>(options, adapter) as VibegramMiddleware;
}
