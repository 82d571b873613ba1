/** Which errors pass by themselves: the words that servers and clients have for it. */

/** The connection broke, or could not be made. */
const CODES: ReadonlySet<unknown> = new Set([
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
]);

/** Replies of a server that starts, fails over or moves slots. Before version 7 they stand inside of a script's error. */
const REPLIES = /(?:^|: -)(?:ASK|BUSY|CLUSTERDOWN|LOADING|MASTERDOWN|MOVED|NOREPLICAS|READONLY|TRYAGAIN)\b/;

/** What clients say whose connection is gone, without a code that tells it. */
const TEXTS = [
  // redis
  'All the root nodes are unavailable',
  'Connection timeout',
  'Disconnects client',
  'Socket closed unexpectedly',
  'Socket timeout',
  'The client is closed',
  'The client is offline',
  // ioredis
  "Cluster isn't ready",
  'Command aborted due to connection close',
  'Command timed out',
  'Connection is closed.',
  'Failed to refresh slots cache.',
  'Node is disconnected',
  'None of startup nodes is available',
  'Reached the max retries per request limit',
  "Stream isn't writeable",
  // both
  'Too many Cluster redirections',
];

/** What redis 6 throws without any text. */
const CLASSES: ReadonlySet<string> = new Set(['TimeoutError', 'CommandTimeoutDuringMaintenanceError']);

/** Whether the same command may succeed a moment later. */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return (
    CODES.has((error as { code?: unknown }).code) ||
    CLASSES.has(error.constructor.name) ||
    REPLIES.test(error.message) ||
    TEXTS.some((text) => error.message.startsWith(text))
  );
}
