/** Statements kept out of the transactions that the owner of a connection opens on it. */

import type { Query, QueryClient } from './client';

/** What a `Client` of `pg` knows of its connection: by a method from version 8.21 on, before that only by what it hears. */
interface Connected extends QueryClient {
  getTransactionStatus?(): unknown;
  readonly connection?: {
    on?(event: 'readyForQuery', listener: (heard: { status?: unknown }) => void): void;
  };
}

/** What the server said last on each client: `I` for idle, `T` for in a transaction, `E` for in one that has failed. */
const lastHeard = new WeakMap<object, unknown>();

/**
 * Refuses statements while a transaction of the owner is open on a `Client` of `pg`: to roll it back would undo what
 * was acknowledged here. One may have been begun while a statement waited for its turn, so the answer is looked at too.
 */
export function outside(client: Connected, run: Query): Query {
  if (!lastHeard.has(client)) {
    lastHeard.set(client, undefined);
    client.connection?.on?.('readyForQuery', ({ status }) => void lastHeard.set(client, status));
  }
  const refuse = (): void => {
    const status = client.getTransactionStatus?.() ?? lastHeard.get(client);
    if (status === 'T' || status === 'E') throw new TypeError(WITHIN);
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
