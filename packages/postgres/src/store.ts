/** Sessions in a table of PostgreSQL. */

import type {
  CommitAnswer,
  Lease,
  LeaseAnswer,
  LeaseCommit,
  LeaseGrant,
  LeaseRequest,
  SessionStore,
  StoreCapabilities,
  StoreLimits,
  TextCodec,
  TtlKind,
} from '@sessiongram/core';
import {
  checkOptions,
  codec,
  corrupt,
  decode,
  encode,
  fromTextKey,
  json,
  REWRITTEN,
  type Rule,
  type Rules,
  renewalMs,
  shown,
  toTextKey,
  ttl,
  ttlMs,
} from '@sessiongram/core/kit';
import { type PostgresClient, type Query, queryWith, type Row, type Value } from './client';
import { quoted } from './names';
import { type COMMIT_PARAMETERS, LOCK_COLUMNS, type Statements, statementsFor } from './statements';
import { Table } from './table';
import { isConflict, isMissing, isTransient } from './transient';

/** Options of a {@link PostgresSessionStore}. */
export interface PostgresSessionStoreOptions {
  /**
   * The table. It is made at first use. One that is there already must have a key column with a unique index and a value
   * column that takes NULL; the columns of the lease are added to it, and the program that made it can go on to use it.
   * @default 'sessions'
   */
  table?: string;
  /**
   * The schema of the table, which has to exist.
   * @default the first of the connection's search path that has the table
   */
  schema?: string;
  /**
   * How long a session lives, in milliseconds; `ttl` says from when.
   * @default none: it lives until it is deleted
   */
  ttlMs?: number;
  /**
   * From when `ttlMs` counts. `'rolling'`: from the last use; each read and each write renews it. `'fixed'`: from the
   * first write, whatever is read or written after; a session that was deleted or has ended begins anew when it is written.
   * @default 'rolling'
   */
  ttl?: TtlKind;
  /**
   * How values become text.
   * @default JSON that refuses what it cannot keep
   */
  codec?: TextCodec;
  /**
   * The column of the keys.
   * @default 'key'
   */
  keyColumn?: string;
  /**
   * The column of the values: `'session'` for tables of `@telegraf/session`. Those of `@grammyjs/storage-psql` have the
   * names that are the default here.
   * @default 'value'
   */
  valueColumn?: string;
}

/** A lease with the fence that it was acquired with. */
interface FencedLease extends Lease {
  readonly fence: string;
}

const PURGE_EVERY_MS = 60_000;
const PURGED_AT_ONCE = 1_000;
const KEYS_AT_ONCE = 1_000;
/** How often a statement is tried that concurrent transactions get in the way of. */
const ATTEMPTS = 5;

/**
 * Keeps sessions in PostgreSQL 12 or newer, through a client that is yours: a `Pool` or a connected `Client` of `pg`,
 * the `sql` of `postgres`, or a PGlite. It is never opened or closed here.
 *
 * A lease takes one round trip, a commit another, and no transaction is open between them, so it is safe behind a pooler
 * in transaction mode (with `postgres`, turn `prepare` off there, as that driver asks for anyway; with `pg`, statements
 * have names until a pooler refuses one).
 *
 * @example
 * ```ts
 * const store = new PostgresSessionStore(new Pool({ connectionString }), { ttlMs: 30 * 24 * 60 * 60 * 1000 });
 * ```
 */
// biome-ignore lint/suspicious/noExplicitAny: like SessionStore, so that one store may serve sessions of every type
export class PostgresSessionStore<S = any> implements SessionStore<S> {
  readonly supports: StoreCapabilities;
  readonly #query: Query;
  readonly #table: Table;
  readonly #columns: readonly [key: string, value: string];
  readonly #sql: Statements;
  readonly #codec: TextCodec;
  readonly #ttl: Value;
  /** How long a use lets a session live on; NULL where it changes nothing. */
  readonly #renewal: Value;
  #purging: Promise<unknown> | undefined;
  #purgedAt = Number.NEGATIVE_INFINITY;

