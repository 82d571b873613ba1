/** The guards of PostgreSQL. */

import { type Guard, guardsOf } from './guard';

const ofStatements = guardsOf('postgres/src/statements.ts');
const ofClient = guardsOf('postgres/src/client.ts');
const ofStore = guardsOf('postgres/src/store.ts');

export const postgres: readonly Guard[] = [
  ofStatements(
    'that a plain write ends a lease',
    'tok = NULL, until = NULL,\n        (expires_at',
    '\n        (expires_at',
    'stores/postgres-leases.test.ts',
    'a plain set or delete takes the lease from whoever has it',
  ),
  ofStatements(
    'that a hand-over yields',
    'NOT ($10::text::boolean AND f.foreigner) AS handed',
    '($10::text::boolean IS NOT NULL) AS handed',
    'stores/postgres-conformance.test.ts',
    'next yields to the reservation of another process, where it is told to',
  ),
  ofStatements(
    'that only the holder renews',
    'AND s.tok = $2::text AND s.ver = $3::text::bigint RETURNING',
    'AND $2::text <> $3::text RETURNING',
    'stores/postgres-conformance.test.ts',
    'a lapsed lease is had by the next, and the late commit is lost',
  ),
  ofStatements(
    'that the lease is looked at',
    'OR s.tok IS NULL OR s.until <= n.now AS granted',
    'OR s.tok IS NULL OR s.until IS NOT NULL AS granted',
    'stores/postgres-conformance.test.ts',
    'whoever comes second is refused, and told when to ask again',
  ),
  ofStatements(
    'that the fence is compared',
    'AND s.tok = $2::text AND s.ver = $3::text::bigint\n      AND NOT',
    'AND s.tok = $2::text AND $3::text IS NOT NULL\n      AND NOT',
    'stores/postgres-conformance.test.ts',
    'a delayed copy of an acquire gives nobody the right to overwrite',
  ),
  ofStatements(
    'that the holder is compared',
    'AND s.tok = $2::text AND s.ver = $3::text::bigint\n      AND NOT',
    'AND $2::text IS NOT NULL AND s.ver = $3::text::bigint\n      AND NOT',
    'stores/postgres-leases.test.ts',
    'a row with the same fence and another holder is another’s',
  ),
  ofStatements(
    'that a commit is the holder’s',
    'AND s.tok = $2::text AND s.ver = $3::text::bigint\n      AND NOT',
    'AND $2::text <> $3::text\n      AND NOT',
    'stores/postgres-conformance.test.ts',
    'a lapsed lease is had by the next, and the late commit is lost',
  ),
  ofStatements(
    'that a mark is looked for',
    "AND NOT coalesce($4::text = ANY (string_to_array(s.ring, ',')), false)",
    '',
    'stores/postgres-conformance.test.ts',
    '64 marks of ten digits and eight of nine characters are kept',
  ),
  ofStatements(
    'the end of a dead holder',
    'OR s.tok IS NULL OR s.until <= n.now AS granted',
    'OR s.tok IS NULL AS granted',
    'stores/postgres-conformance.test.ts',
    'a lapsed lease is had by the next, and the late commit is lost',
  ),
  ofStatements(
    'that a value that has ended is not handed out',
    'coalesce(s.expires_at <= n.now, false) AS expired',
    'false AS expired',
    'stores/postgres-conformance.test.ts',
    'acquire reads nothing of a value that has ended',
  ),
  ofClient(
    'that a statement that a pooler refused is sent without name',
    'if (!isUnplanned(error)) throw error;',
    'throw error;',
    'stores/postgres.test.ts',
    'and without it where a pooler does not know the name',
  ),
  ofStore(
    'that a conflict of transactions is tried again',
    'if (attempt === ATTEMPTS || !isConflict(error)) throw error;',
    'throw error;',
    'stores/postgres-leases.test.ts',
    'whoever waited for a row gets the data of who was before, not of the time it began to wait',
  ),
];
