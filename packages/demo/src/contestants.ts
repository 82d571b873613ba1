/** The frameworks of the demo, each with its own session and with ours. */

import type { SessionStore } from '@sessiongram/grammy';
import * as forGrammy from '@sessiongram/grammy';
import * as forTelegraf from '@sessiongram/telegraf';
import * as forVibegram from '@sessiongram/vibegram';
import * as grammy from 'grammy';
import * as telegraf from 'telegraf';
import type { BotAccount, BotApiServer } from '../../../test/support/bot-api-server';
import { type Connection, connect } from '../../../test/support/harness/connect';
import type { AnyMiddleware, BotFacade, Engine, EngineOptions } from '../../../test/support/harness/engine';
import { createGrammy } from '../../../test/support/harness/grammy';
import { createTelegraf } from '../../../test/support/harness/telegraf';
import { grammyQuickStart, telegrafQuickStart, vibegramQuickStart } from './quick-start';

export interface Counter {
  counter: number;
}

/** A store as a database is one: it answers later, and keeps text. */
export class SlowStore {
  readonly #texts = new Map<string, string>();

  async get(key: string): Promise<Counter | undefined> {
    await this.#latency();
    const text = this.#texts.get(key);
    return text === undefined ? undefined : (JSON.parse(text) as Counter);
  }

  async set(key: string, value: unknown): Promise<void> {
    await this.#latency();
    this.#texts.set(key, JSON.stringify(value));
  }

  async delete(key: string): Promise<void> {
    await this.#latency();
    this.#texts.delete(key);
  }

  /** What was counted, in the only session there is. */
  get counted(): number {
    const [text] = this.#texts.values();
    return text === undefined ? 0 : (JSON.parse(text) as Counter).counter;
  }

  #latency(): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, 2));
  }
}

export interface Contestant {
  readonly name: string;
  connect(
    server: BotApiServer,
    account: BotAccount,
    configure: (bot: BotFacade) => void,
  ): Promise<Connection>;
  quickStart(bot: BotFacade, store: SessionStore): void;
  ownSession(store: SlowStore): AnyMiddleware;
  ourSession(store: SlowStore): AnyMiddleware;
}

const initial = (): Counter => ({ counter: 0 });

/** grammY and Telegraf, and vibegram where `VIBEGRAM_DIR` names a built copy. */
export async function contestants(): Promise<Contestant[]> {
  const known: Contestant[] = [
    {
      name: 'grammY',
      connect: by(createGrammy),
      quickStart: (bot, store) => grammyQuickStart(bot.raw as never, store),
      ownSession: (store) => {
        const storage = {
          read: (key: string) => store.get(key),
          write: (key: string, value: Counter) => store.set(key, value),
          delete: (key: string) => store.delete(key),
        };
        return grammy.session({ initial, storage });
      },
      ourSession: (store) => forGrammy.session({ initial, store }),
    },
    {
      name: 'Telegraf',
      connect: by(createTelegraf),
      quickStart: (bot, store) => telegrafQuickStart(bot.raw as never, store),
      ownSession: (store) =>
        telegraf.session<Counter, telegraf.Context & { session: Counter }>({
          defaultSession: initial,
          store,
        }),
      ourSession: (store) => forTelegraf.session({ initial, store }),
    },
  ];
  const { VIBEGRAM_DIR } = process.env;
  if (VIBEGRAM_DIR === undefined) return known;
  const { createVibegram } = await import('../../../test/support/harness/vibegram');
  const { vibegram } = await import('../../../test/support/load-vibegram');
  known.push({
    name: 'vibegram',
    connect: by(createVibegram),
    quickStart: (bot, store) => vibegramQuickStart(bot.raw as never, store),
    ownSession: (store) => vibegram.session({ initial, store }),
    ourSession: (store) => forVibegram.session({ initial, store }),
  });
  return known;
}

function by(create: (options: EngineOptions) => Engine): Contestant['connect'] {
  return (server, account, configure) => connect(create, { server, account, mode: 'polling', configure });
}