  /**
   * @param client - stays yours: it is used, and never opened, connected or closed
   * @throws TypeError when the client is of no known shape, or an option has a wrong type or is not known
   */
  constructor(client: PostgresClient, options: PostgresSessionStoreOptions = {}) {
    checkOptions('new PostgresSessionStore()', options, rules);
    const renewal = renewalMs('new PostgresSessionStore()', options);
    const { table = 'sessions', schema, keyColumn: key = 'key', valueColumn: value = 'value' } = options;
    refuseClash(key, value);
    const names = { schema, table, key, value };
    this.#query = queryWith(client);
    this.#table = new Table(this.#query, names);
    this.#columns = [key, value];
    this.#sql = statementsFor(quoted(names), options.ttl);
    this.#codec = options.codec ?? json;
    this.#ttl = options.ttlMs === undefined ? null : String(options.ttlMs);
    this.#renewal = renewal === undefined ? null : String(renewal);
    this.supports = { leases: true, ttl: renewal !== undefined, keys: true, encodes: true };
  }

  async get(key: string): Promise<NoInfer<S> | undefined> {
    const [row] =
      this.#renewal === null
        ? await this.#run(this.#sql.get, [toTextKey(key)])
        : await this.#run(this.#sql.getAndTouch, [toTextKey(key), this.#renewal]);
    return this.#decode(row?.[0]);
  }

