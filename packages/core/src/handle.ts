/** What `ctx.session` really is: a value, and the phase of its life that says what may be done with it. */

import { changeOf } from './data/change';
import { type Draft, draftOf } from './data/draft';
import { settled } from './data/settle';
import { copyOf, copyOfCopy, same, Unstorable } from './data/snapshot';
import { SessionError } from './errors';
import { isPromiseLike } from './maybe-promise';
import type { StoredChange } from './store';

const NONE = { kind: 'none' } as const;
const DELETE = { kind: 'delete' } as const;

/**
 * Most handlers touch no session, so nothing is copied before somebody looks: `untouched` knows only what was loaded.
 * From the first look on, `open` keeps the handler's own value beside the one to compare it with, which nobody changes.
 */
type Phase<S> =
  | { readonly is: 'untouched' }
  | {
      readonly is: 'open';
      value: S | null | undefined;
      baseline: S | undefined;
      readonly draft: Draft<S | undefined> | undefined;
      /** Whether the baseline is a copy that nobody else holds, so that a new version may have parts of it. */
      readonly isOurs: boolean;
    }
  | { readonly is: 'closed'; readonly value: S | null | undefined }
  | { readonly is: 'closed untouched' };

/** How a handler is kept from the stored data, and whose the stored data is. */
export interface Keeping {
  readonly isolation: 'copy' | 'draft';
  /** `engine` where it is the very object that an engine gave to `setOwned`: a copy, which nobody changes. */
  readonly madeBy: 'engine' | 'others';
}

const FOREIGN: Keeping = { isolation: 'copy', madeBy: 'others' };
const UNTOUCHED = { is: 'untouched' } as const;
const CLOSED_UNTOUCHED = { is: 'closed untouched' } as const;

/** The value of one session during one update. */
export class Handle<S> {
  #phase: Phase<S> = UNTOUCHED;
  #stored: S | undefined;
  /** Whether what is stored is a copy that an engine made. */
  #isOurs: boolean;
  /** Whether a write has failed, so that nobody knows what is stored. */
  #isInDoubt = false;

  /**
   * @param key - without prefix, for errors
   * @param stored - what the store answered; stays unchanged and is the baseline
   * @param initial - makes the data of a new session
   */
  constructor(
    readonly key: string,
    stored: S | null | undefined,
    readonly initial: (() => S) | undefined,
    readonly keeping: Keeping = FOREIGN,
  ) {
    this.#stored = stored ?? undefined;
    this.#isOurs = keeping.madeBy === 'engine';
  }

  get isNew(): boolean {
    return this.#stored === undefined;
  }

