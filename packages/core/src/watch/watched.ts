/** Access to a session that tells a listener what becomes of it. */

import { SessionError } from '../errors';
import { type Hold, HoldAround } from '../hold';
import type { MaybePromise } from '../maybe-promise';
import type { StoredChange } from '../store';
import type { Reporter } from './reporter';

/** A hold under watch. */
export class WatchedHold<S> extends HoldAround<S> implements Hold<S> {
  #isLost = false;

  constructor(
    inner: Hold<S>,
    readonly reporter: Reporter,
  ) {
    super(inner);
  }

  async load(): Promise<S | null | undefined> {
    const began = performance.now();
    const stored = await this.#noting(() => this.inner.load());
    this.reporter.tell(
      { type: 'loaded', isNew: stored == null, durationMs: performance.now() - began },
      this.turn,
    );
    return stored;
  }

  async write(change: StoredChange<S>): Promise<void> {
    const began = performance.now();
    await this.#noting(() => this.inner.write(change));
    this.#tellOf(change, began);
  }

  async finish(change: StoredChange<S>): Promise<void> {
    const began = performance.now();
    await this.#noting(() => this.inner.finish(change));
    if (change.kind === 'none') this.reporter.tell({ type: 'unchanged' }, this.turn);
    else this.#tellOf(change, began);
  }

  override abandon(): void {
    this.#tellOfLoss();
    super.abandon();
  }

  #tellOf(change: StoredChange<S>, began: number): void {
    if (change.kind === 'none') return;
    this.reporter.tell(
      { type: 'saved', change: change.kind, durationMs: performance.now() - began },
      this.turn,
    );
  }

  async #noting<T>(act: () => MaybePromise<T>): Promise<T> {
    try {
      return await act();
    } catch (error) {
      if (error instanceof SessionError && error.code === 'SESSION_LEASE_LOST') this.#tellOfLoss();
      throw error;
    }
  }

  #tellOfLoss(): void {
    if (this.#isLost) return;
    this.#isLost = true;
    this.reporter.tell({ type: 'leaseLost', durationMs: performance.now() - this.turn.since }, this.turn);
  }
}
