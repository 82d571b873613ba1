/** The frame of a lease case: contenders for one key, each of them a process of its own as far as that can be had. */

import type {
  CommitAnswer,
  LeaseAnswer,
  LeaseCommit,
  LeaseGrant,
  LeaseRefusal,
  LeaseRequest,
  NextLease,
  SessionStore,
  StoredChange,
} from '../store';
import { newToken } from '../tokens';
import type { OpenStore, StoreCase, StoreNeed } from './case';
import { expectEqual } from './expect';
import { KEY, pass, storeCase } from './store-case';

/** A lease that does not lapse within a case. */
export const LONG_MS = 60_000;
/** A lease or reservation that is over after {@link LeaseScene.lapse}. */
export const SHORT_MS = 60;

export const NONE = { kind: 'none' } as const;
export const DELETE = { kind: 'delete' } as const;

export function set(value: unknown): StoredChange<unknown> {
  return { kind: 'set', value };
}

/** What a case may say of a request; the rest is filled in. */
type Asked = Partial<NextLease> & { readonly key?: string };

/** What a case may say of a commit. */
interface Committed {
  readonly key?: string;
  /** Left with the data, after the marks that the grant came with. */
  readonly mark?: string;
  readonly next?: NextLease;
  readonly maxBytes?: number;
}

/** One process that wants a key. */
export class Contender {
  constructor(
    readonly store: SessionStore,
    readonly name: string,
  ) {}

  /** A request with a token of its own, for a lease and a reservation that do not end. */
  request({ key: _, ...asked }: Asked = {}): NextLease {
    const contender = this.name.padEnd(16, '_');
    return { token: newToken(), leaseMs: LONG_MS, contender, reserveMs: LONG_MS, yields: false, ...asked };
  }

  async ask(request: LeaseRequest, key: string = KEY): Promise<LeaseAnswer<unknown>> {
    return (this.store as Required<SessionStore>).acquire(key, request);
  }

  /** Acquires the key, and fails the case where that is refused. */
  async take(asked: Asked = {}): Promise<LeaseGrant<unknown>> {
    const answer = await this.ask(this.request(asked), asked.key);
    if (answer.granted) return answer;
    throw new Error(
      `acquire by "${this.name}": expected a lease, came a refusal for ${answer.remainingMs} ms`,
    );
  }

  /** Tries to acquire the key, and fails the case where that is granted. */
  async refused(asked: Asked = {}): Promise<LeaseRefusal> {
    const answer = await this.ask(this.request(asked), asked.key);
    if (!answer.granted) return answer;
    throw new Error(`acquire by "${this.name}": expected a refusal, came a lease`);
  }

  async commit(
    { lease, marks: before }: LeaseGrant<unknown>,
    change: StoredChange<unknown>,
    { key = KEY, mark, next, maxBytes }: Committed = {},
  ): Promise<CommitAnswer<unknown>> {
    const marks = mark === undefined ? '' : [...before.split(','), mark].filter(Boolean).join(',');
    const commit: LeaseCommit<unknown> = { change, mark, marks, next, maxBytes };
    return (this.store as Required<SessionStore>).commit(key, lease, commit);
  }

  /** Commits, and fails the case where the answer is another than was expected. */
  async commits(
    state: CommitAnswer<unknown>['state'],
    grant: LeaseGrant<unknown>,
    change: StoredChange<unknown>,
    options: Committed = {},
  ): Promise<LeaseGrant<unknown> | undefined> {
    const answer = await this.commit(grant, change, options);
    expectEqual(`commit by "${this.name}"`, answer.state, state);
    return answer.state === 'lost' ? undefined : (answer.next ?? undefined);
  }

  async renew({ lease }: LeaseGrant<unknown>, leaseMs: number = LONG_MS): Promise<boolean> {
    return (this.store as Required<SessionStore>).renew(KEY, lease, leaseMs);
  }
}

/** What a lease case works with. */
export interface LeaseScene {
  readonly opened: OpenStore;
  readonly store: SessionStore;
  readonly a: Contender;
  /** Has a store object of its own, where there is `another`. */
  readonly b: Contender;
  readonly c: Contender;
  /** Lets time pass until what was to live for {@link SHORT_MS} is over. */
  lapse(): Promise<void>;
  /** Fails unless this is what is stored. */
  expectStored(expected: unknown): Promise<void>;
}

/** A case on leases of one key. */
export function leaseCase(
  name: string,
  run: (scene: LeaseScene) => Promise<void>,
  needs: readonly StoreNeed[] = [],
): StoreCase {
  return storeCase(name, ['leases', ...needs], async (opened) => {
    const { store } = opened;
    const other = (await opened.another?.()) ?? store;
    await run({
      opened,
      store,
      a: new Contender(store, 'a'),
      b: new Contender(other, 'b'),
      c: new Contender(store, 'c'),
      lapse: () => pass(opened, 2 * SHORT_MS),
      expectStored: async (expected) => expectEqual('what is stored', await store.get(KEY), expected),
    });
  });
}

/** Fails unless a refusal says in how many milliseconds to ask again. */
export function expectRemaining({ remainingMs }: LeaseRefusal, most: number): void {
  if (remainingMs > 0 && remainingMs <= most) return;
  throw new Error(`remainingMs of a refusal: expected more than 0 and at most ${most}, came ${remainingMs}`);
}
