/** Updates that have an id, and a middleware of the core on their way, for what must not happen twice. */

import { type Middleware, middlewareOf, type Sessions } from '@sessiongram/core';

export interface Counter {
  counter: number;
}

export interface Context {
  readonly update: { update_id?: unknown };
  session: Counter;
}

export function contextOf(update_id: unknown): Context {
  return { update: { update_id } } as Context;
}

/** Every update belongs to the key. */
export function session(sessions: Sessions<Counter>, key = '42:42'): Middleware<Context> {
  return middlewareOf<Counter, Context>(
    { getSessionKey: () => key, sessions },
    { where: 'session()', mode: 'eager', onMissingKey: 'throw' },
  );
}
