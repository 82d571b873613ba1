// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is source text
/** The guards of leases in SQLite. */

import { type Guard, guardsOf } from './guard';

const ofStatements = guardsOf('sqlite/src/statements.ts');

export const sqliteLeases: readonly Guard[] = [
  ofStatements(
    'that a commit makes the fence grow',
    '"fence" = "fence" + 1, "holder"',
    '"holder"',
    'stores/sqlite-rows.test.ts',
    'gets a greater fence with each acquire and each commit',
  ),
  ofStatements(
    'that a commit without a mark keeps those that are there',
    'CASE WHEN :mark IS NULL THEN "marks" ELSE :marks END',
    ':marks',
    'stores/sqlite-conformance.test.ts',
    'marks outlive a delete, and commits that leave none',
  ),
  ofStatements(
    'that a commit needs no mark',
    '(:mark IS NULL OR instr',
    '(instr',
    'stores/sqlite-conformance.test.ts',
    'a commit of none lets a value live on',
  ),
  ofStatements(
    'that a mark is a whole word',
    "instr(',' || \"marks\" || ',', ',' || :mark || ',')",
    'instr("marks", :mark)',
    'stores/sqlite-conformance.test.ts',
    'a mark is a whole word',
  ),
  ofStatements(
    'that whoever has reserved is not kept off',
    '"contender" IN (:contender, ${NOBODY})',
    '"contender" IN (${NOBODY}, ${NOBODY})',
    'stores/sqlite-conformance.test.ts',
    'whoever comes second is refused, and told when to ask again',
  ),
  ofStatements(
    'that what nobody has reserved may be had',
    '"contender" IN (:contender, ${NOBODY})',
    '"contender" IN (:contender, :contender)',
    'stores/sqlite-conformance.test.ts',
    'whoever has the reservation gets the key first',
  ),
  ofStatements(
    'that a release is the last use',
    'release: update(NOBODY, NOW,',
    'release: update(NOBODY, \'"held_until"\',',
    'stores/sqlite-purge.test.ts',
    'removes a key that was only asked for after a minute',
  ),
  ofStatements(
    'that a hand-over leaves the reservation of others',
    '`CASE WHEN "contender" = :contender THEN ${NOBODY} ELSE "contender" END`,\n        `"holder"',
    'NOBODY,\n        `"holder"',
    'stores/sqlite-conformance.test.ts',
    'next yields to the reservation of another process, where it is told to',
  ),
  ofStatements(
    'that whoever is handed the key gives its reservation back',
    '`CASE WHEN "contender" = :contender THEN ${NOBODY} ELSE "contender" END`,\n        `"holder"',
    '\'"contender"\',\n        `"holder"',
    'stores/sqlite-rows.test.ts',
    'that is handed on gives back the reservation of whoever gets it',
  ),
  ofStatements(
    'that an acquire hands out nothing that has ended',
    'DO UPDATE SET ${value} = ${valueNow},\n',
    'DO UPDATE SET\n',
    'stores/sqlite-conformance.test.ts',
    'acquire reads nothing of a value that has ended',
  ),
  ofStatements(
    'that an acquire leaves no end without its value',
    '"lives_until" = CASE WHEN ${ALIVE} THEN "lives_until" END,\n',
    '',
    'stores/sqlite-rows.test.ts',
    'what another program writes after acquire has no end',
  ),
  ofStatements(
    'that an acquire makes the fence grow',
    '"fence" = ${NEXT_FENCE}, "holder" = :token',
    '"holder" = :token',
    'stores/sqlite-rows.test.ts',
    'gets a greater fence with each acquire and each commit',
  ),
  ofStatements(
    'that the fence grows where the clock does not',
    'max("fence" + 1, ${NOW} * 1000)',
    'max("fence", ${NOW} * 1000)',
    'stores/sqlite-rows.test.ts',
    'gets a greater fence also where the clock is behind',
  ),
  ofStatements(
    'that the fence follows the clock',
    'max("fence" + 1, ${NOW} * 1000)',
    '"fence" + 1',
    'stores/sqlite-rows.test.ts',
    'that another program made again never gives a lease that it gave before',
  ),
  ofStatements(
    'that a lease whose answer was lost is taken over',
    'IN (:token, :previous)',
    'IN (:token, :token)',
    'stores/sqlite-conformance.test.ts',
    'a lease whose answer was lost is taken over at once by its token',
  ),
  ofStatements(
    'that a request that is sent again gets its lease',
    'IN (:token, :previous)',
    'IN (:previous, :previous)',
    'stores/sqlite-conformance.test.ts',
    'the same request, sent again, gets the lease that it has',
  ),
  ofStatements(
    'that a refusal tells the end of a reservation',
    'SELECT max("reserved_until", CASE',
    'SELECT max(0, CASE',
    'stores/sqlite-conformance.test.ts',
    'whoever has the reservation gets the key first',
  ),
  ofStatements(
    'that renewing lengthens a lease',
    'SET "held_until" = ${NOW} + :leaseMs WHERE ${isOwn}',
    'SET "held_until" = "held_until" WHERE ${isOwn}',
    'stores/sqlite-conformance.test.ts',
    'a renewed lease lives on, also when it had lapsed',
  ),
  ofStatements(
    'that giving back is the last use',
    'giveBack: `UPDATE ${t} SET "holder" = ${NOBODY}, "held_until" = ${NOW}',
    'giveBack: `UPDATE ${t} SET "holder" = ${NOBODY}',
    'stores/sqlite-purge.test.ts',
    'removes a key that a refused commit gave back after a minute',
  ),
];
