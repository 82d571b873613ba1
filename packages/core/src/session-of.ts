/** The session behind `ctx.session`: what may be done with it besides changing the data. */

import { isObject, shown } from './check';
import { SessionError } from './errors';
import { portOf } from './mount';
import type { SessionControls } from './visit';

/**
 * Finds the session of an update, to save it early, to read it anew, or to give its turn back during long work.
 *
 * @param ctx - the context that a handler was given; `ctx.session` for one of grammY's multi sessions
 * @param property - the name of the session on `ctx`. Default: `session`
 * @throws SessionError `SESSION_KEY_MISSING` when there is no session by this name, or the update belongs to none
 *
 * @example
 * ```ts
 * bot.command('pay', async (ctx) => {
 *   ctx.session.paying = true;
 *   await sessionOf(ctx).save(); // stays, whatever happens below
 *   await pay(ctx.session.cart);
 * });
 * ```
 */
export function sessionOf(ctx: object, property: string = 'session'): SessionControls {
  if (!isObject(ctx))
    throw new TypeError(`sessionOf() takes the context of an update, but got ${shown(ctx)}.`);
  const controls = portOf(ctx, property)?.controls;
  if (controls !== undefined) return controls;
  throw new SessionError(
    'SESSION_KEY_MISSING',
    `There is no session as ctx.${property} on this update: it has no key, or no session() was installed by this name.`,
  );
}
