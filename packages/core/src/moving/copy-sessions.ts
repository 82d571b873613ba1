/** Copying all sessions of one store into another, of which a bot may be making use already. */

import { aFunction, checkOptions, type Rules } from '../check';
import { SessionError } from '../errors';
import { readFrom } from '../hold';
import { innermost } from '../innermost';
import { Sessions } from '../sessions';
import type { SessionStore } from '../store';
import { checkStore, type Keys, keysOf, someKeys } from './listing';

/** Options of {@link copySessions}. */
export interface CopyOptions {
  /**
   * The keys to copy, as they are in `from`.
   * @default all that `from` lists
   */
  keys?: Keys;
  /**
   * Makes the key in `to` of the key in `from`; `undefined` leaves the session out. A `prefix` of the bot's `session()` is
   * part of both. Of two that get the same key, the second counts as there already.
   * @default as it is
   */
  key?: (key: string) => string | undefined;
  /**
   * Replaces what is in `to` already. Without it, copying once more copies only what is lacking.
   * @default false
   */
  overwrite?: boolean;
  /**
   * How many sessions are copied at the same time.
   * @default 8
   */
  concurrency?: number;
  /** Is called after each session. */
  onProgress?: (progress: CopyProgress) => void;
  /**
   * Is called for a session that cannot be copied; the others are copied all the same.
   * @default none: the first failure ends the copying, and is thrown
   */
  onFailure?: (error: SessionError, key: string) => void;
  /** Ends the copying before the next session; `copySessions` then throws the signal's reason. */
  signal?: AbortSignal;
}

/** How many sessions were dealt with, and how. */
export interface CopyCounts {
  /** Are in `to` now. */
  copied: number;
  /** Were there already, were left out by `key`, or were gone from `from` when their turn came. */
  skipped: number;
  /** Could not be copied, and were told to `onFailure`. */
  failed: number;
}

/** The counts so far. */
export interface CopyProgress extends CopyCounts {
  /** The session that was dealt with last, by its key in `from`. */
  readonly key: string;
}

/**
 * Copies all sessions of a store into another one, and leaves `from` as it is. May be called again after it was
 * interrupted: what is in `to` already stays.
 *
 * A bot may work on `to` meanwhile, the very store object in the same process. Each session is copied in a turn of its own
 * there, on a store with leases also among all processes, so that nothing newer is overwritten. What is written to `from` after its session was copied stays
 * behind: stop the bot that uses `from` first. Lives begin anew in `to`, as its own `ttlMs` says.
 *
 * @returns the counts, when all is done
 * @throws TypeError when an argument is no store, `from` cannot list its keys and there is no `keys`, or an option is
 *   unknown, of a wrong type or out of range
 * @throws SessionError for the first session that fails, where there is no `onFailure`. Its `key` is that in `from` where
 *   reading failed, that in `to` where writing did. Nothing is under way any more when it is thrown.
 *
 * @example
 * ```ts
 * const from = new RedisSessionStore(client, { prefix: 'telegraf:' });
 * const to = new PostgresSessionStore(pool);
 * // Telegraf's keys are user:chat, ours chat:user.
 * await copySessions(from, to, { key: (key) => key.split(':').reverse().join(':') });
 * ```
 */
export async function copySessions<S>(
  from: SessionStore<S>,
  to: SessionStore<S>,
  options: CopyOptions = {},
): Promise<CopyCounts> {
  for (const store of [from, to]) checkStore('copySessions()', store);
  checkOptions('copySessions()', options, rules());
  const { keys, key: nameOf = asItIs, overwrite = false, concurrency = 8 } = options;
  const { onProgress, onFailure, signal } = options;
  const counts = { copied: 0, skipped: 0, failed: 0 };
  const names = keys ?? keysOf('copySessions()', from, '');
  // A listing that goes on while the copies come into it may never end.
  const shared = each(innermost(from) === innermost(to) ? await listed(names) : names);
  // The target's bot may have a limit of its own; what was stored under another one is not to be lost on the way.
  const sessions = new Sessions<S>({ store: to, maxBytes: Infinity });

  const copy = async (key: string): Promise<'copied' | 'skipped'> => {
    const name = nameOf(key);
    if (name === undefined) return 'skipped';
    return sessions.visit(name, async (session) => {
      if (!session.isNew && !overwrite) return 'skipped';
      const value = await readFrom(from, key, key);
      if (value == null) return 'skipped';
      session.data = value;
      session.rewrite();
      return 'copied';
    });
  };
  const work = async (): Promise<void> => {
    for await (const key of shared) {
      signal?.throwIfAborted();
      try {
        counts[await copy(key)]++;
      } catch (error) {
        if (onFailure === undefined || !(error instanceof SessionError)) throw error;
        counts.failed++;
        onFailure(error, key);
      }
      onProgress?.({ ...counts, key });
    }
  };

  signal?.throwIfAborted();
  const ends = await Promise.allSettled(Array.from({ length: concurrency }, work));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  return counts;
}

const rules = (): Rules => ({
  keys: someKeys,
  key: aFunction('(key) => string | undefined'),
  overwrite: { expected: 'true or false', accepts: (value) => typeof value === 'boolean' },
  concurrency: {
    expected: 'a whole number from 1 to 1000',
    accepts: (value) => Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= 1_000,
  },
  onProgress: aFunction('(progress) => void'),
  onFailure: aFunction('(error, key) => void'),
  signal: {
    expected: 'an AbortSignal',
    accepts: (value) => typeof (value as Partial<AbortSignal> | null)?.throwIfAborted === 'function',
  },
});

async function listed(keys: Keys): Promise<Set<string>> {
  const all = new Set<string>();
  for await (const key of keys) all.add(key);
  return all;
}

function asItIs(key: string): string {
  return key;
}

/** Keys that several may take from: each gets the next, and all end with the first that ends early. */
async function* each(keys: Keys): AsyncGenerator<string, void, undefined> {
  yield* keys;
}
