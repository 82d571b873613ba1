/** The conformance suite can fail: stores that leave out one step of what they promise are found out. */

import type {
  Lease,
  LeaseAnswer,
  LeaseCommit,
  LeaseGrant,
  LeaseRequest,
  NextLease,
  StoreLimits,
} from '@sessiongram/core';
import { type StoreCase, storeCases } from '@sessiongram/core/conformance';
import { afterEach, expect, test, vi } from 'vitest';
import { type FencedLease, LeasingStore, type LockRecord } from '../support/leasing-store';
import { leasingSubject } from './in-memory';

class NoFence extends LeasingStore {
  protected override isHolder(lock: LockRecord, { token }: FencedLease): boolean {
    return lock.token === token;
  }
}

class NoHolder extends LeasingStore {
  protected override isHolder(): boolean {
    return true;
  }
}

class NoMark extends LeasingStore {
  protected override wasCarriedOut(): boolean {
    return false;
  }
}

class MarkInsideOfAWord extends LeasingStore {
  protected override wasCarriedOut({ marks }: LockRecord, mark: string | undefined): boolean {
    return mark !== undefined && marks.includes(mark);
  }
}

class MarkAfterTheHolder extends LeasingStore {
  protected override wasCarriedOut(lock: LockRecord, mark: string | undefined): boolean {
    return lock.token === undefined && super.wasCarriedOut(lock, mark);
  }
}

class NoPrevious extends LeasingStore {
  protected override takesOver(lock: LockRecord, request: LeaseRequest): boolean {
    return super.takesOver(lock, { ...request, previous: undefined });
  }
}

class AnyPrevious extends LeasingStore {
  protected override takesOver(lock: LockRecord, request: LeaseRequest): boolean {
    return request.previous !== undefined || super.takesOver(lock, request);
  }
}

/** Reads before it waits for the lock, as a statement does that sees the data by a snapshot. */
class StaleRead extends LeasingStore {
  override async acquire(key: string, request: LeaseRequest): Promise<LeaseAnswer<unknown>> {
    const text = this.texts.get(key);
    await new Promise((resolve) => setTimeout(resolve, 1));
    const answer = await super.acquire(key, request);
    if (!answer.granted) return answer;
    return { ...answer, read: () => (text === undefined ? undefined : JSON.parse(text)) };
  }
}

class NoReservation extends LeasingStore {
  protected override reservedByOther(): boolean {
    return false;
  }
}

class ReservationForEver extends LeasingStore {
  protected override reservedByOther(lock: LockRecord, { contender }: LeaseRequest): boolean {
    return lock.reserved !== undefined && lock.reserved !== contender;
  }
}

class ReservationKept extends LeasingStore {
  protected override grant(key: string, lock: LockRecord, request: LeaseRequest): LeaseGrant<unknown> {
    const { reserved } = lock;
    const grant = super.grant(key, lock, request);
    lock.reserved = reserved;
    return grant;
  }
}

class NeverYields extends LeasingStore {
  protected override mayHandOver(): boolean {
    return true;
  }
}

class AlwaysYields extends LeasingStore {
  protected override mayHandOver(lock: LockRecord, next: NextLease): boolean {
    return super.mayHandOver(lock, { ...next, yields: true });
  }
}

class NoHandOver extends LeasingStore {
  protected override mayHandOver(): boolean {
    return false;
  }
}

class RefusesTheLapsed extends LeasingStore {
  protected override isHolder(lock: LockRecord, lease: FencedLease): boolean {
    return super.isHolder(lock, lease) && lock.until > this.now();
  }
}

class NeverLapses extends LeasingStore {
  protected override grant(key: string, lock: LockRecord, request: LeaseRequest): LeaseGrant<unknown> {
    return super.grant(key, lock, { ...request, leaseMs: 1e12 });
  }
}

/** Sets and frees, whoever asks: a lock beside the data, which the write does not look at. */
class Unfenced extends LeasingStore {
  override async commit(key: string, lease: Lease, commit: LeaseCommit<unknown>) {
    const answer = await super.commit(key, lease, commit);
    if (answer.state === 'lost' && commit.change.kind === 'set') await this.set(key, commit.change.value);
    return answer;
  }
}

class ForgetsMarks extends LeasingStore {
  override async commit(key: string, lease: Lease, commit: LeaseCommit<unknown>) {
    const answer = await super.commit(key, lease, commit);
    if (commit.change.kind === 'delete' && answer.state === 'done') this.dropLock(key);
    return answer;
  }
}

/** Makes a new record of a lease that lapsed. */
class LapseForgetsMarks extends LeasingStore {
  protected override grant(key: string, lock: LockRecord, request: LeaseRequest): LeaseGrant<unknown> {
    if (lock.token !== undefined && lock.until <= this.now()) lock.marks = '';
    return super.grant(key, lock, request);
  }
}

class TakeoverForgetsMarks extends LeasingStore {
  protected override grant(key: string, lock: LockRecord, request: LeaseRequest): LeaseGrant<unknown> {
    if (lock.token !== undefined && lock.until > this.now()) lock.marks = '';
    return super.grant(key, lock, request);
  }
}

/** Looks at the lease only where there is something to write. */
class NoChangeIsNeverLost extends LeasingStore {
  override async commit(key: string, lease: Lease, commit: LeaseCommit<unknown>) {
    const answer = await super.commit(key, lease, commit);
    return answer.state === 'lost' && commit.change.kind === 'none' ? { state: 'done' as const } : answer;
  }
}

