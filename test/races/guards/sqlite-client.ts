/** The guards of statements of SQLite, and of the errors of its drivers. */

import { type Guard, guardsOf } from './guard';

const ofClient = guardsOf('sqlite/src/client.ts');

export const sqliteClient: readonly Guard[] = [
  ofClient(
    'that the name of a column is no value',
    '/"[^"]*"|:(\\w+)/g',
    '/:(\\w+)/g',
    'stores/sqlite-client.test.ts',
    'takes no name of a column for that of a value',
  ),
  ofClient(
    'that a statement is prepared once',
    '    this.#prepared.set(sql, prepared);\n',
    '',
    'stores/sqlite-client.test.ts',
    'prepares a statement once',
  ),
  ofClient(
    'that other writers are kept off',
    "exec('BEGIN IMMEDIATE')",
    "exec('BEGIN')",
    'stores/sqlite-client.test.ts',
    'keeps other writers off from the beginning of its work to the end',
  ),
  ofClient(
    'that work is committed',
    "      this.database.exec('COMMIT');\n",
    '',
    'stores/sqlite-client.test.ts',
    'keeps other writers off from the beginning of its work to the end',
  ),
  ofClient(
    'that work that fails is undone',
    '      this.#rollBack();\n',
    '',
    'stores/sqlite-client.test.ts',
    'does nothing of a work that fails, and leaves no transaction open',
  ),
  ofClient(
    'that SQLite may have undone it by itself',
    '    } catch {\n      // SQLite',
    '    } catch (error) {\n      throw error; // SQLite',
    'stores/sqlite-client.test.ts',
    'tells why a work has failed also where SQLite has undone it already',
  ),
  ofClient(
    'that nothing may be asked about',
    '(error ?? {}) as {',
    'error as {',
    'stores/sqlite-client.test.ts',
    'not where there is another name, or none',
  ),
  ofClient(
    'that a code is a text',
    "if (typeof code !== 'string') return false;",
    '',
    'stores/sqlite-client.test.ts',
    'not where there is another name, or none',
  ),
  ofClient(
    'that only the number of SQLite counts',
    "if (code === 'ERR_SQLITE_ERROR') {",
    'if (errcode !== undefined) {',
    'stores/sqlite-client.test.ts',
    'not where there is another number',
  ),
  ofClient(
    'that the rest of a number does not count',
    'Number(errcode) & 0xff',
    'Number(errcode)',
    'stores/sqlite-client.test.ts',
    'where node:sqlite gives the number of that, whatever is added to it',
  ),
  ofClient(
    'that a number tells of another connection',
    'primary === BUSY || primary === LOCKED',
    'primary === LOCKED',
    'stores/sqlite-client.test.ts',
    'where node:sqlite gives the number of that, whatever is added to it',
  ),
  ofClient(
    'that a number tells of a table that is locked',
    'primary === BUSY || primary === LOCKED',
    'primary === BUSY',
    'stores/sqlite-client.test.ts',
    'where node:sqlite gives the number of that, whatever is added to it',
  ),
  ofClient(
    'that a name tells of another connection',
    "code.startsWith('SQLITE_BUSY') || code",
    'code',
    'stores/sqlite-client.test.ts',
    'where a driver gives the name of that, whatever is added to it',
  ),
  ofClient(
    'that a name tells of a table that is locked',
    " || code.startsWith('SQLITE_LOCKED')",
    '',
    'stores/sqlite-client.test.ts',
    'where a driver gives the name of that, whatever is added to it',
  ),
  ofClient(
    'that other names tell of nothing',
    "return code.startsWith('SQLITE_BUSY') ||",
    "return code !== '' ||",
    'stores/sqlite-client.test.ts',
    'not where there is another name, or none',
  ),
];
