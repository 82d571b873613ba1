/** The README is a test: all of its code compiles and runs, and what it names is there. */

import { existsSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import * as core from '@sessiongram/core';
import * as conformance from '@sessiongram/core/conformance';
import * as kit from '@sessiongram/core/kit';
import * as forGrammy from '@sessiongram/grammy';
import { SqliteSessionStore } from '@sessiongram/sqlite';
import * as grammy from 'grammy';
import { expect, test } from 'vitest';
import { Folder } from '../stores/sqlite-drivers';
import { useServer } from '../support/use-server';
import { answersTo, type Runner, runners } from './reading/bots';
import { optionsIn, optionsOf } from './reading/options';
import { blockFor, readBlocks, runBlock, typeErrors } from './reading/readme';
import { root } from './reading/sources';

const README = 'README.md';
const text = readFileSync(root + README, 'utf8');
const blocks = readBlocks(README);
const onGrammy = runners.find(({ name }) => name === 'grammy') as Runner;

const stand = useServer();

test('the README marks a block to run for each framework, for none, for the store of one machine and for the suite', () => {
  const marked = blocks.flatMap(({ run }) => run ?? []);
  expect(marked.sort()).toEqual(['conformance', 'core', 'grammy', 'sqlite', 'telegraf', 'vibegram']);
});

test('the README has no code that does not compile', { timeout: 60_000 }, () => {
  expect(typeErrors(blocks)).toEqual([]);
});

test.each(runners)('the README has a quick start for $name that counts the messages', async (runner) => {
  const block = blockFor(blocks, runner.name);
  const bot = await runBlock(block, runner.modules(stand.server.url), { token: stand.account.token });
  expect(await answersTo(runner, bot, stand.account)).toEqual(['Messages sent: 1', 'Messages sent: 2']);
});

test('the README has a start without a framework that runs', async () => {
  await expect(runBlock(blockFor(blocks, 'core'), { '@sessiongram/core': core }, {})).resolves.not.toThrow();
});

test('the README keeps sessions in a file, where the next start finds them', async () => {
  const folder = new Folder();
  class InFolder extends SqliteSessionStore {
    constructor(path: string) {
      super(folder.file(path));
      folder.keep(this);
    }
  }
  const modules = { '@sessiongram/sqlite': { SqliteSessionStore: InFolder } };
  const answers: unknown[] = [];
  try {
    for (let starts = 1; starts <= 2; starts++) {
      const bot = new grammy.Bot<grammy.Context & forGrammy.SessionFlavor<{ counter: number }>>(
        stand.account.token,
        { client: { apiRoot: stand.server.url } },
      );
      await runBlock(blockFor(blocks, 'sqlite'), modules, { bot, session: forGrammy.session });
      bot.on('message', (ctx) => ctx.reply(`${++ctx.session.counter}`));
      answers.push(...(await answersTo(onGrammy, bot, stand.account)));
    }
    expect(existsSync(folder.file('sessions.db'))).toBe(true);
  } finally {
    folder.remove();
  }
  expect(answers).toEqual(['1', '2', '3', '4']);
});

test('the README writes a store that passes the conformance suite', { timeout: 60_000 }, async () => {
  const registered = new Map<string, () => Promise<void>>();
  const skipped = new Map<string, string>();
  const register = (name: string, { skip }: { skip: string | false }, run: () => Promise<void>): void => {
    if (skip === false) registered.set(name, run);
    else skipped.set(name, skip);
  };
  await runBlock(
    blockFor(blocks, 'conformance'),
    {
      'node:test': { test: register },
      '@sessiongram/core': core,
      '@sessiongram/core/conformance': conformance,
      '@sessiongram/core/kit': kit,
    },
    {},
  );
  expect(registered.size + skipped.size).toBe(conformance.storeCases.length);
  expect(registered.size).toBeGreaterThan(20);
  expect(
    [...new Set(skipped.values())].filter((needs) => !/leases|ttl|keys|encodes|another|putRaw/.test(needs)),
  ).toEqual([]);
  for (const run of registered.values()) await run();
});

test('the README names the options that there are, and each', () => {
  const file = 'packages/core/src/options.ts';
  const there = [...optionsOf(file, 'SessionsOptions'), ...optionsOf(file, 'PlacementOptions'), 'sessions'];
  expect(optionsIn(text).sort()).toEqual(there.sort());
});

test('the README has at most 260 lines', () => {
  expect(text.split('\n').length - 1).toBeLessThanOrEqual(260);
});

test('the README leads nowhere where nothing is', () => {
  const links = [...text.matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)];
  const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading.toLowerCase().replaceAll(' ', '-'),
  );
  expect(links.length).toBeGreaterThan(15);
  const broken = links.filter(([, path = '', anchor]) =>
    path === '' ? !headings.includes(anchor ?? '') : !existsSync(posix.join(root, path)),
  );
  expect(broken.map(([link]) => link)).toEqual([]);
});
