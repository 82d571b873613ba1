/** Updates per second with sessions in SQLite and PostgreSQL. */

import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PsqlAdapter } from '@grammyjs/storage-psql';
import { Postgres as telegrafPostgres } from '@telegraf/session/pg';
import { SqliteDialect } from 'kysely';
import Libsql from 'libsql';
import pg from 'pg';
import { PostgresServer, postgresAbsence } from '../../support/servers/postgres';
import * as built from '../built';
import { type Durable, measureDurable, ofGrammy, ofOurs, ofTelegraf, rate } from '../durable';
import { type Goal, goal } from '../goal';
import type { Effort, Section, Table, TableMaker } from '../table';
import type { Handling } from '../update-loop';

const FLYING = [1, 64];
const HANDLINGS: readonly Handling[] = ['increment', 'read', 'untouched'];
const LEASED = 'ours, leases';
const LAZY = 'ours, leases, lazy';
const LOCAL = 'ours, process only';
const LOCAL_LAZY = 'ours, process only, lazy';
/** The best of each is held against the best of theirs. */
const WAYS = [
  ['with leases', [LEASED, LAZY]],
  ['with process only', [LOCAL, LOCAL_LAZY]],
] as const;

export const sql: TableMaker = {
  name: 'sql',
  async make(effort): Promise<Table> {
    const absence = postgresAbsence();
    const goals: Goal[] = [];
    const sections = await onSqlite(effort, goals);
    if (absence === undefined) sections.push(...(await onPostgres(effort, goals)));
    const skipped = absence === undefined ? [] : [`PostgreSQL skipped: ${absence}.`];
    return { title: 'SQLite and PostgreSQL', notes: [...NOTES, ...skipped], sections, goals };
  },
};

const NOTES = [
  'Updates per second by how many are in flight, of 10,000 users with 37-byte sessions; interleaved. SQLite: a file each, ' +
    'opened by libsql with WAL and `synchronous = NORMAL`; `@telegraf/session` by its Kysely store on the same driver. ' +
    'PostgreSQL on loopback without fsync: a pool of 10 each, but one `Client` for storage-psql, which takes no other.',
];

async function onSqlite(effort: Effort, goals: Goal[]): Promise<Section[]> {
  const folder = await mkdtemp(join(tmpdir(), 'sessiongram-bench-'));
  const databases: { close(): unknown }[] = [];
  const open = (name: string): InstanceType<typeof Libsql> => {
    const database = new Libsql(join(folder, name));
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
    databases.push(database);
    return database;
  };
  const ours = (name: string): built.Core.SessionStore => new built.sqlite.SqliteSessionStore(open(name));
  try {
    const theirs = [ofTelegraf('Telegraf + @telegraf/session', telegrafSqlite(open('telegraf.db')))];
    const all = [
      ofOurs(LEASED, ours('leases.db'), 'store'),
      ofOurs(LAZY, ours('lazy.db'), 'store', 'lazy'),
      ofOurs(LOCAL, ours('process.db'), 'process'),
      ofOurs(LOCAL_LAZY, ours('lazy-process.db'), 'process', 'lazy'),
    ];
    return await sectionsOf('SQLite', theirs, all, effort, goals);
  } finally {
    for (const database of databases) database.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Its SQLite door wants better-sqlite3; what is behind that door takes any database of the same shape. */
function telegrafSqlite(database: unknown): unknown {
  const require = createRequire(import.meta.url);
  const place = dirname(require.resolve('@telegraf/session/sqlite'));
  const { KyselyStore } = require(join(place, 'kysely.js')) as { KyselyStore(options: object): unknown };
  return KyselyStore({ config: { dialect: new SqliteDialect({ database: database as never }) } });
}

async function onPostgres(effort: Effort, goals: Goal[]): Promise<Section[]> {
  const server = await PostgresServer.start();
  const connectionString = server.url();
  const pools = Array.from({ length: 4 }, () => new pg.Pool({ connectionString, max: 10 }));
  const [forTelegraf, forLeases, forLazy, forLocal] = pools as [pg.Pool, pg.Pool, pg.Pool, pg.Pool];
  const client = new pg.Client({ connectionString });
  const ours = (pool: pg.Pool, table: string): built.Core.SessionStore =>
    new built.postgres.PostgresSessionStore(pool, { table });
  try {
    await client.connect();
    const onInitError = (error: unknown): never => {
      throw error;
    };
    const psql = (tableName: string) => PsqlAdapter.create({ client: client as never, tableName });
    const theirs = [
      ofGrammy('grammY + storage-psql', await psql('grammy')),
      ofGrammy('the same, lazySession', await psql('lazy_grammy'), 'lazy'),
      ofTelegraf('Telegraf + @telegraf/session', telegrafPostgres({ pool: forTelegraf, onInitError })),
    ];
    const all = [
      ofOurs(LEASED, ours(forLeases, 'leases'), 'store'),
      ofOurs(LAZY, ours(forLazy, 'lazy'), 'store', 'lazy'),
      ofOurs(LOCAL, ours(forLocal, 'process'), 'process'),
      ofOurs(LOCAL_LAZY, ours(forLocal, 'lazy_process'), 'process', 'lazy'),
    ];
    return await sectionsOf('PostgreSQL', theirs, all, effort, goals);
  } finally {
    await Promise.all([client.end(), ...pools.map((pool) => pool.end())]);
    await server.stop();
  }
}

async function sectionsOf(
  where: string,
  theirs: readonly Durable[],
  ours: readonly Durable[],
  effort: Effort,
  goals: Goal[],
): Promise<Section[]> {
  const all = [...theirs, ...ours];
  const sections: Section[] = [];
  for (const handling of HANDLINGS) {
    const rates = new Map<string, string[]>(all.map(({ name }) => [name, []]));
    for (const flying of FLYING) {
      const timings = await measureDurable(all, handling, flying, effort);
      for (const { name } of all) rates.get(name)?.push(rate(timings.of(name)));
      const fastest = (names: readonly string[]): string =>
        names.reduce((one, other) => (timings.of(other) < timings.of(one) ? other : one));
      const best = fastest(theirs.map(({ name }) => name));
      for (const [way, names] of WAYS) {
        const one = fastest(names);
        const what = `${where}, ${handling}, ${flying} in flight, time of ours ${way} (${one})`;
        goals.push(goal(what, { ratio: timings.ratio(one, best), limit: 1, with: best }));
      }
    }
    sections.push({
      heading: `${where}, ${handling}, updates/s`,
      columns: ['', ...FLYING.map((count) => `${count} in flight`)],
      rows: [...rates].map(([name, each]) => [name, ...each]),
    });
  }
  return sections;
}
