/** A worker process as its parent sees it. */

import type { ChildProcess } from 'node:child_process';
import { startChild } from './child';
import type { Answer, FromWorker, Job, ToWorker, WorkerSetup } from './protocol';

/** Who hears from a worker. */
export interface Listener {
  onReady(member: Member): void;
  onAnswer(member: Member, delivery: Delivery, answer: Answer): void;
  onHolding(id: string): void;
  /** The process has ended, with what it had not answered. */
  onEnd(member: Member, unanswered: readonly Delivery[]): void;
}

/** A job in the hands of a process. */
export interface Delivery {
  readonly job: Job;
  /** How many jobs of its key had been acknowledged when it was handed out. */
  readonly since: number;
}

export class Member {
  state: 'starting' | 'ready' | 'frozen' | 'ended' = 'starting';
  readonly deliveries = new Map<string, Delivery>();
  /** How many answers were acknowledgements. */
  acknowledged = 0;
  /** Whether its end was ours to bring. */
  wasKilled = false;
  /** What it has printed as errors. */
  complaint = '';
  readonly ended: Promise<void>;
  readonly #process: ChildProcess;
  #onPolls: ((polls: number) => void) | undefined;

  constructor(
    readonly seat: number,
    program: string,
    setup: WorkerSetup,
    public listener: Listener,
  ) {
    const child = startChild(program, setup, (text) => {
      this.complaint += text;
    });
    this.#process = child;
    child.on('error', () => {}); // a message to a process that has just been killed
    child.on('message', (message) => this.#hear(message as FromWorker, this.listener));
    this.ended = new Promise((resolve) => {
      // `close` comes after the last message.
      child.once('close', () => {
        this.state = 'ended';
        this.listener.onEnd(this, [...this.deliveries.values()]);
        this.deliveries.clear();
        resolve();
      });
    });
  }

  deliver(delivery: Delivery): void {
    this.deliveries.set(delivery.job.id, delivery);
    this.#tell({ kind: 'job', job: delivery.job });
  }

  go(id: string): void {
    this.#tell({ kind: 'go', id });
  }

  polls(): Promise<number> {
    return new Promise((resolve) => {
      this.#onPolls = resolve;
      this.#tell({ kind: 'polls' });
    });
  }

  kill(): void {
    this.wasKilled = true;
    this.#process.kill('SIGKILL');
  }

  freeze(): void {
    if (this.state !== 'ready') return;
    this.state = 'frozen';
    this.#process.kill('SIGSTOP');
  }

  thaw(): void {
    if (this.state !== 'frozen') return;
    this.state = 'ready';
    this.#process.kill('SIGCONT');
  }

  #tell(message: ToWorker): void {
    if (this.#process.connected) this.#process.send(message, () => {});
  }

  #hear(message: FromWorker, listener: Listener): void {
    if (message.kind === 'ready') {
      this.state = 'ready';
      listener.onReady(this);
    } else if (message.kind === 'holding') {
      listener.onHolding(message.id);
    } else if (message.kind === 'polls') {
      this.#onPolls?.(message.polls);
    } else {
      const delivery = this.deliveries.get(message.id);
      if (delivery === undefined) throw new Error(`Job ${message.id} was answered twice.`);
      this.deliveries.delete(message.id);
      if (message.kind === 'acknowledged') this.acknowledged++;
      listener.onAnswer(this, delivery, message);
    }
  }
}