  async set(key: string, value: S, limits?: StoreLimits): Promise<void> {
    const text = encode(this.#codec, value, limits?.maxBytes);
    await this.#run(this.#sql.set, [toTextKey(key), text, this.#ttl]);
    this.#purgeNowAndThen();
  }

  async delete(key: string): Promise<void> {
    await this.#run(this.#sql.delete, [toTextKey(key)]);
    this.#purgeNowAndThen();
  }

  async acquire(key: string, request: LeaseRequest): Promise<LeaseAnswer<S>> {
    const { token, leaseMs, previous = null, contender, reserveMs } = request;
    const values = [toTextKey(key), token, String(leaseMs), previous, contender, String(reserveMs)];
    values.push(this.#renewal);
    for (let attempt = 1; ; attempt++) {
      const [row] = await this.#run(this.#sql.acquire, values);
      // The statement met a row that was not there yet when it began.
      if (row === undefined && attempt < ATTEMPTS) continue;
      const [answer = 'refused', fence, marks, data, wait] = row ?? [];
      if (answer === 'granted') return this.#grant(token, fence, marks, data);
      return { granted: false, remainingMs: Math.max(1, Number(wait ?? 0)), reserved: answer === 'reserved' };
    }
  }

  async renew(key: string, lease: Lease, leaseMs: number): Promise<boolean> {
    const { token, fence } = lease as FencedLease;
    const rows = await this.#run(this.#sql.renew, [toTextKey(key), token, fence, String(leaseMs)]);
    return rows.length > 0;
  }

  async commit(key: string, lease: Lease, commit: LeaseCommit<S>): Promise<CommitAnswer<S>> {
    const { change, mark, marks, next, maxBytes } = commit;
    const { token, fence } = lease as FencedLease;
    const text = change.kind === 'set' ? encode(this.#codec, change.value, maxBytes) : null;
    const values: Record<(typeof COMMIT_PARAMETERS)[number], Value> = {
      key: toTextKey(key),
      token,
      fence,
      mark: mark ?? null,
      marks,
      ttlMs: change.kind === 'set' ? this.#ttl : this.#renewal,
      nextToken: next?.token ?? null,
      nextLeaseMs: next === undefined ? null : String(next.leaseMs),
      nextContender: next?.contender ?? null,
      nextYields: next === undefined ? null : String(next.yields),
    };
    const data = text === null ? [] : [text];
    const [row] = await this.#run(this.#sql.commit[change.kind], [...Object.values(values), ...data]);
    if (row === undefined) return this.#lookBack(key, commit);
    this.#purgeNowAndThen();
    const [answer, nextFence, nextMarks, kept] = row;
    if (next === undefined || answer !== 'handed') return { state: 'done' };
    return { state: 'done', next: this.#grant(next.token, nextFence, nextMarks, text ?? kept) };
  }

  isTransient(error: unknown): boolean {
    return isTransient(error);
  }

  async touch(key: string): Promise<void> {
    if (this.#renewal !== null) await this.#run(this.#sql.touch, [toTextKey(key), this.#renewal]);
  }

  async *keys({ prefix = '' }: { prefix?: string } = {}): AsyncGenerator<string> {
    // A prefix that text cannot keep may end in the middle of a character, which the database knows nothing of.
    const isText = toTextKey(prefix) === prefix;
    const beginnings = isText && prefix !== '' ? [prefix, REWRITTEN] : [''];
    for (const beginning of beginnings) {
      for await (const stored of this.#storedKeys(beginning)) {
        const key = fromTextKey(stored);
        if (key?.startsWith(prefix)) yield key;
      }
    }
  }

  /** Removes or empties the rows of sessions that are over. It is done in the background too, once a minute at most. */
  async purge(): Promise<number> {
    let purged = 0;
    for (;;) {
      const [row] = await this.#run(this.#sql.purge, [String(PURGED_AT_ONCE), ...this.#columns]);
      const count = Number(row?.[0] ?? 0);
      purged += count;
      if (count < PURGED_AT_ONCE) return purged;
    }
  }

  /** Waits for what is under way in the background. The client stays open: it is yours. */
  async close(): Promise<void> {
    await this.#purging;
  }

  async *#storedKeys(beginning: string): AsyncGenerator<string> {
    for (let last: Value = null; ; ) {
      const rows = await this.#run(this.#sql.keys, [beginning, last, String(KEYS_AT_ONCE)]);
      for (const [key] of rows) {
        last = key as string;
        yield last;
      }
      if (rows.length < KEYS_AT_ONCE) return;
    }
  }

  /**
   * What became of a commit that changed nothing: its mark may have come with an earlier copy of it. A statement of its
   * own, because the one that changed nothing may have begun before that copy ended.
   */
  async #lookBack(key: string, { mark, next }: LeaseCommit<S>): Promise<CommitAnswer<S>> {
    if (mark === undefined) return { state: 'lost' };
    const [row] = await this.#run(this.#sql.look, [toTextKey(key), next?.token ?? null]);
    const [marks, fence, data] = row ?? [];
    if (marks == null || !marks.split(',').includes(mark)) return { state: 'lost' };
    if (next === undefined || fence == null) return { state: 'repeated' };
    return { state: 'repeated', next: this.#grant(next.token, fence, marks, data) };
  }

  #grant(token: string, fence: MaybeValue, marks: MaybeValue, data: MaybeValue): LeaseGrant<S> {
    const lease: FencedLease = { token, fence: fence ?? '' };
    return { granted: true, lease, marks: marks ?? '', read: () => this.#decode(data) };
  }

  #decode(text: MaybeValue): S | undefined {
    if (text == null) return undefined;
    if (typeof text === 'string' && this.#table.holdsText) return decode(this.#codec, text) as S;
    // A column of `jsonb`, say, which does not keep a text as it is.
    throw corrupt('The value is not text. Its column is to be of the type text.', text, undefined);
  }

  /** Runs a statement on the table, again where a concurrent transaction got in the way. */
  async #run(text: string, values: readonly Value[]): Promise<Row[]> {
    await this.#table.ready();
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#query(text, values);
      } catch (error) {
        if (isMissing(error)) this.#table.forget();
        if (attempt === ATTEMPTS || !isConflict(error)) throw error;
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 10 * attempt));
      }
    }
  }

  #purgeNowAndThen(): void {
    const now = performance.now();
    if (this.#purging !== undefined || now - this.#purgedAt < PURGE_EVERY_MS) return;
    this.#purgedAt = now;
    // What fails here is done the next time, and is nobody's error.
    const over = (): void => {
      this.#purging = undefined;
    };
    this.#purging = this.purge().then(over, over);
  }
}

type MaybeValue = Value | undefined;

/** PostgreSQL cuts what is longer, so that two names would be one. */
const name: Rule = {
  expected: 'a name of 1 to 63 bytes without NUL',
  accepts: (value) =>
    typeof value === 'string' &&
    value !== '' &&
    !value.includes('\0') &&
    new TextEncoder().encode(value).length <= 63,
};

const rules: Rules = { table: name, schema: name, ttlMs, ttl, codec, keyColumn: name, valueColumn: name };

function refuseClash(key: string, value: string): void {
  const clash =
    [key, value].find((each) => Object.hasOwn(LOCK_COLUMNS, each)) ?? (key === value ? key : undefined);
  if (clash === undefined) return;
  throw new TypeError(
    `new PostgresSessionStore(): "keyColumn" and "valueColumn" must be two names, none of them ${Object.keys(LOCK_COLUMNS).join(', ')}, but got ${shown(clash)}.`,
  );
}
