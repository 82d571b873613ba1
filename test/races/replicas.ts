/** The replicas of one bot, as processes behind a balancer that a Bot API server delivers to. */

import type { ChildProcess } from 'node:child_process';
import type { BotAccount, BotApiServer } from '../support/bot-api-server';
import { callApi } from '../support/call-api';
import { Balancer, type Upstream } from './balancer';
import { startChild } from './child';
import type { FromReplica, ReplicaSetup } from './replica';

const SECRET = 'secret-of-the-replicas';
const STARTS_WITHIN_MS = 20_000;

/** One process, as its parent sees it. */
export class Replica implements Upstream {
  /** Where it takes updates, while it does. */
  url: string | undefined;
  readonly ready: Promise<void>;
  /** The exit code, or the signal that ended it. */
  readonly ended: Promise<number | string | null>;
  /** All tokens that it ever held a lease by, told when it ends by itself. */
  tokens: readonly string[] = [];
  /** What it has printed as errors. */
  complaint = '';
  readonly #process: ChildProcess;

  constructor(program: string, setup: ReplicaSetup) {
    const child = startChild(program, setup, (text) => {
      this.complaint += text;
    });
    this.#process = child;
    this.ended = new Promise((resolve) => {
      // `close` comes after the last message.
      child.once('close', (code, signal) => {
        this.url = undefined;
        resolve(signal ?? code);
      });
    });
    this.ready = new Promise((resolve, reject) => {
      const fail = (): void => reject(new Error(`A replica did not start: ${this.complaint}`));
      const timer = setTimeout(fail, STARTS_WITHIN_MS);
      void this.ended.then(fail).finally(() => clearTimeout(timer));
      child.on('message', (message: FromReplica) => {
        if (message.kind === 'closed') {
          this.tokens = message.tokens;
          return;
        }
        clearTimeout(timer);
        this.url = message.url;
        resolve();
      });
    });
    this.ready.catch(() => {}); // told to whoever waits for it
  }

  kill(): void {
    this.url = undefined;
    this.#process.kill('SIGKILL');
  }

  /** Asks it to end by itself; it is given no more updates. */
  terminate(): void {
    this.url = undefined;
    this.#process.kill('SIGTERM');
  }
}

export type ReplicasSetup = Pick<ReplicaSetup, 'place' | 'options'> & {
  readonly program: string;
  readonly server: BotApiServer;
};

/** Two on grammY and two on Telegraf, for one bot. */
export class Replicas {
  readonly account: BotAccount;
  /** One for each seat. */
  readonly all: Replica[] = [];
  readonly #setup: ReplicasSetup;
  readonly #hired: Replica[] = [];
  #balancer: Balancer | undefined;

  private constructor(setup: ReplicasSetup) {
    this.#setup = setup;
    this.account = setup.server.addBot();
  }

  static async start(setup: ReplicasSetup): Promise<Replicas> {
    const replicas = new Replicas(setup);
    try {
      for (let seat = 0; seat < 4; seat++) replicas.all.push(replicas.hire(seat));
      await Promise.all(replicas.all.map(({ ready }) => ready));
      replicas.#balancer = await Balancer.start(replicas.all);
      const { url } = replicas.balancer;
      await callApi(setup.server, replicas.account, 'setWebhook', { url, secret_token: SECRET });
    } catch (error) {
      await replicas.stop();
      throw error;
    }
    return replicas;
  }

  get balancer(): Balancer {
    if (this.#balancer === undefined) throw new Error('The replicas are not there yet.');
    return this.#balancer;
  }

  /** Starts another process for a seat, which is not given updates before it is seated. */
  hire(seat: number): Replica {
    const { program, server, place, options } = this.#setup;
    const { token } = this.account;
    const replica = new Replica(program, {
      framework: seat % 2 === 0 ? 'grammy' : 'telegraf',
      place,
      token,
      apiRoot: server.url,
      secretToken: SECRET,
      options,
    });
    this.#hired.push(replica);
    return replica;
  }

  async stop(): Promise<void> {
    for (const replica of this.#hired) replica.kill();
    await Promise.all(this.#hired.map(({ ended }) => ended));
    await this.#balancer?.close();
  }
}
