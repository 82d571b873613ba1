/** What can go wrong with a session while a bot runs, and how it is told. */

/**
 * The closed list of codes. Codes are stable and made to be compared; texts may change with any release.
 *
 * | code | what happened |
 * |---|---|
 * | `SESSION_KEY_MISSING` | the update belongs to no session, or the key could not be found out |
 * | `SESSION_BUSY` | the turn did not come within `maxWaitMs`, or `maxWaiting` updates were waiting already |
 * | `SESSION_LEASE_LOST` | another took over, because the handler held its turn for longer than `maxHoldMs`, or its process did not renew the lease; the late write was refused |
 * | `SESSION_LOAD_FAILED` | the store failed to read, or `initial` threw; nothing was written |
 * | `SESSION_SAVE_FAILED` | the store failed to write; the store tells in `cause` what it may have kept |
 * | `SESSION_CORRUPT` | what is stored cannot be decoded, or is nothing that a session can be; the data stays as it is |
 * | `SESSION_INVALID` | the handler left a value that cannot be stored, or the data does not fit the `schema`; the old data stays |
 * | `SESSION_CLOSED` | the session was assigned or saved after its update had ended, or used while its turn was given back, or the engine was closed |
 * | `SESSION_TOO_LARGE` | the encoded session is above `maxBytes`; the old data stays |
 * | `SESSION_REENTERED` | a handler asked for the turn that it holds itself, or handlers waited for each other |
 * | `SESSION_DECRYPT_FAILED` | an encrypted session does not open with the keys at hand |
 */
export type SessionErrorCode =
  | 'SESSION_KEY_MISSING'
  | 'SESSION_BUSY'
  | 'SESSION_LEASE_LOST'
  | 'SESSION_LOAD_FAILED'
  | 'SESSION_SAVE_FAILED'
  | 'SESSION_CORRUPT'
  | 'SESSION_INVALID'
  | 'SESSION_CLOSED'
  | 'SESSION_TOO_LARGE'
  | 'SESSION_REENTERED'
  | 'SESSION_DECRYPT_FAILED';

/** What every copy of this package puts on its errors. */
const BRAND = Symbol.for('sessiongram.SessionError');

/**
 * A failure of a session at run time. Misuse, such as a wrong option, is a `TypeError` instead.
 *
 * No text carries session data or a key; the key is a field of its own, so that a log can leave it out. `instanceof`
 * holds across copies of this package, such as the ESM and the CommonJS one in the same process.
 *
 * @example
 * ```ts
 * bot.catch(({ error }) => {
 *   if (error instanceof SessionError && error.code === 'SESSION_BUSY') return; // the user types faster than we answer
 *   throw error;
 * });
 * ```
 */
export class SessionError extends Error {
  override readonly name = 'SessionError';
  /** Which failure this is. */
  readonly code: SessionErrorCode;
  /** The session's key without the prefix, where one is known. */
  readonly key: string | undefined;

  /**
   * @param code - which failure this is
   * @param text - what was expected, what came, what to do: without session data and without the key
   * @param details - the session's key, and the error this one was made of
   */
  constructor(
    code: SessionErrorCode,
    text: string,
    details: { key?: string | undefined; cause?: unknown } = {},
  ) {
    super(`[${code}] ${text}`, 'cause' in details ? { cause: details.cause } : undefined);
    this.code = code;
    this.key = details.key;
  }

  static {
    // biome-ignore lint/complexity/noThisInStatic: a class that names itself in its own body is built under another name, and logs print that
    Object.defineProperty(this.prototype, BRAND, { value: true });
    // biome-ignore lint/complexity/noThisInStatic: as above
    Object.defineProperty(this, Symbol.hasInstance, { value: hasInstance });
  }
}

function hasInstance(this: unknown, value: unknown): boolean {
  // A class that extends SessionError inherits the method, and not everything that bears the brand is of it.
  if (this !== SessionError) return Function.prototype[Symbol.hasInstance].call(this, value);
  return typeof value === 'object' && value !== null && BRAND in value;
}
