/** The demo, run as a user runs it: as a process of its own. */

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { BotApiServer } from '../support/bot-api-server';

const folder = fileURLToPath(new URL('../../packages/demo', import.meta.url));
const tsx = createRequire(`${folder}/package.json`).resolve('tsx/cli');
const TOKEN = '123456789:AAE1xLocalTokenThatOnlyOurServerKnows';

interface Run {
  readonly child: ChildProcess;
  /** Everything printed so far. */
  readonly output: () => string;
  /** Resolves as soon as the output matches. */
  readonly printed: (pattern: RegExp) => Promise<void>;
  readonly exited: Promise<number | null>;
}

const running: ChildProcess[] = [];
const servers: BotApiServer[] = [];
const folders: string[] = [];

afterEach(async () => {
  for (const child of running.splice(0)) if (child.exitCode === null) child.kill('SIGKILL');
  for (const server of servers.splice(0)) await server.close();
  for (const each of folders.splice(0)) rmSync(each, { recursive: true });
});

function demo(env: Record<string, string> = {}): Run {
  const { BOT_TOKEN, BOT_API_ROOT, VIBEGRAM_DIR, ...rest } = process.env;
  const TMPDIR = mkdtempSync(join(tmpdir(), 'sessiongram-demo-test-'));
  folders.push(TMPDIR);
  const child = spawn(process.execPath, [tsx, '--tsconfig', '../../test/tsconfig.json', 'src/index.ts'], {
    cwd: folder,
    env: { ...rest, TMPDIR, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.push(child);
  let text = '';
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      for (const listener of listeners) listener();
    });
  }
  const exited = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
  const printed = (pattern: RegExp): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (pattern.test(text)) resolve();
      };
      listeners.add(look);
      look();
      void exited.then(() => reject(new Error(`The demo ended without printing ${pattern}: ${text}`)));
    });
  return { child, output: () => text, printed, exited };
}

async function startServer(): Promise<BotApiServer> {
  const server = await BotApiServer.start();
  servers.push(server);
  return server;
}

describe('without a token', () => {
  test('it plays a conversation that goes on after a restart, and shows that only ours counts to 20', {
    timeout: 60_000,
  }, async () => {
    const run = demo();
    expect(await run.exited).toBe(0);
    const text = run.output();
    expect(text).toMatch(/grammY\n {2}Alice {2}hello\n {2}bot {4}Messages sent: 1\n/);
    expect(text).toMatch(/Bob {4}hi, I am new here\n {2}bot {4}Messages sent: 1\n/);
    expect(text.match(/Messages sent: 3/g)).toHaveLength(2);
    expect(
      text.match(/the same file.*\n {2}Alice {2}do you remember me\?\n {2}bot {4}Messages sent: 4\n/g),
    ).toHaveLength(2);
    expect(text).toMatch(/grammY +\d+ of 20, updates lost +20 of 20\n/);
    expect(text).toMatch(/Telegraf +\d+ of 20, updates lost +20 of 20\n/);
  });
});

describe('with a token', () => {
  test('it runs the quick start, and stops cleanly when interrupted', { timeout: 60_000 }, async () => {
    const server = await startServer();
    const account = server.addBot(TOKEN);
    const run = demo({ BOT_TOKEN: TOKEN, BOT_API_ROOT: server.url });
    await run.printed(/is running on Telegram/);
    account.text(42, 'hello');
    const [answer] = await account.waitForCalls('sendMessage');
    expect(answer?.payload['text']).toBe('Messages sent: 1');
    run.child.kill('SIGINT');
    expect(await run.exited).toBe(0);
    expect(run.output()).toContain('Stopped. Every update that was received has been handled.');
  });

  test.each([
    ['that is none', 'wrong', /^BOT_TOKEN is not a bot token.*\n$/],
    ['that nobody knows', TOKEN, /^Telegram does not know this BOT_TOKEN.*\n$/],
  ])(
    '%s, it says so in one sentence, without the token',
    { timeout: 60_000 },
    async (_what, token, sentence) => {
      const server = await startServer();
      const run = demo({ BOT_TOKEN: token, BOT_API_ROOT: server.url });
      expect(await run.exited).toBe(1);
      expect(run.output()).toMatch(sentence);
      expect(run.output()).not.toContain(TOKEN);
    },
  );
});
