/** `getUpdates`: long polls that are held until there is something to hand out. */

import { type ApiAnswer, refuse, succeed } from './answer';
import type { UpdateQueue } from './queue';
import type { Delivery, Payload } from './types';

interface Poll {
  readonly limit: number;
  answer(answer: ApiAnswer): void;
}

export class Polling {
  readonly #queue: UpdateQueue;
  readonly #report: (delivery: Delivery) => void;
  #held: Poll | undefined;
  #endNext = false;
  #waking = false;

  constructor(queue: UpdateQueue, report: (delivery: Delivery) => void) {
    this.#queue = queue;
    this.#report = report;
  }

  /** Answers one `getUpdates`, perhaps much later; `hungUp` tells that nobody waits for the answer any more. */
  getUpdates(payload: Payload, hungUp: AbortSignal): Promise<ApiAnswer> {
    const { offset, limit, timeout } = read(payload);
    if (offset < 0) this.#queue.keepNewest(-offset);
    else this.#queue.confirmBelow(offset);
    if (this.#queue.size > 0) return Promise.resolve(this.#handOut(limit));
    if (timeout === 0) return Promise.resolve(succeed([]));
    this.terminate();
    return this.#hold(limit, timeout * 1000, hungUp);
  }

  /** Answers the held poll soon: updates that are pushed in one go arrive in one answer, as Telegram lets them gather. */
  wake(): void {
    if (this.#held == null || this.#waking) return;
    this.#waking = true;
    queueMicrotask(() => {
      this.#waking = false;
      if (this.#queue.size > 0) this.#held?.answer(this.#handOut(this.#held.limit));
    });
  }

  /** Ends the held poll, or else the next one, as if its time were up. */
  end(): void {
    if (this.#held == null) this.#endNext = true;
    else this.#held.answer(succeed([]));
  }

  /** Answers the held poll with the conflict that a second poll or `setWebhook` causes. */
  terminate(description?: string): void {
    this.#held?.answer(refuse(409, description));
  }

  #hold(limit: number, timeoutMs: number, hungUp: AbortSignal): Promise<ApiAnswer> {
    if (this.#endNext) {
      this.#endNext = false;
      return Promise.resolve(succeed([]));
    }
    return new Promise((resolve) => {
      const poll: Poll = {
        limit,
        answer: (answer) => {
          clearTimeout(timer);
          hungUp.removeEventListener('abort', leave);
          if (this.#held === poll) this.#held = undefined;
          resolve(answer);
        },
      };
      const leave = () => poll.answer(succeed([]));
      const timer = setTimeout(leave, timeoutMs);
      hungUp.addEventListener('abort', leave);
      this.#held = poll;
    });
  }

  #handOut(limit: number): ApiAnswer {
    const updates = this.#queue.first(limit);
    for (const update of updates) this.#report(this.#queue.attempt(update, 'polling'));
    return succeed(updates);
  }
}

function read({ offset, limit, timeout }: Payload): { offset: number; limit: number; timeout: number } {
  return {
    offset: integer(offset, 0),
    limit: Math.min(Math.max(integer(limit, 100), 1), 100),
    timeout: Math.min(Math.max(integer(timeout, 0), 0), 50),
  };
}

/** Forms and query strings carry numbers as text. */
function integer(value: unknown, fallback: number): number {
  const number = Math.trunc(Number(value ?? fallback));
  return Number.isNaN(number) ? fallback : number;
}
