/** Sessions in Redis or Valkey, one node or a Cluster, with leases across processes. */

import type {
  CommitAnswer,
  Lease,
  LeaseAnswer,
  LeaseCommit,
  LeaseGrant,
  LeaseRequest,
  NextLease,
  SessionStore,
  StoreCapabilities,
  StoreLimits,
  TextCodec,
  TtlKind,
} from '@sessiongram/core';
import {
  checkOptions,
  codec,
  decode,
  encode,
  fromTextKey,
  json,
  REWRITTEN,
  type Rules,
  renewalMs,
  rewrittenKey,
  toTextKey,
  ttl,
  ttlMs,
} from '@sessiongram/core/kit';
import { type Connection, connectionOf, type RedisClientLike } from './client';
import { DAY_MS, freed, grantedIn, lifeOf, MINUTE_MS } from './lock';
import { lockKeyOf, mayBeLockKey } from './lock-key';
import { run } from './run';
import { ACQUIRE, COMMIT, READ, RENEW, SET_FIXED, TOUCH } from './scripts';
import { isTransient } from './transient';

/** Options of a {@link RedisSessionStore}. */
export interface RedisSessionStoreOptions {
  /**
   * Put before every key, to tell it from what else is in the database: `telegraf:` finds what `@telegraf/session` wrote.
   * Begins neither with `{` nor with `lock:`.
   * @default '': the keys as they are
   */
  prefix?: string | undefined;
  /**
   * How long a session lives, in milliseconds; `ttl` says from when. A life is lengthened at most once per tenth of that
   * time.
   * @default none: it lives until it is deleted
   */
  ttlMs?: number | undefined;
  /**
   * From when `ttlMs` counts. `'rolling'`: from the last use; each read and each write renews it. `'fixed'`: from the
   * first write, whatever is read or written after; a session that was deleted or has ended begins anew when it is written.
   * @default 'rolling'
   */
  ttl?: TtlKind | undefined;
  /**
   * How values become text.
   * @default plain JSON, which refuses what it could not give back
   */
  codec?: TextCodec | undefined;
}

/**
 * Keeps each session as plain text under its plain key, where any other program can read it. What belongs to leases is
 * kept under a second key beside it, which ends by itself.
 *
 * The client stays the caller's: it is neither opened nor closed. Needs Redis 6.2 or newer, or Valkey. No session is lost
 * as long as the server forgets nothing that it has acknowledged: it must not evict (`maxmemory-policy noeviction`), it
 * writes to disk before it answers (`appendonly yes`, `appendfsync always`), and no replica that lags behind takes over.
 * The `redis` package from version 6 on makes a timer for each command; `commandOptions: { timeout: 0 }` turns that off,
 * which is several times faster under load. With `autoResendUnfulfilledCommands: false`, `ioredis` needs a `commandTimeout`
 * as well: it never answers what was on its way when a connection broke.
 *
 * @example
 * ```ts
 * const client = await createClient({ url: 'redis://localhost' }).on('error', console.error).connect();
 * const store = new RedisSessionStore(client, { prefix: 'shop-bot:', ttlMs: 30 * 24 * 60 * 60 * 1000 });
 * ```
 */
// biome-ignore lint/suspicious/noExplicitAny: like SessionStore, so that one store may serve sessions of every type
export class RedisSessionStore<S = any> implements SessionStore<S> {
  readonly supports: StoreCapabilities;
  readonly #connection: Connection;
  readonly #prefix: string;
  /** How long a value lives, as it goes to scripts: empty where that is for ever. */
  readonly #ttl: string;
  /** How long it lives on with each use: empty where a use changes nothing. */
  readonly #renewal: string;
  /** The kind of a commit that sets: with an end of its own, or with that of what is there. */
  readonly #setKind: 'set' | 'set fixed';
  readonly #codec: TextCodec;

  /**
   * @param client - of `ioredis` 5 or 6 (`Redis`, `Cluster`), or of `redis` 4, 5 or 6 (`createClient`, `createCluster`)
   * @throws TypeError when it is another client, or an option has a wrong type or range, or is not known
   */
  constructor(client: RedisClientLike, options: RedisSessionStoreOptions = {}) {
    checkOptions('new RedisSessionStore()', options, rules);
    const renewal = renewalMs('new RedisSessionStore()', options);
    this.#connection = connectionOf(client);
    this.#prefix = options.prefix ?? '';
    this.#ttl = String(options.ttlMs ?? '');
    this.#renewal = String(renewal ?? '');
    this.#setKind = options.ttl === 'fixed' ? 'set fixed' : 'set';
    this.#codec = options.codec ?? json;
    this.supports = { leases: true, ttl: renewal !== undefined, keys: true, encodes: true };
  }

