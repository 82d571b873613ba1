/** What may be passed, refused at the door: every option with its default, its check, and the words for a refusal. */

import { aFunction, isObject, missingMethods, type Rules } from './check';
import type { SessionError } from './errors';
import { byChatAndUser, type UpdateContext } from './key';
import type { MaybePromise } from './maybe-promise';
import { MemorySessionStore } from './memory';
import { isSchema, type SchemaLike } from './schema';
import type { SessionStore } from './store';
import { LONGEST_TIMER_MS, type TurnLimits } from './turns';
import type { SessionListener } from './watch/events';

/** What `ctx.session` is when an update has no key. */
export type MissingKeyPolicy = 'throw' | 'undefined' | 'ephemeral';

/** Options of the engine. */
export interface SessionsOptions<S> {
  /**
   * Where the sessions are kept.
   * @default a new MemorySessionStore: up to 10 000 sessions, gone when the process ends
   */
  store?: SessionStore<NoInfer<S>>;
  /**
   * Makes the data of a new session. Called when a session without stored data is first looked at; what it returns is
   * copied, and stored only once it has been changed.
   * @default none: the data of a new session is `undefined`
   */
  initial?: () => S;
  /**
   * Put before every key, after the key was found to exist. Two bots that share a store need two prefixes, because in
   * private chats chat and user ids are the same for all bots.
   * @default ''
   */
  prefix?: string;
  /**
   * Keeps the changes of a handler that threw.
   * @default false
   */
  saveOnError?: boolean;
  /**
   * How long an update waits for its turn before it fails with `SESSION_BUSY`, in milliseconds.
   * @default Infinity: the turn is certain to come, because no hold is endless
   */
  maxWaitMs?: number;
  /**
   * How many updates may wait for one key; one more fails at once with `SESSION_BUSY`.
   * @default 1000
   */
  maxWaiting?: number;
  /**
   * How long a handler may hold its turn, in milliseconds, before the next may take over. Only then are its changes
   * refused, with `SESSION_LEASE_LOST`: a slow handler that nobody overtook still saves.
   * @default 300000
   */
  maxHoldMs?: number;
  /**
   * How long a dead process keeps a session from the others, in milliseconds, on stores with leases. A handler may take
   * longer: its lease is renewed every third of this time.
   * @default 15000
   */
  leaseMs?: number;
  /**
   * Whom a handler has its session to itself from: `store`, from all processes that share the store, where the store can
   * do that; `process`, from the others in this process only, which saves the work of the lease when there is but one.
   * @default 'store'
   */
  exclusive?: 'store' | 'process';
  /**
   * Does not run an update again whose `update_id` the session has handled already. Telegram sends an update again when
   * its webhook was not answered in time, or when the process died before it had confirmed it. The last 64 are remembered:
   * with the data and in one atomic step on stores with leases, else in this process, for the 10 000 keys used last.
   * For the session that is installed first: one inside of another would skip what the outer one has not saved.
   * @default false
   */
  skipRedelivered?: boolean;
  /**
   * The size in bytes above which a session is not saved but refused with `SESSION_TOO_LARGE`, on stores that encode.
   * @default 262144
   */
  maxBytes?: number;
  /**
   * How a handler is kept from the stored data: `copy` gives it a deep copy, plain data as any other; `draft` gives it a
   * view that copies what is written to, at the same cost for a session of any size (50 kB: about a hundredth of the time).
   * A draft is a `Proxy`, with what that brings: `structuredClone` does not take it, `plainCopy(ctx.session)` makes plain
   * data of it; members cannot be frozen or made accessors; a `Map`, `Set`, `Date` or instance of a class in it is copied
   * when it is first looked at. Data with one object in two places are copied as with `copy`.
   * @default 'copy'
   */
  isolation?: 'copy' | 'draft';
  /**
   * A Standard Schema, as zod, valibot and arktype make them: what is loaded has to fit it, and what is saved. It must
   * accept its own output. What is loaded and does not fit goes to `onCorrupt`, else it is refused with
   * `SESSION_INVALID`; what is to be saved and does not fit is refused, and the old data stays.
   * @default none: the data is not looked at
   */
  schema?: SchemaLike<S>;
  /**
   * Repairs what cannot be decoded, or does not fit the schema: returns the data to go on with, or `null` for a new
   * session. It is stored when the handler has succeeded. What throws here is thrown to the update, and the data stays.
   *
   * `raw` is what the store holds: text that does not decode, or data that does not fit. `error.code` tells which:
   * `SESSION_CORRUPT` or `SESSION_INVALID`. What cannot be decrypted, or was written by a newer version, does not come here.
   * @default none: the error is thrown, the data stays
   */
  onCorrupt?: (raw: unknown, error: SessionError) => MaybePromise<NoInfer<S> | null | undefined>;
  /**
   * Is told of each step: loaded, saved, waited and so on, with durations and a hashed key, without session data. What it
   * throws is told once by `console.warn`.
   * @default none, and then nothing is measured
   */
  onEvent?: SessionListener;
}

