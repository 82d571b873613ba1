// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is source text
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
    'has one index for the purge when it is opened twice',
  ),
  ofTable(
    'that a table has an index when it is made',
    "missing === undefined || missing.includes('purge_at')",
    "missing !== undefined && missing.includes('purge_at')",
    'stores/postgres-tables.test.ts',
    'a table named short has an index for the purge',
  ),
  ofTable(
    'that a table has an index when it is completed',
    "missing === undefined || missing.includes('purge_at')",
    'missing === undefined',
    'stores/postgres-tables.test.ts',
    'has one index for the purge when it is opened twice',
  ),
  ofTable(
    'that an index is made once',
    "missing === undefined || missing.includes('purge_at')",
    'missing === undefined || missing.length >= 0',
    'stores/postgres-tables.test.ts',
    'has one index for the purge when it is opened twice',
  ),
  ofTable(
    'that an index that was dropped stays away',
    "missing === undefined || missing.includes('purge_at')",
    'missing === undefined || missing.length > 0',
    'stores/postgres-tables.test.ts',
    'a column that was missing alone is added, and no index that its owner has dropped',
  ),
  ofTable(
    'that the server names the index',
    'CREATE INDEX ON ${',
    'CREATE INDEX IF NOT EXISTS "purge" ON ${',
    'stores/postgres-tables.test.ts',
    'tables whose names begin alike have an index for the purge each',
  ),
  ofTable(
    'that an index meets others of its name',
    'await again(() => this.#query(this.#indexing(), []));',
    'await this.#query(this.#indexing(), []);',
    'stores/postgres-tables.test.ts',
    'an index for the purge that meets another of its name is made again',
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
