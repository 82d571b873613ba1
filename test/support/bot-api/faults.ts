/** Failures that tests order in advance for calls that a bot has yet to make. */

export interface Fault {
  /** The method to strike. Without it: any but `getUpdates`, which a polling bot would nearly always offer first. */
  readonly method?: string;
  /** Only calls of this bot. */
  readonly token?: string;
  /** How many calls to strike. @default 1 */
  readonly times?: number;
  /** The HTTP status and `error_code` of the answer; 429 when `retryAfter` is given. @default 500 */
  readonly status?: number;
  readonly description?: string;
  /** Seconds, told to the bot as `parameters.retry_after`. */
  readonly retryAfter?: number;
  /** Closes the connection instead of answering: before the call took effect, or after it did. */
  readonly drop?: 'before' | 'after';
}

export class Faults {
  readonly #ordered: { readonly fault: Fault; left: number }[] = [];

  order(fault: Fault): void {
    this.#ordered.push({ fault, left: fault.times ?? 1 });
  }

  /** The failure that this call has to suffer, used up by asking. */
  take(token: string, method: string): Fault | undefined {
    const hit = this.#ordered.find(({ fault, left }) => left > 0 && strikes(fault, token, method));
    if (hit == null) return undefined;
    hit.left--;
    return hit.fault;
  }
}

function strikes(fault: Fault, token: string, method: string): boolean {
  if (fault.token != null && fault.token !== token) return false;
  return fault.method == null ? method !== 'getUpdates' : fault.method === method;
}
