// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is source text
/** The guards of what lives on in SQLite, and until when. */

import { type Guard, guardsOf } from './guard';

const ofStatements = guardsOf('sqlite/src/statements.ts');

export const sqliteLives: readonly Guard[] = [
  ofStatements(
    'that an end that is over is not kept',
    'const hasEnd = `${value} IS NOT NULL AND "lives_until" > ${NOW}`;',
    'const hasEnd = `${value} IS NOT NULL AND "lives_until" IS NOT NULL`;',
    'stores/sqlite-fixed.test.ts',
    'set begins anew where the session has ended',
  ),
  ofStatements(
    'that a fixed end is kept',
    "const end = ttl === 'fixed' ?",
    'const end = ttl !== ttl ?',
    'stores/sqlite-fixed.test.ts',
    'set does not lengthen the life of a session',
  ),
  ofStatements(
    'that what has no end lives',
    '("lives_until" IS NULL OR "lives_until" > ${NOW})',
    '("lives_until" > ${NOW})',
    'stores/sqlite-conformance.test.ts',
    'each store that is opened is empty and shares nothing with another',
  ),
  ofStatements(
    'that a life is renewed in good time',
    '+ 0.9 * :ttlMs',
    '- 0.9 * :ttlMs',
    'stores/sqlite-conformance.test.ts',
    'touch lets a value live on',
  ),
  ofStatements(
    'that reading a young value writes nothing',
    ':ttlMs IS NOT NULL AND ("lives_until" IS NULL OR NOT ${FRESH}) AS ages',
    '1 AS ages',
    'stores/sqlite.test.ts',
    'a transaction of the owner that is still open is neither joined nor ended',
  ),
  ofStatements(
    'that reading lets a value live on',
    ':ttlMs IS NOT NULL AND ("lives_until" IS NULL OR NOT ${FRESH}) AS ages',
    '0 AS ages',
    'stores/sqlite-conformance.test.ts',
    'get lets a value live on',
  ),
  ofStatements(
    'that what has ended is not read',
    'WHERE ${key} = :key AND ${present}`,\n    set',
    'WHERE ${key} = :key`,\n    set',
    'stores/sqlite-conformance.test.ts',
    'a value that was not used for ttlMs is absent',
  ),
  ofStatements(
    'that a touch brings nothing back',
    'WHERE ${key} = :key AND ${present} AND ("lives_until"',
    'WHERE ${key} = :key AND ("lives_until"',
    'stores/sqlite-conformance.test.ts',
    'touch brings back nothing that has ended or was never there',
  ),
  ofStatements(
    'that a touch renews a life at most once per tenth',
    'AND ${present} AND ("lives_until" IS NULL OR NOT ${FRESH}) RETURNING',
    'AND ${present} RETURNING',
    'stores/sqlite-rows.test.ts',
    'reading renews a life only when a tenth of it is over',
  ),
  ofStatements(
    'that a store without a life leaves that of a value',
    'CASE WHEN :ttlMs IS NULL OR NOT (${present})',
    'CASE WHEN NOT (${present})',
    'stores/sqlite-rows.test.ts',
    'a store without ttlMs leaves the life of a value as it is until it writes',
  ),
  ofStatements(
    'that a plain delete leaves no end without its value',
    'delete: `UPDATE ${t} SET ${value} = NULL, "lives_until" = NULL,',
    'delete: `UPDATE ${t} SET ${value} = NULL,',
    'stores/sqlite-rows.test.ts',
    'what another program writes after delete has no end',
  ),
  ofStatements(
    'that a commit of delete leaves no end without its value',
    'delete: commit(`${value} = NULL, "lives_until" = NULL`',
    'delete: commit(`${value} = NULL`',
    'stores/sqlite-rows.test.ts',
    'what another program writes after a commit of delete has no end',
  ),
  ofStatements(
    'that only what has ended is purged',
    'WHERE "lives_until" <= ${NOW} LIMIT',
    'WHERE "lives_until" IS NOT NULL LIMIT',
    'stores/sqlite-purge.test.ts',
    'leaves a session that has not ended',
  ),
  ofStatements(
    'that a purge leaves no end without its value',
    'end: `UPDATE ${t} SET ${value} = NULL, "lives_until" = NULL',
    'end: `UPDATE ${t} SET ${value} = NULL',
    'stores/sqlite-rows.test.ts',
    'what another program writes after purge has no end',
  ),
  ofStatements(
    'that no row with a value is forgotten',
    'WHERE ${value} IS NULL AND ${FORGET_AT} <= ${NOW}',
    'WHERE ${FORGET_AT} <= ${NOW}',
    'stores/sqlite-purge.test.ts',
    'removes what has ended, and nothing else',
  ),
  ofStatements(
    'that a row without a value is kept for a while',
    'WHERE ${value} IS NULL AND ${FORGET_AT} <= ${NOW}',
    'WHERE ${value} IS NULL',
    'stores/sqlite-conformance.test.ts',
    'odd keys have leases of their own',
  ),
];
