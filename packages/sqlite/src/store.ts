/** The store: the contract of core over one table. */

import type {
  CommitAnswer,
  Lease,
  LeaseAnswer,
  LeaseCommit,
  LeaseGrant,
  LeaseRequest,
  MaybePromise,
  NextLease,
  SessionStore,
  StoreCapabilities,
  StoreLimits,
  TextCodec,
} from '@sessiongram/core';
import { corrupt, decode, encode, fromTextKey, json, renewalMs, toTextKey } from '@sessiongram/core/kit';
import { type Client, isBusy, type Row, type SqliteDatabase, type SqlValue } from './client';
import { Connection } from './connection';
import { checked, type SqliteSessionStoreOptions, WHERE } from './options';
import { PAGE, type Statements, statementsFor } from './statements';
import { createTable, hasMore, type TableNames } from './table';

/** How often rows that have ended are removed in the background, at most. */
const PURGE_MS = 60_000;

/**
 * Keeps sessions in one SQLite file, for all processes of one machine: each session has one holder at a time, and no
 * update of any process is lost.
 *
 * Given a path, it opens the file at first use, with `node:sqlite`, `bun:sqlite`, better-sqlite3 or libsql, whichever is
 * there first; the file is switched to write-ahead logging, and is the store's to close. Given a database, it borrows it:
 * its settings stay as they are, and it is never closed. `journal_mode=WAL` and a short `busy_timeout` suit it best,
 * because SQLite waits for other writers by blocking the thread. While a transaction of your own is open on it, over an
 * `await`, sessions cannot be written and their calls fail: a rollback would undo what was acknowledged.
 *
 * Tables of other programs are read as they are, by the options `table`, `keyColumn` and `valueColumn`. They get a few
 * columns by `ALTER TABLE ADD COLUMN`, and the data stays readable and writable for the program that made them. What that
 * program writes while a session is held here is not noticed, and where `ttlMs` is given it does not renew a life: run
 * both at the same time without `ttlMs`, and only on sessions of different users. A session that was deleted or has ended
 * leaves a row with NULL as its value, which goes within a day or so; a row that another program has made stays, and so
 * does every row of a table with more columns than the key, the value and the store's own.
 *
 * @example
 * ```ts
 * const store = new SqliteSessionStore('sessions.db');
 * const old = new SqliteSessionStore('bot.db', { table: 'telegraf-sessions', valueColumn: 'session' });
 * ```
 */
// biome-ignore lint/suspicious/noExplicitAny: like SessionStore, so that one store may serve sessions of every type
export class SqliteSessionStore<S = any> implements SessionStore<S> {
  readonly supports: StoreCapabilities;
  readonly #connection: Connection;
  readonly #names: TableNames;
  readonly #sql: Statements;
  readonly #codec: TextCodec;
  readonly #ttlMs: number | null;
  /** How long a use lets a session live on; NULL where it changes nothing. */
  readonly #renewalMs: number | null;
  #purgeAt = 0;

  /**
   * @param pathOrDatabase - a file, made where it does not exist, in a folder that does; or a database to borrow
   * @throws TypeError when the database does not look like one, or an option has a wrong type or is not known
   */
  constructor(pathOrDatabase: string | SqliteDatabase, options: SqliteSessionStoreOptions = {}) {
    const names = checked(pathOrDatabase, options);
    const renewal = renewalMs(WHERE, options);
    this.#names = names;
    this.#connection = new Connection(pathOrDatabase, (client) => createTable(client, names));
    this.#sql = statementsFor(names, options.ttl);
    this.#codec = options.codec ?? json;
    this.#ttlMs = options.ttlMs ?? null;
    this.#renewalMs = renewal ?? null;
    this.supports = { leases: true, ttl: renewal !== undefined, keys: true, encodes: true };
  }

