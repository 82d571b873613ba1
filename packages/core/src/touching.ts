/** Access to a session in a store whose values end unless they are touched: reading is no use there. */

import { saveFailed } from './failures';
import { type Hold, HoldAround } from './hold';
import type { SessionStore, StoredChange } from './store';

/** A store that wants to be told of sessions that are used and not written. */
export type TouchedStore<S> = SessionStore<S> & Required<Pick<SessionStore<S>, 'touch'>>;

/** Whether a store has to be told. One that names the capability `ttl` renews by itself at each read, or never. */
export function wantsTouch<S>(store: SessionStore<S>): store is TouchedStore<S> {
  return store.touch !== undefined && store.supports?.ttl === undefined;
}

/** A hold that lets what its handler left unchanged live on. */
export class TouchingHold<S> extends HoldAround<S> implements Hold<S> {
  /** Whether there is something stored that nobody has written since it was read. */
  #isOld = false;

  constructor(
    inner: Hold<S>,
    readonly store: TouchedStore<S>,
  ) {
    super(inner);
  }

  async load(): Promise<S | null | undefined> {
    const stored = await this.inner.load();
    this.#isOld = stored != null;
    return stored;
  }

  async write(change: StoredChange<S>): Promise<void> {
    await this.inner.write(change);
    if (change.kind !== 'none') this.#isOld = false;
  }

  async finish(change: StoredChange<S>): Promise<void> {
    if (change.kind === 'none' && this.#isOld && !this.turn.lost) await this.#touch();
    await this.inner.finish(change);
  }

  async #touch(): Promise<void> {
    try {
      await this.store.touch(this.turn.name);
    } catch (cause) {
      saveFailed(this.turn.key, 'touch', cause);
    }
  }
}
