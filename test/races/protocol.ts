/** What a fleet and its workers tell each other. */

import type { Place } from './place';

/** One update, to be handled by appending its id to the session of its key. */
export interface Job {
  readonly id: string;
  readonly key: string;
  /** How long the handler waits between reading and writing. */
  readonly ms: number;
  /** Goes through a middleware with this `update_id`, so that `skipRedelivered` applies. */
  readonly updateId?: number | undefined;
  /** Whether the handler waits for `go` before it appends. */
  readonly gated?: true;
}

/** What a worker needs to know, as its one argument. */
export interface WorkerSetup {
  readonly place: Place;
  readonly leaseMs: number;
  /** @default 'store' */
  readonly exclusive?: 'store' | 'process';
}

export type ToWorker =
  | { readonly kind: 'job'; readonly job: Job }
  /** Opens the gate of a job. */
  | { readonly kind: 'go'; readonly id: string }
  | { readonly kind: 'polls' };

export type FromWorker =
  | { readonly kind: 'ready' }
  /** The handler of a gated job runs. */
  | { readonly kind: 'holding'; readonly id: string }
  /** How many acquisitions the store has refused so far. */
  | { readonly kind: 'polls'; readonly polls: number }
  | Answer;

/** What became of a job. */
export type Answer =
  | { readonly kind: 'acknowledged'; readonly id: string }
  | { readonly kind: 'refused'; readonly id: string; readonly code: string; readonly text: string };

/** What the sessions hold. */
export interface Ids {
  ids: string[];
}
