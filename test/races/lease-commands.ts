/** What befalls one key: commands for a store and for its model, which have to answer the same. */

import type {
  Lease,
  LeaseGrant,
  LeaseRequest,
  NextLease,
  SessionStore,
  StoredChange,
} from '@sessiongram/core';
import * as fc from 'fast-check';
import { expect } from 'vitest';
import type { Held, LeaseModel } from './lease-model';

/** A store under test, with what a test may do to it. */
export interface Subject {
  readonly store: Required<Pick<SessionStore, 'get' | 'acquire' | 'renew' | 'commit'>>;
  readonly key: string;
  /** Ends all that ends with time: the lease and the reservation. */
  lapse(): Promise<void> | void;
  /** Loses the lock and keeps the data, where that can happen. */
  evict?(): Promise<void> | void;
}

interface Had {
  readonly lease: Lease;
  readonly held: Held;
  readonly contender: string;
}

interface Committed {
  readonly had: Had;
  readonly change: StoredChange<number>;
  readonly mark: string;
  readonly next: NextLease | undefined;
}

/** Everything that was ever sent: a network may deliver it again, and later. */
export class History {
  readonly had: Had[] = [];
  readonly asked: LeaseRequest[] = [];
  readonly committed: Committed[] = [];
  /** Who asks. One that has crashed comes back under another name. */
  readonly contenders: string[] = ['anna', 'bert', 'carl'].map(sixteen);
  #count = 0;

  constructor(
    readonly subject: Subject,
    /** How many answers of each kind have come, over all runs. */
    readonly answers: Map<string, number>,
  ) {}

  fresh(): number {
    return ++this.#count;
  }

  note(answer: string): void {
    this.answers.set(answer, (this.answers.get(answer) ?? 0) + 1);
  }
}

type Command = fc.AsyncCommand<LeaseModel, History>;

const LONG_MS = 60_000;

/** Up to 60 of them, in any order. */
export function leaseCommands(): fc.Arbitrary<Iterable<Command>> {
  const which = fc.nat({ max: 1_000 });
  const who = fc.nat({ max: 2 });
  const kind = fc.constantFrom<StoredChange<number>['kind'][]>('set', 'set', 'delete', 'none');
  const heir = fc.constantFrom<Heir[]>('none', 'none', 'yields', 'insists');
  const acquires = fc
    .tuple(who, fc.option(which, { freq: 4 }))
    .map(([by, previous]) => acquire(by, previous));
  // The last lease is the one that a commit is most often for.
  const commits = fc
    .tuple(fc.oneof(fc.constant(-1), which), kind, heir)
    .map(([at, change, next]) => commit(at, change, next));
  return fc.commands(
    [
      acquires,
      commits,
      which.map((at) => step('acquire again', at, (model, real) => askAgain(model, real, at))),
      which.map((at) => step('commit again', at, (model, real) => sendAgain(model, real, at))),
      which.map((at) => step('renew', at, (model, real) => renew(model, real, at))),
      who.map((by) => step('crash', by, async (_model, real) => crash(real, by))),
      fc.constant(step('lapse', 0, lapse)),
      fc.constant(step('evict', 0, evict)),
    ],
    { maxCommands: 60, size: 'max' },
  );
}

type Heir = 'none' | 'yields' | 'insists';

function acquire(by: number, previous: number | null): Command {
  return step('acquire', [by, previous], (model, real) => {
    const earlier = previous === null ? undefined : at(real.asked, previous)?.token;
    return ask(model, real, { ...requestOf(real, by), previous: earlier });
  });
}

async function ask(model: LeaseModel, real: History, request: LeaseRequest): Promise<void> {
  const { store, key } = real.subject;
  const expected = model.acquire(request, request.previous);
  const answer = await store.acquire(key, request);
  real.asked.push(request);
  real.note(answer.granted ? 'granted' : 'refused');
  if (answer.granted) keep(real, answer, expected as Held, request.contender);
  else expect({ reserved: answer.reserved }).toEqual(expected);
}

async function askAgain(model: LeaseModel, real: History, which: number): Promise<void> {
  const request = at(real.asked, which);
  if (request !== undefined) await ask(model, real, request);
}

function commit(which: number, kind: StoredChange<number>['kind'], heir: Heir): Command {
  return step('commit', [which, kind, heir], async (model, real) => {
    const had = at(real.had, which);
    if (had === undefined) return;
    const change: StoredChange<number> = kind === 'set' ? { kind, value: real.fresh() } : { kind };
    const asked = { ...requestOf(real, 0), contender: had.contender, yields: heir === 'yields' };
    const next = heir === 'none' ? undefined : asked;
    await send(model, real, { had, change, mark: `.m${real.fresh()}`, next });
  });
}

async function send(model: LeaseModel, real: History, committed: Committed): Promise<void> {
  const { had, change, mark, next } = committed;
  const { store, key } = real.subject;
  const expected = model.commit(had.held, mark, change, next);
  const marks = [...had.held.marks, mark].join(',');
  const answer = await store.commit(key, had.lease, { change, mark, marks, next });
  real.committed.push(committed);
  real.note(answer.state);
  expect(answer.state).toBe(expected);
  expect(await store.get(key)).toBe(model.data);
  const heir = expected === 'lost' ? undefined : model.holderBy(next?.token);
  const got = 'next' in answer ? answer.next : undefined;
  expect(got === undefined ? 'nobody' : 'the next').toBe(heir === undefined ? 'nobody' : 'the next');
  if (got === undefined || heir === undefined) return;
  real.note('handed over');
  keep(real, got, heir, had.contender);
}

async function sendAgain(model: LeaseModel, real: History, which: number): Promise<void> {
  const committed = at(real.committed, which);
  if (committed !== undefined) await send(model, real, committed);
}

async function renew(model: LeaseModel, real: History, which: number): Promise<void> {
  const had = at(real.had, which);
  // Whether a lease whose lock was evicted can be renewed is up to the store.
  if (had === undefined || model.lock === undefined) return;
  const { store, key } = real.subject;
  expect(await store.renew(key, had.lease, LONG_MS)).toBe(model.renew(had.held));
}

function crash(real: History, by: number): void {
  real.contenders[by] = sixteen(`again${real.fresh()}`);
  real.note('crashed');
}

async function lapse(model: LeaseModel, real: History): Promise<void> {
  model.lapse();
  real.note('lapsed');
  await real.subject.lapse();
}

async function evict(model: LeaseModel, real: History): Promise<void> {
  if (real.subject.evict === undefined) return;
  model.lock = undefined;
  real.note('evicted');
  await real.subject.evict();
}

function keep(
  real: History,
  { lease, marks, read }: LeaseGrant<number>,
  held: Held,
  contender: string,
): void {
  expect({ token: lease.token, read: read(), marks: marks.split(',').filter(Boolean) }).toEqual(held);
  real.had.push({ lease, held, contender });
}

function requestOf(real: History, by: number): LeaseRequest {
  const token = sixteen(`token${real.fresh()}`);
  return { token, leaseMs: LONG_MS, contender: real.contenders[by] as string, reserveMs: LONG_MS };
}

function step(name: string, by: unknown, run: (model: LeaseModel, real: History) => Promise<void>): Command {
  return { check: () => true, run, toString: () => `${name} ${JSON.stringify(by)}` };
}

function at<T>(all: readonly T[], which: number): T | undefined {
  return which < 0 ? all.at(which) : all[which % all.length];
}

function sixteen(name: string): string {
  return name.padEnd(16, '_');
}
