/**
 * A fleet of worker processes, and the updates that are handed out to it as Telegram would: one that has a number is
 * delivered again when its process dies, freezes or cannot tell what became of it; one without is not.
 */

import { setTimeout as pause } from 'node:timers/promises';
import { isHarmless, Ledger } from './ledger';
import { type Delivery, type Listener, Member } from './member';
import type { Answer, Job, WorkerSetup } from './protocol';
import { RUN_WITHIN_MS } from './sizes';
import { isStuck } from './stuck';

export interface FleetOptions {
  readonly program: string;
  readonly setup: WorkerSetup;
  /** @default 6 */
  readonly size?: number;
  /**
   * How many jobs a process has at a time.
   * @default 6
   */
  readonly inFlight?: number;
  /**
   * Whether `SESSION_LEASE_LOST` rules out that the update was saved. Where replies get lost it does not always: a save
   * that is sent again is known again only among the last few of its key.
   * @default 'refusals'
   */
  readonly trust?: 'refusals' | 'acknowledgements';
}

/** The jobs of a run: asked for the next one until there is none. */
export type Source = () => Job | undefined;

/**
 * How far a key may move on while an old delivery of it is still in some process: a redelivered update is known again
 * only among the last 64 of its key.
 */
const KEY_WINDOW = 24;
const START_WITHIN_MS = 20_000;

export class Fleet {
  readonly ledger = new Ledger();
  readonly members: Member[] = [];
  /** Workers that ended although nobody had killed them, with what they printed. */
  readonly crashes: string[] = [];
  readonly #options: Required<FleetOptions>;
  readonly #acknowledged = new Map<string, number>();
  readonly #awaited = new Map<string, (answer: Answer | undefined) => void>();
  readonly #holding = new Map<string, () => void>();
  #again: Job[] = [];
  #next: Job | undefined;
  #source: Source = () => undefined;
  #onAcknowledged: () => void = () => {};
  #isDismissed = false;
  #onChange: () => void = () => {};

  private constructor(options: FleetOptions) {
    this.#options = { size: 6, inFlight: 6, trust: 'refusals', ...options };
  }

  /** Takes over processes that have nothing to do and starts those that are missing. */
  static async start(options: FleetOptions, crew: readonly Member[] = []): Promise<Fleet> {
    const fleet = new Fleet(options);
    for (let seat = 0; seat < fleet.#options.size; seat++) {
      const idle = crew[seat];
      if (idle?.state !== 'ready') fleet.#hire(seat);
      else {
        idle.listener = fleet.#listener;
        fleet.members[seat] = idle;
      }
    }
    const areReady = (): boolean => fleet.members.every(({ state }) => state === 'ready');
    try {
      await fleet.#until(areReady, START_WITHIN_MS);
    } catch (error) {
      fleet.dismiss();
      for (const member of fleet.members) member.kill();
      throw error;
    }
    return fleet;
  }

  /** Hands out jobs until there are no more, and waits until all of them are answered or given up. */
  async run(source: Source): Promise<void> {
    this.#source = source;
    this.#next = source();
    this.#handOut();
    await this.#until(() => this.#isIdle(), RUN_WITHIN_MS);
  }

  /** Ends a process; another takes its seat. */
  kill(member: Member): void {
    member.kill();
  }

