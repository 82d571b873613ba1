/** The guards of the choice of a driver of SQLite. */

import { type Guard, guardsOf } from './guard';

const ofDriver = guardsOf('sqlite/src/driver.ts');

export const sqliteDriver: readonly Guard[] = [
  ofDriver(
    'that a built-in driver answers at once',
    'return BuiltIn === undefined ? openImported(path) : new BuiltIn(path);',
    'return openImported(path);',
    'stores/sqlite-driver.test.ts',
    'a file is opened with it, at once',
  ),
  ofDriver(
    'that node:sqlite calls it DatabaseSync',
    '[DatabaseSync, Database,',
    '[Database,',
    'stores/sqlite-driver.test.ts',
    'a file is opened with it, at once',
  ),
  ofDriver(
    'that bun:sqlite calls it Database',
    '[DatabaseSync, Database,',
    '[DatabaseSync,',
    'stores/sqlite-driver.test.ts',
    'that is called Database, as of bun:sqlite, a file is opened with it',
  ),
  ofDriver(
    'that an imported module has it as its default',
    'Database, main, module]',
    'Database, module]',
    'stores/sqlite-driver.test.ts',
    'that is the default of its module, a file is opened with it',
  ),
  ofDriver(
    'that a module may be the class itself',
    'Database, main, module]',
    'Database, main]',
    'stores/sqlite-driver.test.ts',
    'that is all of its module, a file is opened with it',
  ),
  ofDriver(
    'that a driver is a class',
    "typeof each === 'function'",
    'each !== undefined',
    'stores/sqlite-driver.test.ts',
    'and has a module without a class, one is imported',
  ),
  ofDriver(
    'that there may be no module',
    '(module ?? {}) as',
    'module as',
    'stores/sqlite-driver.test.ts',
    'and has no such module, one is imported',
  ),
  ofDriver(
    'that a host may refuse to tell',
    '  } catch {\n    return undefined;',
    '  } catch (error) {\n    throw error;',
    'stores/sqlite-driver.test.ts',
    'and throws, one is imported',
  ),
  ofDriver(
    'that a driver without its native part is passed over',
    "      if (Imported !== undefined) new Imported(':memory:').close();\n",
    '',
    'stores/sqlite-driver.test.ts',
    'the next is taken where one lacks its native part',
  ),
  ofDriver(
    'that a driver that has failed is passed over',
    '      continue;\n',
    '',
    'stores/sqlite-driver.test.ts',
    'the next is taken where one lacks its native part',
  ),
  ofDriver(
    'that a module without a driver is passed over',
    '    if (Imported !== undefined) return new',
    "    if (name !== '') return new",
    'stores/sqlite-driver.test.ts',
    'the next is taken where one has no class',
  ),
  ofDriver(
    'the order of the drivers',
    "'better-sqlite3', 'libsql']",
    "'libsql', 'better-sqlite3']",
    'stores/sqlite-driver.test.ts',
    'better-sqlite3 comes before libsql, found from where the program was started',
  ),
  ofDriver(
    'that libsql is a driver',
    "'better-sqlite3', 'libsql']",
    "'better-sqlite3']",
    'stores/sqlite-driver.test.ts',
    'and has no such module, one is imported',
  ),
  ofDriver(
    'that a driver is found from where the program was started',
    '    return modules.createRequire(`',
    "    if (name !== '') throw reason;\n    return modules.createRequire(`",
    'stores/sqlite-driver.test.ts',
    'better-sqlite3 comes before libsql, found from where the program was started',
  ),
  ofDriver(
    'that there may be no way to ask from there',
    '    if (modules === undefined) throw reason;\n',
    '',
    'stores/sqlite-driver.test.ts',
    'the error says that a module was not found also where nothing else can be asked for it',
  ),
  ofDriver(
    'that what came of each driver is told',
    ", { cause: new AggregateError(reasons, 'What came of each driver that was tried.') }",
    '',
    'stores/sqlite-driver.test.ts',
    'the error says what to install, and what came of each that was tried',
  ),
  ofDriver(
    'that what a driver said is kept',
    '      reasons.push(reason);\n',
    '',
    'stores/sqlite-driver.test.ts',
    'the error says what to install, and what came of each that was tried',
  ),
];
