/**
 * Sole access to one session across processes: the turn in this process, and behind it the lease that the store grants.
 *
 * Acquired with the data in one round trip, committed with the changes in another, renewed in between. The lease only
 * makes conflicts rare; that nothing is overwritten is due to the store, which carries out a commit only while the lease
 * is the very one that was acquired. No safety here depends on a clock.
 */

import { shown } from './check';
import { contend, giveBack, isGrant, pause, request, retryMs } from './contend';
import { SessionError } from './errors';
import { isRefusal, loadFailed, mayPass, saveFailed } from './failures';
import { type Hold, kept, readFrom } from './hold';
import { addMark, commitMark, hasMark, updateMark } from './marks';
import type { MaybePromise } from './maybe-promise';
import type { CommitAnswer, LeaseCommit, LeaseGrant, NextLease, SessionStore, StoredChange } from './store';
import { newToken } from './tokens';
import type { Gift, Turn } from './turns';

/** A store that grants leases. */
export type LeasingStore<S> = SessionStore<S> &
  Required<Pick<SessionStore<S>, 'acquire' | 'renew' | 'commit' | 'isTransient'>>;

/** What leases are to be like. */
export interface LeaseSettings {
  readonly leaseMs: number;
  readonly maxBytes: number;
}

/**
 * How often in a row a process hands a lease on to its own next update. Each saves a round trip and lets the other
 * processes wait for longer.
 */
const HAND_OVERS = 4;

const NOTHING = { kind: 'none' } as const;

/** Whether the engine can have leases of a store. */
export function isLeasing<S>(store: SessionStore<S>): store is LeasingStore<S> {
  return store.supports?.leases === true;
}

/** A lease on its way from one turn to the next. */
interface GrantedGift<S> extends Gift {
  /** Whose it is: another wrapper of the same store has other leases, and reads the data in another way. */
  readonly store: LeasingStore<S>;
  readonly grant: LeaseGrant<S>;
  /** How long it lives: who is to renew it in other steps needs one of its own. */
  readonly leaseMs: number;
  readonly inRow: number;
}

/** Access by a turn and a lease: exclusive in all processes. */
export class LeasedHold<S> implements Hold<S> {
  redelivered = false;
  #grant: LeaseGrant<S> | undefined;
  #gift: GrantedGift<S> | undefined;
  #phase: 'outside' | 'inside' | 'leaving' | 'left' = 'outside';
  #isFresh = true;
  #inRow = 0;
  /** Whether a commit for the last time was tried before, of which nobody knows whether it was carried out. */
  #hasTriedToLeave = false;
  #entering: Promise<void> | undefined;
  /** A lease that goes back in the background. */
  #leaving: Promise<void> | undefined;
  /** Ends the waiting for that, when the turn is lost over it. */
  #forsake: (() => void) | undefined;
  #renewal: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param updateId - the update to remember as handled, where that is wanted
   * @param background - is told of what goes on after the hold was released
   * @param returning - is told of a lease that is on its way back, or will be when it comes
   */
  constructor(
    readonly turn: Turn,
    readonly store: LeasingStore<S>,
    readonly settings: LeaseSettings,
    readonly updateId: number | undefined,
    readonly background: (work: Promise<void>) => void,
    readonly returning: (work: Promise<void>) => void,
  ) {}

  enter(): MaybePromise<void> {
    const { turn, store, settings } = this;
    const left = turn.gift as GrantedGift<S> | undefined;
    const gift = left?.store === store && left.leaseMs === settings.leaseMs ? left : undefined;
    if (gift !== undefined) this.#inRow = gift.inRow;
    else left?.drop();
    const grant = gift === undefined ? contend(store, turn, settings, this.returning) : gift.grant;
    if (!(grant instanceof Promise)) return this.#entered(grant);
    this.#entering = grant.then((granted) => this.#entered(granted));
    return this.#entering;
  }

  load(): MaybePromise<S | null | undefined> {
    const { turn, store } = this;
    const grant = this.#own();
    if (!this.#isFresh) {
      const answer = readFrom(store, turn.name, turn.key);
      return answer instanceof Promise ? answer.then((stored) => kept(turn, stored)) : kept(turn, answer);
    }
    this.#isFresh = false;
    try {
      return grant.read();
    } catch (cause) {
      return loadFailed(turn.key, cause);
    }
  }

  async write(change: StoredChange<S>): Promise<void> {
    if (change.kind === 'none') return;
    const next: NextLease = { ...request(this.settings.leaseMs), yields: false };
    const answer = await this.#commit(change, commitMark(newToken()), next);
    this.#grant = answer.next;
    this.#stopRenewing();
    if (answer.next === undefined) return;
    if (this.turn.lost) this.returning(giveBack(this.store, this.turn, answer.next));
    else this.#renewLater();
  }

