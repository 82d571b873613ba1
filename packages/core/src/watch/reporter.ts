/** The way from the engine's rooms to the listener that watches it. */

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
      this.#listener({ ...event, key: hashedKey(name) } as SessionEvent);
    } catch (error) {
      // Whoever counts is not to cost a user the session; nor is it to fail unheard.
      if (!this.#hasWarned)
        console.warn('[sessiongram] The listener "onEvent" threw, and may do so again.', error);
      this.#hasWarned = true;
    }
  }
}
