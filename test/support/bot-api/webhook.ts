/** Delivers updates to a bot's own server: in order within a queue, the queues in parallel, again until confirmed. */

import { setMaxListeners } from 'node:events';
import { postUpdate, type WebhookAnswer, type WebhookTarget } from './delivery';
import { laneOf } from './lanes';
import type { UpdateQueue } from './queue';
import { decodePayload } from './request';
import type { Delivery, Payload, RawUpdate } from './types';

export interface WebhookTiming {
  /** How long a bot may take to answer before the update counts as not delivered. @default 60_000 */
  readonly webhookTimeoutMs: number;
  /** The wait before the second attempt; it doubles with each further one. @default 10 */
  readonly webhookBackOffMs: number;
  /** What the wait grows to at most. @default 1_000 */
  readonly webhookMaxBackOffMs: number;
}

export interface WebhookEvents {
  report(delivery: Delivery): void;
  /** Receives a call that the bot wrote into its answer. */
  call(method: string, payload: Payload): void;
}

interface Lane {
  readonly name: string;
  readonly updates: RawUpdate[];
  failures: number;
}

export class Webhook {
  readonly target: WebhookTarget;
  readonly #queue: UpdateQueue;
  readonly #timing: WebhookTiming;
  readonly #events: WebhookEvents;
  readonly #lanes = new Map<string, Lane>();
  readonly #ready: Lane[] = [];
  readonly #resting = new Set<NodeJS.Timeout>();
  readonly #stopped = new AbortController();
  #connections = 0;
  #lastError: string | undefined;

  constructor(target: WebhookTarget, queue: UpdateQueue, timing: WebhookTiming, events: WebhookEvents) {
    this.target = target;
    this.#queue = queue;
    this.#timing = timing;
    this.#events = events;
    // Every open request listens to it, and Node takes more than ten listeners for a leak.
    setMaxListeners(0, this.#stopped.signal);
    for (const update of queue.first(Number.POSITIVE_INFINITY)) this.deliver(update);
  }

  get lastError(): string | undefined {
    return this.#lastError;
  }

  deliver(update: RawUpdate): void {
    const name = laneOf(update);
    const lane = this.#lanes.get(name);
    if (lane != null) {
      lane.updates.push(update);
      return;
    }
    const opened = { name, updates: [update], failures: 0 };
    this.#lanes.set(name, opened);
    this.#ready.push(opened);
    this.#pump();
  }

  /** Cuts off what is under way; it stays unconfirmed. */
  stop(): void {
    this.#stopped.abort();
    for (const timer of this.#resting) clearTimeout(timer);
  }

  #pump(): void {
    while (this.#connections < this.target.maxConnections && !this.#stopped.signal.aborted) {
      const lane = this.#ready.shift();
      if (lane == null) return;
      this.#connections++;
      void this.#attempt(lane).finally(() => {
        this.#connections--;
        this.#pump();
      });
    }
  }

  async #attempt(lane: Lane): Promise<void> {
    const update = lane.updates[0];
    if (update == null) return;
    const answer = await postUpdate(this.target, update, this.#timing.webhookTimeoutMs, this.#stopped.signal);
    if (this.#stopped.signal.aborted) return;
    if (answer.error == null) this.#runCall(answer);
    this.#events.report(this.#queue.attempt(update, 'webhook', answer.error));
    if (answer.error == null) this.#advance(lane, update);
    else this.#rest(lane, answer);
  }

  #advance(lane: Lane, confirmed: RawUpdate): void {
    lane.updates.shift();
    lane.failures = 0;
    if (lane.updates.length > 0) this.#ready.push(lane);
    else this.#lanes.delete(lane.name);
    this.#queue.confirm(confirmed);
  }

  #rest(lane: Lane, { error, retryAfterMs }: WebhookAnswer): void {
    this.#lastError = error;
    const backOff = this.#timing.webhookBackOffMs * 2 ** lane.failures++;
    const wait = retryAfterMs ?? Math.min(backOff, this.#timing.webhookMaxBackOffMs);
    const timer = setTimeout(() => {
      this.#resting.delete(timer);
      this.#ready.push(lane);
      this.#pump();
    }, wait);
    this.#resting.add(timer);
  }

  #runCall({ contentType, body = Buffer.alloc(0) }: WebhookAnswer): void {
    const { method, ...rest } = decodeCall(contentType, body);
    // Telegram ignores queries here, since nobody would see what they return.
    if (typeof method === 'string' && !/^(get|setWebhook|deleteWebhook)/i.test(method)) {
      this.#events.call(method, rest);
    }
  }
}

function decodeCall(contentType: string | undefined, body: Buffer): Payload {
  try {
    return decodePayload(contentType, body);
  } catch {
    // Without a call to make, frameworks answer with a plain "OK".
    return {};
  }
}
