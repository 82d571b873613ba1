/** How the failures of stores become session errors: wrapped once, told apart by what the store says of them. */

import { SessionError, type SessionErrorCode } from './errors';
import type { SessionStore, StoreFailure } from './store';

/**
 * Passes on that a session could not be read.
 * @throws SessionError `SESSION_LOAD_FAILED`, or `SESSION_CORRUPT` where there is something that cannot be decoded, or
 *   `SESSION_DECRYPT_FAILED` where there is something that does not open
 */
export function loadFailed(key: string, cause: unknown): never {
  if (codeOf(cause) === 'VALUE_CORRUPT') {
    const text =
      'What is stored cannot be decoded; see cause. The data stays as it is: repair it with onCorrupt, or delete the session.';
    throw new SessionError('SESSION_CORRUPT', text, { key, cause });
  }
  if (codeOf(cause) === 'VALUE_UNDECRYPTABLE') throw undecryptable(key, cause);
  const text =
    'The store failed to read the session; see cause. Nothing was changed, and the next update tries again.';
  throw new SessionError('SESSION_LOAD_FAILED', text, { key, cause });
}

/**
 * Passes on that a session could not be written.
 * @throws SessionError `SESSION_SAVE_FAILED`, or `SESSION_INVALID` or `SESSION_TOO_LARGE` where the value is refused
 */
export function saveFailed(key: string, act: 'write' | 'delete' | 'touch', cause: unknown): never {
  const refusal = REFUSALS[codeOf(cause) as keyof typeof REFUSALS];
  if (refusal !== undefined) {
    const text = `${(cause as Error).message.replace(/\.?$/, '.')} Nothing was written, the old data stays.`;
    throw new SessionError(refusal, text, { key, cause });
  }
  // A wrapper that reads before it writes may meet what it cannot open, and leaves it.
  if (codeOf(cause) === 'VALUE_UNDECRYPTABLE') throw undecryptable(key, cause);
  const text = `The store failed to ${act} the session; see cause.`;
  throw new SessionError('SESSION_SAVE_FAILED', text, { key, cause });
}

/** Whether the store's answer is final: it has looked at the value, and will not take it later either. */
export function isRefusal(cause: unknown): boolean {
  return Object.hasOwn(REFUSALS, String(codeOf(cause)));
}

/** Whether the same call may well succeed a moment later. Where a store cannot even tell that, it has failed for good. */
export function mayPass(store: Required<Pick<SessionStore, 'isTransient'>>, cause: unknown): boolean {
  try {
    return store.isTransient(cause);
  } catch {
    return false;
  }
}

const REFUSALS = {
  VALUE_UNSTORABLE: 'SESSION_INVALID',
  VALUE_TOO_LARGE: 'SESSION_TOO_LARGE',
} as const satisfies Partial<Record<StoreFailure['code'], SessionErrorCode>>;

function undecryptable(key: string, cause: unknown): SessionError {
  const text =
    'What is stored does not open with the keys at hand; see cause. Nothing was changed, the data stays as it is.';
  return new SessionError('SESSION_DECRYPT_FAILED', text, { key, cause });
}

function codeOf(cause: unknown): unknown {
  return (cause as Partial<StoreFailure> | null | undefined)?.code;
}
