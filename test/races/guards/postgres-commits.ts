// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is source text
/** The guards of commits and keys in PostgreSQL. */

import { type Guard, guardsOf } from './guard';

const ofStatements = guardsOf('postgres/src/statements.ts');
const ofStore = guardsOf('postgres/src/store.ts');

export const postgresCommits: readonly Guard[] = [
  ofStatements(
    'that a commit moves the fence',
    '          s.ver + 1,\n',
    '          s.ver,\n',
    'stores/postgres-leases.test.ts',
    'the fence comes from the clock, so a row that was purged and made again has no old one',
  ),
  ofStatements(
    'that a commit ends the lease',
    'CASE WHEN h.handed THEN $7::text END,',
    's.tok,',
    'stores/postgres-leases.test.ts',
    'whoever waited for a row gets the data of who was before, not of the time it began to wait',
  ),
  ofStatements(
    'that who yields gets no lease',
    'CASE WHEN h.handed THEN $7::text END,',
    '$7::text,',
    'stores/postgres-conformance.test.ts',
    'next yields to the reservation of another process, where it is told to',
  ),
  ofStatements(
    'that a commit ends the time of the lease',
    "CASE WHEN h.handed THEN n.now + ${ms('$8')} END,",
    's.until,',
    'stores/postgres-leases.test.ts',
    'whoever waited for a row gets the data of who was before, not of the time it began to wait',
  ),
  ofStatements(
    'that a commit without mark keeps the marks',
    'CASE WHEN $4::text IS NULL THEN s.ring ELSE $5::text END AS marks',
    '$5::text AS marks',
    'stores/postgres-rows.test.ts',
    'marks outlive by a day what a commit without a mark has renewed',
  ),
  ofStatements(
    'that a commit writes its marks',
    'CASE WHEN $4::text IS NULL THEN s.ring ELSE $5::text END AS marks',
    's.ring AS marks',
    'stores/postgres-leases.test.ts',
    'whoever waited for a row gets the data of who was before, not of the time it began to wait',
  ),
  ofStatements(
    'that a hand-over has data',
    "CASE WHEN s.tok = $7::text THEN s.${value}::text END` : 'NULL'",
    "NULL` : 'NULL'",
    'stores/postgres-conformance.test.ts',
    'what is handed over is what is stored',
  ),
  ofStore(
    'that only a conflict is tried again',
    'if (attempt === ATTEMPTS || !isConflict(error)) throw error;',
    'if (attempt === ATTEMPTS) throw error;',
    'stores/postgres-tables.test.ts',
    'a statement that fails for a reason of its own is not tried again',
  ),
  ofStore(
    'that the table is made first',
    '    await this.#table.ready();\n',
    '',
    'stores/postgres-rows.test.ts',
    'a fence grows also where the clock has gone back',
  ),
  ofStatements(
    'that a prefix fetches no other keys',
    '        AND starts_with(s.${key}::text, $1::text) AND ${alive}',
    '        AND ${alive}',
    'stores/postgres-rows.test.ts',
    'keys() with a prefix fetches no other keys',
  ),
  ofStatements(
    'that keys have an order',
    'ORDER BY s.${key} COLLATE "C" LIMIT',
    'LIMIT',
    'stores/postgres.test.ts',
    'keys come in batches, each once, the odd ones among them',
  ),
  ofStore(
    'that keys have the prefix',
    'if (key?.startsWith(prefix)) yield key;',
    'yield key;',
    'stores/postgres.test.ts',
    'keys come in batches, each once, the odd ones among them',
  ),
  ofStore(
    'that a prefix may end within a character',
    "isText && prefix !== ''",
    "prefix !== ''",
    'stores/postgres.test.ts',
    'keys come in batches, each once, the odd ones among them',
  ),
  ofStore(
    'that keys have more than one page',
    'if (rows.length < KEYS_AT_ONCE) return;',
    'return;',
    'stores/postgres.test.ts',
    'keys come in batches, each once, the odd ones among them',
  ),
];
