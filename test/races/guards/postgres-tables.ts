/** The guards of the table and the clients of PostgreSQL. */

import { type Guard, guardsOf } from './guard';

const ofTable = guardsOf('postgres/src/table.ts');
const ofClient = guardsOf('postgres/src/client.ts');

export const postgresTables: readonly Guard[] = [
  ofTable(
    'that a missing column is told',
    'if (!nullable.has(name)) throw',
    "if (name === '') throw",
    'stores/postgres-tables.test.ts',
    'a column of the system is none for the keys',
  ),
  ofTable(
    'that only missing columns are added',
    '.filter((name) => !nullable.has(name))',
    ".filter((name) => name === '')",
    'stores/postgres-tables.test.ts',
    'a table that was completed has an index for the purge',
  ),
  ofTable(
    'that a completed table has an index',
    "return missing.includes('purge_at') ? [alter, index] : [alter];",
    'return [alter];',
    'stores/postgres-tables.test.ts',
    'a table that was completed has an index for the purge',
  ),
  ofTable(
    'that an index is made once',
    "return missing.includes('purge_at') ? [alter, index] : [alter];",
    'return [alter, index];',
    'stores/postgres-tables.test.ts',
    'a column that was missing alone is added, and no index that its owner has dropped',
  ),
  ofTable(
    'that making ends',
    'attempt === ATTEMPTS || !(isMadeTwice(error) || isConflict(error))',
    '!(isMadeTwice(error) || isConflict(error))',
    'stores/postgres-tables.test.ts',
    'a table that can never be made is not tried without end',
  ),
  ofTable(
    'that a conflict of making is tried again',
    '!(isMadeTwice(error) || isConflict(error))',
    '!isMadeTwice(error)',
    'stores/postgres-tables.test.ts',
    'a table whose making ends with 40001 is made again',
  ),
  ofTable(
    'that a column of the system does not count',
    ' AND attnum > 0',
    '',
    'stores/postgres-tables.test.ts',
    'a column of the system is none for the keys',
  ),
  ofTable(
    'that the index of a long name is another',
    'this.#names.table.slice(0, 50)',
    'this.#names.table',
    'stores/postgres-tables.test.ts',
    'a table named lllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllll has an index for the purge',
  ),
  ofTable(
    'that keys are kept by their bytes',
    'text COLLATE "C" PRIMARY KEY',
    'text PRIMARY KEY',
    'stores/postgres-tables.test.ts',
    'keys are kept in the order of their bytes',
  ),
  ofClient(
    'that postgres names statements',
    '{ prepare: true }',
    '{ prepare: false }',
    'stores/postgres-tables.test.ts',
    'statements of postgres have names where they are not turned off',
  ),
  ofClient(
    'that a Pool names statements',
    "'totalCount' in client ? planned(client, run) : run",
    'run',
    'stores/postgres-tables.test.ts',
    'statements of a Pool of pg have names',
  ),
  ofClient(
    'that names are given up',
    '      isRefused = true;\n',
    '',
    'stores/postgres-tables.test.ts',
    'no statement has a name once a pooler did not know one',
  ),
];