  async get(key: string): Promise<NoInfer<S> | undefined> {
    const stored = this.#stored(key);
    // A GETEX that changes nothing is a GET that no replica answers, whose data may be old.
    const data =
      this.#renewal === ''
        ? await this.#connection.send(stored, 'getex', [stored])
        : await run(this.#connection, READ, [stored], [this.#renewal], asItIs);
    return this.#decoded(data as string | null);
  }

  async set(key: string, value: S, limits?: StoreLimits): Promise<void> {
    const stored = this.#stored(key);
    const text = encode(this.#codec, value, limits?.maxBytes);
    const life = this.#ttl === '' ? [] : ['PX', this.#ttl];
    if (this.#setKind === 'set') done(await this.#connection.send(stored, 'set', [stored, text, ...life]));
    else await run(this.#connection, SET_FIXED, [stored], [text, this.#ttl], done);
  }

  async delete(key: string): Promise<void> {
    const stored = this.#stored(key);
    done(await this.#connection.send(stored, 'del', [stored]));
  }

  async touch(key: string): Promise<void> {
    if (this.#renewal === '') return;
    await run(this.#connection, TOUCH, [this.#stored(key)], [this.#renewal], done);
  }

  /**
   * The keys that have a value, found by walking through the whole database (`SCAN` on each master), which other commands
   * go on beside. A key may come twice, because to know that would take as much memory as there are keys; one that is
   * written or deleted meanwhile may come or not. Without a prefix these are all texts of the database, whoever wrote them.
   */
  async *keys(options: { prefix?: string } = {}): AsyncGenerator<string, void, undefined> {
    const { prefix = '' } = options;
    const match = escaped(this.#prefix) + beginningOf(prefix);
    for await (const send of this.#connection.masters()) {
      for (let cursor = '0', isFirst = true; isFirst || cursor !== '0'; isFirst = false) {
        const args = [cursor, 'MATCH', `${match}*`, 'COUNT', '500', 'TYPE', 'string'];
        const [next, found] = (await send('scan', args)) as [cursor: string | number, found: string[]];
        for (const stored of found) {
          if (mayBeLockKey(stored)) continue;
          const key = fromTextKey(stored.slice(this.#prefix.length));
          if (key?.startsWith(prefix)) yield key;
        }
        cursor = String(next);
      }
    }
  }

  acquire(key: string, request: LeaseRequest): Promise<LeaseAnswer<S>> {
    const { token, previous = '', leaseMs, contender, reserveMs } = request;
    const args = [token, withMinute(leaseMs), withDay(leaseMs), contender, String(reserveMs), previous];
    if (this.#renewal !== '') args.push(this.#renewal);
    return this.#run(ACQUIRE, key, args, (reply): LeaseAnswer<S> => {
      if (typeof reply === 'string') return this.#grant(token, done(reply));
      // A client may have been told to make texts of numbers.
      const [remainingMs, reserved] = (reply as (number | string)[]).map(Number);
      return { granted: false, remainingMs: remainingMs as number, reserved: reserved === 1 };
    });
  }

  async renew(key: string, lease: Lease, leaseMs: number): Promise<boolean> {
    const { token, fence, known } = lease as RedisLease;
    const args = [token + fence, withMinute(leaseMs), withDay(leaseMs)];
    let answer = await this.#run(RENEW, key, [...args, UNTOLD], done);
    if (answer === 'vanished') answer = await this.#run(RENEW, key, [...args, knownAs(known)], done);
    return answer === 'held';
  }

  async commit(key: string, lease: Lease, commit: LeaseCommit<S>): Promise<CommitAnswer<S>> {
    const { change, mark = '', next } = commit;
    const held = lease as RedisLease;
    const isSet = change.kind === 'set';
    const text = isSet ? encode(this.#codec, change.value, commit.maxBytes) : '';
    const lifetime = isSet ? this.#ttl : this.#renewal;
    const marks = mark === '' ? held.marks : commit.marks;
    const life = lifeOf(marks);
    // While the lease is held, its marks are those that it was acquired with.
    const isClean = mark === '' || !`,${held.marks},`.includes(`,${mark},`);
    const args = [
      `${held.token}${held.fence}${held.life}${isClean ? '-' : '?'}`,
      freed(held.fence, life) + marks,
      String(life === 'm' ? MINUTE_MS : DAY_MS),
      mark,
      UNTOLD,
      isSet ? this.#setKind : change.kind,
    ];
    if (next !== undefined)
      args.push(
        text,
        lifetime,
        next.token,
        withMinute(next.leaseMs),
        next.contender,
        next.yields ? 'yields' : '',
      );
    else if (lifetime !== '') args.push(text, lifetime);
    else if (isSet) args.push(text);
    let reply = (await this.#run(COMMIT, key, args, done)) as CommitReply;
    if (reply === 'vanished') {
      // What was read travels back only where the lock was lost, so that nothing else can tell whether it is still there.
      args[KNOWN] = knownAs(held.known);
      reply = (await this.#run(COMMIT, key, args, done)) as Exclude<CommitReply, 'vanished'>;
    }
    if (typeof reply === 'string') return { state: reply };
    const [state, granted] = reply;
    const token = (next as NextLease).token;
    // What was just written does not travel back.
    const written = isSet && state === 'done' ? text : undefined;
    return { state, next: this.#grant(token, granted, written) };
  }

  isTransient(error: unknown): boolean {
    return isTransient(error);
  }

  #grant(token: string, answer: string, written?: string): LeaseGrant<S> {
    const { fence, life, marks, data } = grantedIn(answer);
    const known = written ?? data;
    const lease: RedisLease = { token, fence, life, marks, known };
    return { granted: true, lease, marks, read: () => this.#decoded(known) };
  }

  #decoded(data: string | null | undefined): S | undefined {
    return data == null ? undefined : (decode(this.#codec, data) as S);
  }

  #run<T>(script: string, key: string, args: readonly string[], read: (reply: unknown) => T): Promise<T> {
    try {
      const stored = this.#stored(key);
      return run(this.#connection, script, [stored, lockKeyOf(stored)], args, read);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** The key as Redis has it. One that may be taken for a lock is rewritten in the way of those that are no text. */
  #stored(key: string): string {
    if (key === '') throw new TypeError('The key of a session must not be empty.');
    const plain = this.#prefix + toTextKey(key);
    return mayBeLockKey(plain) ? this.#prefix + rewrittenKey(key) : plain;
  }
}

/** A lease, with what its lock says and what the data was when it was acquired. */
interface RedisLease extends Lease {
  readonly fence: string;
  readonly life: string;
  readonly marks: string;
  readonly known: string | undefined;
}

type CommitReply = 'done' | 'repeated' | 'lost' | 'vanished' | [state: 'done' | 'repeated', granted: string];

/** In place of what was read: not told yet. */
const UNTOLD = '?';
/** Where a commit tells it. */
const KNOWN = 4;

/** What was read, as the scripts compare it. */
function knownAs(data: string | undefined): string {
  return data === undefined ? '-' : `=${data}`;
}

/** How long a lock with a lease lives. */
function withMinute(leaseMs: number): string {
  return String(leaseMs + MINUTE_MS);
}

function withDay(leaseMs: number): string {
  return String(leaseMs + DAY_MS);
}

function asItIs(reply: unknown): unknown {
  return reply;
}

/** @throws TypeError where a command was not carried out: the answer says as little as none */
function done<T>(reply: T): T {
  if (reply !== 'QUEUED') return reply;
  throw new TypeError(
    'The Redis client is inside of a MULTI, which holds back what the store asks for. Give the store a connection of its own.',
  );
}

const rules: Rules = {
  prefix: {
    expected: 'a text of whole characters that begins neither with "{" nor with "lock:", where the locks are',
    accepts: (value) =>
      typeof value === 'string' && !/^(?:\{|lock:)/.test(value) && !/\p{Surrogate}/u.test(value),
  },
  ttlMs,
  ttl,
  codec,
};

/** A text as a pattern that matches just that text. */
function escaped(text: string): string {
  return text.replace(/[\\*?[\]]/g, '\\$&');
}

/** A pattern for how keys begin: as asked, or rewritten, which does not show how they began. */
function beginningOf(prefix: string): string {
  const first = prefix.codePointAt(0);
  if (first === undefined) return '';
  return `[${REWRITTEN}${String.fromCodePoint(first).replace(/[\\\]^-]/, '\\$&')}]`;
}
