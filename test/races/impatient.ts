/** The frameworks with a time limit on their handlers: each gives up on an update whose handler runs on all the same. */

import { type Bot, BotError, webhookCallback } from 'grammy';
import { type Subject, subject } from '../adapters/subjects';
import { connect } from '../support/harness/connect';
import type { Engine, RawBot } from '../support/harness/engine';
import { createGrammy } from '../support/harness/grammy';
import { createTelegraf } from '../support/harness/telegraf';
import { createVibegram } from '../support/harness/vibegram';
import { vibegram } from '../support/load-vibegram';

/** A framework that waits for its handlers for no longer than a moment. */
export interface Impatient {
  readonly title: string;
  readonly subject: Subject;
  /** The error that tells of it; `undefined` where the update simply counts as handled. */
  readonly told: RegExp | undefined;
  /** Whether there is no such time limit here; prints why. */
  isSkipped(): boolean;
}

const LIMIT_MS = 50;

export const impatient: readonly Impatient[] = [
  of(
    'grammY webhookCallback, onTimeout throw',
    'grammy',
    (options) => limited(createGrammy(options), 'throw'),
    {
      told: /timed out/,
    },
  ),
  of('grammY webhookCallback, onTimeout return', 'grammy', (options) =>
    limited(createGrammy(options), 'return'),
  ),
  of(
    'Telegraf handlerTimeout',
    'telegraf',
    (options) => withOption(createTelegraf(options), 'handlerTimeout', LIMIT_MS),
    { told: /timed out/ },
  ),
  of(
    'vibegram updateTimeout',
    'vibegram',
    (options) => withOption(createVibegram(options), 'updateTimeout', LIMIT_MS),
    { told: /UpdateTimeoutError/, isSkipped: skipsStandIn },
  ),
];

function of(
  title: string,
  name: Subject['name'],
  create: Parameters<typeof connect>[0],
  rest: Partial<Impatient> = {},
): Impatient {
  const impatient: Subject = { ...subject(name), connect: (options) => connect(create, options) };
  return { title, subject: impatient, told: undefined, isSkipped: () => false, ...rest };
}

function limited(engine: Engine, onTimeout: 'throw' | 'return'): Engine {
  return {
    ...engine,
    webhook(secretToken) {
      const limits = { secretToken, timeoutMilliseconds: LIMIT_MS, onTimeout };
      const handle = webhookCallback(engine.raw as Bot, 'http', limits);
      return (request, response) =>
        handle(request, response).catch((error: unknown) => {
          throw error instanceof BotError ? error.error : error;
        });
    },
  };
}

/** Sets an option of a bot that the harness has made without it. */
function withOption(engine: Engine, name: string, value: unknown): Engine {
  const { options } = engine.raw as RawBot & { readonly options?: unknown };
  if (typeof options !== 'object' || options === null)
    throw new Error('This bot keeps its options elsewhere.');
  Object.assign(options, { [name]: value });
  return engine;
}

function skipsStandIn(): boolean {
  if (vibegram.which === 'real') return false;
  console.warn('Skipped: the stand-in for vibegram has no updateTimeout; VIBEGRAM_DIR names no real one.');
  return true;
}
