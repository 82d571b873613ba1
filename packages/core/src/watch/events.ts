/** What an engine tells of its work: one event a step, with durations, a hashed key, and no session data. */

import type { EvictionReason } from '../store';
import type { HashedKey } from './hashed-key';

/**
 * What happened to one session. Durations are in milliseconds.
 *
 * | type | what happened |
 * |---|---|
 * | `waited` | the turn did not come at once; `durationMs` is how long it took |
 * | `busy` | the turn did not come in time, or too many waited |
 * | `loaded` | the session was read |
 * | `saved` | it was written or deleted, as `change` tells |
 * | `unchanged` | its handler is done, and there was nothing to write |
 * | `leaseLost` | another took over; `durationMs` is how long the turn was held |
 * | `slow` | a handler has held its turn for 10 seconds while others wait |
 * | `evicted` | the store has dropped it, as `reason` tells |
 */
export type SessionEvent =
  | (Timed & { readonly type: 'waited' | 'busy' | 'leaseLost' })
  | (Timed & { readonly type: 'loaded'; readonly isNew: boolean })
  | (Timed & { readonly type: 'saved'; readonly change: 'set' | 'delete' })
  | (Timed & { readonly type: 'slow'; readonly updateKind: string | undefined })
  | (Told & { readonly type: 'unchanged' })
  | (Told & { readonly type: 'evicted'; readonly reason: EvictionReason });

interface Told {
  /** The same for one key as long as the process lives, and of no use to anybody who wants to know the key. */
  readonly key: HashedKey;
}

interface Timed extends Told {
  readonly durationMs: number;
}

/** Who is told. */
export type SessionListener = (event: SessionEvent) => void;
