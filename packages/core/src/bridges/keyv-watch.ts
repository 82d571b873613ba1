/** The watch over the `error` events of a Keyv, by which a call learns that it has failed. */

/** What emits the errors. */
export interface ErrorEmitter {
  on(event: 'error', listener: (error: unknown) => void): unknown;
  off(event: 'error', listener: (error: unknown) => void): unknown;
}

/** A call under way. */
interface WatchedCall {
  /** @throws the first error that was emitted meanwhile */
  rethrow(): void;
  end(): void;
}

/** What an emitter of Keyv 6 has besides. */
interface Emitter extends ErrorEmitter {
  readonly throwOnEmptyListeners?: boolean;
  listeners?(event: 'error'): readonly unknown[];
}

/** Listens only while calls are under way. */
export class ErrorWatch {
  readonly #emitter: Emitter;
  /** The errors of each call under way. */
  readonly #calls = new Set<unknown[]>();

  constructor(emitter: ErrorEmitter) {
    this.#emitter = emitter;
  }

  /**
   * Does a call, and fails when an error was emitted meanwhile.
   *
   * @param isProof - whether an answer shows by itself that the call has not failed
   */
  async during<T>(work: () => Promise<T>, isProof: (answer: T) => boolean = () => false): Promise<T> {
    const call = this.begin();
    try {
      const answer = await work();
      if (!isProof(answer)) call.rethrow();
      return answer;
    } finally {
      call.end();
    }
  }

  begin(): WatchedCall {
    const errors: unknown[] = [];
    if (this.#calls.size === 0) this.#emitter.on('error', this.#note);
    this.#calls.add(errors);
    return {
      rethrow: () => {
        if (errors.length > 0) throw errors[0];
      },
      end: () => {
        this.#calls.delete(errors);
        if (this.#calls.size === 0) this.#emitter.off('error', this.#note);
      },
    };
  }

  readonly #note = (error: unknown): void => {
    for (const errors of this.#calls) errors.push(error);
    // Where nobody listens, Keyv 6 throws: whoever else uses it must not lose that because of this listener.
    const { throwOnEmptyListeners } = this.#emitter;
    if (throwOnEmptyListeners === true && this.#emitter.listeners?.('error').length === 1) throw error;
  };
}