/** Options that tell a middleware how to find a session and where to put it. */
export interface PlacementOptions<C = UpdateContext> {
  /**
   * Finds the key of an update's session; `undefined` when it has none. May be async; updates then queue in the order
   * in which their keys are found.
   * @default byChatAndUser
   */
  getSessionKey?: (ctx: C) => string | undefined | Promise<string | undefined>;
  /**
   * The name of the session on `ctx`. Neither `update`, by which frameworks find handlers, nor one that every object has.
   * @default 'session'
   */
  property?: string;
  /**
   * What `ctx.session` is when an update has no key: `throw` on access, `undefined` (may be assigned, the value is
   * thrown away), or `ephemeral`, made by `initial` and thrown away.
   * @default 'throw' in grammY, 'undefined' in Telegraf, 'ephemeral' in vibegram
   */
  onMissingKey?: MissingKeyPolicy;
}

/** The engine's options with their defaults in place. */
export interface EngineSettings<S> extends TurnLimits {
  readonly store: SessionStore<S>;
  readonly prefix: string;
  readonly saveOnError: boolean;
  readonly leaseMs: number;
  readonly exclusive: 'store' | 'process';
  readonly skipRedelivered: boolean;
  readonly maxBytes: number;
  readonly isolation: 'copy' | 'draft';
  readonly schema: SchemaLike<S> | undefined;
  readonly onCorrupt: SessionsOptions<S>['onCorrupt'] | undefined;
  readonly onEvent: SessionListener | undefined;
}

export const engineRules = (): Rules => ({
  store: {
    expected: 'a SessionStore, which has the methods get, set and delete',
    accepts: (value) => isObject(value) && missingMethods(value).length === 0,
  },
  initial: aFunction('() => S, which makes the data of a new session'),
  prefix: { expected: 'a string', accepts: (value) => typeof value === 'string' },
  saveOnError: { expected: 'true or false', accepts: (value) => typeof value === 'boolean' },
  maxWaitMs: {
    expected: 'a number of milliseconds from 0, or Infinity',
    accepts: (value) => typeof value === 'number' && value >= 0,
  },
  maxWaiting: {
    expected: 'a whole number from 0, or Infinity',
    accepts: (value) => value === Infinity || (Number.isSafeInteger(value) && (value as number) >= 0),
  },
  maxHoldMs: {
    expected: `a number of milliseconds above 0, at most ${LONGEST_TIMER_MS}: no hold may be endless`,
    accepts: (value) => typeof value === 'number' && value > 0 && value <= LONGEST_TIMER_MS,
  },
  leaseMs: {
    expected: `a whole number of milliseconds from 10 to ${LONGEST_TIMER_MS}`,
    accepts: (value) =>
      Number.isSafeInteger(value) && (value as number) >= 10 && (value as number) <= LONGEST_TIMER_MS,
  },
  exclusive: {
    expected: "'store' or 'process'",
    accepts: (value) => value === 'store' || value === 'process',
  },
  skipRedelivered: { expected: 'true or false', accepts: (value) => typeof value === 'boolean' },
  maxBytes: {
    expected: 'a whole number of bytes from 1, or Infinity',
    accepts: (value) => value === Infinity || (Number.isSafeInteger(value) && (value as number) >= 1),
  },
  isolation: {
    expected: "'copy' or 'draft'",
    accepts: (value) => value === 'copy' || value === 'draft',
  },
  schema: { expected: "a Standard Schema, which has a member '~standard'", accepts: isSchema },
  onCorrupt: aFunction('(raw, error) => S, which repairs the data'),
  onEvent: aFunction('(event) => void'),
});

