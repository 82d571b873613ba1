/** What a case of the adapter suite is run on, and the frame of one. */

import type { MaybePromise } from '../maybe-promise';
import type { SessionOptions } from '../middleware';
import type { MissingKeyPolicy } from '../options';
import type { SessionStore } from '../store';
import type { Case } from './case';
import { sleep } from './expect';

/** An adapter, and a way to run bots of its framework. */
export interface AdapterSubject {
  /** What the adapter does with an update without a key, unless told otherwise. */
  readonly onMissingKey: MissingKeyPolicy;
  /** The adapter's `session()`. */
  session(options: AdapterOptions): unknown;
  /** Makes an engine by the `Sessions` that the adapter exports. */
  sessions(options: Pick<AdapterOptions, 'store' | 'initial'>): unknown;
  /** Starts a bot of the framework that has these middlewares, in this order, and then one handler for all updates. */
  start(middlewares: readonly unknown[], handler: (ctx: AdapterContext) => unknown): MaybePromise<RunningBot>;
}

/** The options of `session()` that the cases use. */
export type AdapterOptions = Pick<
  SessionOptions<Basket>,
  'store' | 'initial' | 'prefix' | 'saveOnError' | 'getSessionKey' | 'property' | 'onMissingKey'
> & { readonly sessions?: unknown };

/** The framework's context of one update, with the sessions on it. */
export interface AdapterContext {
  readonly update: object;
  session: Basket | null | undefined;
  again?: Basket;
}

/** A bot that handles what it is given. */
export interface RunningBot {
  /** Handles one raw update of the Bot API, and settles when the framework has done with it. Does not reject. */
  handle(update: object): Promise<unknown>;
  /** What has reached the framework's error handler, unwrapped. */
  readonly errors: readonly unknown[];
  stop(): MaybePromise<unknown>;
}

/** The session of all cases. */
export interface Basket {
  counter: number;
  cart: string[];
}

/** A case of the adapter suite. Each starts bots of its own, and stops them. */
export type AdapterCase = Case<AdapterSubject>;

export const initial = (): Basket => ({ counter: 0, cart: [] });

/** Starts a bot for a case, and stops it. */
export async function withBot(
  subject: AdapterSubject,
  middlewares: readonly unknown[],
  handler: (ctx: AdapterContext) => unknown,
  run: (bot: RunningBot) => Promise<void>,
): Promise<void> {
  const bot = await subject.start(middlewares, handler);
  try {
    await run(bot);
  } finally {
    await bot.stop();
  }
}

/** A private message; its session has the key `userId:userId`. */
export function textFrom(userId: number, update_id: number): object {
  const from = { id: userId, is_bot: false, first_name: 'User' };
  const chat = { id: userId, type: 'private', first_name: 'User' };
  return { update_id, message: { message_id: update_id, date: 1, chat, from, text: 'hi' } };
}

/** A store that writes down what it is asked, and takes its time, so that what can come between does. */
export class SlowStore implements SessionStore<Basket> {
  readonly commands: string[] = [];
  readonly texts: Map<string, string> = new Map();
  /** Thrown by the next `get`. */
  failure: Error | undefined;

  async get(key: string): Promise<Basket | undefined> {
    this.commands.push(`get ${key}`);
    const { failure } = this;
    this.failure = undefined;
    if (failure !== undefined) throw failure;
    await sleep(0);
    return this.peek(key);
  }

  async set(key: string, value: Basket): Promise<void> {
    const text = JSON.stringify(value);
    this.commands.push(`set ${key}`);
    await sleep(0);
    this.texts.set(key, text);
  }

  async delete(key: string): Promise<void> {
    this.commands.push(`delete ${key}`);
    await sleep(0);
    this.texts.delete(key);
  }

  /** What is stored, without asking for it. */
  peek(key: string): Basket | undefined {
    const text = this.texts.get(key);
    return text === undefined ? undefined : JSON.parse(text);
  }

  get writes(): string[] {
    return this.commands.filter((command) => !command.startsWith('get '));
  }
}