class LostLeavesItsMark extends LeasingStore {
  override async commit(key: string, lease: Lease, commit: LeaseCommit<unknown>) {
    const answer = await super.commit(key, lease, commit);
    const lock = this.shared.locks.get(key);
    const leaves = answer.state === 'lost' && commit.mark !== undefined;
    if (leaves && lock !== undefined) lock.marks = commit.marks;
    return answer;
  }
}

class NoMaxBytes extends LeasingStore {
  override commit(key: string, lease: Lease, commit: LeaseCommit<unknown>) {
    return super.commit(key, lease, { ...commit, maxBytes: undefined });
  }
}

class RenewsAnybody extends LeasingStore {
  override async renew(key: string, lease: Lease, leaseMs: number): Promise<boolean> {
    await super.renew(key, lease, leaseMs);
    return true;
  }
}

/** Asks its database for keys once, for as many as that answers at most. */
class FirstPage extends LeasingStore {
  override async *keys(options?: { prefix?: string }): AsyncGenerator<string> {
    let left = 1_000;
    for await (const key of super.keys(options)) if (left-- > 0) yield key;
  }
}

/** Goes on to the next page, but not where it looks for a prefix. */
class FirstPageOfAPrefix extends LeasingStore {
  override async *keys({ prefix = '' }: { prefix?: string } = {}): AsyncGenerator<string> {
    let left = prefix === '' ? Infinity : 1_000;
    for await (const key of super.keys()) if (left-- > 0 && key.startsWith(prefix)) yield key;
  }
}

/** Takes some keys for the same. */
abstract class Alike extends LeasingStore {
  protected abstract keyOf(key: string): string;

  override get(key: string): Promise<unknown> {
    return super.get(this.keyOf(key));
  }

  override set(key: string, value: unknown, limits?: StoreLimits): Promise<void> {
    return super.set(this.keyOf(key), value, limits);
  }

  override delete(key: string): Promise<void> {
    return super.delete(this.keyOf(key));
  }
}

class BlanksAtTheEnd extends Alike {
  protected override keyOf(key: string): string {
    return key.trimEnd();
  }
}

class BlanksAtTheStart extends Alike {
  protected override keyOf(key: string): string {
    return key.trimStart();
  }
}

class NoMinus extends Alike {
  protected override keyOf(key: string): string {
    return key.replaceAll('-', '');
  }
}

class NumbersAsKeys extends Alike {
  protected override keyOf(key: string): string {
    const number = Number(key);
    return key.trim() === '' || Number.isNaN(number) ? key : String(number);
  }
}

class WholeNumbersAsKeys extends Alike {
  protected override keyOf(key: string): string {
    return /^-?\d+$/.test(key) ? String(Number(key)) : key;
  }
}

const ODD_KEYS = 'odd keys are all different, and each keeps its own value';
const MANY_KEYS = 'keys() names all of many keys, page after page';

/** Each with a case that finds it out. */
const mutants: readonly (readonly [Store: typeof LeasingStore, finder: string])[] = [
  [NoFence, 'a delayed copy of an acquire gives nobody the right to overwrite'],
  [NoHolder, 'a lapsed lease is had by the next, and the late commit is lost'],
  [NoMark, 'a commit that is sent again is not carried out again'],
  [MarkInsideOfAWord, 'a mark is a whole word'],
  [MarkAfterTheHolder, 'a commit that is sent again changes nothing of what others did since'],
  [NoPrevious, 'a lease whose answer was lost is taken over at once by its token'],
  [AnyPrevious, 'the token of a lease that is over takes nothing over'],
  [StaleRead, '200 increments by 4 contenders at once count to 200'],
  [NoReservation, 'whoever has the reservation gets the key first'],
  [ReservationForEver, 'a reservation ends by itself'],
  [ReservationKept, 'whoever gets the key gives its reservation back'],
  [NeverYields, 'next yields to the reservation of another process, where it is told to'],
  [AlwaysYields, 'next yields to the reservation of another process, where it is told to'],
  [NoHandOver, 'a commit hands the key over in the same step, with the data'],
  [RefusesTheLapsed, 'a lapsed lease that nobody took still commits'],
  [NeverLapses, 'a lapsed lease is had by the next, and the late commit is lost'],
  [Unfenced, 'a late commit does not bring back what was deleted'],
  [ForgetsMarks, 'marks outlive a delete, and commits that leave none'],
  [LapseForgetsMarks, 'marks outlive a lease that lapsed or was taken over'],
  [TakeoverForgetsMarks, 'marks outlive a lease that lapsed or was taken over'],
  [NoChangeIsNeverLost, 'a late commit of no change is lost as well, and leaves no mark'],
  [LostLeavesItsMark, 'a late commit of no change is lost as well, and leaves no mark'],
  [NoMaxBytes, 'a value above maxBytes is refused, and the lease and the old data are still there'],
  [RenewsAnybody, 'renew says no when the lease is over, and holds nobody up'],
  [FirstPage, MANY_KEYS],
  [FirstPageOfAPrefix, MANY_KEYS],
  [BlanksAtTheEnd, ODD_KEYS],
  [BlanksAtTheStart, ODD_KEYS],
  [NoMinus, ODD_KEYS],
  [NumbersAsKeys, ODD_KEYS],
  [WholeNumbersAsKeys, ODD_KEYS],
];

afterEach(() => {
  vi.useRealTimers();
});

const titled = mutants.map(([Store, finder]) => [Store.name, finder, Store] as const);

test.for(titled)('%s is found out by: %s', async ([, finder, Store]) => {
  const found = storeCases.find(({ name }) => name === finder) as StoreCase;
  expect(found, finder).toBeDefined();
  await found.run(leasingSubject());
  await expect(found.run(leasingSubject(undefined, Store))).rejects.toThrow(/expected|came/);
});
