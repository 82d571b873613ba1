/** What the demo shows where it has no token: a conversation, a restart in the midst of it, and who counts to 20. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteSessionStore } from '@sessiongram/sqlite';
import { BotApiServer } from '../../../test/support/bot-api-server';
import type { AnyMiddleware, LooseContext } from '../../../test/support/harness/engine';
import { type Contestant, type Counter, contestants, SlowStore } from './contestants';

const UPDATES = 20;
const ALICE = 42;
const BOB = 7;
const CONVERSATION: readonly (readonly [name: string, userId: number, text: string])[] = [
  ['Alice', ALICE, 'hello'],
  ['Alice', ALICE, 'are you counting?'],
  ['Bob', BOB, 'hi, I am new here'],
  ['Alice', ALICE, 'and me?'],
];
const AFTER_THE_RESTART = [['Alice', ALICE, 'do you remember me?']] as const;

/** @returns the exit code: 0 when ours counted to 20 on every framework */
export async function show(): Promise<number> {
  const server = await BotApiServer.start();
  const folder = await mkdtemp(join(tmpdir(), 'sessiongram-demo-'));
  try {
    const all = await contestants();
    console.log('A local Bot API server is running; the bots talk to it over HTTP.');
    console.log('They keep their sessions in an SQLite file.');
    for (const contestant of all) {
      const path = join(folder, `${contestant.name}.sqlite`);
      console.log(`\n${contestant.name}`);
      await converse(server, contestant, path, CONVERSATION);
      console.log('  ── the bot stops, and a new one starts on the same file ──');
      await converse(server, contestant, path, AFTER_THE_RESTART);
    }

    console.log(
      `\n${UPDATES} messages of one user at the same time, each counted after an answer was sent:\n`,
    );
    const rows = [];
    for (const contestant of all) {
      const own = await race(server, contestant, (store) => contestant.ownSession(store));
      const ours = await race(server, contestant, (store) => contestant.ourSession(store));
      rows.push({ name: contestant.name, own, ours });
    }
    console.log(`  ${'framework'.padEnd(12)}${'its own session()'.padEnd(26)}sessiongram`);
    for (const { name, own, ours } of rows) {
      console.log(`  ${name.padEnd(12)}${score(own).padEnd(26)}${score(ours)}`);
    }
    if (process.env['VIBEGRAM_DIR'] === undefined) {
      console.log('\nSet VIBEGRAM_DIR to a built copy of vibegram to see it run as well,');
      console.log('or BOT_TOKEN to a token from @BotFather to run the quick start on Telegram.');
    }
    return rows.every(({ ours }) => ours === UPDATES) ? 0 : 1;
  } finally {
    await server.close();
    await rm(folder, { recursive: true });
  }
}

async function converse(
  server: BotApiServer,
  contestant: Contestant,
  path: string,
  conversation: readonly (readonly [name: string, userId: number, text: string])[],
): Promise<void> {
  const account = server.addBot();
  const store = new SqliteSessionStore(path);
  const connection = await contestant.connect(server, account, (bot) => contestant.quickStart(bot, store));
  let answers = 0;
  for (const [name, userId, text] of conversation) {
    account.text(userId, text);
    console.log(`  ${name.padEnd(6)} ${text}`);
    const calls = await account.waitForCalls('sendMessage', ++answers);
    console.log(`  ${'bot'.padEnd(6)} ${calls.at(-1)?.payload['text']}`);
  }
  await account.drained();
  await connection.stop();
  await store.close();
}

/** How far a session counts when as many updates as there are come at once. */
async function race(
  server: BotApiServer,
  contestant: Contestant,
  session: (store: SlowStore) => AnyMiddleware,
): Promise<number> {
  const account = server.addBot();
  const store = new SlowStore();
  const connection = await contestant.connect(server, account, (bot) => {
    bot.use(session(store));
    bot.onMessage(async (ctx: LooseContext<Counter>) => {
      const { counter } = ctx.session;
      await ctx.reply('counting');
      ctx.session.counter = counter + 1;
    });
  });
  const updates = Array.from({ length: UPDATES }, (_, index) => messageFrom(ALICE, index));
  await Promise.all(updates.map((update) => connection.handle(update)));
  await connection.stop();
  if (connection.errors.length > 0) throw connection.errors[0];
  return store.counted;
}

function messageFrom(userId: number, index: number) {
  const from = { id: userId, is_bot: false, first_name: 'Alice' };
  const chat = { id: userId, type: 'private', first_name: 'Alice' };
  return { update_id: 1 + index, message: { message_id: 1 + index, date: 0, from, chat, text: 'count' } };
}

function score(counted: number): string {
  return `${String(counted).padStart(2)} of ${UPDATES}${counted === UPDATES ? '' : ', updates lost'}`;
}
