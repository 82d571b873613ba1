/** Statements kept out of the transactions that the owner of a connection opens on it. */

import type { Query, QueryClient } from './client';

/** What `pg` knows of its connection: by a method from version 8.21 on, before that only as the server says it. */
interface Connected {
  getTransactionStatus?(): unknown;
  readonly connection?: { on?(event: 'readyForQuery', listener: (message: Ready) => void): unknown };
}

interface Ready {
  readonly status?: unknown;
}

/**
 * Refuses statements while a transaction of the owner is open on a `Client` of `pg`: to roll it back would undo what
 * was acknowledged here. One may have been begun while a statement waited for its turn, so the answer is looked at too.
 */
export function outsideTransactions(client: QueryClient, run: Query): Query {
  const status = statusOf(client);
  const refuse = (): void => {
    const now = status();
    if (now === 'T' || now === 'E') throw new TypeError(WITHIN);
  };
  return async (text, values) => {
    refuse();
    const rows = await run(text, values);
    refuse();
    return rows;
  };
}

const WITHIN =
  'A transaction of yours is open on the Client of "pg" that the store was given, and may undo what is saved. Give the ' +
  'store a Pool, or a Client that nothing else uses.';

/** What the server said last: `I` for idle, `T` for in a transaction, `E` for in one that has failed. */
function statusOf(client: QueryClient & Connected): () => unknown {
  if (typeof client.getTransactionStatus === 'function') return () => client.getTransactionStatus?.();
  if (!lastHeard.has(client)) {
    lastHeard.set(client, undefined);
    client.connection?.on?.('readyForQuery', ({ status }) => void lastHeard.set(client, status));
  }
  return () => lastHeard.get(client);
}

/** One listener on each client, for all stores that were given it. */
const lastHeard = new WeakMap<object, unknown>();
