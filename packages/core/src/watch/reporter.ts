/** The way from the engine's rooms to the listener that watches it. */

import { isPromiseLike } from '../maybe-promise';
import type { SessionEvent, SessionListener } from './events';
import { hashedKey } from './hashed-key';

type Untold<E> = E extends unknown ? Omit<E, 'key'> : never;

/** Whose event it is: the key with its prefix. */
interface Named {
  readonly name: string;
}

/** Tells one listener. */
export class Reporter {
  readonly #listener: SessionListener;
  #hasWarned = false;

  constructor(listener: SessionListener) {
    this.#listener = listener;
  }

  tell(event: Untold<SessionEvent>, { name }: Named): void {
    try {
      const answer: unknown = this.#listener({ ...event, key: hashedKey(name) } as SessionEvent);
      if (isPromiseLike(answer)) answer.then(undefined, (error: unknown) => this.#warn(error));
    } catch (error) {
      this.#warn(error);
    }
  }

  /** Whoever counts is not to cost a user the session; nor is it to fail unheard. */
  #warn(error: unknown): void {
    if (!this.#hasWarned)
      console.warn('[sessiongram] The listener "onEvent" threw, and may do so again.', error);
    this.#hasWarned = true;
  }
}
