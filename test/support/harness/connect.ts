/** Connects a framework's bot to the local server, by its own polling or its own webhook handler. */

import { Journal } from '../bot-api/journal';
import type { BotAccount, BotApiServer, RawUpdate } from '../bot-api-server';
import type { BotFacade, Engine, EngineOptions } from './engine';
import { startWebhookHost } from './webhook-host';

const SECRET = 'secret-of-the-local-webhook';

export interface ConnectOptions {
  readonly server: BotApiServer;
  readonly account: BotAccount;
  readonly mode: 'polling' | 'webhook';
  /** Installs middleware before the first update comes. */
  configure(bot: BotFacade): void | Promise<void>;
}

export interface Connection {
  /** What reached the framework's error handler, and what ended its polling or its webhook request. */
  readonly errors: readonly unknown[];
  /** Resolves to the first `count` of them, those there already included. */
  waitForErrors(count?: number): Promise<unknown[]>;
  /** Runs one update without the server between; a rejection goes to `errors`. */
  handle(update: RawUpdate): Promise<void>;
  /** Stops as the framework stops; updates under way are finished. The webhook stays set, as in a restart. */
  stop(): Promise<void>;
  /** Stops as if the process were killed: from now on the server hears nothing more of this bot. */
  crash(): void;
  /** Lets the bot handle its next webhook updates and then loses its answers, so that they come again. */
  loseAnswers(times?: number): void;
}

interface Transport {
  stop(): Promise<void>;
  crash(): void;
  loseAnswers(times: number): void;
}

export async function connect(
  create: (options: EngineOptions) => Engine,
  { server, account, mode, configure }: ConnectOptions,
): Promise<Connection> {
  const errors = new Journal<unknown>();
  const onError = (error: unknown): void => errors.add(error);
  const line = server.line();
  const engine = create({ token: account.token, apiRoot: line.url, onError });
  await configure(facadeOf(engine));
  await engine.prepare();
  const transport = await (mode === 'polling'
    ? startPolling(engine, account, onError)
    : startWebhook(engine, onError));
  return {
    errors: errors.entries,
    waitForErrors: (count = 1) => errors.until(count, 'errors', () => true),
    handle: async (update) => {
      await engine.handle(update).catch(onError);
    },
    stop: () => transport.stop(),
    crash: () => {
      transport.crash();
      line.cut();
    },
    loseAnswers: (times = 1) => transport.loseAnswers(times),
  };
}

async function startPolling(
  engine: Engine,
  account: BotAccount,
  onError: (error: unknown) => void,
): Promise<Transport> {
  const polls = account.calls.filter(({ method }) => method === 'getUpdates').length;
  const firstPoll = account.waitForCalls('getUpdates', polls + 1);
  const polling = engine.poll();
  await Promise.race([firstPoll, polling.then(() => firstPoll)]);
  const ended = polling.catch(onError);
  const stop = async (): Promise<void> => {
    const stopping = engine.stopPolling();
    // vibegram waits for its last poll instead of cancelling it.
    account.endPoll();
    await stopping;
    await ended;
  };
  return {
    stop,
    crash: () => void engine.stopPolling().catch(() => {}),
    loseAnswers: () => {
      throw new TypeError('A polling bot sends no answers that could be lost');
    },
  };
}

async function startWebhook(engine: Engine, onError: (error: unknown) => void): Promise<Transport> {
  const host = await startWebhookHost(engine.webhook(SECRET), onError);
  try {
    await engine.setWebhook(host.url, SECRET);
  } catch (error) {
    host.destroy();
    throw error;
  }
  return { stop: host.close, crash: host.destroy, loseAnswers: host.loseAnswers };
}

function facadeOf(engine: Engine): BotFacade {
  return {
    raw: engine.raw,
    use: (middleware) => engine.use(middleware),
    onMessage: (handler) => engine.onMessage(handler),
    onAny: (handler) => engine.use(handler),
  };
}
