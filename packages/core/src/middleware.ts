/** What the adapters share: one update on its way through an engine, with its session as a property of `ctx`. */

import { checkOptions, type Rule, type Rules, shownKind } from './check';
import { SessionError } from './errors';
import type { UpdateContext } from './key';
import { keyless, Promised } from './keyless';
import { isLazy } from './lazy-visit';
import { isPromiseLike, type MaybePromise } from './maybe-promise';
import { findLive, hasAnother, type Mount, mount, type Port, remember, unmount } from './mount';
import {
  engineRules,
  type MissingKeyPolicy,
  type PlacementOptions,
  placement,
  placementRules,
  type SessionsOptions,
} from './options';
import { Sessions } from './sessions';

/** All options of an adapter's `session()`. */
export interface SessionOptions<S, C = UpdateContext> extends SessionsOptions<S>, PlacementOptions<C> {
  /** An engine of your own, in place of the options that would make one: the same sessions from inside and outside. */
  sessions?: Sessions<S>;
}

/** What differs from one framework to the next. */
export interface Adapter<S, C> {
  /** What the options were passed to, for errors: `session()`. */
  readonly where: string;
  readonly onMissingKey: MissingKeyPolicy;
  /** Whether the session is loaded before the handler runs, or when the handler first looks: then it is a promise. */
  readonly mode: 'eager' | 'lazy';
  /** Options that only this framework's `session()` takes. */
  readonly rules?: Rules;
  /** Makes the data of a new session from the update's context. */
  readonly initialFor?: ((ctx: C) => S) | undefined;
  /**
   * The object that gets the session as a property.
   * @default the update's context itself
   */
  readonly placeOn?: (ctx: C) => object;
}

/** A middleware as all three frameworks know it. */
export type Middleware<C> = (ctx: C, next: () => Promise<unknown>) => Promise<unknown>;

/**
 * Makes the middleware of an adapter.
 *
 * @throws TypeError when an option is unknown, of a wrong type or out of range
 */
export function middlewareOf<S, C extends UpdateContext>(
  options: SessionOptions<S, C>,
  adapter: Adapter<S, C>,
): Middleware<C> {
  checkOptions(adapter.where, options, {
    ...engineRules(),
    ...placementRules(),
    sessions: SESSIONS,
    ...adapter.rules,
  });
  const engine = engineOf(options, adapter);
  const { getSessionKey, property, onMissingKey } = placement<C>(
    options,
    engine.placement,
    adapter.onMissingKey,
  );
  const { mode, initialFor, placeOn } = adapter;
  if (mode === 'lazy' && engine.skipsRedelivered) {
    throw new TypeError(
      `${adapter.where}: option "skipRedelivered" must be false or not given, because a lazy session is first looked at ` +
        'when the update already runs. Use session() to skip redelivered updates.',
    );
  }

  const attend = (ctx: C, next: () => Promise<unknown>, key: string | undefined): Promise<unknown> => {
    const initial = initialFor && (() => initialFor(ctx));
    const place = placeOn === undefined ? ctx : placeOn(ctx);
    const use = (port: Port): Promise<unknown> => {
      const entry = mount(place, property, port, engine, key);
      if (place !== ctx && key !== undefined) remember(ctx, port, engine, key);
      return entry.covers ? uncoverAfter(place, entry, next) : next();
    };
    if (key === undefined) return use(keyless(onMissingKey, mode, property, () => engine.ephemeral(initial)));
    const open = findLive(ctx, engine, key);
    if (open !== undefined) return share(open.port, mode, use);
    if (engine.skipsRedelivered && hasAnother(ctx, engine)) throw skipsForAnother(adapter.where);
    return mode === 'lazy'
      ? engine.visitLazily(key, use, initial, ctx.update)
      : engine.visit(key, use, initial, ctx.update);
  };
  // Not an async function, because each promise on the way costs every update a tenth of a microsecond and more.
  return (ctx, next) => {
    try {
      const found = keyOf(getSessionKey, ctx);
      return found instanceof Promise
        ? found.then((key) => attend(ctx, next, key))
        : attend(ctx, next, found);
    } catch (error) {
      return Promise.reject(error);
    }
  };
}

/** Where the name led to a session further out, it leads there again afterwards. */
async function uncoverAfter(place: object, entry: Mount, next: () => Promise<unknown>): Promise<unknown> {
  try {
    return await next();
  } finally {
    unmount(place, entry);
  }
}

/** Uses a session that the engine has open on this context already, as the kind of middleware shows it that asks. */
async function share(
  open: Port,
  mode: 'eager' | 'lazy',
  use: (port: Port) => Promise<unknown>,
): Promise<unknown> {
  const port = open instanceof Promised ? open.port : open;
  if (mode === 'lazy') return use(isLazy(port) ? port : new Promised(port));
  return use(isLazy(port) ? await port.open() : port);
}

function skipsForAnother(where: string): TypeError {
  return new TypeError(
    `${where}: option "skipRedelivered" must be false or not given inside of another session, because the two are not ` +
      'saved in one step: after a failure in between, the update would be skipped for the sake of the one, and lost for the ' +
      'other. Give it to the session that is installed first.',
  );
}

const SESSIONS: Rule = {
  expected: 'an engine made by new Sessions()',
  accepts: (value) => typeof (value as Partial<Sessions<unknown>> | null)?.visitLazily === 'function',
};

function engineOf<S, C>(options: SessionOptions<S, C>, { where }: Adapter<S, C>): Sessions<S> {
  const own = Object.keys(engineRules()).filter(
    (name) => options[name as keyof SessionsOptions<S>] !== undefined,
  );
  if (options.sessions === undefined) {
    return new Sessions<S>(
      Object.fromEntries(own.map((name) => [name, options[name as keyof SessionsOptions<S>]])),
    );
  }
  if (own.length === 0) return options.sessions;
  throw new TypeError(
    `${where}: option "sessions" brings its own ${own.join(', ')}. Pass these to new Sessions() instead.`,
  );
}

/** The key of an update's session, checked: strangers would share a wrong one. */
function keyOf<C>(
  getSessionKey: Required<PlacementOptions<C>>['getSessionKey'],
  ctx: C,
): MaybePromise<string | undefined> {
  let key: unknown;
  try {
    key = getSessionKey(ctx);
  } catch (cause) {
    return keyFailed(cause);
  }
  return isPromiseLike(key) ? Promise.resolve(key).then(checkedKey, keyFailed) : checkedKey(key);
}

function checkedKey(key: unknown): string | undefined {
  if (key === undefined || key === null) return undefined;
  if (typeof key === 'string' && key !== '') return key;
  throw new TypeError(
    `Option "getSessionKey" must return a string that is not empty, or undefined for an update without a session, but ` +
      `returned ${shownKind(key)}. Of a number, make a string: String(id).`,
  );
}

function keyFailed(cause: unknown): never {
  const text =
    'Option "getSessionKey" must return the key of the session, or undefined, but it threw; see cause.';
  throw new SessionError('SESSION_KEY_MISSING', text, { cause });
}
