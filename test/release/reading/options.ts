/** The options of something: as its source declares them, and as the table in a README has them. */

import { readFileSync } from 'node:fs';
import ts from 'typescript';
import { root } from './sources';

/** The members of an interface, without those that it inherits. */
export function optionsOf(file: string, name: string): string[] {
  const source = ts.createSourceFile(file, readFileSync(root + file, 'utf8'), ts.ScriptTarget.ES2022);
  const found = source.statements.find(
    (statement): statement is ts.InterfaceDeclaration =>
      ts.isInterfaceDeclaration(statement) && statement.name.text === name,
  );
  if (found === undefined) throw new Error(`${file} declares no interface ${name}`);
  return found.members.map((member) => (member.name as ts.Identifier).text);
}

/** The names in the first column of the table below the heading `Options`. */
export function optionsIn(readme: string): string[] {
  const [, table = ''] = /^## Options\n+((?:\|.*\n)+)/m.exec(readme) ?? [];
  const cells = table.split('\n').map((row) => row.split('|')[1] ?? '');
  return cells.flatMap((cell) => [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name as string));
}
