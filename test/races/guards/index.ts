/** All guards of the sources. */

import { changes } from './changes';
import { circles } from './circles';
import { contenders } from './contenders';
import { contention } from './contention';
import { copies } from './copies';
import { data } from './data';
import { drafts } from './drafts';
import { encoding } from './encoding';
import { encryption } from './encryption';
import { entrances } from './entrances';
import type { Guard } from './guard';
import { handles } from './handles';
import { holders } from './holders';
import { leases } from './leases';
import { memory } from './memory';
import { memoryEnds } from './memory-ends';
import { mongodb } from './mongodb';
import { postgres } from './postgres';
import { postgresAnswers } from './postgres-answers';
import { postgresClients } from './postgres-clients';
import { postgresCodes } from './postgres-codes';
import { postgresCommits } from './postgres-commits';
import { postgresEnds } from './postgres-ends';
import { postgresErrors } from './postgres-errors';
import { postgresGrants } from './postgres-grants';
import { postgresLeases } from './postgres-leases';
import { postgresOptions } from './postgres-options';
import { postgresOutcomes } from './postgres-outcomes';
import { postgresStore } from './postgres-store';
import { postgresTables } from './postgres-tables';
import { privateMembers } from './private-members';
import { redis } from './redis';
import { redisClients } from './redis-clients';
import { redisCommits } from './redis-commits';
import { redisErrors } from './redis-errors';
import { redisKeys } from './redis-keys';
import { redisLeases } from './redis-leases';
import { redisLocks } from './redis-locks';
import { redisSlots } from './redis-slots';
import { redisStore } from './redis-store';
import { remembered } from './remembered';
import { sessions } from './sessions';
import { settling } from './settling';
import { sqlite } from './sqlite';
import { sqliteCalls } from './sqlite-calls';
import { sqliteClient } from './sqlite-client';
import { sqliteConnection } from './sqlite-connection';
import { sqliteDriver } from './sqlite-driver';
import { sqliteLeases } from './sqlite-leases';
import { sqliteLives } from './sqlite-lives';
import { sqliteOptions } from './sqlite-options';
import { sqlitePurges } from './sqlite-purges';
import { sqliteStore } from './sqlite-store';
import { sqliteTable } from './sqlite-table';
import { turns } from './turns';
import { versions } from './versions';
import { visits } from './visits';

export const guards: readonly Guard[] = [
  ...changes,
  ...data,
  ...copies,
  ...privateMembers,
  ...versions,
  ...settling,
  ...drafts,
  ...encoding,
  ...encryption,
  ...memory,
  ...memoryEnds,
  ...turns,
  ...leases,
  ...contention,
  ...visits,
  ...sessions,
  ...remembered,
  ...handles,
  ...circles,
  ...contenders,
  ...entrances,
  ...holders,
  ...sqlite,
  ...sqliteClient,
  ...sqliteConnection,
  ...sqliteDriver,
  ...sqliteOptions,
  ...sqliteTable,
  ...sqliteCalls,
  ...sqlitePurges,
  ...sqliteLeases,
  ...sqliteLives,
  ...sqliteStore,
  ...redis,
  ...redisErrors,
  ...redisCommits,
  ...redisLeases,
  ...redisLocks,
  ...redisSlots,
  ...redisStore,
  ...redisKeys,
  ...redisClients,
  ...postgres,
  ...postgresErrors,
  ...postgresLeases,
  ...postgresCommits,
  ...postgresEnds,
  ...postgresTables,
  ...postgresAnswers,
  ...postgresClients,
  ...postgresCodes,
  ...postgresGrants,
  ...postgresOptions,
  ...postgresOutcomes,
  ...postgresStore,
  ...mongodb,
];
