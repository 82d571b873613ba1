/** What `ctx.session` is on an update that has no key. */

import { SessionError } from './errors';
import type { Port } from './mount';
import type { MissingKeyPolicy } from './options';
import type { SessionControls } from './visit';

/** Stands for a session that does not exist: every look and every assignment throws. */
class Refusal implements Port {
  constructor(readonly property: string) {}

  get data(): never {
    throw this.#error();
  }

  set data(_value: unknown) {
    throw this.#error();
  }

  #error(): SessionError {
    return new SessionError(
      'SESSION_KEY_MISSING',
      `ctx.${this.property} was used on an update that belongs to no session, because it names no user or no chat. ` +
        'Filter such updates out first, give them a key with getSessionKey, or set onMissingKey.',
    );
  }
}

/** A value that is made at the first look, may be assigned, and is thrown away. */
class Ephemeral implements Port {
  #made: { value: unknown } | undefined;

  constructor(readonly make: () => unknown) {}

  get data(): unknown {
    this.#made ??= { value: this.make() };
    return this.#made.value;
  }

  set data(value: unknown) {
    this.#made = { value };
  }
}

/** A port whose value comes as a promise, as that of a lazy session does. */
export class Promised implements Port {
  constructor(readonly port: Port) {}

  get isOver(): boolean {
    return this.port.isOver === true;
  }

  get controls(): SessionControls | undefined {
    return this.port.controls;
  }

  get data(): unknown {
    return Promise.resolve(this.port.data);
  }

  set data(value: unknown) {
    this.port.data = value;
  }
}

/** Makes the port for an update without a key. */
export function keyless(
  policy: MissingKeyPolicy,
  mode: 'eager' | 'lazy',
  property: string,
  make: () => unknown,
): Port {
  if (policy === 'throw') return new Refusal(property);
  const port = new Ephemeral(policy === 'ephemeral' ? make : () => undefined);
  return mode === 'lazy' ? new Promised(port) : port;
}
