/** Access to a session whose data is vetted: fitted to a schema, and repaired where that is wanted. */

import { copyOf, Unstorable } from './data/snapshot';
import { SessionError } from './errors';
import { Handle } from './handle';
import { type Hold, HoldAround } from './hold';
import type { MaybePromise } from './maybe-promise';
import { fitted, type SchemaLike } from './schema';
import type { StoredChange, StoreFailure } from './store';

/** What data has to pass. */
export interface Vetting<S> {
  readonly schema: SchemaLike<S> | undefined;
  readonly onCorrupt: ((raw: unknown, error: SessionError) => MaybePromise<S | null | undefined>) | undefined;
}

/** What has been loaded. */
export interface Vetted<S> {
  readonly value: S | null | undefined;
  /** Whether it is no longer what is stored. */
  readonly isRepaired: boolean;
}

const NONE = { kind: 'none' } as const;
const KEPT = 'Nothing was written, the old data stays.';

/** A hold that lets only such data in and out as has passed. */
export class VettedHold<S> extends HoldAround<S> implements Hold<S> {
  /** What a repair has changed, until it is written. */
  #repair: StoredChange<S> = NONE;

  constructor(
    inner: Hold<S>,
    readonly vetting: Vetting<S>,
  ) {
    super(inner);
  }

  async load(): Promise<S | null | undefined> {
    const { value, isRepaired } = await vetted(() => this.inner.load(), this.vetting, this.turn.key);
    if (!isRepaired) this.#repair = NONE;
    else this.#repair = value == null ? { kind: 'delete' } : { kind: 'set', value };
    return value;
  }

  async write(change: StoredChange<S>): Promise<void> {
    const wanted = await this.#passed(change);
    await this.inner.write(wanted);
    this.#repair = NONE;
  }

  async finish(change: StoredChange<S>): Promise<void> {
    await this.inner.finish(await this.#passed(change));
  }

  async #passed(change: StoredChange<S>): Promise<StoredChange<S>> {
    const { schema } = this.vetting;
    if (change.kind === 'none') return this.#repair;
    if (change.kind === 'set' && schema !== undefined)
      await fitted(schema, copyOf(change.value), this.turn.key, KEPT);
    return change;
  }
}

/**
 * Loads what has to pass. What does not is given to `onCorrupt`, where there is one.
 *
 * @throws SessionError whatever loading throws; `SESSION_INVALID` when the data, or what it was repaired to, does not fit
 */
export async function vetted<S>(
  load: () => MaybePromise<S | null | undefined>,
  vetting: Vetting<S>,
  key: string,
): Promise<Vetted<S>> {
  const { schema } = vetting;
  let stored: S | null | undefined;
  try {
    stored = await load();
  } catch (error) {
    const cause = (error as SessionError).cause as Partial<StoreFailure> | undefined;
    // What does not open, or is of a newer version, may be whole: nobody is asked to repair that.
    if (cause?.code !== 'VALUE_CORRUPT') throw error;
    return repaired(cause.raw, error as SessionError, vetting, key);
  }
  if (schema === undefined || stored == null) return { value: stored, isRepaired: false };
  // A schema or a repair may change what it is given, and this is the store's own.
  const copy = (): S => new Handle(key, stored, undefined).data;
  const given = copy();
  try {
    return { value: await fitted(schema, given, key, KEPT), isRepaired: false };
  } catch (error) {
    return repaired(copy(), error as SessionError, vetting, key);
  }
}

async function repaired<S>(
  raw: unknown,
  error: SessionError,
  { schema, onCorrupt }: Vetting<S>,
  key: string,
): Promise<Vetted<S>> {
  if (onCorrupt === undefined) throw error;
  let value: S | null | undefined;
  try {
    value = await onCorrupt(raw, error);
  } catch (cause) {
    if (cause === error) throw error;
    const text = `Option "onCorrupt" must return what the session is to be, but it threw; see cause. ${KEPT}`;
    throw new SessionError(error.code, text, { key, cause });
  }
  if (schema !== undefined && value != null) {
    value = await fitted(schema, value, key, `It is what "onCorrupt" has returned. ${KEPT}`);
  }
  try {
    // Whoever made it may hold it, and change it.
    return { value: copyOf(value), isRepaired: true };
  } catch (cause) {
    const found = cause instanceof Unstorable ? cause.describe() : 'it could not be copied; see cause';
    const text = `Option "onCorrupt" must return what can be stored, but ${found}. ${KEPT}`;
    throw new SessionError('SESSION_INVALID', text, { key, cause });
  }
}