  get data(): S {
    const phase = this.#phase;
    if (phase.is === 'untouched') return this.#open().value as S;
    return (phase.is === 'closed untouched' ? this.#own(this.#baseline()) : phase.value) as S;
  }

  set data(value: S | null | undefined) {
    const phase = this.#phase;
    if (phase.is === 'open') phase.value = value;
    else if (phase.is === 'untouched') this.#open().value = value;
    else throw closed(this.key);
  }

  /**
   * What the store has to be told. The value is a copy of its own.
   * @throws SessionError `SESSION_INVALID` when the handler left a value that cannot be stored
   */
  change(): StoredChange<S> {
    const phase = this.#phase;
    if (phase.is !== 'open') return NONE;
    const value = phase.value ?? undefined;
    const { baseline, draft, isOurs } = phase;
    try {
      const isKnown = !this.#isInDoubt;
      if (value === undefined) return this.isNew && isKnown ? NONE : DELETE;
      if (!isOurs) return isKnown && same(value, baseline) ? NONE : { kind: 'set', value: copyOf(value) };
      const next = draft === undefined ? changeOf(value, baseline) : settled(draft, value, baseline);
      return isKnown && Object.is(next, baseline) ? NONE : { kind: 'set', value: next as S };
    } catch (cause) {
      throw invalid(this.key, cause);
    }
  }

  /** Takes note of what the store knows from now on. */
  saved(change: StoredChange<S>): void {
    if (change.kind === 'none') return;
    this.#stored = change.kind === 'set' ? change.value : undefined;
    this.#isOurs = true;
    this.#isInDoubt = false;
    if (this.#phase.is === 'open') this.#phase.baseline = this.#stored;
  }

  /** Takes note of a write that has failed: it may have been carried out. */
  doubted(): void {
    this.#isInDoubt = true;
  }

  /** Forgets the handler's value; the next look starts from what was loaded anew. */
  reset(stored: S | null | undefined): void {
    if (this.#phase.is === 'open') this.#phase.draft?.close();
    this.#stored = stored ?? undefined;
    this.#isOurs = this.keeping.madeBy === 'engine';
    this.#isInDoubt = false;
    this.#phase = UNTOUCHED;
  }

  /** Ends the life: reading goes on to answer, assigning throws. */
  close(): void {
    const phase = this.#phase;
    if (phase.is === 'untouched') this.#phase = CLOSED_UNTOUCHED;
    else if (phase.is === 'open') {
      phase.draft?.close();
      this.#phase = { is: 'closed', value: phase.value };
    }
  }

  #open(): { value: S | null | undefined } {
    const loaded = this.#baseline();
    const { isolation } = this.keeping;
    const isKnown = this.#isOurs && !this.isNew;
    const isOurs = isKnown || isolation === 'draft';
    // What a new version is to have in common with the stored one has to be a copy: nobody else may change it.
    const baseline = isOurs && !isKnown ? this.#own(loaded) : loaded;
    const draft = isolation === 'draft' ? draftOf(baseline, () => closed(this.key)) : undefined;
    const value = draft !== undefined ? draft.value : this.#own(baseline, isOurs ? copyOfCopy : copyOf);
    const phase = { is: 'open', value, baseline, draft, isOurs } as const;
    this.#phase = phase;
    return phase;
  }

  #own(loaded: S | undefined, copy: (value: S | undefined) => S | undefined = copyOf): S | undefined {
    try {
      return copy(loaded);
    } catch (cause) {
      if (this.isNew) throw invalid(this.key, cause);
      const text = `The store answered something that no session can be: ${reason(cause)}. The data stays as it is.`;
      throw new SessionError('SESSION_CORRUPT', text, { key: this.key, cause });
    }
  }

  #baseline(): S | undefined {
    return this.#stored === undefined ? made(this.initial, this.key) : this.#stored;
  }
}

/** Makes the data of a new session. */
export function made<S>(initial: (() => S) | undefined, key?: string): S | undefined {
  if (initial === undefined) return undefined;
  let value: S;
  try {
    value = initial();
  } catch (cause) {
    const text =
      'Option "initial" (or "defaultSession") must return the data of a new session, but it threw; see cause.';
    throw new SessionError('SESSION_LOAD_FAILED', text, { key, cause });
  }
  if (isPromiseLike(value)) {
    value.then(undefined, () => {}); // it is refused, whatever becomes of it
    throw new TypeError(
      'Option "initial" (or "defaultSession") must return the data of a new session, but it returned a Promise. It cannot be async: ' +
        'load what it needs before, or in the handler.',
    );
  }
  return value;
}

export function closed(key: string | undefined): SessionError {
  const text =
    'The session was used after its update had ended, too late to be saved. Await everything that works on the session ' +
    'before the handler returns, or use sessions.update(key, …).';
  return new SessionError('SESSION_CLOSED', text, { key });
}

export function invalid(key: string, cause: unknown): SessionError {
  const text = `The session holds what cannot be stored: ${reason(cause)}. Nothing was written.`;
  return new SessionError('SESSION_INVALID', text, { key, cause });
}

function reason(cause: unknown): string {
  return cause instanceof Unstorable ? cause.describe() : 'it could not be copied; see cause';
}
