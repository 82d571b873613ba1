// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is source text
/** The guards of SQLite. */

import { type Guard, guardsOf } from './guard';

const ofStatements = guardsOf('sqlite/src/statements.ts');
const ofStore = guardsOf('sqlite/src/store.ts');
const ofConnection = guardsOf('sqlite/src/connection.ts');

export const sqlite: readonly Guard[] = [
  ofStatements(
    'the reservation',
    ' AND ${RESERVABLE})\n      RETURNING "fence"',
    ')\n      RETURNING "fence"',
    'stores/sqlite-conformance.test.ts',
    'whoever has the reservation gets the key first',
  ),
  ofStatements(
    'the end of a dead holder',
    'OR "held_until" <= ${NOW}) AND',
    'OR "held_until" < 0) AND',
    'stores/sqlite-conformance.test.ts',
    'the token of a lease that is over takes nothing over',
  ),
  ofStatements(
    'that a plain write ends a lease',
    '"lives_until" = ${end}, "fence" = ${NEXT_FENCE}\n',
    '"lives_until" = ${end}\n',
    'stores/sqlite-rows.test.ts',
    'is free at once when the commit of its holder is refused because of a plain write',
  ),
  ofStatements(
    'that a plain delete ends a lease',
    '"lives_until" = NULL, "fence" = ${NEXT_FENCE},',
    '"lives_until" = NULL,',
    'stores/sqlite-rows.test.ts',
    'that a plain delete changes is lost for its holder',
  ),
  ofStatements(
    'that only the holder renews',
    'WHERE ${isOwn} RETURNING 1 AS done',
    'WHERE ${key} = :key RETURNING 1 AS done',
    'stores/sqlite-conformance.test.ts',
    'a lapsed lease is had by the next, and the late commit is lost',
  ),
  ofStatements(
    'that the holder is compared',
    'AND "holder" = :token AND "fence" = :fence',
    'AND :token IS NOT NULL AND "fence" = :fence',
    'stores/sqlite-rows.test.ts',
    'that was made again within a millisecond has another holder, whatever its fence',
  ),
  ofStatements(
    'that a hand-over yields',
    '(:yields = 0 OR ${RESERVABLE})',
    '(:yields = 0 OR 1)',
    'stores/sqlite-conformance.test.ts',
    'next yields to the reservation of another process, where it is told to',
  ),
  ofStatements(
    'that the fence is compared',
    ' AND "fence" = :fence`',
    ' AND :fence IS NOT NULL`',
    'stores/sqlite-conformance.test.ts',
    'a delayed copy of an acquire gives nobody the right to overwrite',
  ),
  ofStatements(
    'that a mark is looked for',
    "AND (:mark IS NULL OR instr(',' || \"marks\" || ',', ',' || :mark || ',') = 0)",
    '',
    'stores/sqlite-conformance.test.ts',
    '64 marks of ten digits and eight of nine characters are kept',
  ),
  ofStatements(
    'that a value that has ended is not handed out',
    'const valueNow = `CASE WHEN ${ALIVE} THEN ${value} END`;',
    'const valueNow = value;',
    'stores/sqlite-conformance.test.ts',
    'acquire reads nothing of a value that has ended',
  ),
  ofStatements(
    'the end of a reservation',
    '"reserved_until" <= ${NOW} OR "contender"',
    '"reserved_until" < 0 OR "contender"',
    'stores/sqlite-conformance.test.ts',
    'a reservation ends by itself',
  ),
  ofStatements(
    'that whoever gets the key gives its reservation back',
    '"held_until" = ${NOW} + :leaseMs,\n        "contender" = CASE WHEN "contender" = :contender THEN ${NOBODY} ELSE "contender" END',
    '"held_until" = ${NOW} + :leaseMs',
    'stores/sqlite-conformance.test.ts',
    'whoever gets the key gives its reservation back',
  ),
  ofStatements(
    'that a reservation is not taken over',
    'WHERE ${key} = :key AND ${RESERVABLE}\n      RETURNING "held_until"',
    'WHERE ${key} = :key\n      RETURNING "held_until"',
    'stores/sqlite-conformance.test.ts',
    'whoever has the reservation gets the key first',
  ),
  ofStatements(
    'that a row that is made again has no old fence',
    'VALUES (:key, ${NOW} * 1000, :token',
    'VALUES (:key, 1, :token',
    'stores/sqlite-rows.test.ts',
    'that was removed and made again never has a fence that it had before',
  ),
  ofStatements(
    'that no change renews a life at most once per tenth',
    '"lives_until" = CASE WHEN :ttlMs IS NULL OR NOT (${present}) OR ${FRESH} THEN "lives_until" ELSE ${LIFE} END',
    '"lives_until" = ${LIFE}',
    'stores/sqlite-rows.test.ts',
    'reading renews a life only when a tenth of it is over',
  ),
  ofStatements(
    'that what has ended has no key',
    'const present = `${value} IS NOT NULL AND ${ALIVE}`;',
    'const present = `${value} IS NOT NULL`;',
    'stores/sqlite-conformance.test.ts',
    'a value that has ended is not among the keys',
  ),
  ofStore(
    'that a value that is no text is told',
    'if (stored === undefined) return undefined;',
    "if (stored === undefined || typeof stored !== 'string') return undefined;",
    'stores/sqlite-rows.test.ts',
    'with a number as its value is corrupt, and stays as it is',
  ),
  ofStore(
    'that what was written is handed on',
    'text === null ? done : { ...done, value: text }',
    'done',
    'stores/sqlite-conformance.test.ts',
    'a commit hands the key over in the same step, with the data',
  ),
  ofConnection(
    'patience with other writers',
    'if (!isBusy(error)) throw error;\n      return',
    'throw error;\n      return',
    'stores/sqlite.test.ts',
    'is waited for without blocking while another connection writes, and nothing is lost',
  ),
  ofStatements(
    'that a refused commit frees only its own lease',
    'WHERE ${key} = :key AND "holder" = :token RETURNING 1 AS done`,\n    firstKeys',
    'WHERE ${key} = :key AND :token IS NOT NULL RETURNING 1 AS done`,\n    firstKeys',
    'stores/sqlite-rows.test.ts',
    'that another has by now is not freed by a commit that is refused',
  ),
  ofStore(
    'that a refused commit frees its lease',
    'client.all(this.#sql.giveBack, values);',
    '',
    'stores/sqlite-rows.test.ts',
    'is free at once when the commit of its holder is refused because of a plain write',
  ),
  ofStatements(
    'that a plain delete is a use',
    ',\n        "held_until" = max("held_until", ${NOW})',
    '',
    'stores/sqlite-purge.test.ts',
    'keeps the marks for a day after a plain delete as well',
  ),
  ofStatements(
    'that a plain delete leaves the key to its holder',
    'max("held_until", ${NOW})',
    '${NOW}',
    'stores/sqlite-rows.test.ts',
    'that a plain delete changes is kept from others until its holder is told',
  ),
];
