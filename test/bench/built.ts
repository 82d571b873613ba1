/** The built packages: what is published is measured, not the sources. */

import type * as Core from '@sessiongram/core';
import type * as Grammy from '@sessiongram/grammy';
import type * as Postgres from '@sessiongram/postgres';
import type * as Redis from '@sessiongram/redis';
import type * as Sqlite from '@sessiongram/sqlite';
import type * as Telegraf from '@sessiongram/telegraf';
import type * as Vibegram from '@sessiongram/vibegram';

export type { Core };

/** The door of a package as it is built. */
export function doorOf(name: string): URL {
  return new URL(`../../packages/${name}/dist/index.js`, import.meta.url);
}

export const core = await built<typeof Core>('core');
export const grammy = await built<typeof Grammy>('grammy');
export const telegraf = await built<typeof Telegraf>('telegraf');
export const vibegram = await built<typeof Vibegram>('vibegram');
export const redis = await built<typeof Redis>('redis');
export const sqlite = await built<typeof Sqlite>('sqlite');
export const postgres = await built<typeof Postgres>('postgres');

// An alias that leads to the sources would measure what nobody installs.
for (const adapter of [grammy, telegraf, vibegram]) {
  if (adapter.Sessions !== core.Sessions)
    throw new Error('An adapter does not run on the core that was built.');
}

async function built<Module>(name: string): Promise<Module> {
  return (await import(doorOf(name).href)) as Module;
}
