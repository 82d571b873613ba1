// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is source text
/** The guards of the SQLite store and its table. */

import { type Guard, guardsOf } from './guard';

const ofTable = guardsOf('sqlite/src/table.ts');
const ofStore = guardsOf('sqlite/src/store.ts');

export const sqliteStore: readonly Guard[] = [
  ofTable(
    'that a row with marks is kept for a day',
    'CASE WHEN "marks" = \'\' AND "holder" = ${NOBODY}',
    'CASE WHEN "holder" = ${NOBODY}',
    'stores/sqlite-purge.test.ts',
    'keeps the marks of a deleted session for a day',
  ),
  ofTable(
    'that a row with a holder is kept for a day',
    'CASE WHEN "marks" = \'\' AND "holder" = ${NOBODY}',
    'CASE WHEN "marks" = \'\'',
    'stores/sqlite-purge.test.ts',
    'keeps a row whose holder may still commit, although its lease has lapsed',
  ),
  ofTable(
    'that forgetting has an index',
    'WHERE ${quote(valueColumn)} IS NULL AND "ours" = 1;`',
    'WHERE ${quote(valueColumn)} IS NOT NULL AND "ours" = 1;`',
    'stores/sqlite-purge.test.ts',
    'finds what it removes by an index',
  ),
  ofStore(
    'that reading a young value opens no transaction',
    "if (Number(found?.['ages']) === 1) client",
    'client',
    'stores/sqlite.test.ts',
    'a transaction of the owner that is still open is neither joined nor ended',
  ),
  ofStore(
    'that what was read lives on',
    "if (Number(found?.['ages']) === 1) client.atomically(() => client.all(this.#sql.touch, values));",
    '',
    'stores/sqlite-conformance.test.ts',
    'get lets a value live on',
  ),
  ofStore(
    'that any key may be read',
    'const values = { key: toTextKey(key), ttlMs: this.#renewalMs };',
    'const values = { key, ttlMs: this.#renewalMs };',
    'stores/sqlite-conformance.test.ts',
    'odd keys are all different, and each keeps its own value',
  ),
  ofStore(
    'that a set has a greatest size',
    'encode(this.#codec, value, limits?.maxBytes)',
    'encode(this.#codec, value)',
    'stores/sqlite-conformance.test.ts',
    'set refuses a value above maxBytes, and keeps the old',
  ),
  ofStore(
    'that a commit has a greatest size',
    'encode(this.#codec, change.value, maxBytes)',
    'encode(this.#codec, change.value)',
    'stores/sqlite-conformance.test.ts',
    'a value above maxBytes is refused, and the lease and the old data are still there',
  ),
  ofStore(
    'that a fixed life is not renewed by a commit of no change',
    "const ttlMs = change.kind === 'set' ? this.#ttlMs : this.#renewalMs;",
    'const ttlMs = this.#ttlMs;',
    'stores/sqlite-fixed.test.ts',
    'a commit of no change does not lengthen the life of a session',
  ),
  ofStore(
    'that a fixed life begins with the first commit',
    "const ttlMs = change.kind === 'set' ? this.#ttlMs : this.#renewalMs;",
    'const ttlMs = this.#renewalMs;',
    'stores/sqlite-fixed.test.ts',
    'a commit gives a new session its end',
  ),
  ofStore(
    'that keys are those of the prefix',
    'if (key?.startsWith(prefix)) yield key;',
    'yield key;',
    'stores/sqlite-conformance.test.ts',
    'keys() names the keys that have a value',
  ),
  ofStore(
    'that keys are read page by page',
    'rows.length < PAGE) return;',
    'rows.length > 0) return;',
    'stores/sqlite-keys.test.ts',
    'finds each of very many',
  ),
  ofStore(
    'that a purge goes on to the last page',
    'if (rows < PAGE) return done;',
    'return done;',
    'stores/sqlite-purge.test.ts',
    'removes what has ended, and nothing else',
  ),
  ofStore(
    'that a purge counts no rows that are forgotten',
    '    await this.#byPages((client) => (hasMore',
    '    return removed + await this.#byPages((client) => (hasMore',
    'stores/sqlite-purge.test.ts',
    'counts only what has ended, not what was deleted',
  ),
  ofStore(
    'that a purge runs by itself',
    'setTimeout(() => this.purge().catch(() => {}), 0);',
    '',
    'stores/sqlite-purge.test.ts',
    'runs by itself when the store is used',
  ),
];
