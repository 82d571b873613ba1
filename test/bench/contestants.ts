/** Who is measured: each framework's own sessions, ours in its place, a middleware that does nothing, and the barest that does the same. */

import { lazySession as grammyLazy, session as grammySession } from 'grammy';
import { session as telegrafSession } from 'telegraf';
import { vibegram as realVibegram } from '../support/load-vibegram';
import { bareSession, type Parts } from './bare-session';
import * as built from './built';
import { type BenchContext, type FrameworkName, hasRealVibegram } from './contexts';

export type BenchMiddleware = (ctx: BenchContext, next: () => Promise<unknown>) => Promise<unknown>;

export interface Contestant {
  readonly name: string;
  readonly framework: FrameworkName;
  readonly side: 'floor' | 'theirs' | 'ours' | 'bound';
  readonly mode: 'eager' | 'lazy';
  /** A middleware with a memory store of its own. */
  install(initial: () => object, options?: { readonly store: object }): BenchMiddleware;
}

type Installer = (options: object) => unknown;

const doNothing: Installer = () => async (_ctx: BenchContext, next: () => Promise<unknown>) => {
  await next();
};

/** Telegraf calls the option by another name. */
const ofTelegraf: Installer = ({ initial, ...rest }: { initial?: unknown }) =>
  telegrafSession({ ...rest, defaultSession: initial } as Parameters<typeof telegrafSession>[0]);

export const contestants: readonly Contestant[] = [
  contestant('floor on grammY', 'grammY', 'floor', 'eager', doNothing),
  contestant('floor on Telegraf', 'Telegraf', 'floor', 'eager', doNothing),
  contestant('floor on vibegram', 'vibegram', 'floor', 'eager', doNothing),
  contestant('grammY session', 'grammY', 'theirs', 'eager', grammySession as Installer),
  contestant('grammY lazySession', 'grammY', 'theirs', 'lazy', grammyLazy as Installer),
  contestant('Telegraf session', 'Telegraf', 'theirs', 'eager', ofTelegraf),
  ...(hasRealVibegram
    ? [contestant('vibegram session', 'vibegram', 'theirs', 'eager', realVibegram.session as Installer)]
    : []),
  contestant('ours in grammY', 'grammY', 'ours', 'eager', built.grammy.session as Installer),
  contestant('ours in grammY, lazy', 'grammY', 'ours', 'lazy', built.grammy.lazySession as Installer),
  contestant('ours in Telegraf', 'Telegraf', 'ours', 'eager', built.telegraf.session as Installer),
  contestant('ours in vibegram', 'vibegram', 'ours', 'eager', built.vibegram.session as Installer),
  contestant('ours in grammY, draft', 'grammY', 'ours', 'eager', drafting(built.grammy.session as Installer)),
  contestant(
    'ours in Telegraf, draft',
    'Telegraf',
    'ours',
    'eager',
    drafting(built.telegraf.session as Installer),
  ),
  contestant(
    'bound: ours in grammY without AsyncLocalStorage',
    'grammY',
    'bound',
    'eager',
    unfollowed(built.grammy.session as Installer),
  ),
  contestant(
    'bound: ours in Telegraf without AsyncLocalStorage',
    'Telegraf',
    'bound',
    'eager',
    unfollowed(built.telegraf.session as Installer),
  ),
  contestant('bound: the barest session (grammY)', 'grammY', 'bound', 'eager', barest(built.grammy)),
  contestant('bound: the barest session (Telegraf)', 'Telegraf', 'bound', 'eager', barest(built.telegraf)),
];

/** Only for a process of its own, in which nothing of ours has run yet. */
function unfollowed(installer: Installer): Installer {
  return (options) => {
    Object.assign(globalThis, { [Symbol.for('sessiongram.scopes')]: undefined });
    return installer(options);
  };
}

function barest(parts: unknown): Installer {
  return ({ initial }: { initial?: unknown }) => bareSession(parts as Parts, initial as () => object);
}

function drafting(installer: Installer): Installer {
  return (options) => installer({ ...options, isolation: 'draft' });
}

export function contestantCalled(name: string): Contestant {
  const found = contestants.find((each) => each.name === name);
  if (found === undefined) throw new Error(`There is no contestant called ${name}.`);
  return found;
}

function contestant(
  name: string,
  framework: FrameworkName,
  side: Contestant['side'],
  mode: Contestant['mode'],
  installer: Installer,
): Contestant {
  return {
    name,
    framework,
    side,
    mode,
    install: (initial, options) => installer({ ...options, initial }) as BenchMiddleware,
  };
}
