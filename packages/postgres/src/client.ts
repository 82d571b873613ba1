/** The drivers, made alike: a statement with text parameters goes in, rows of texts come out. */

import { shown } from '@sessiongram/core/kit';
import { outside } from './transaction';

/** What a store needs of a driver. Nothing is ever opened, connected or closed. */
export type PostgresClient = QueryClient | PooledClient | TaggedClient;

/** A `Client` of `pg` that is connected, or a PGlite. */
export interface QueryClient {
  query(text: string, values: Value[]): PromiseLike<{ readonly rows: readonly object[] }>;
}

/** What `pg` takes in place of a text: a statement that each connection plans once. */
interface NamedQuery {
  readonly name: string;
  readonly text: string;
  readonly values: Value[];
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
  const named = planned(client, run);
  if (isOneConnection(client)) return inTurn(client, onceConnecting(client, outside(client, named)));
  return 'totalCount' in client ? named : run;
}

/**
 * Statements with names, as `pg` has them: to plan one takes up to ten times as long as to run it. A pooler that gives each
 * statement to another connection may not know the name there, or know it already; nothing was run then, and from there
 * on all goes without names.
 */
function planned(client: QueryClient, plain: Query): Query {
  const { query } = client as unknown as { query(named: NamedQuery): ReturnType<QueryClient['query']> };
  const names = new Map<string, string>();
  let isRefused = false;
  return async (text, values) => {
    if (isRefused) return plain(text, values);
    let name = names.get(text);
    if (name === undefined) {
      name = nameOf(text);
      names.set(text, name);
    }
    try {
      return rowsOf((await query.call(client, { name, text, values: [...values] })).rows);
    } catch (error) {
      if (!isUnplanned(error)) throw error;
      isRefused = true;
      return plain(text, values);
    }
  };
}

/** The same name never stands for two texts, not even on a connection that several programs use by turns. */
function nameOf(text: string): string {
  let [one, other] = [0xdeadbeef, 0x41c6ce57];
  for (let at = 0; at < text.length; at++) {
    one = Math.imul(one ^ text.charCodeAt(at), 2654435761);
    other = Math.imul(other ^ text.charCodeAt(at), 1597334677);
  }
  const hex = [one, other].map((half) => ((half ^ (half >>> 15)) >>> 0).toString(16));
  return `sessiongram_${hex.join('_')}`;
}

/** The name is not known, or known already. What statements answer has types of its own, whatever a column becomes. */
function isUnplanned(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return code === '26000' || code === '42P05';
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

/** A `Client` of `pg` that nobody has told to connect keeps statements and never answers, so it would be waited for without end. */
function onceConnecting(client: QueryClient, run: Query): Query {
  const state = client as { readonly _connecting?: unknown; readonly _connected?: unknown };
  return async (text, values) => {
    if (state._connecting === false && state._connected === false) throw new TypeError(NOT_CONNECTED);
    return run(text, values);
  };
}

const NOT_CONNECTED =
  'The Client of "pg" is not connected. Call `await client.connect()` before the first update: a store neither opens ' +
  'nor closes a client that was given to it.';

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
