/** Behind a pooler in transaction mode, and on a pool of one connection: nothing is lost, and nobody waits for ever. */

import { Sessions } from '@sessiongram/core';
import { type PostgresClient, PostgresSessionStore } from '@sessiongram/postgres';
import pg from 'pg';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PgBouncer, skipsPgBouncer } from '../support/servers/pgbouncer';
import { PostgresServer } from '../support/servers/postgres';
import { Crew } from './crew';
import { note, runsOf, skipsOutsideSoak } from './figures';
import { openPlace } from './place';
import { bundle } from './program';
import { LEASE_MS } from './sizes';
import { Updates } from './updates';

const KEYS = 5;
const ENGINES = 3;

describe.skipIf(skipsPgBouncer())('PostgreSQL with few connections', { timeout: 120_000 }, () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await PostgresServer.start();
  }, 60_000);
  afterAll(() => server?.stop());

  test.skipIf(skipsOutsideSoak()).each([1, 4])(
    '6 processes behind PgBouncer with a pool of %i lose nothing',
    async (poolSize) => {
      const [bouncer, program] = await Promise.all([PgBouncer.start(server, { poolSize }), bundle()]);
      const database = await server.createDatabase();
      const { user } = server;
      const direct = await openPlace({ kind: 'postgres', port: server.port, user, database });
      const setup = {
        place: { kind: 'postgres', port: bouncer.port, user, database },
        leaseMs: LEASE_MS,
      } as const;
      const crew = new Crew({ program: program.path, setup }, direct.store);
      try {
        const updates = new Updates({ handlerMs: 5 });
        const ledger = await crew.run((fleet) => fleet.run(updates.atLeast(1_000)));
        expect(ledger.count('acknowledged')).toBe(updates.made);
        expect(Object.fromEntries(ledger.refusals)).toEqual({});
        note('PostgreSQL', { name: `PgBouncer with ${poolSize} connections, pg`, updates: updates.made });
      } finally {
        await crew.end();
        await direct.close();
        await Promise.all([bouncer.stop(), program.remove()]);
      }
    },
  );

  test('a pg Pool of one connection behind PgBouncer starves nobody', () =>
    behindBouncer('a pool of one, pg, behind PgBouncer', (url) => ofPg(url, 1)));

  test('a pg Pool of many connections behind PgBouncer goes on without names where they are refused', () =>
    behindBouncer('a pool of ten, pg, behind PgBouncer', (url) => ofPg(url, 10)));

  test('postgres.js behind PgBouncer loses nothing', () =>
    behindBouncer('postgres.js behind PgBouncer', (url) => ofPostgres(url, 4)));

  test('postgres.js with one connection behind PgBouncer starves nobody', () =>
    behindBouncer('a pool of one, postgres.js, behind PgBouncer', (url) => ofPostgres(url, 1)));

  test('a pg Pool of one connection starves nobody', async () => {
    const url = server.url(await server.createDatabase());
    await count('a pool of one, pg', () => ofPg(url, 1));
  });

  async function behindBouncer(name: string, open: (url: string) => Opened): Promise<void> {
    const bouncer = await PgBouncer.start(server, { poolSize: 2 });
    const database = await server.createDatabase();
    await count(name, () => open(server.url(database, bouncer.port))).finally(() => bouncer.stop());
  }
});

interface Opened {
  readonly client: PostgresClient;
  close(): Promise<unknown>;
}

function ofPg(connectionString: string, max: number): Opened {
  const pool = new pg.Pool({ connectionString, max });
  pool.on('error', () => {});
  return { client: pool, close: () => pool.end() };
}

function ofPostgres(url: string, max: number): Opened {
  const sql = postgres(url, { max, prepare: false });
  return { client: sql, close: () => sql.end({ timeout: 1 }) };
}

/** Counts to a number on a few keys, by engines that exclude each other only through the store. */
async function count(name: string, open: () => Opened): Promise<void> {
  const opened = Array.from({ length: ENGINES }, open);
  const engines = opened.map(
    ({ client }) =>
      new Sessions({ store: new PostgresSessionStore(client), initial: () => ({ n: 0 }), leaseMs: 2_000 }),
  );
  const increments = runsOf(150, 600);
  try {
    const all = Array.from({ length: increments }, (_, at) =>
      (engines[at % ENGINES] as (typeof engines)[number]).run(`key ${at % KEYS}`, async ({ data }) => {
        const { n } = data;
        await Promise.resolve();
        data.n = n + 1;
      }),
    );
    await Promise.all(all);
    const keys = Array.from({ length: KEYS }, (_, at) => `key ${at}`);
    const counts = await Promise.all(keys.map(async (key) => (await engines[0]?.read(key))?.n));
    expect(counts).toEqual(keys.map(() => increments / KEYS));
    note('PostgreSQL', { name, updates: increments });
  } finally {
    await Promise.all(engines.map((engine) => engine.close()));
    await Promise.all(opened.map(({ close }) => close()));
  }
}
