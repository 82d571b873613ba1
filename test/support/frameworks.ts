/** The three frameworks behind one harness, so that one test body runs on all of them. */

import { type Connection, type ConnectOptions, connect } from './harness/connect';
import type { Engine, EngineOptions, FrameworkName } from './harness/engine';
import { createGrammy } from './harness/grammy';
import { createTelegraf } from './harness/telegraf';
import { createVibegram } from './harness/vibegram';

export type { Connection, ConnectOptions } from './harness/connect';
export type { AnyMiddleware, BotFacade, Handler, LooseContext, Next, RawBot } from './harness/engine';

export interface Framework {
  readonly name: FrameworkName;
  connect(options: ConnectOptions): Promise<Connection>;
}

export const frameworks: readonly Framework[] = [
  framework('grammy', createGrammy),
  framework('telegraf', createTelegraf),
  framework('vibegram', createVibegram),
];

function framework(name: FrameworkName, create: (options: EngineOptions) => Engine): Framework {
  return { name, connect: (options) => connect(create, options) };
}
