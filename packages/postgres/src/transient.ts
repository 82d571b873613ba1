/** Which errors of the drivers may pass. */

/**
 * Whether the same statement may well succeed a moment later: the connection broke or was refused, the server starts or
 * stops, or a concurrent transaction was in the way.
 */
export function isTransient(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { code, message, errors } = error as { code?: unknown; message?: unknown; errors?: unknown };
  if (typeof code === 'string' && (CODES.has(code) || STATES.test(code))) return true;
  if (typeof message === 'string' && MESSAGES.test(message)) return true;
  // A host with several addresses fails with the errors of all of them.
  return Array.isArray(errors) && errors.length > 0 && errors.every(isTransient);
}

/** Whether a concurrent transaction was in the way, and nothing was done. */
export function isConflict(error: unknown): boolean {
  return isOneOf(error, ['40001', '40P01']);
}

/** Whether a table or a column is not there, or no longer. */
export function isMissing(error: unknown): boolean {
  return isOneOf(error, ['42P01', '42703']);
}

/** Whether another process has made the same table, column or index at the same moment. */
export function isMadeTwice(error: unknown): boolean {
  return isOneOf(error, ['23505', '42P07', '42701', '42710']);
}

function isOneOf(error: unknown, codes: readonly string[]): boolean {
  return codes.includes((error as { code?: string } | null)?.code ?? '');
}

/** Of the system, and of `postgres`. */
const CODES: ReadonlySet<string> = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'EAI_AGAIN',
  'CONNECTION_CLOSED',
  'CONNECTION_DESTROYED',
  'CONNECT_TIMEOUT',
]);

/**
 * SQLSTATE: the connection's class, what concurrency does, too many connections, shutdown, crash, start, a connection
 * that was idle for too long, a lock that could not be had.
 */
const STATES = /^(?:08...|40001|40P01|53300|57P0[1235]|55P03)$/;

/** What `pg` says without a code. A client that says it is "not queryable" will not be so again. */
const MESSAGES =
  /^(?:Connection terminated|timeout exceeded when trying to connect|timeout expired|Query read timeout)/;
