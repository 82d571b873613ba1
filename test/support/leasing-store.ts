/** A store with leases in memory: what the engine's tests run on, with faults where a test wants them. */

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
  StoredChange,
  StoreLimits,
} from '@sessiongram/core';
import { decode, encode, json } from '@sessiongram/core/kit';

/** What is stored about the lease of a key. */
export interface LockRecord {
  /** The holder; `undefined` while the key is free. */
  token: string | undefined;
  fence: number;
  until: number;
  /** The contender who gets the key next. */
  reserved: string | undefined;
  reservedUntil: number;
  marks: string;
}

/** A lease as this store hands it out: with the fence, and the text that was read. */
export interface FencedLease extends Lease {
  readonly fence: number;
  readonly text: string | undefined;
}

export type LeasingMethod = 'get' | 'set' | 'delete' | 'acquire' | 'renew' | 'commit';

/** What all siblings share, as processes share a database. */
interface Shared {
  readonly texts: Map<string, string>;
  readonly locks: Map<string, LockRecord>;
  /** Grows with every acquire and commit of any key, so that it grows also where a lock record was dropped. */
  fence: number;
}

interface Fault {
  readonly method: LeasingMethod;
  readonly when: 'before' | 'after';
  readonly error: unknown;
}

/**
 * The lease capability as `store.ts` words it. A command takes effect when it is called, unless `before` holds it up,
 * and answers by a promise, unless `isPrompt`. Time is `Date.now()`, so that a turned clock turns leases.
 *
 * The steps that make it safe are methods of their own, for subclasses that leave one out.
 */
// biome-ignore lint/suspicious/noExplicitAny: like SessionStore, so that one store may serve sessions of every type
export class LeasingStore<S = any> implements SessionStore<S> {
  readonly supports: StoreCapabilities = { leases: true, keys: true, ttl: false, encodes: true };
  /** `get 42:42`, `acquire 42:42`, `renew 42:42`, `commit set 42:42`, with a hand-over `commit set+next 42:42`. */
  readonly commands: string[] = [];
  /** Awaited before a command takes effect: a test may hold the command up here. */
  before: ((command: string) => Promise<void> | void) | undefined;
  /** Whether it answers at once and not by promises, as a database inside of the process can. */
  isPrompt = false;
  protected shared: Shared = { texts: new Map(), locks: new Map(), fence: 0 };
  readonly #faults: Fault[] = [];

  /** Lets the next call of a method fail, before or after it has taken effect. Calls may be repeated. */
  failNext(method: LeasingMethod, when: 'before' | 'after', error: unknown): void {
    this.#faults.push({ method, when, error });
  }

  /** A store object over the same data, as another process would have it: commands and faults are its own. */
  sibling(): this {
    const other = new (this.constructor as new () => this)();
    other.shared = this.shared;
    return other;
  }

  /** Forgets who has the lease, and the marks. The data stays. */
  dropLock(key: string): void {
    this.shared.locks.delete(key);
  }

  /** Stored text by key: may be read and changed by tests. */
  get texts(): Map<string, string> {
    return this.shared.texts;
  }

  /** Lock records by key: may be read by tests. */
  get locks(): ReadonlyMap<string, LockRecord> {
    return this.shared.locks;
  }

  isTransient(error: unknown): boolean {
    return (error as { transient?: unknown } | null | undefined)?.transient === true;
  }

  get(key: string): Promise<S | undefined> {
    return this.#command('get', `get ${key}`, () => parsed<S>(this.shared.texts.get(key)));
  }

  set(key: string, value: S, limits?: StoreLimits): Promise<void> {
    return this.#command('set', `set ${key}`, () => this.#put(key, encode(json, value, limits?.maxBytes)));
  }

  delete(key: string): Promise<void> {
    return this.#command('delete', `delete ${key}`, () => this.#put(key, undefined));
  }

  async *keys({ prefix = '' }: { prefix?: string } = {}): AsyncGenerator<string> {
    for (const key of [...this.shared.texts.keys()]) if (key.startsWith(prefix)) yield key;
  }

