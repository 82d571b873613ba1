/** Sessions for grammY: its own `session()` and `lazySession()`, word for word, on an engine that loses nothing. */

import { type SessionOptions as CoreOptions, type MaybePromise, middlewareOf } from '@sessiongram/core';
import type { Context, MiddlewareFn } from 'grammy';
import type { DataOf, Host } from './fitting';
import { isSingle, type MultiSessionOptions, multiSession } from './multi';
import { type StorageOption, storageRules, withStore } from './storage';

export * from '@sessiongram/core';
export type { MultiSessionOptions } from './multi';

/** Adds `ctx.session` to a context type. */
export interface SessionFlavor<S> {
  /**
   * The session's data. May be changed in place or assigned; assigning `null` or `undefined` deletes it.
   * On an update that belongs to no session, any use throws `SESSION_KEY_MISSING`; see the option `onMissingKey`.
   */
  get session(): S;
  set session(data: S | null | undefined);
}

/** Adds the `ctx.session` of a {@link lazySession} to a context type. */
export interface LazySessionFlavor<S> {
  /** A promise of the session's data; the session is loaded, and its turn taken, at the first access. */
  get session(): Promise<S>;
  set session(data: MaybePromise<S | null | undefined>);
}

/** Options of {@link session} and {@link lazySession}: all of the engine's, and grammY's own `storage`. */
export interface SessionOptions<S, C extends Context = Context> extends CoreOptions<S, C>, StorageOption<S> {
  /** One session, as opposed to `multi`. */
  type?: 'single';
}

/**
 * Options whose session type the bot's context settles. `initial` tells it only where there is no such context; it stands
 * first because what is inferred first prevails, so that a wrong schema is told at the schema.
 */
type Fitting<D, C extends Context, P extends string> = {
  /**
   * Makes the data of a new session. Called when a session without stored data is first looked at; what it returns is
   * copied, and stored only once it has been changed.
   * @default none: the data of a new session is `undefined`
   */
  initial?: () => D;
  /**
   * The name of the session on `ctx`.
   * @default 'session'
   */
  property?: P;
} & Omit<SessionOptions<D, C>, 'initial' | 'property'>;

/**
 * Gives every update its session as `ctx.session`: one update at a time per key, all or nothing, and written only
 * where something has changed.
 *
 * @throws TypeError when an option is unknown, of a wrong type or out of range
 *
 * @example
 * ```ts
 * type MyContext = Context & SessionFlavor<{ counter: number }>;
 * const bot = new Bot<MyContext>(token);
 * bot.use(session({ initial: () => ({ counter: 0 }) }));
 * bot.on('message', (ctx) => ctx.reply(`Messages sent: ${++ctx.session.counter}`));
 * ```
 */
export function session<S, C extends Context = Context & SessionFlavor<S>, P extends string = 'session'>(
  options?: Fitting<DataOf<S, C, P>, C, P> | MultiSessionOptions<Extract<DataOf<S, C, 'session'>, object>, C>,
): MiddlewareFn<Host<C, P, S, never>>;
export function session(
  options: SessionOptions<unknown> | MultiSessionOptions<Record<string, unknown>, Context> = {},
): MiddlewareFn<Context> {
  return options?.type === 'multi' ? multiSession(options) : single(options, 'session()', 'eager');
}

/**
 * Like {@link session}, but `await ctx.session` loads and takes the turn at the first access. An update that never
 * touches its session costs no storage command and waits for nobody.
 *
 * @throws TypeError when an option is unknown, of a wrong type or out of range
 */
export function lazySession<
  S,
  C extends Context = Context & LazySessionFlavor<S>,
  P extends string = 'session',
>(options?: Fitting<Awaited<DataOf<S, C, P>>, C, P>): MiddlewareFn<Host<C, P, Promise<S>, Promise<never>>>;
export function lazySession(options: SessionOptions<unknown> = {}): MiddlewareFn<Context> {
  return single(options, 'lazySession()', 'lazy');
}

function single(
  options: SessionOptions<unknown>,
  where: string,
  mode: 'eager' | 'lazy',
): MiddlewareFn<Context> {
  const expected = mode === 'lazy' ? "'single': several sessions cannot be lazy" : "'single' or 'multi'";
  const rules = { ...storageRules, type: { expected, accepts: isSingle } };
  return middlewareOf(withStore(where, options), { where, mode, onMissingKey: 'throw', rules });
}
