/** The drivers, made alike: a statement with text parameters goes in, rows of texts come out. */

import { shown } from '@sessiongram/core/kit';

/** What a store needs of a driver. Nothing is ever opened, connected or closed. */
export type PostgresClient = QueryClient | PooledClient | TaggedClient;

/** A `Client` of `pg` that is connected, or a PGlite. */
export interface QueryClient {
  query(text: string, values: Value[]): PromiseLike<{ readonly rows: readonly object[] }>;
}

/** A `Pool` of `pg`. */
export interface PooledClient extends QueryClient {
  readonly totalCount: number;
}

/** The `sql` of `postgres`. */
export interface TaggedClient {
  unsafe(text: string, values: Value[], options: { prepare: boolean }): PromiseLike<readonly object[]>;
}

/**
 * A parameter. All are texts, which the statements cast: each driver has its own idea of numbers, dates and booleans,
 * and users may have changed it.
 */
export type Value = string | null;

/** A row, column by column: drivers may be told to rename columns, so their names say nothing. */
export type Row = readonly Value[];

/** Runs one statement, in a transaction of its own. */
export type Query = (text: string, values: readonly Value[]) => Promise<Row[]>;

/**
 * Makes of any client the one way to run a statement.
 *
 * @throws TypeError when it is none of those that are known
 */
export function queryWith(client: PostgresClient): Query {
  if (isTagged(client)) {
    // Named statements where the user has not turned them off, as for all other statements of this driver: without
    // them it asks for the types of the parameters first, a second round trip each time.
    return async (text, values) => rowsOf(await client.unsafe(text, [...values], { prepare: true }));
  }
  if (!isQueried(client)) {
    throw new TypeError(
      `new PostgresSessionStore() takes a Pool or Client of "pg", the sql of "postgres" or a PGlite, but got ${shown(client)}.`,
    );
  }
  const run: Query = async (text, values) => rowsOf((await client.query(text, [...values])).rows);
  return isOneConnection(client) ? inTurn(client, run) : run;
}

function isTagged(client: PostgresClient): client is TaggedClient {
  return typeof (client as Partial<TaggedClient> | null)?.unsafe === 'function';
}

function isQueried(client: QueryClient): boolean {
  return typeof (client as Partial<QueryClient> | null)?.query === 'function';
}

/** A `Client` of `pg`, which will take no statement while another runs from its version 9 on. */
function isOneConnection(client: QueryClient): boolean {
  return 'processID' in client;
}

/** The end of the last statement on each connection, for all stores that were given it. */
const lastOn = new WeakMap<object, Promise<unknown>>();

function inTurn(client: QueryClient, run: Query): Query {
  return (text, values) => {
    const before = lastOn.get(client);
    const answer = before === undefined ? run(text, values) : before.then(() => run(text, values));
    const settled = answer.then(ignore, ignore);
    lastOn.set(client, settled);
    return answer;
  };
}

function ignore(): void {}

function rowsOf(rows: readonly object[]): Row[] {
  return rows.map((row) => Object.values(row));
}
