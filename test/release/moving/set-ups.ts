/** The set-ups that people move over from: each with the rival's own store, on a real database. */

import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { RedisAdapter } from '@grammyjs/storage-redis';
import { PostgresSessionStore } from '@sessiongram/postgres';
import { RedisSessionStore } from '@sessiongram/redis';
import { SqliteSessionStore } from '@sessiongram/sqlite';
import { Postgres } from '@telegraf/session/pg';
import { Redis as telegrafRedis } from '@telegraf/session/redis';
import type { Enhance } from 'grammy';
import { Redis } from 'ioredis';
import { SqliteDialect } from 'kysely';
import { Pool } from 'pg';
import { createClient } from 'redis';
import { Folder, libsql } from '../../stores/sqlite-drivers';
import { PostgresServer, skipsPostgres } from '../../support/servers/postgres';
import { RedisServer, skipsRedis } from '../../support/servers/redis';
import type { Surroundings } from './program';

/** A place with data that outlives the programs, and what the programs get there. */
export interface Place {
  readonly modules?: Readonly<Record<string, unknown>>;
  readonly globals?: Readonly<Record<string, unknown>>;
  stop(): Promise<unknown>;
}

export interface SetUp extends Surroundings {
  readonly framework: string;
  /** As the diff calls it. */
  readonly name: string;
  /** Whether a program begins with nothing, whatever ran before. */
  readonly forgets?: true;
  /** Why the program before cannot be compiled here. */
  readonly untyped?: string;
  /** `undefined` where there is no such server here; says so. */
  open(): Promise<Place | undefined>;
}

const initial = () => ({ counter: 0 });
const INITIAL = 'declare const initial: () => MySession;';
const STORAGE = `${INITIAL} declare const storage: import('grammy').StorageAdapter<MySession>;`;
const ENHANCED = `${INITIAL} declare const storage: import('grammy').StorageAdapter<import('grammy').Enhance<MySession>>;
  declare const migrations: { 1: (old: MySession) => MySession };`;
const KEY = "declare const getSessionKey: (ctx: import('grammy').Context) => string | undefined;";
const CLIENT = "declare const client: import('ioredis').Redis;";

/** A Redis of its own, with one client for all programs, as each of them would open it. */
async function openRedis(
  placeOf: (client: Redis, server: RedisServer) => Omit<Place, 'stop'> & { stop?(): unknown },
): Promise<Place | undefined> {
  if (skipsRedis()) return undefined;
  const server = await RedisServer.start();
  const client = new Redis(server.port);
  const place = placeOf(client, server);
  return {
    ...place,
    async stop() {
      place.stop?.();
      client.disconnect();
      await server.stop();
    },
  };
}

const storageOf = (client: Redis) => new RedisAdapter<{ counter: number }>({ instance: client });

const inMemory = {
  name: 'in memory',
  forgets: true,
  open: async () => ({ globals: { initial }, stop: async () => {} }),
} as const;

/** vibegram's plugin is not on npm: this has its format, its prefix and its life. */
class VibegramRedisStore {
  constructor(readonly client: Redis) {}
  async get(key: string) {
    const text = await this.client.get(`vibegram:session:${key}`);
    return text === null ? undefined : JSON.parse(text);
  }
  async set(key: string, value: unknown) {
    await this.client.psetex(`vibegram:session:${key}`, 86_400_000, JSON.stringify(value));
  }
  async delete(key: string) {
    await this.client.del(`vibegram:session:${key}`);
  }
}

/** Its SQLite door wants better-sqlite3; what is behind that door takes any database of the same shape. */
function telegrafSqlite(folder: Folder) {
  const require = createRequire(import.meta.url);
  const place = dirname(require.resolve('@telegraf/session/sqlite'));
  const { KyselyStore } = require(join(place, 'kysely.js')) as { KyselyStore(options: object): unknown };
  return ({ filename }: { filename: string }) => {
    const database = folder.keep(libsql.open(folder.file(filename)));
    return KyselyStore({ config: { dialect: new SqliteDialect({ database: database as never }) } });
  };
}