  acquire(key: string, request: LeaseRequest): Promise<LeaseAnswer<S>> {
    return this.#command('acquire', `acquire ${key}`, () => {
      const lock = this.#lockOf(key);
      const now = this.now();
      const own = this.takesOver(lock, request);
      const free = lock.token === undefined || lock.until <= now;
      if (own || (free && !this.reservedByOther(lock, request))) return this.grant(key, lock, request);
      if (!this.reservedByOther(lock, request)) {
        lock.reserved = request.contender;
        lock.reservedUntil = now + request.reserveMs;
      }
      const remainingMs = (free ? lock.reservedUntil : lock.until) - now;
      return { granted: false, remainingMs, reserved: lock.reserved === request.contender };
    });
  }

  renew(key: string, lease: Lease, leaseMs: number): Promise<boolean> {
    return this.#command('renew', `renew ${key}`, () => {
      const lock = this.shared.locks.get(key);
      if (lock === undefined || !this.isHolder(lock, lease as FencedLease)) return false;
      lock.until = this.now() + leaseMs;
      return true;
    });
  }

  commit(key: string, lease: Lease, commit: LeaseCommit<S>): Promise<CommitAnswer<S>> {
    const { change, next } = commit;
    const command = `commit ${change.kind}${next === undefined ? '' : '+next'} ${key}`;
    return this.#command('commit', command, () => {
      const texts = this.shared.texts;
      const text = textAfter(change, texts.get(key), commit.maxBytes);
      const known = this.shared.locks.get(key);
      if (known !== undefined && this.wasCarriedOut(known, commit.mark)) {
        const handedOver = next !== undefined && known.token === next.token;
        return { state: 'repeated', next: handedOver ? this.#handOut(key, known, next) : undefined };
      }
      const read = (lease as FencedLease).text;
      const mine = known === undefined ? texts.get(key) === read : this.isHolder(known, lease as FencedLease);
      if (!mine) return { state: 'lost' };

      const lock = this.#lockOf(key);
      this.#put(key, text);
      lock.token = undefined;
      lock.fence = ++this.shared.fence;
      if (commit.mark !== undefined) lock.marks = commit.marks;
      if (next === undefined || !this.mayHandOver(lock, next)) return { state: 'done' };
      return { state: 'done', next: this.grant(key, lock, next) };
    });
  }

  protected now(): number {
    return Date.now();
  }

  protected isHolder(lock: LockRecord, lease: FencedLease): boolean {
    return lock.token === lease.token && lock.fence === lease.fence;
  }

  protected wasCarriedOut(lock: LockRecord, mark: string | undefined): boolean {
    return mark !== undefined && lock.marks.split(',').includes(mark);
  }

  /** Whoever has the key already is not refused for the sake of one who waits: the key would then serve nobody. */
  protected takesOver(lock: LockRecord, { token, previous }: LeaseRequest): boolean {
    return lock.token !== undefined && (lock.token === token || lock.token === previous);
  }

  protected reservedByOther(lock: LockRecord, { contender }: LeaseRequest): boolean {
    return lock.reserved !== undefined && lock.reserved !== contender && lock.reservedUntil > this.now();
  }

  protected mayHandOver(lock: LockRecord, next: NextLease): boolean {
    return !next.yields || !this.reservedByOther(lock, next);
  }

  protected grant(key: string, lock: LockRecord, request: LeaseRequest): LeaseGrant<S> {
    lock.token = request.token;
    lock.fence = ++this.shared.fence;
    lock.until = this.now() + request.leaseMs;
    if (lock.reserved === request.contender) lock.reserved = undefined;
    return this.#handOut(key, lock, request);
  }

  #handOut(key: string, { fence, marks }: LockRecord, { token }: LeaseRequest): LeaseGrant<S> {
    const text = this.shared.texts.get(key);
    const lease: FencedLease = { token, fence, text };
    return { granted: true, lease, marks, read: () => parsed<S>(text) };
  }

  #put(key: string, text: string | undefined): void {
    if (text === undefined) this.shared.texts.delete(key);
    else this.shared.texts.set(key, text);
  }

  #lockOf(key: string): LockRecord {
    let lock = this.shared.locks.get(key);
    if (lock === undefined) {
      lock = { token: undefined, fence: 0, until: 0, reserved: undefined, reservedUntil: 0, marks: '' };
      this.shared.locks.set(key, lock);
    }
    return lock;
  }

  #command<T>(method: LeasingMethod, command: string, work: () => T): Promise<T> {
    this.commands.push(command);
    // Engines take both, and only a test that says so gets the other.
    return this.isPrompt
      ? (this.#carriedOut(method, work) as Promise<T> & T)
      : this.#later(method, command, work);
  }

  async #later<T>(method: LeasingMethod, command: string, work: () => T): Promise<T> {
    if (this.before !== undefined) await this.before(command);
    return this.#carriedOut(method, work);
  }

  #carriedOut<T>(method: LeasingMethod, work: () => T): T {
    const at = this.#faults.findIndex((fault) => fault.method === method);
    const [fault] = at < 0 ? [] : this.#faults.splice(at, 1);
    if (fault?.when === 'before') throw fault.error;
    const answer = work();
    if (fault !== undefined) throw fault.error;
    return answer;
  }
}

function parsed<S>(text: string | undefined): S | undefined {
  return text === undefined ? undefined : (decode(json, text) as S);
}

function textAfter<S>(
  change: StoredChange<S>,
  stored: string | undefined,
  maxBytes: number | undefined,
): string | undefined {
  if (change.kind === 'set') return encode(json, change.value, maxBytes);
  return change.kind === 'none' ? stored : undefined;
}
