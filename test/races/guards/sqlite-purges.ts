// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is source text
/** The guards of what goes by pages in SQLite: purges and keys. */

import { type Guard, guardsOf } from './guard';

const ofStore = guardsOf('sqlite/src/store.ts');
const ofStatements = guardsOf('sqlite/src/statements.ts');

const inTables = (test: string) => ['stores/sqlite-existing-data.test.ts', test] as const;

export const sqlitePurges: readonly Guard[] = [
  ofStore(
    'that a purge lets others have the thread',
    'for (let done = 0; ; await breath()) {',
    'for (let done = 0; ; ) {',
    'stores/sqlite-purge.test.ts',
    'lets others have the thread after each page of what has ended',
  ),
  ofStatements(
    'that a page has an end',
    'export const PAGE = 500;',
    'export const PAGE = 50_000;',
    'stores/sqlite-purge.test.ts',
    'lets others have the thread after each page of what has ended',
  ),
  ofStatements(
    'that what has ended goes by pages',
    '"lives_until" <= ${NOW} LIMIT ${PAGE})',
    '"lives_until" <= ${NOW})',
    'stores/sqlite-purge.test.ts',
    'lets others have the thread after each page of what has ended',
  ),
  ofStatements(
    'that what is forgotten goes by pages',
    '${FORGET_AT} <= ${NOW} LIMIT ${PAGE})',
    '${FORGET_AT} <= ${NOW})',
    'stores/sqlite-purge.test.ts',
    'lets others have the thread after each page of what was deleted',
  ),
  ofStore(
    'that what was deleted is forgotten',
    '(hasMore(client, this.#names) ? [] : client.all(this.#sql.forget, {}))',
    '[]',
    'stores/sqlite-purge.test.ts',
    'removes a key that was only asked for after a minute',
  ),
  ofStore(
    'that what has ended is forgotten at once',
    'const removed = await this.#byPages((client) => client.all(this.#sql.end, {}));',
    'const removed = await this.#byPages((client) => client.all(this.#sql.forget, {})); await this.#byPages((client) => client.all(this.#sql.end, {}));',
    'stores/sqlite-purge.test.ts',
    'removes what has ended, and nothing else',
  ),
  ofStore(
    'that no row with more in it is removed',
    '(hasMore(client, this.#names) ? [] : client.all(this.#sql.forget, {}))',
    'client.all(this.#sql.forget, {})',
    ...inTables('keeps all rows, whatever becomes of the sessions in them'),
  ),
  ofStatements(
    'that no row of another program is removed',
    'IS NULL AND "ours" = 1 AND ${FORGET_AT}',
    'IS NULL AND "ours" >= 0 AND ${FORGET_AT}',
    ...inTables('keeps the rows that were there where they are keys alone, and loses those of this store'),
  ),
  ofStatements(
    'that a row that a lease makes is removed',
    ':token, ${NOW} + :leaseMs, 1)',
    ':token, ${NOW} + :leaseMs, 0)',
    ...inTables('keeps the rows that were there where they are keys alone, and loses those of this store'),
  ),
  ofStatements(
    'that a row that a set makes is removed',
    '(:key, :value, ${LIFE}, 1)',
    '(:key, :value, ${LIFE}, 0)',
    ...inTables('keeps the rows that were there where they are keys alone, and loses those of this store'),
  ),
  ofStore(
    'that a purge comes at most once a minute',
    '    if (now < this.#purgeAt) return;\n',
    '',
    'stores/sqlite-purge.test.ts',
    'comes at most once a minute, however often the store is used',
  ),
  ofStore(
    'that a purge comes again',
    'this.#purgeAt = now + PURGE_MS;',
    'this.#purgeAt = Number.POSITIVE_INFINITY;',
    'stores/sqlite-purge.test.ts',
    'comes at most once a minute, however often the store is used',
  ),
  ofStore(
    'that a minute is a minute',
    'const PURGE_MS = 60_000;',
    'const PURGE_MS = 30_000;',
    'stores/sqlite-purge.test.ts',
    'comes at most once a minute, however often the store is used',
  ),
  ofStore(
    'that a purge does not keep a call waiting',
    'setTimeout(() => this.purge().catch(() => {}), 0);',
    'this.purge().catch(() => {});',
    'stores/sqlite-purge.test.ts',
    'does not keep the call waiting that it comes with',
  ),
  ofStore(
    'that a purge that fails is nobody’s failure',
    'this.purge().catch(() => {})',
    'this.purge()',
    'stores/sqlite-purge.test.ts',
    'that fails is nobody’s failure',
  ),
  ofStatements(
    'that a hand-over that yields is the last use',
    'CASE WHEN ${free} THEN ${NOW} + :leaseMs ELSE ${NOW} END',
    '${NOW} + :leaseMs',
    'stores/sqlite-purge.test.ts',
    'removes a key whose hand-over had to yield after a minute',
  ),
  ofStatements(
    'that what has ended is found',
    'WHERE "lives_until" <= ${NOW} LIMIT',
    'WHERE "lives_until" < 0 LIMIT',
    'stores/sqlite-purge.test.ts',
    'removes what has ended, and nothing else',
  ),
  ofStatements(
    'that what is to be forgotten is found',
    '${FORGET_AT} <= ${NOW} LIMIT',
    '${FORGET_AT} < 0 LIMIT',
    'stores/sqlite-purge.test.ts',
    'removes a key that was only asked for after a minute',
  ),
  ofStatements(
    'that keys come in their order',
    ' ORDER BY ${key} LIMIT ${PAGE}`',
    ' LIMIT ${PAGE}`',
    'stores/sqlite-keys.test.ts',
    'finds each of very many',
  ),
  ofStatements(
    'that keys come by pages',
    ' ORDER BY ${key} LIMIT ${PAGE}`',
    ' ORDER BY ${key}`',
    'stores/sqlite-keys.test.ts',
    'finds on a later page what is written while it goes on',
  ),
  ofStatements(
    'that a page begins after the last',
    'keys(`> :after`)',
    'keys(`>= :after`)',
    'stores/sqlite-keys.test.ts',
    'finds each of very many',
  ),
  ofStatements(
    'that a row without a key is none',
    'keys(`IS NOT NULL`)',
    "keys(`IS NOT ''`)",
    'stores/sqlite-existing-data.test.ts',
    'may have numbers as keys, and rows without a key',
  ),
  ofStatements(
    'that a page has no key of what has ended',
    '${after} AND ${present} ORDER',
    '${after} ORDER',
    'stores/sqlite-conformance.test.ts',
    'a value that has ended is not among the keys',
  ),
];
