/** The vibegram to test with: a built copy of the real one where `VIBEGRAM_DIR` names its directory, else the stand-in. */

import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import type { VibegramBot, VibegramContext, VibegramModule } from './vibegram/shape';
import * as standIn from './vibegram/vibegram';

export type { Middleware, VibegramBot, VibegramContext } from './vibegram/shape';

export interface Vibegram extends VibegramModule {
  readonly which: 'real' | 'stand-in';
  /** Points a bot at another server than Telegram's. */
  withApiRoot<C extends VibegramContext>(bot: VibegramBot<C>, url: string): VibegramBot<C>;
}

export function loadVibegram(directory: string | undefined): Vibegram {
  const module = directory ? loadReal(directory) : standIn;
  const which = directory ? 'real' : 'stand-in';
  console.log(which === 'real' ? `vibegram: the real one, from ${directory}` : 'vibegram: the stand-in');
  const { Bot, Scene, Stage, Wizard, MemorySessionStore, session, createNativeHandler } = module;
  return { Bot, Scene, Stage, Wizard, MemorySessionStore, session, createNativeHandler, which, withApiRoot };
}

const { VIBEGRAM_DIR } = process.env;
export const vibegram: Vibegram = loadVibegram(VIBEGRAM_DIR);

/** A directory that was named and cannot be used is an error: falling back would test something else unnoticed. */
function loadReal(directory: string): VibegramModule {
  const load = createRequire(import.meta.url);
  let module: Partial<VibegramModule>;
  try {
    module = load(resolve(directory)) as Partial<VibegramModule>;
  } catch (cause) {
    throw new Error(`VIBEGRAM_DIR names ${directory}, and no built vibegram can be loaded from there`, {
      cause,
    });
  }
  for (const name of Object.keys(standIn) as (keyof VibegramModule)[]) {
    if (module[name] == null) throw new Error(`VIBEGRAM_DIR names ${directory}, whose module has no ${name}`);
  }
  return module as VibegramModule;
}

function withApiRoot<C extends VibegramContext>(bot: VibegramBot<C>, url: string): VibegramBot<C> {
  const { client } = bot;
  // The framework has no option for it, and keeps the address of Telegram in this property of its client.
  if (!Object.hasOwn(client, 'apiBaseUrl')) throw new Error('This vibegram keeps its base address elsewhere');
  Object.assign(client, { apiBaseUrl: `${url}/bot${client.token}/` });
  return bot;
}