export const placementRules = (): Rules => ({
  getSessionKey: aFunction('(ctx) => string | undefined'),
  property: {
    expected:
      "a name that is not empty, and neither 'update' nor one that every object has, as 'constructor'",
    accepts: (value) => typeof value === 'string' && !['', 'update'].includes(value) && !(value in {}),
  },
  onMissingKey: {
    expected: "'throw', 'undefined' or 'ephemeral'",
    accepts: (value) => value === 'throw' || value === 'undefined' || value === 'ephemeral',
  },
});

const LEASE_METHODS = ['acquire', 'renew', 'commit', 'isTransient'] as const;

/**
 * Fills in the defaults of the engine's options, and refuses those that do not go together.
 *
 * @throws TypeError
 */
export function engineSettings<S>(options: SessionsOptions<S>): EngineSettings<S> {
  const { store, exclusive, skipRedelivered } = options;
  const missing = LEASE_METHODS.filter((name) => typeof store?.[name] !== 'function');
  if (store?.supports?.leases && missing.length > 0) {
    throw new TypeError(
      `new Sessions(): option "store" must have all methods of leases, because it says that it supports them, but lacks ` +
        `${missing.join(' and ')}.`,
    );
  }
  if (exclusive === 'process' && skipRedelivered && store?.supports?.leases) {
    throw new TypeError(
      'new Sessions(): option "skipRedelivered" must be false or not given where "exclusive" is \'process\' on a store ' +
        'with leases, because the updates that were handled are kept with the lease.',
    );
  }
  return {
    store: options.store ?? new MemorySessionStore<S>(),
    prefix: options.prefix ?? '',
    saveOnError: options.saveOnError ?? false,
    maxWaitMs: options.maxWaitMs ?? Infinity,
    maxWaiting: options.maxWaiting ?? 1000,
    maxHoldMs: options.maxHoldMs ?? 300_000,
    leaseMs: options.leaseMs ?? 15_000,
    exclusive: options.exclusive ?? 'store',
    skipRedelivered: options.skipRedelivered ?? false,
    maxBytes: options.maxBytes ?? 262_144,
    isolation: options.isolation ?? 'copy',
    schema: options.schema,
    onCorrupt: options.onCorrupt,
    onEvent: options.onEvent,
  };
}

/** Fills in what a middleware was not told: by its engine's own placement, then by the adapter's defaults. */
export function placement<C>(
  options: PlacementOptions<C>,
  engine: PlacementOptions,
  onMissingKey: MissingKeyPolicy,
): Required<PlacementOptions<C>> {
  const byDefault = byChatAndUser as unknown as (ctx: C) => string | undefined;
  const ofEngine = engine.getSessionKey as typeof byDefault | undefined;
  return {
    getSessionKey: options.getSessionKey ?? ofEngine ?? byDefault,
    property: options.property ?? engine.property ?? 'session',
    onMissingKey: options.onMissingKey ?? engine.onMissingKey ?? onMissingKey,
  };
}
