/** PostgreSQL with each isolation level as the default of its database: processes lose nothing. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Isolation, PostgresServer, skipsPostgres } from '../support/servers/postgres';
import { Crew } from './crew';
import { note, runsOf } from './figures';
import { openPlace } from './place';
import { bundle, type Program } from './program';
import { LEASE_MS } from './sizes';
import { Updates } from './updates';

const levels: readonly Isolation[] = ['read committed', 'repeatable read', 'serializable'];

describe.skipIf(skipsPostgres())('6 processes lose nothing', { timeout: 120_000 }, () => {
  let server: PostgresServer;
  let program: Program;
  beforeAll(async () => {
    [server, program] = await Promise.all([PostgresServer.start(), bundle()]);
  }, 60_000);
  afterAll(async () => {
    await Promise.all([server?.stop(), program?.remove()]);
  });

  test.each(levels)('where the default is %s', async (isolation) => {
    const database = await server.createDatabase({ isolation });
    const place = { kind: 'postgres', port: server.port, user: server.user, database } as const;
    const direct = await openPlace(place);
    const crew = new Crew({ program: program.path, setup: { place, leaseMs: LEASE_MS } }, direct.store);
    try {
      const updates = new Updates({ handlerMs: 5 });
      const ledger = await crew.run((fleet) => fleet.run(updates.atLeast(runsOf(200, 1_000))));
      expect(ledger.count('acknowledged')).toBe(updates.made);
      expect(Object.fromEntries(ledger.refusals)).toEqual({});
      note('PostgreSQL', { name: `default ${isolation}, pg`, updates: updates.made });
    } finally {
      await crew.end();
      await direct.close();
    }
  });
});