  finish(change: StoredChange<S>): MaybePromise<void> {
    const { updateId, redelivered } = this;
    // Who comes back from release() has left the mark already.
    const handled = updateId === undefined || redelivered ? undefined : updateMark(updateId);
    if (change.kind !== 'none') return this.#leave(change, handled);
    if (this.#phase === 'inside' && this.#grant !== undefined) this.#leaveBehind(handled);
  }

  release(): void {
    if (this.#phase === 'inside' && this.#grant !== undefined) this.#leaveBehind(undefined);
    if (this.#phase === 'leaving') return;
    this.#phase = 'left';
    this.#stopRenewing();
    // Released twice where the lease was back before the handler's end was: the next may work with the gift by then.
    const gift = this.#gift;
    this.#gift = undefined;
    this.turn.release(gift);
  }

  abandon(): void {
    const { store, turn } = this;
    if (this.#phase === 'outside' && this.#entering !== undefined)
      this.returning(this.#entering.catch(() => {}));
    if (this.#phase === 'inside' && this.#grant !== undefined)
      this.returning(giveBack(store, turn, this.#grant));
    this.#stopRenewing();
    if (this.#leaving !== undefined) this.returning(this.#leaving);
    this.#forsake?.();
  }

  #entered(grant: LeaseGrant<S>): void {
    const { turn, store, updateId } = this;
    if (turn.lost) this.returning(giveBack(store, turn, grant));
    kept(turn, undefined);
    turn.renew();
    this.#phase = 'inside';
    this.#grant = grant;
    this.redelivered = updateId !== undefined && hasMark(grant.marks, updateMark(updateId));
    this.#renewLater();
  }

  /** Commits for the last time, and is told how that went. */
  async #leave(change: StoredChange<S>, handled: string | undefined): Promise<void> {
    const next = this.#heir();
    // The mark of the update tells one commit. A second one, after release() has failed, must not be taken for the first.
    const isFirst = handled !== undefined && !this.#hasTriedToLeave;
    this.#hasTriedToLeave = true;
    const answer = await this.#commit(change, isFirst ? handled : commitMark(newToken()), next, handled);
    this.#phase = 'left';
    this.#bequeath(answer.next);
  }

  /** Gives the lease back while the caller goes on already. The turn follows when that is done. */
  #leaveBehind(handled: string | undefined): void {
    this.#phase = 'leaving';
    const next = this.#heir();
    const mark = handled ?? (next && commitMark(newToken()));
    const leaving = this.#commit(NOTHING, mark, next).then(
      (answer) => this.#bequeath(answer.next),
      () => {}, // nothing had changed, and the lease lapses by itself
    );
    this.#leaving = leaving.then(() => {
      this.#phase = 'left';
      this.release();
    });
    this.background(
      new Promise((resolve) => {
        this.#forsake = resolve;
        void this.#leaving?.then(resolve);
      }),
    );
  }

  /** The lease that the next update of this process is to have, where there is one that waits. */
  #heir(): NextLease | undefined {
    if (!this.turn.wanted || this.#inRow >= HAND_OVERS) return undefined;
    return { ...request(this.settings.leaseMs), yields: true };
  }

  #bequeath(grant: LeaseGrant<S> | undefined): void {
    this.#grant = undefined;
    if (grant === undefined) return;
    const { store, turn } = this;
    const drop = (): void => this.returning(giveBack(store, turn, grant));
    this.#gift = { grant, store, leaseMs: this.settings.leaseMs, inRow: this.#inRow + 1, drop };
  }

  /** Sends the same commit again as long as its fate is unknown and a lease would live. */
  async #commit(
    change: StoredChange<S>,
    mark: string | undefined,
    next: NextLease | undefined,
    handled?: string,
  ): Promise<Extract<CommitAnswer<S>, { next?: unknown }>> {
    const { turn, store, settings } = this;
    const { lease, marks: before } = this.#own();
    const known = handled === undefined ? before : addMark(before, handled);
    const marks = mark === undefined ? known : addMark(known, mark);
    const commit: LeaseCommit<S> = { change, mark, marks, next, maxBytes: settings.maxBytes };
    turn.renew();
    const endsAt = performance.now() + settings.leaseMs;
    for (let retries = 0; ; retries++) {
      try {
        const answer = checked(await store.commit(turn.name, lease, commit));
        if (answer.state !== 'lost') return isGrant(answer.next) ? answer : { state: answer.state };
        break;
      } catch (cause) {
        const isFinal = isRefusal(cause) || !mayPass(store, cause) || performance.now() > endsAt;
        if (isFinal) saveFailed(turn.key, change.kind === 'delete' ? 'delete' : 'write', cause);
        await pause(retryMs(retries));
      }
    }
    this.#grant = undefined;
    throw overtaken(turn);
  }

  #renewLater(): void {
    const { store, turn, settings } = this;
    const renewal = setTimeout(async () => {
      const grant = this.#grant;
      if (grant === undefined || performance.now() - turn.since > turn.limits.maxHoldMs) return;
      try {
        if (!(await store.renew(turn.name, grant.lease, settings.leaseMs))) return; // the commit will tell
      } catch {
        // A lease that could not be renewed still commits as long as nobody else takes the key.
      }
      if (this.#renewal === renewal && this.#phase === 'inside' && !turn.lost) this.#renewLater();
    }, settings.leaseMs / 3);
    this.#renewal = renewal;
    (renewal as { unref?(): void }).unref?.();
  }

  #stopRenewing(): void {
    clearTimeout(this.#renewal);
  }

  #own(): LeaseGrant<S> {
    kept(this.turn, undefined);
    if (this.#grant === undefined) throw overtaken(this.turn);
    return this.#grant;
  }
}

/** @throws TypeError for what is no answer: nobody knows whether anything was written */
function checked<S>(answer: CommitAnswer<S>): CommitAnswer<S> {
  if (STATES.has((answer as Partial<CommitAnswer<S>> | null | undefined)?.state)) return answer;
  throw new TypeError(
    `commit() of a store must answer { state: 'done' | 'repeated' | 'lost', … }, but answered ${shown(answer)}.`,
  );
}

const STATES: ReadonlySet<unknown> = new Set([
  'done',
  'repeated',
  'lost',
] satisfies CommitAnswer<unknown>['state'][]);

function overtaken(turn: Turn): SessionError {
  const text =
    'Another process has taken over the session, because this one did not renew its lease in time: it was frozen, its ' +
    'event loop was blocked, or it was cut off from the store. The changes of this handler are refused.';
  return new SessionError('SESSION_LEASE_LOST', text, { key: turn.key });
}
