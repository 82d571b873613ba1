/** Sessions for Telegraf: its own `session()` and a lazy one, on an engine that loses nothing. */

import {
  aFunction,
  type SessionOptions as CoreOptions,
  type MaybePromise,
  middlewareOf,
} from '@sessiongram/core';
import type { Context, MiddlewareFn } from 'telegraf';
import type { DataOf, Host } from './fitting';

export * from '@sessiongram/core';

/** A context with `ctx.session`. */
export interface SessionContext<S> extends Context {
  /**
   * The session's data. May be changed in place or assigned; assigning `null` or `undefined` deletes it. In a handler of
   * `bot.on` or `bot.command` that takes a `ctx` of this very type: the one that Telegraf derives does not allow it.
   * On an update that belongs to no session it is `undefined`, and what is assigned is thrown away; see the option
   * `onMissingKey`.
   */
  get session(): S;
  set session(data: S | null | undefined);
}

/** A context with the `ctx.session` of a {@link lazySession}. */
export interface LazySessionContext<S> extends Context {
  /** A promise of the session's data; the session is loaded, and its turn taken, at the first access. */
  get session(): Promise<S>;
  set session(data: MaybePromise<S | null | undefined>);
}

/** Options of {@link session} and {@link lazySession}: all of the engine's, and Telegraf's own `defaultSession`. */
export interface SessionOptions<S, C extends Context = Context> extends CoreOptions<S, C> {
  /** Makes the data of a new session from the context of its first update, in place of `initial`. */
  defaultSession?: (ctx: C) => S;
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
  /** Makes the data of a new session from the context of its first update, in place of `initial`. */
  defaultSession?: (ctx: C) => D;
  /**
   * The name of the session on `ctx`.
   * @default 'session'
   */
  property?: P;
} & Omit<SessionOptions<D, C>, 'initial' | 'defaultSession' | 'property'>;

/**
 * Gives every update its session as `ctx.session`: one update at a time per key, all or nothing, and written only
 * where something has changed. `Scenes.Stage` and `WizardScene` work on top of it.
 *
 * @throws TypeError when an option is unknown, of a wrong type or out of range
 *
 * @example
 * ```ts
 * const bot = new Telegraf<SessionContext<{ counter: number }>>(token);
 * bot.use(session({ initial: () => ({ counter: 0 }) }));
 * bot.on('message', (ctx) => ctx.reply(`Messages sent: ${++ctx.session.counter}`));
 * ```
 */
export function session<S, C extends Context = SessionContext<S>, P extends string = 'session'>(
  options?: Fitting<DataOf<S, C, P>, C, P>,
): MiddlewareFn<Host<C, P, S, never>>;
export function session(options: SessionOptions<unknown> = {}): MiddlewareFn<Context> {
  return translated(options, 'session()', 'eager');
}

/**
 * Like {@link session}, but `await ctx.session` loads and takes the turn at the first access. An update that never
 * touches its session costs no storage command and waits for nobody. `Scenes.Stage` needs {@link session}.
 *
 * @throws TypeError when an option is unknown, of a wrong type or out of range
 */
export function lazySession<S, C extends Context = LazySessionContext<S>, P extends string = 'session'>(
  options?: Fitting<Awaited<DataOf<S, C, P>>, C, P>,
): MiddlewareFn<Host<C, P, Promise<S>, Promise<never>>>;
export function lazySession(options: SessionOptions<unknown> = {}): MiddlewareFn<Context> {
  return translated(options, 'lazySession()', 'lazy');
}

function translated(
  options: SessionOptions<unknown>,
  where: string,
  mode: 'eager' | 'lazy',
): MiddlewareFn<Context> {
  const initialFor = options?.defaultSession;
  if (initialFor !== undefined && (options.initial !== undefined || options.sessions !== undefined)) {
    throw new TypeError(
      `${where}: "defaultSession" stands in for "initial", and cannot be given beside it or "sessions".`,
    );
  }
  const rules = { defaultSession: aFunction('(ctx) => S, which makes the data of a new session') };
  return middlewareOf(options, { where, mode, onMissingKey: 'undefined', rules, initialFor });
}