  get(key: string): MaybePromise<NoInfer<S> | undefined> {
    const values = { key: toTextKey(key), ttlMs: this.#renewalMs };
    const row = this.#run((client) => {
      const [found] = client.all(this.#sql.get, values);
      if (Number(found?.['ages']) === 1) client.atomically(() => client.all(this.#sql.touch, values));
      return found;
    });
    return row instanceof Promise ? row.then((found) => this.#valueOf(found)) : this.#valueOf(row);
  }

  set(key: string, value: S, limits?: StoreLimits): MaybePromise<void> {
    const text = encode(this.#codec, value, limits?.maxBytes);
    return this.#execute(this.#sql.set, { key: toTextKey(key), value: text, ttlMs: this.#ttlMs });
  }

  delete(key: string): MaybePromise<void> {
    return this.#execute(this.#sql.delete, { key: toTextKey(key) });
  }

  /** Lets a session live on from now, where `ttlMs` was given and counts from the last use. */
  touch(key: string): MaybePromise<void> {
    if (this.#renewalMs === null) return;
    return this.#execute(this.#sql.touch, { key: toTextKey(key), ttlMs: this.#renewalMs });
  }

  acquire(key: string, request: LeaseRequest): MaybePromise<LeaseAnswer<S>> {
    const { token, previous = null, leaseMs, contender, reserveMs } = request;
    const ttlMs = this.#renewalMs;
    const values = { key: toTextKey(key), token, previous, leaseMs, contender, reserveMs, ttlMs };
    return this.#write((client): LeaseAnswer<S> => {
      const [granted] = client.all(this.#sql.acquire, values);
      if (granted !== undefined) return this.#grant(token, granted);
      const [reserved] = client.all(this.#sql.reserve, values);
      if (reserved !== undefined) return refusal(reserved, { reserved: true });
      const [held] = client.all(this.#sql.wait, values);
      return refusal(held, { reserved: false });
    });
  }

  renew(key: string, lease: Lease, leaseMs: number): MaybePromise<boolean> {
    const { token, fence } = lease as FencedLease;
    const values = { key: toTextKey(key), token, fence, leaseMs };
    return this.#write((client) => client.all(this.#sql.renew, values).length > 0);
  }

  commit(key: string, lease: Lease, commit: LeaseCommit<S>): MaybePromise<CommitAnswer<S>> {
    const { change, mark = null, marks, next, maxBytes } = commit;
    const { token, fence } = lease as FencedLease;
    const text = change.kind === 'set' ? encode(this.#codec, change.value, maxBytes) : null;
    const ttlMs = change.kind === 'set' ? this.#ttlMs : this.#renewalMs;
    const values = {
      ...{ key: toTextKey(key), token, fence, mark, marks, value: text, ttlMs },
      ...(next === undefined ? {} : heirOf(next)),
    };
    const sql = this.#sql.commit[change.kind];
    return this.#write((client): CommitAnswer<S> => {
      const [done] = client.all(next === undefined ? sql.release : sql.handOver, values);
      if (done === undefined) return this.#refused(client, values, next);
      return { state: 'done', next: this.#handedOver(next, text === null ? done : { ...done, value: text }) };
    });
  }

  isTransient(error: unknown): boolean {
    return isBusy(error);
  }

  async *keys({ prefix = '' }: { prefix?: string } = {}): AsyncIterable<string> {
    let rows = await this.#run((client) => client.all(this.#sql.firstKeys, {}));
    for (;;) {
      for (const row of rows) {
        const key = fromTextKey(String(row['k']));
        if (key?.startsWith(prefix)) yield key;
      }
      if (rows.length < PAGE) return;
      const after = rows.at(-1)?.['k'] as SqlValue;
      rows = await this.#run((client) => client.all(this.#sql.nextKeys, { after }));
    }
  }

  /**
   * Removes what has ended. That happens in the background as well, at most once a minute while the store is used.
   *
   * @returns how many sessions were removed
   */
  async purge(): Promise<number> {
    const removed = await this.#byPages((client) => client.all(this.#sql.end, {}));
    await this.#byPages((client) => (hasMore(client, this.#names) ? [] : client.all(this.#sql.forget, {})));
    return removed;
  }

  /** Closes the file that the store has opened; calls that come later fail. A borrowed database stays open. */
  close(): void {
    this.#connection.close();
  }

  #run<T>(work: (client: Client) => T): MaybePromise<T> {
    this.#purgeLater();
    return this.#connection.run(work);
  }

  /** Does it until there is no more, and lets others have the thread in between. Answers how many rows it was done to. */
  async #byPages(work: (client: Client) => readonly Row[]): Promise<number> {
    for (let done = 0; ; await breath()) {
      const rows = await this.#connection.run((client) => client.atomically(() => work(client).length));
      done += rows;
      if (rows < PAGE) return done;
    }
  }

  #execute(sql: string, values: Readonly<Record<string, SqlValue>>): MaybePromise<void> {
    return this.#write((client) => void client.all(sql, values));
  }

  #write<T>(work: (client: Client) => T): MaybePromise<T> {
    return this.#run((client) => client.atomically(() => work(client)));
  }

  /** No timer is kept between uses. What fails here fails for a caller as well, and is told there. */
  #purgeLater(): void {
    const now = performance.now();
    if (now < this.#purgeAt) return;
    this.#purgeAt = now + PURGE_MS;
    setTimeout(() => this.purge().catch(() => {}), 0);
  }

  /** Says why a commit was refused. A plain write may have ended the lease and left its holder: then nobody needs to wait. */
  #refused(
    client: Client,
    values: Readonly<Record<string, SqlValue>>,
    next: NextLease | undefined,
  ): CommitAnswer<S> {
    const [row] = client.all(this.#sql.inspect, values);
    if (row === undefined) return { state: 'lost' };
    client.all(this.#sql.giveBack, values);
    const marks = String(row['marks']).split(',');
    const isRepeated = marks.includes(values['mark'] as string);
    return isRepeated ? { state: 'repeated', next: this.#handedOver(next, row) } : { state: 'lost' };
  }

  #handedOver(next: NextLease | undefined, row: Row): LeaseGrant<S> | undefined {
    return next !== undefined && row['holder'] === next.token ? this.#grant(next.token, row) : undefined;
  }

  #grant(token: string, row: Row): LeaseGrant<S> {
    const lease: FencedLease = { token, fence: Number(row['fence']) };
    return { granted: true, lease, marks: String(row['marks']), read: () => this.#valueOf(row) };
  }

  #valueOf(row: Row | undefined): S | undefined {
    const stored = row?.['value'] ?? undefined;
    if (stored === undefined) return undefined;
    if (typeof stored === 'string') return decode(this.#codec, stored) as S;
    const type = typeof stored === 'object' ? 'a blob' : 'a number';
    throw corrupt(`What is stored as the value is ${type}, not text.`, stored, undefined);
  }
}

interface FencedLease extends Lease {
  readonly fence: number;
}

function heirOf({ token, leaseMs, contender, yields }: NextLease): Record<string, SqlValue> {
  return { nextToken: token, leaseMs, contender, yields: yields ? 1 : 0 };
}

function refusal(row: Row | undefined, { reserved }: { reserved: boolean }): LeaseAnswer<never> {
  return { granted: false, remainingMs: Math.max(0, Number(row?.['remaining'])), reserved };
}

/** Lets others have the thread for a moment. */
function breath(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
