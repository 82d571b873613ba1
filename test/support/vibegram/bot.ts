/** The bot itself: runs updates through its middleware, one after the other when it polls. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { RawUpdate, RawUser } from '../bot-api/types';
import { Client } from './client';
import { Composer } from './composer';
import { Context } from './context';
import type { VibegramBot, VibegramContext, VibegramOptions } from './shape';

const PAUSE_AFTER_ERROR_MS = 3_000;

export class Bot<C extends VibegramContext = VibegramContext> extends Composer<C> implements VibegramBot<C> {
  readonly client: Client;
  readonly options: VibegramOptions;
  readonly #active = new Set<Promise<void>>();
  #onError: ((error: unknown, ctx: C) => unknown) | undefined;
  #isPolling = false;
  #polling: Promise<void> | undefined;
  #offset = 0;

  constructor(token: string, options: VibegramOptions = {}) {
    super();
    if (!token) throw new Error('A bot needs a token');
    this.client = new Client(token);
    this.options = options;
  }

  catch(handler: (error: unknown, ctx: C) => unknown): void {
    this.#onError = handler;
  }

  async handleUpdate(update: RawUpdate): Promise<void> {
    const run = this.#run(update);
    this.#active.add(run);
    await run.finally(() => this.#active.delete(run));
  }

  async launch(options: { onStart?: (me: RawUser) => void } = {}): Promise<void> {
    if (this.#isPolling) return;
    const me = (await this.client.callApi('getMe')) as RawUser;
    options.onStart?.(me);
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => void this.stop().finally(() => process.exit()));
    }
    this.#isPolling = true;
    this.#polling = this.#poll();
  }

  /** Waits for the poll under way and for every running handler; what was fetched last stays unconfirmed. */
  async stop(): Promise<void> {
    this.#isPolling = false;
    await this.#polling;
    await Promise.allSettled(this.#active);
  }

  setWebhook(url: string, extra: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    return this.client.callApi('setWebhook', { url, ...extra });
  }

  deleteWebhook(dropPendingUpdates = false): Promise<unknown> {
    return this.client.callApi('deleteWebhook', { drop_pending_updates: dropPendingUpdates });
  }

  async #run(update: RawUpdate): Promise<void> {
    // The composer knows contexts by shape; a bot's author says by the type argument what middleware adds to them.
    const ctx = new Context(update, this.client) as VibegramContext as C;
    try {
      await this.middleware()(ctx, async () => {});
    } catch (error) {
      if (this.#onError == null) throw error;
      await this.#onError(error, ctx);
    }
  }

  async #poll(): Promise<void> {
    const { interval = 300, limit = 100, timeout = 30 } = this.options.polling ?? {};
    while (this.#isPolling) {
      try {
        const updates = await this.client.callApi('getUpdates', { offset: this.#offset, limit, timeout });
        for (const update of updates as RawUpdate[]) {
          if (!this.#isPolling) break;
          this.#offset = update.update_id + 1;
          await this.handleUpdate(update);
        }
        if (this.#isPolling) await sleep(interval);
      } catch (error) {
        this.options.observability?.hooks?.onPollingError?.({ error });
        if (this.#isPolling) await sleep(PAUSE_AFTER_ERROR_MS);
      }
    }
  }
}
