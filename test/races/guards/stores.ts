// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is source text
/** The guards of the stores. */

import { type Guard, guardsOf } from './guard';

const ofSqliteStatements = guardsOf('sqlite/src/statements.ts');
const ofSqliteStore = guardsOf('sqlite/src/store.ts');
const ofSqliteConnection = guardsOf('sqlite/src/connection.ts');
const ofRedisStore = guardsOf('redis/src/store.ts');
const ofRedisScripts = guardsOf('redis/src/scripts.ts');
const ofPostgresStatements = guardsOf('postgres/src/statements.ts');
const ofPostgresClient = guardsOf('postgres/src/client.ts');
const ofPostgresStore = guardsOf('postgres/src/store.ts');

export const stores: readonly Guard[] = [
  ofSqliteStatements(
    'the reservation',
    ' AND ${RESERVABLE})\n      RETURNING "fence"',
    ')\n      RETURNING "fence"',
    'stores/sqlite-conformance.test.ts',
    'whoever has the reservation gets the key first',
  ),
  ofSqliteStatements(
    'the end of a dead holder',
    'OR "held_until" <= ${NOW}) AND',
    'OR "held_until" < 0) AND',
    'stores/sqlite-conformance.test.ts',
    'the token of a lease that is over takes nothing over',
  ),
  ofSqliteStatements(
    'that a plain write ends a lease',
    '"lives_until" = ${end}, "fence" = ${NEXT_FENCE}\n',
    '"lives_until" = ${end}\n',
    'stores/sqlite-rows.test.ts',
    'is free at once when the commit of its holder is refused because of a plain write',
  ),
  ofSqliteStatements(
    'that a plain delete ends a lease',
    '"lives_until" = NULL, "fence" = ${NEXT_FENCE},',
    '"lives_until" = NULL,',
    'stores/sqlite-rows.test.ts',
    'that a plain delete changes is lost for its holder',
  ),
  ofSqliteStatements(
    'that only the holder renews',
    'WHERE ${isOwn} RETURNING 1 AS done',
    'WHERE ${key} = :key RETURNING 1 AS done',
    'stores/sqlite-conformance.test.ts',
    'a lapsed lease is had by the next, and the late commit is lost',
  ),
  ofSqliteStatements(
    'that the holder is compared',
    'AND "holder" = :token AND "fence" = :fence',
    'AND :token IS NOT NULL AND "fence" = :fence',
    'stores/sqlite-conformance.test.ts',
    'when the lock is forgotten, a commit over changed data is lost',
  ),
  ofSqliteStatements(
    'that a hand-over yields',
    '(:yields = 0 OR ${RESERVABLE})',
    '(:yields = 0 OR 1)',
    'stores/sqlite-conformance.test.ts',
    'next yields to the reservation of another process, where it is told to',
  ),
  ofSqliteStore(
    'that a value that is no text is told',
    'if (stored === undefined) return undefined;',
    "if (stored === undefined || typeof stored !== 'string') return undefined;",
    'stores/sqlite-rows.test.ts',
    'with a number as its value is corrupt, and stays as it is',
  ),
  ofSqliteConnection(
    'patience with other writers',
    'if (!isBusy(error)) throw error;\n      return',
    'throw error;\n      return',
    'stores/sqlite.test.ts',
    'is waited for without blocking while another connection writes, and nothing is lost',
  ),
  ofRedisStore(
    'that no key is a lock',
    'return mayBeLockKey(plain) ? this.#prefix + rewrittenKey(key) : plain;',
    'return plain;',
    'stores/redis.test.ts',
    'a key with the name of a lock is another session',
  ),
  ofRedisStore(
    'that no prefix leads to the locks',
    "typeof value === 'string' && !mayBeLockKey(value)",
    "typeof value === 'string'",
    'stores/redis-lock-key.test.ts',
    'the prefix { is refused',
  ),
  ofRedisStore(
    'that a vanished lock is compared by data (commit)',
    "if (reply === 'vanished') {",
    "if (reply === 'never') {",
    'stores/redis.test.ts',
    'a lock over unchanged data: the commit is carried out',
  ),
  ofRedisStore(
    'that a vanished lock is compared by data (renew)',
    "if (answer === 'vanished') answer",
    "if (answer === 'never') answer",
    'stores/redis.test.ts',
    'renewing makes the lock again over unchanged data, so that nobody else comes in between',
  ),
  ofRedisScripts(
    'the reservation',
    'local taken = contender and contender ~= ARGV[4]',
    'local taken = false',
    'stores/redis-conformance.test.ts',
    'whoever has the reservation gets the key first',
  ),
  ofRedisScripts(
    'that the holder is compared when it renews',
    'string.sub(lock, 1, 32) == ARGV[1] then',
    'string.sub(lock, 1, 1) ~= ARGV[1] then',
    'stores/redis-conformance.test.ts',
    'a lapsed lease is had by the next, and the late commit is lost',
  ),
  ofRedisScripts(
    'that the lease is looked at',
    'if not ours and (leftMs > 0 or taken) then',
    'if not ours and (leftMs > 1e15 or taken) then',
    'stores/redis-conformance.test.ts',
    'whoever has the reservation gets the key first',
  ),
  ofRedisScripts(
    'that a hand-over yields',
    "ARGV[12] == 'yields' and contender",
    "ARGV[12] == 'never' and contender",
    'stores/redis-conformance.test.ts',
    'next yields to the reservation of another process, where it is told to',
  ),
  ofRedisScripts(
    'that a vanished lock renews only over the same data',
    "if not same() then return 'lost' end\nwrite(",
    'write(',
    'stores/redis.test.ts',
    'renewing does not bring back a lease over data that has changed',
  ),
  ofRedisScripts(
    'that a vanished lock commits only over the same data',
    "  if not same() then return 'lost' end\nend",
    'end',
    'stores/redis.test.ts',
    'a lock over data that has changed: the commit is lost',
  ),
  ofPostgresStatements(
    'that a plain write ends a lease',
    'ver = s.ver + 1, tok = NULL, until = NULL,',
    '',
    'stores/postgres-leases.test.ts',
    'a plain set or delete takes the lease from whoever has it',
  ),
  ofPostgresStatements(
    'that a hand-over yields',
    'NOT ($10::text::boolean AND f.foreigner) AS handed',
    '($10::text::boolean IS NOT NULL) AS handed',
    'stores/postgres-conformance.test.ts',
    'next yields to the reservation of another process, where it is told to',
  ),
  ofPostgresStatements(
    'that only the holder renews',
    'AND s.tok = $2::text AND s.ver = $3::text::bigint RETURNING',
    'AND $2::text <> $3::text RETURNING',
    'stores/postgres-conformance.test.ts',
    'a lapsed lease is had by the next, and the late commit is lost',
  ),
  ofPostgresClient(
    'that a statement that a pooler refused is sent without name',
    'if (!isUnplanned(error)) throw error;',
    'throw error;',
    'stores/postgres.test.ts',
    'and without it where a pooler does not know the name',
  ),
  ofPostgresStore(
    'that a conflict of transactions is tried again',
    'if (attempt === ATTEMPTS || !isConflict(error)) throw error;',
    'throw error;',
    'stores/postgres-leases.test.ts',
    'whoever waited for a row gets the data of who was before, not of the time it began to wait',
  ),
];
