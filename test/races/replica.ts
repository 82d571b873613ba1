/** One replica of a bot: a process with a real bot behind its framework's own webhook handler, over HTTP. */

import { AsyncLocalStorage } from 'node:async_hooks';
import type { ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { Sessions, type SessionsOptions } from '@sessiongram/core';
import { session as grammySession } from '@sessiongram/grammy';
import { session as telegrafSession } from '@sessiongram/telegraf';
import { Telegraf } from 'telegraf';
import type { RawUpdate } from '../support/bot-api-server';
import type { AnyMiddleware, LooseContext, RawBot } from '../support/harness/engine';
import { createGrammy } from '../support/harness/grammy';
import { createTelegraf } from '../support/harness/telegraf';
import { startWebhookHost } from '../support/harness/webhook-host';
import { openPlace, type Place } from './place';
import { rememberTokens } from './remember-tokens';

/** What a replica needs to know, as its one argument. */
export interface ReplicaSetup {
  readonly framework: 'grammy' | 'telegraf';
  readonly place: Place;
  readonly token: string;
  readonly apiRoot: string;
  readonly secretToken: string;
  readonly options: Pick<SessionsOptions<Tally>, 'leaseMs' | 'exclusive' | 'skipRedelivered'>;
}

/** What the sessions hold. */
export interface Tally {
  messages: number;
  presses: number;
  /** The update ids, in the order in which they were counted. */
  ids: number[];
}

export type FromReplica =
  | { readonly kind: 'ready'; readonly url: string }
  /** The last word of one that was asked to end: all tokens that it has ever held a lease by. */
  | { readonly kind: 'closed'; readonly tokens: readonly string[] };

const CLOSE_WITHIN_MS = 10_000;
/** How long a message takes that says so, besides the call: longer than the Bot API server of the races waits. */
const SLOW_MS = 250;

const engines = { grammy: createGrammy, telegraf: createTelegraf };
/** Their types are tested elsewhere. */
const middlewares = { grammy: grammySession, telegraf: telegrafSession } as unknown as Record<
  keyof typeof engines,
  (options: object) => AnyMiddleware
>;
/** Where the error handler of a framework finds the answer to the update that failed. */
const answers = new AsyncLocalStorage<ServerResponse>();

void serve(JSON.parse(process.argv[2] ?? '') as ReplicaSetup);

async function serve({ framework, place, options, secretToken, ...bot }: ReplicaSetup): Promise<void> {
  const opened = await openPlace(place);
  const { store, tokens } = rememberTokens(opened.store);
  const initial = (): Tally => ({ messages: 0, presses: 0, ids: [] });
  const sessions = new Sessions<Tally>({ store, initial, ...options });

  const engine = engines[framework]({ ...bot, onError: answerWithFailure });
  confirmLate(engine.raw);
  engine.use(middlewares[framework]({ sessions }));
  engine.use(count);
  await engine.prepare();
  const webhook = engine.webhook(secretToken);
  const host = await startWebhookHost(
    (request, response) => answers.run(response, () => webhook(request, response)),
    () => {}, // the answer tells
  );

  process.once('SIGTERM', async () => {
    const answered = host.close();
    await sessions.close({ timeoutMs: CLOSE_WITHIN_MS });
    await answered;
    await opened.settle();
    await opened.close();
    process.send?.({ kind: 'closed', tokens: [...tokens] } satisfies FromReplica, () => process.exit(0));
  });
  process.on('disconnect', () => process.exit(1));
  process.send?.({ kind: 'ready', url: host.url } satisfies FromReplica);
}

/** Reads, waits for a call as handlers do, and writes what it has made of what it read. */
async function count(ctx: LooseContext<Tally>): Promise<void> {
  const { session, update } = ctx;
  const { messages, presses } = session;
  const ids = [...session.ids, update.update_id];
  await ctx.reply('Counting');
  if (isSlow(update)) await pause(SLOW_MS);
  if ('message' in update) session.messages = messages + 1;
  else session.presses = presses + 1;
  session.ids = ids;
}

function isSlow({ message }: RawUpdate): boolean {
  return (message as { text?: string } | undefined)?.text === 'slow';
}

/** Telegraf writes a handler's first call into its answer, so that the update is confirmed before anything is saved. */
function confirmLate(bot: RawBot): void {
  if (bot instanceof Telegraf) bot.telegram.webhookReply = false;
}

/** Telegraf confirms an update whatever became of its handler, unless its error handler sees to it. */
function answerWithFailure(): void {
  const response = answers.getStore();
  if (response !== undefined) response.statusCode = 500;
}
