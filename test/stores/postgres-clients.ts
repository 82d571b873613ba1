/** Every kind of client that a PostgresSessionStore takes, ready to use. */

import type { EventEmitter } from 'node:events';
import { PGlite } from '@electric-sql/pglite';
import type { PostgresClient, PostgresSessionStore } from '@sessiongram/postgres';
import pg from 'pg';
import postgres from 'postgres';

/** A client, and how its owner works with it. */
export interface OwnedClient {
  readonly client: PostgresClient;
  /** Runs one statement, and answers the rows by the names of their columns. */
  query(text: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}

export type ClientKind = 'pg Pool' | 'pg Client' | 'postgres';

export const clientKinds: readonly ClientKind[] = ['pg Pool', 'pg Client', 'postgres'];

/** Opens a client of one kind on a server. */
export async function openClient(kind: ClientKind, connectionString: string): Promise<OwnedClient> {
  if (kind === 'postgres') {
    const sql = postgres(connectionString, { max: 4 });
    return {
      client: sql,
      query: (text, values = []) => sql.unsafe(text, values as string[]),
      close: () => sql.end({ timeout: 1 }),
    };
  }
  const client: pg.Pool | pg.Client =
    kind === 'pg Pool' ? new pg.Pool({ connectionString, max: 4 }) : new pg.Client({ connectionString });
  // A server that is ended under them is an error of their own, with nobody to hear it.
  (client as EventEmitter).on('error', () => {});
  if (client instanceof pg.Client) await client.connect();
  return {
    client,
    query: async (text, values = []) => (await client.query(text, [...values])).rows,
    close: () => client.end(),
  };
}

/** Opens a PGlite, which needs no server. */
export async function openPglite(): Promise<OwnedClient> {
  const client = await PGlite.create();
  return {
    client,
    query: async (text, values = []) => (await client.query<Record<string, unknown>>(text, [...values])).rows,
    close: () => client.close(),
  };
}

let tables = 0;

/** A name that no table has yet. */
export function newTable(): string {
  return `t${++tables}`;
}

/** All keys of a store at once. */
export async function keysOf(store: PostgresSessionStore, options?: { prefix?: string }): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of store.keys(options)) keys.push(key);
  return keys;
}

/** Turns the clock that a table is compared with: all its deadlines come that much nearer. */
export async function passTime(
  { query }: Pick<OwnedClient, 'query'>,
  table: string,
  ms: number,
): Promise<void> {
  const columns = ['until', 'reserved_until', 'expires_at', 'purge_at'];
  const earlier = columns.map((column) => `${column} = ${column} - $1::float8 * interval '1 ms'`);
  await query(`UPDATE "${table}" SET ${earlier.join(', ')}`, [ms]);
}
