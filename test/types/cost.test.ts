/** What an adapter costs the compiler beside a bot that has no session: in counts, which are exact, not in time. */

import ts from 'typescript';
import { expect, test } from 'vitest';
import { root } from '../release/reading/sources';
import { bots } from './bots';

const MOST_PERCENT = 10;

/** The time to read and bind grows with the first three, the time to check with the others. */
interface Counts {
  readonly lines: number;
  readonly identifiers: number;
  readonly symbols: number;
  readonly types: number;
  readonly instantiations: number;
}

const { config } = ts.readConfigFile(`${root}test/tsconfig.json`, ts.sys.readFile);
const parsed = ts.parseJsonConfigFileContent(config, ts.sys, `${root}test`);
const options: ts.CompilerOptions = {
  ...parsed.options,
  lib: ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
  paths: { ...parsed.options.paths, vibegram: [`${root}test/support/vibegram/vibegram.ts`] },
};
const OURS = /\/packages\/\w+\/src\//;
const BOT = `${root}test/types/bot.ts`;
/** What both bots of a framework read is parsed once. */
const read = new Map<string, ts.SourceFile | undefined>();

/** Our sources as a bot's compiler gets them: as declarations, without what is internal. */
function declared(fileName: string, source: string): string {
  const compilerOptions = { ...options, isolatedDeclarations: true, stripInternal: true, declaration: true };
  return ts.transpileDeclaration(source, { fileName, compilerOptions }).outputText;
}

function countsOf(code: string): Counts {
  const host = ts.createCompilerHost(options);
  const readFile = (name: string): string | undefined => (name === BOT ? code : ts.sys.readFile(name));
  const parse = (name: string, target: ts.ScriptTarget | ts.CreateSourceFileOptions) => {
    const text = readFile(name);
    if (text === undefined) return undefined;
    return ts.createSourceFile(name, OURS.test(name) ? declared(name, text) : text, target);
  };
  const program = ts.createProgram([BOT], options, {
    ...host,
    fileExists: (name) => name === BOT || ts.sys.fileExists(name),
    readFile,
    getSourceFile: (name, target) => {
      if (name === BOT) return parse(name, target);
      if (!read.has(name)) read.set(name, parse(name, target));
      return read.get(name);
    },
  });
  const files = program.getSourceFiles();
  expect(program.getSemanticDiagnostics(program.getSourceFile(BOT))).toEqual([]);
  return {
    lines: files.reduce((sum, file) => sum + file.getLineStarts().length, 0),
    identifiers: program.getIdentifierCount(),
    symbols: program.getSymbolCount(),
    types: program.getTypeCount(),
    instantiations: program.getInstantiationCount(),
  };
}

const measured: readonly (readonly [framework: keyof typeof bots, names: readonly (keyof Counts)[]])[] = [
  ['grammy', ['lines', 'identifiers', 'symbols', 'types', 'instantiations']],
  ['telegraf', ['lines', 'identifiers', 'symbols', 'types', 'instantiations']],
  // Its stand-in has some 150 types and 20 instantiations in all, of which nothing is a share.
  ['vibegram', ['lines', 'identifiers', 'symbols']],
];

test.each(measured)(
  `the adapter for %s adds less than ${MOST_PERCENT} % to what the compiler has to do`,
  { timeout: 120_000 },
  (framework, names) => {
    const alone = countsOf(bots[framework].alone);
    const ours = countsOf(bots[framework].ours);
    expect(ours.lines - alone.lines, 'the declarations of core are there').toBeGreaterThan(1_000);
    const added = names.map((name) => ({ name, percent: (ours[name] / alone[name] - 1) * 100 }));
    expect(added.filter(({ percent }) => !(percent < MOST_PERCENT))).toEqual([]);
  },
);
