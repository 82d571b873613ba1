/** The quick starts of the README, with the packages as they are installed: as files to compile, and run. */

import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { BotApiServer } from '../../support/bot-api-server';
import { answersTo, runners } from '../reading/bots';
import { type Block, blockFor, readBlocks, runBlock } from '../reading/readme';

const README = 'README.md';

/** What the blocks use without defining it, and vibegram, which is not on npm, as far as they use it. */
const SURROUNDINGS = `
declare global {
  const token: string;
  const url: string;
  const bot: import('grammy').Bot<
    import('grammy').Context & import('@sessiongram/grammy').SessionFlavor<{ counter: number; cart: string[]; locale: string }>
  >;
  const session: typeof import('@sessiongram/grammy').session;
}
export {};
`;
const VIBEGRAM = `
declare module 'vibegram' {
  interface Context {
    readonly update: object;
    session: any;
    reply(text: string): Promise<unknown>;
  }
  class Bot {
    constructor(token: string);
    use(...middlewares: ((ctx: Context, next: () => Promise<void>) => unknown)[]): this;
    on(kind: string, handler: (ctx: Context, next: () => Promise<void>) => unknown): this;
  }
}
`;

/** The blocks that can be run, as modules in a folder: ESM, and CommonJS where nothing is awaited at the top. */
export function quickStartFiles(folder: string): Record<string, string> {
  const files: Record<string, string> = {
    [`${folder}/surroundings.d.mts`]: SURROUNDINGS,
    [`${folder}/vibegram.d.ts`]: VIBEGRAM,
  };
  for (const { run, code } of runnable()) {
    files[`${folder}/${run}.mts`] = `${code}\nexport {};\n`;
    if (!/^(?:const .* = )?await /m.test(code)) files[`${folder}/${run}.cts`] = `${code}\nexport {};\n`;
  }
  return files;
}

/** Runs the quick starts of the frameworks with installed adapters on the local Bot API server. */
export async function runQuickStarts(project: string, format: 'import' | 'require'): Promise<string> {
  const require = createRequire(join(project, 'package.json'));
  const load = (name: string): Promise<unknown> | unknown =>
    format === 'require'
      ? require(name)
      : import(pathToFileURL(join(project, 'node_modules', name, 'dist/index.js')).href);
  const blocks = readBlocks(README);
  const done: string[] = [];
  for (const runner of runners) {
    const server = await BotApiServer.start();
    try {
      const account = server.addBot();
      const name = `@sessiongram/${runner.name}`;
      const modules = { ...runner.modules(server.url), [name]: await load(name) };
      const bot = await runBlock(blockFor(blocks, runner.name), modules, { token: account.token });
      const answers = await answersTo(runner, bot, account);
      if (String(answers) !== 'Messages sent: 1,Messages sent: 2') {
        throw new Error(`the quick start of ${runner.name} answered ${answers}`);
      }
      done.push(runner.name);
    } finally {
      await server.close();
    }
  }
  return done.join(', ');
}

function runnable(): Block[] {
  return readBlocks(README).filter(({ run }) => run !== undefined);
}
