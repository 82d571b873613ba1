/** The code of a README: its `ts` blocks, each with the name under which a comment above asks to run it. */

import { readFileSync } from 'node:fs';
import ts from 'typescript';
import { root } from './sources';

export interface Block {
  /** The README, from the root of the repository. */
  readonly file: string;
  /** Where the code begins in it. */
  readonly line: number;
  readonly code: string;
  /** What stands in `<!-- run: … -->` directly above the fence. */
  readonly run: string | undefined;
}

const FENCE = /(?:<!-- run: (\w+) -->\n)?^```ts\n([\s\S]*?)^```$/gm;

/** The blocks of one README. */
export function readBlocks(file: string): Block[] {
  const text = readFileSync(root + file, 'utf8');
  return [...text.matchAll(FENCE)].map((match) => {
    const [whole, run, code = ''] = match;
    const start = match.index + whole.indexOf('```ts\n');
    return { file, line: text.slice(0, start).split('\n').length + 1, code, run };
  });
}

/** The one block that asks to be run under a name. */
export function blockFor(blocks: readonly Block[], name: string): Block {
  const [block, ...others] = blocks.filter(({ run }) => run === name);
  if (block !== undefined && others.length === 0) return block;
  throw new Error(
    `expected one block under <!-- run: ${name} -->, came ${block === undefined ? 0 : 1 + others.length}`,
  );
}

/**
 * Names that a block may use without defining them, because the text around it does. They are globals, so a block
 * that has its own hides them.
 */
const PRELUDE = `
interface MySession { counter: number; cart: string[]; locale: string }
declare const token: string;
declare const store: import('@sessiongram/core').SessionStore;
declare const update: object;
declare const url: string;
declare const bot: import('grammy').Bot<
  import('grammy').Context & import('@sessiongram/grammy').SessionFlavor<MySession>
>;
declare const session: typeof import('@sessiongram/grammy').session;
declare const model: { answer(text: string): Promise<string> };
`;

/** What the compiler says of the blocks, each a module of its own; lines are those of their README. */
export function typeErrors(blocks: readonly Block[]): string[] {
  const { config } = ts.readConfigFile(`${root}test/tsconfig.json`, ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, `${root}test`);
  const prelude = `${root}test/release/readme-prelude.d.ts`;
  const files = new Map([[prelude, PRELUDE]]);
  const modules = new Map<string, Block>(
    blocks.map((block, index) => [`${root}test/release/readme-block-${index}.ts`, block]),
  );
  for (const [name, { code }] of modules) files.set(name, `${code}\nexport {};\n`);

  const settings: ts.CompilerOptions = {
    ...options,
    noUnusedLocals: false,
    noUnusedParameters: false,
    paths: { ...options.paths, vibegram: [`${root}test/support/vibegram/vibegram.ts`] },
  };
  const host = ts.createCompilerHost(settings);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (name) => files.has(name) || fileExists(name);
  host.readFile = (name) => files.get(name) ?? readFile(name);
  host.getSourceFile = (name, target, ...rest) => {
    const text = files.get(name);
    return text === undefined
      ? getSourceFile(name, target, ...rest)
      : ts.createSourceFile(name, text, target);
  };
  const program = ts.createProgram([...files.keys()], settings, host);
  return [...files.keys()].flatMap((name) => {
    const file = program.getSourceFile(name);
    const block = modules.get(name);
    const found = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
    return found.map(({ messageText, start = 0 }) => {
      const line = (file?.getLineAndCharacterOfPosition(start).line ?? 0) + (block?.line ?? 0);
      return `${block?.file}:${line} ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
    });
  });
}

/**
 * Runs a block and resolves to the `bot` that it leaves or exports.
 *
 * @param modules - what its imports give
 * @param globals - what it may use without defining it
 */
export async function runBlock(
  { code }: Block,
  modules: Readonly<Record<string, unknown>>,
  globals: Readonly<Record<string, unknown>>,
): Promise<unknown> {
  const { outputText } = ts.transpileModule(code, {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
  });
  const load = (name: string): unknown => {
    if (!(name in modules)) throw new Error(`The block imports ${name}, which this test does not give`);
    return modules[name];
  };
  const body = `return (async () => {
    ${outputText}
    return exports.bot ?? (typeof bot === 'undefined' ? undefined : bot);
  })();`;
  const run = new Function('require', 'exports', ...Object.keys(globals), body);
  return run(load, {}, ...Object.values(globals));
}
