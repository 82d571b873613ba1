/** A record of events that tests wait on, so that no test has to sleep and look again. */

interface Waiter<T> {
  readonly count: number;
  readonly what: string;
  readonly found: T[];
  matches(entry: T): boolean;
  resolve(entries: T[]): void;
  reject(error: Error): void;
}

export class Journal<T> {
  readonly entries: T[] = [];
  readonly #waiters = new Set<Waiter<T>>();
  #closed = false;

  add(entry: T): void {
    this.entries.push(entry);
    for (const waiter of this.#waiters) this.#offer(waiter, [entry]);
  }

  /** Resolves to the first `count` entries that match, those recorded before the question included. */
  until(count: number, what: string, matches: (entry: T) => boolean): Promise<T[]> {
    const found = new Promise<T[]>((resolve, reject) => {
      const waiter = { count, what, found: [], matches, resolve, reject };
      this.#waiters.add(waiter);
      this.#offer(waiter, this.entries);
      if (this.#closed) this.#giveUp(waiter);
    });
    // A test may drop a wait that lost a race; closing must not turn it into an unhandled rejection.
    found.catch(() => {});
    return found;
  }

  /** Ends every wait that cannot be met any more, with an error that says what was missing. */
  close(): void {
    this.#closed = true;
    for (const waiter of this.#waiters) this.#giveUp(waiter);
  }

  #offer(waiter: Waiter<T>, entries: readonly T[]): void {
    waiter.found.push(...entries.filter((entry) => waiter.matches(entry)));
    if (waiter.found.length < waiter.count) return;
    this.#waiters.delete(waiter);
    waiter.resolve(waiter.found.slice(0, waiter.count));
  }

  #giveUp(waiter: Waiter<T>): void {
    if (!this.#waiters.delete(waiter)) return;
    const came = waiter.found.length;
    waiter.reject(new Error(`Closed while ${waiter.count} ${waiter.what} were awaited; ${came} came`));
  }
}