  /** Freezes a process, but not in a moment in which it keeps all the others from writing. */
  async freeze(member: Member): Promise<void> {
    member.freeze();
    while (isStuck(this.#options.setup.place)) {
      member.thaw();
      await pause(5);
      member.freeze();
    }
    for (const { job } of member.deliveries.values()) if (job.updateId !== undefined) this.#giveOutAgain(job);
    this.#handOut();
  }

  thaw(member: Member): void {
    member.thaw();
    this.#handOut();
  }

  /** A process that works, by chance. */
  someone(except?: Member): Member | undefined {
    const able = this.members.filter((member) => member.state === 'ready' && member !== except);
    return able[Math.floor(Math.random() * able.length)];
  }

  /** Like `someone`, where there has to be one. */
  anyone(except?: Member): Member {
    const able = this.someone(except);
    if (able === undefined) throw new Error('No process works.');
    return able;
  }

  /** Resolves when another job is acknowledged. */
  nextAcknowledgement(): Promise<void> {
    return new Promise((resolve) => {
      this.#onAcknowledged = resolve;
    });
  }

  /** Hands a job to a certain process. Answers `undefined` when the process has ended over it. */
  deliver(job: Job, member: Member): Promise<Answer | undefined> {
    this.ledger.enter(job);
    const answer = new Promise<Answer | undefined>((resolve) => this.#awaited.set(job.id, resolve));
    this.#give(job, member);
    return answer;
  }

  /** Resolves when the handler of a gated job runs. Ask before the job is delivered. */
  holding(id: string): Promise<void> {
    return new Promise((resolve) => this.#holding.set(id, resolve));
  }

  /** How many acquisitions the store has refused to all processes that live. */
  async polls(): Promise<number> {
    const counts = await Promise.all(this.members.map((member) => member.polls()));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  /** Lets go of the processes, which wait for the next fleet that takes them over. */
  dismiss(): void {
    this.#isDismissed = true;
  }

  readonly #listener: Listener = {
    onReady: () => this.#handOut(),
    onHolding: (id) => this.#holding.get(id)?.(),
    onAnswer: (_member, { job }, answer) => {
      if (answer.kind === 'acknowledged') this.#acknowledge(job);
      else {
        this.ledger.noteRefusal(answer);
        if (this.ledger.outcome(job.id) !== 'acknowledged') {
          if (this.#leavesNoDoubt(answer)) this.#giveOutAgain(job);
          else this.#inDoubt(job);
        }
      }
      this.#awaited.get(job.id)?.(answer);
      this.#awaited.delete(job.id);
      this.#handOut();
    },
    onEnd: (member, unanswered) => {
      if (this.#isDismissed) return;
      if (!member.wasKilled) this.crashes.push(member.complaint);
      for (const { job } of unanswered) {
        if (this.ledger.outcome(job.id) !== 'acknowledged') this.#inDoubt(job);
        this.#awaited.get(job.id)?.(undefined);
      }
      if (member.wasKilled) this.#hire(member.seat);
      this.#onChange();
    },
  };

  #hire(seat: number): void {
    const { program, setup } = this.#options;
    this.members[seat] = new Member(seat, program, setup, this.#listener);
  }

  #acknowledge(job: Job): void {
    this.#onAcknowledged();
    if (this.ledger.outcome(job.id) === 'acknowledged') return;
    this.ledger.settle(job.id, 'acknowledged');
    this.#acknowledged.set(job.key, (this.#acknowledged.get(job.key) ?? 0) + 1);
    this.#again = this.#again.filter(({ id }) => id !== job.id);
  }

  #leavesNoDoubt(answer: Extract<Answer, { kind: 'refused' }>): boolean {
    const mayBeSaved = this.#options.trust === 'acknowledgements' && answer.code === 'SESSION_LEASE_LOST';
    return isHarmless(answer) && !mayBeSaved;
  }

  #inDoubt(job: Job): void {
    if (job.updateId !== undefined) this.#giveOutAgain(job);
    else this.ledger.settle(job.id, 'unknown');
  }

  #giveOutAgain({ id, key, ms, updateId }: Job): void {
    if (this.#again.some((job) => job.id === id)) return;
    this.#again.push({ id, key, ms, updateId });
  }

  /** One job to each in turn, until nobody can take one. */
  #handOut(): void {
    const { inFlight } = this.#options;
    for (let isMoving = true; isMoving; ) {
      isMoving = false;
      for (const member of this.members) {
        if (member.state !== 'ready' || member.deliveries.size >= inFlight) continue;
        const job = this.#take(member);
        if (job === undefined) continue;
        this.#give(job, member);
        isMoving = true;
      }
    }
    this.#onChange();
  }

  #take(member: Member): Job | undefined {
    const index = this.#again.findIndex(({ id }) => !member.deliveries.has(id));
    if (index !== -1) return this.#again.splice(index, 1)[0];
    const job = this.#next;
    if (job === undefined || this.#isTooFarAhead(job.key)) return undefined;
    this.ledger.enter(job);
    this.#next = this.#source();
    return job;
  }

  #give(job: Job, member: Member): void {
    member.deliver({ job, since: this.#acknowledged.get(job.key) ?? 0 });
  }

  #isTooFarAhead(key: string): boolean {
    const now = this.#acknowledged.get(key) ?? 0;
    const isOld = ({ job, since }: Delivery): boolean =>
      job.updateId !== undefined && job.key === key && now - since > KEY_WINDOW;
    return this.members.some((member) => [...member.deliveries.values()].some(isOld));
  }

  #isIdle(): boolean {
    const isDone = this.#next === undefined && this.#again.length === 0;
    return isDone && this.members.every(({ deliveries }) => deliveries.size === 0);
  }

  async #until(condition: () => boolean, withinMs: number): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    await new Promise<void>((resolve, reject) => {
      timer = setTimeout(() => reject(new Error(this.#report(withinMs))), withinMs);
      this.#onChange = () => {
        if (this.crashes.length > 0) reject(new Error(`A process ended by itself: ${this.crashes[0]}`));
        else if (condition()) resolve();
      };
      this.#onChange();
    }).finally(() => {
      clearTimeout(timer);
      this.#onChange = () => {};
    });
  }

  #report(withinMs: number): string {
    const members = this.members.map(
      ({ state, deliveries, complaint }) =>
        `${state} with ${[...deliveries.values()].map(({ job }) => `${job.id}@${job.key}`).join(' ')} ${complaint}`,
    );
    const refusals = JSON.stringify([...this.ledger.refusals]);
    const open = `${this.ledger.count('open')} open, ${this.#again.length} to give out again, refusals ${refusals}`;
    return [`The fleet was not done within ${withinMs} ms: ${open}`, ...members, ...this.crashes].join('\n');
  }
}
