/** The conformance suite on PostgresSessionStore: each kind of client, and each isolation level. */

import type { StoreSubject } from '@sessiongram/core/conformance';
import { PostgresSessionStore, type PostgresSessionStoreOptions } from '@sessiongram/postgres';
import { afterAll, beforeAll } from 'vitest';
import { type Isolation, PostgresServer, postgresAbsence } from '../support/servers/postgres';
import {
  type ClientKind,
  newTable,
  type OwnedClient,
  openClient,
  openPglite,
  passTime,
} from './postgres-clients';
import { registerStoreCases } from './register';

const absence = postgresAbsence();
const TIMEOUT_MS = 20_000;

/** Each kind of client once and each isolation level once: they have nothing to do with each other. */
const onServers: readonly (readonly [ClientKind, Isolation])[] = [
  ['pg Pool', 'read committed'],
  ['postgres', 'repeatable read'],
  ['pg Client', 'serializable'],
];

let server: PostgresServer | undefined;
let pglite: OwnedClient;
const clients = new Map<string, readonly [OwnedClient, OwnedClient]>();

beforeAll(async () => {
  pglite = await openPglite();
  if (absence !== undefined) return;
  server = await PostgresServer.start();
  for (const [kind, isolation] of onServers) {
    const url = server.url(await server.createDatabase({ isolation }));
    clients.set(kind + isolation, [await openClient(kind, url), await openClient(kind, url)]);
  }
}, 60_000);

afterAll(async () => {
  for (const client of [...clients.values()].flat()) await client.close();
  await pglite?.close();
  await server?.stop();
});

registerStoreCases(
  'PostgresSessionStore (PGlite)',
  subjectOn(() => [pglite, pglite]),
  { timeoutMs: TIMEOUT_MS },
);

registerStoreCases(
  'PostgresSessionStore (PGlite, a fixed time)',
  subjectOn(() => [pglite, pglite], { ttlMs: 86_400_000, ttl: 'fixed' }),
  { timeoutMs: TIMEOUT_MS, lacks: ['ttl'] },
);

for (const [kind, isolation] of onServers) {
  registerStoreCases(
    `PostgresSessionStore (${kind}, ${isolation})`,
    subjectOn(() => clients.get(kind + isolation) as readonly [OwnedClient, OwnedClient]),
    { skip: absence, timeoutMs: TIMEOUT_MS },
  );
}

/** Stores over tables of their own; the second client is that of another process. */
function subjectOn(
  owned: () => readonly [OwnedClient, OwnedClient],
  always: PostgresSessionStoreOptions = {},
): StoreSubject {
  return {
    async open({ ttlMs } = {}) {
      const [one, other] = owned();
      const options = { table: newTable(), ...always, ...(ttlMs === undefined ? {} : { ttlMs }) };
      const stores = [new PostgresSessionStore(one.client, options)];
      const table = `"${options.table}"`;
      const [store] = stores as [PostgresSessionStore];
      return {
        store,
        another: () => {
          const another = new PostgresSessionStore(other.client, options);
          stores.push(another);
          return another;
        },
        // The server's clock cannot be turned; what it is compared with can.
        passTime: async (ms) => {
          await store.get('');
          await passTime(one, options.table, ms);
        },
        putRaw: async (key, text) => {
          await store.get(key);
          await one.query(
            `INSERT INTO ${table} (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = $2`,
            [key, text],
          );
        },
        dropLock: async (key) => {
          await one.query(`UPDATE ${table} SET tok = NULL, until = NULL WHERE key = $1`, [key]);
        },
        close: async () => {
          for (const each of stores) await each.close();
        },
      };
    },
  };
}
