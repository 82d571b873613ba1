/** The READMEs of the stores are tests: their starts run on real servers, and they name the options that there are. */

import { readFileSync } from 'node:fs';
import { MongoSessionStore } from '@sessiongram/mongodb';
import { PostgresSessionStore } from '@sessiongram/postgres';
import { RedisSessionStore } from '@sessiongram/redis';
import { SqliteSessionStore } from '@sessiongram/sqlite';
import { MongoClient } from 'mongodb';
import { Pool } from 'pg';
import { createClient } from 'redis';
import { describe, expect, test } from 'vitest';
import { Folder } from '../stores/sqlite-drivers';
import { BotApiServer } from '../support/bot-api-server';
import { startMongo } from '../support/servers/mongodb';
import { PostgresServer, skipsPostgres } from '../support/servers/postgres';
import { RedisServer, skipsRedis } from '../support/servers/redis';
import { answersTo, type Runner, runners } from './reading/bots';
import { optionsIn, optionsOf } from './reading/options';
import { blockFor, readBlocks, runBlock, typeErrors } from './reading/readme';
import { root } from './reading/sources';

/** What the block of a README gets in place of the modules that it imports. */
interface Stand {
  modules(): Record<string, unknown>;
  /** Ends what a run of the block has opened, as the end of its process would. */
  endRun(): Promise<unknown>;
  stop(): Promise<unknown>;
}

interface Store {
  readonly room: string;
  readonly options: string;
  /** `undefined` where there is no such server here; says so. */
  start(): Promise<Stand | undefined>;
}

const stores: readonly Store[] = [
  {
    room: 'sqlite',
    options: 'packages/sqlite/src/options.ts SqliteSessionStoreOptions',
    async start() {
      const folder = new Folder();
      let store: SqliteSessionStore | undefined;
      class InFolder extends SqliteSessionStore {
        constructor(path: string) {
          super(folder.file(path));
          store = this;
        }
      }
      return {
        modules: () => ({ '@sessiongram/sqlite': { SqliteSessionStore: InFolder } }),
        endRun: async () => store?.close(),
        stop: async () => folder.remove(),
      };
    },
  },
  {
    room: 'redis',
    options: 'packages/redis/src/store.ts RedisSessionStoreOptions',
    async start() {
      if (skipsRedis()) return undefined;
      const server = await RedisServer.start();
      const create = () => createClient({ url: server.url });
      let client: ReturnType<typeof create> | undefined;
      const createOurs = () => {
        client = create();
        return client;
      };
      return {
        modules: () => ({ redis: { createClient: createOurs }, '@sessiongram/redis': { RedisSessionStore } }),
        endRun: async () => client?.close(),
        stop: () => server.stop(),
      };
    },
  },
  {
    room: 'postgres',
    options: 'packages/postgres/src/store.ts PostgresSessionStoreOptions',
    async start() {
      if (skipsPostgres()) return undefined;
      const server = await PostgresServer.start();
      const connectionString = server.url(await server.createDatabase());
      let pool: Pool | undefined;
      class OnServer extends Pool {
        constructor() {
          super({ connectionString });
          pool = this;
        }
      }
      return {
        modules: () => ({ pg: { Pool: OnServer }, '@sessiongram/postgres': { PostgresSessionStore } }),
        endRun: async () => pool?.end(),
        stop: () => server.stop(),
      };
    },
  },
  {
    room: 'mongodb',
    options: 'packages/mongodb/src/store.ts MongoSessionStoreOptions',
    async start() {
      const server = await startMongo();
      if (server === undefined) return undefined;
      let client: MongoClient | undefined;
      class OnServer extends MongoClient {
        constructor() {
          super(server?.url ?? '');
          client = this;
        }
        override db() {
          return super.db(`sessiongram_readme_${process.pid}`);
        }
      }
      return {
        modules: () => ({
          mongodb: { MongoClient: OnServer },
          '@sessiongram/mongodb': { MongoSessionStore },
        }),
        endRun: async () => client?.close(),
        async stop() {
          const last = new MongoClient(server.url);
          await last.db(`sessiongram_readme_${process.pid}`).dropDatabase();
          await last.close();
          await server.stop();
        },
      };
    },
  },
];

const onGrammy = runners.find(({ name }) => name === 'grammy') as Runner;
const readme = (room: string): string => `packages/${room}/README.md`;

test('the READMEs of the stores have no code that does not compile', { timeout: 180_000 }, () => {
  const blocks = stores.flatMap(({ room }) => readBlocks(readme(room)));
  expect(blocks.length).toBeGreaterThanOrEqual(stores.length);
  expect(typeErrors(blocks)).toEqual([]);
});

describe.each(stores)('the README of $room', ({ room, options, start }) => {
  const text = readFileSync(root + readme(room), 'utf8');

  test('has a start that counts the messages, also after the next start', { timeout: 60_000 }, async ({
    skip,
  }) => {
    const stand = await start();
    if (stand === undefined) return skip('there is no such server here');
    const server = await BotApiServer.start();
    const account = server.addBot();
    const answers: unknown[] = [];
    try {
      for (let starts = 1; starts <= 2; starts++) {
        const modules = { ...onGrammy.modules(server.url), ...stand.modules() };
        const bot = await runBlock(blockFor(readBlocks(readme(room)), 'grammy'), modules, {
          token: account.token,
        });
        answers.push(...(await answersTo(onGrammy, bot, account)));
        await stand.endRun();
      }
    } finally {
      await server.close();
      await stand.stop();
    }
    expect(answers).toEqual([1, 2, 3, 4].map((count) => `Messages sent: ${count}`));
  });

  test('names the options that there are, and each', () => {
    const [file, name] = options.split(' ') as [string, string];
    expect(optionsIn(text).sort()).toEqual(optionsOf(file, name).sort());
  });

  test('has at most 60 lines', () => {
    expect(text.split('\n').length - 1).toBeLessThanOrEqual(60);
  });
});