export const setUps: readonly SetUp[] = [
  { framework: 'grammy', ...inMemory, more: 'bot.use(session({ initial: () => ({ counter: 0 }) }));' },
  {
    framework: 'grammy',
    name: 'storage-redis',
    globals: INITIAL + CLIENT,
    open: () =>
      openRedis((client) => ({
        modules: { '@grammyjs/storage-redis': { RedisAdapter }, '@sessiongram/redis': { RedisSessionStore } },
        globals: { initial, client },
      })),
  },
  {
    framework: 'grammy',
    name: 'enhanceStorage',
    globals: ENHANCED,
    open: () =>
      openRedis((client) => ({
        globals: {
          initial,
          storage: storageOf(client) as unknown as Enhance<unknown>,
          // Runs on what has no version: were it run on what has one, the count would show it.
          migrations: { 1: (old: { counter: number }) => ({ ...old, counter: old.counter + 1_000 }) },
        },
      })),
  },
  {
    framework: 'grammy',
    name: 'lazySession',
    flavor: 'LazySessionFlavor<MySession>',
    globals: STORAGE,
    handler: "bot.on('message', async (ctx) => { await ctx.reply(String(++(await ctx.session).counter)); });",
    open: () => openRedis((client) => ({ globals: { initial, storage: storageOf(client) } })),
  },
  {
    framework: 'grammy',
    name: 'multi',
    flavor: 'SessionFlavor<{ user: MySession; chat: MySession }>',
    globals: STORAGE + KEY,
    handler: `bot.on('message', async (ctx) => {
      await ctx.reply(\`\${++ctx.session.user.counter} \${++ctx.session.chat.counter}\`);
    });`,
    open: () =>
      openRedis((client) => ({
        globals: {
          initial,
          storage: storageOf(client),
          getSessionKey: (ctx: { from?: { id: number } }) => ctx.from && `user:${ctx.from.id}`,
        },
      })),
  },
  { framework: 'telegraf', ...inMemory },
  {
    framework: 'telegraf',
    name: 'Redis',
    open: () =>
      openRedis((_, server) => {
        const clients: { destroy(): void }[] = [];
        const create = () => {
          const client = createClient({ url: server.url });
          clients.push(client);
          return client;
        };
        return {
          modules: {
            '@telegraf/session/redis': { Redis: () => telegrafRedis({ client: create() as never }) },
            redis: { createClient: create },
            '@sessiongram/redis': { RedisSessionStore },
          },
          globals: { url: server.url },
          stop: () => clients.forEach((client) => void client.destroy()),
        };
      }),
  },
  {
    framework: 'telegraf',
    name: 'SQLite',
    async open() {
      const folder = new Folder();
      class InFolder extends SqliteSessionStore {
        constructor(name: string, options: object) {
          super(folder.keep(libsql.open(folder.file(name))), options);
        }
      }
      return {
        modules: {
          '@telegraf/session/sqlite': { SQLite: telegrafSqlite(folder) },
          '@sessiongram/sqlite': { SqliteSessionStore: InFolder },
        },
        stop: async () => folder.remove(),
      };
    },
  },
  {
    framework: 'telegraf',
    name: 'PostgreSQL',
    globals: "declare const pool: import('pg').Pool;",
    async open() {
      if (skipsPostgres()) return undefined;
      const server = await PostgresServer.start();
      const pool = new Pool({ connectionString: server.url(await server.createDatabase()) });
      return {
        modules: {
          '@telegraf/session/pg': { Postgres },
          '@sessiongram/postgres': { PostgresSessionStore },
        },
        globals: { pool },
        async stop() {
          await pool.end();
          await server.stop();
        },
      };
    },
  },
  { framework: 'vibegram', ...inMemory, globals: INITIAL },
  {
    framework: 'vibegram',
    name: 'a store of your own',
    globals: `${INITIAL} declare const store: Map<string, any>;`,
    async open() {
      return { globals: { initial, store: new Map() }, stop: async () => {} };
    },
  },
  {
    framework: 'vibegram',
    name: 'storage-redis',
    globals: INITIAL + CLIENT,
    untyped: '@vibegram/storage-redis is not on npm',
    open: () =>
      openRedis((client) => ({
        modules: {
          '@vibegram/storage-redis': { RedisSessionStore: VibegramRedisStore },
          '@sessiongram/redis': { RedisSessionStore },
        },
        globals: { initial, client },
      })),
  },
];
