/** What the language service says of code, as an editor shows it: errors and hover texts. */

import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { root } from '../release/reading/sources';

/** The first error of some code. */
export interface Complaint {
  /** The code that is underlined. */
  readonly at: string;
  readonly firstLine: string;
}

/** An editor with files of its own, over those of this repository. */
export class Editor {
  readonly #files = new Map<string, string>();
  readonly #service: ts.LanguageService;

  constructor() {
    const folder = fileURLToPath(new URL('..', import.meta.url));
    const { config } = ts.readConfigFile(`${folder}tsconfig.json`, ts.sys.readFile);
    const { options } = ts.parseJsonConfigFileContent(config, ts.sys, folder);
    this.#service = ts.createLanguageService({
      getCompilationSettings: () => ({
        ...options,
        noUnusedLocals: false,
        noUnusedParameters: false,
        paths: { ...options.paths, vibegram: [`${root}test/support/vibegram/vibegram.ts`] },
      }),
      getScriptFileNames: () => [...this.#files.keys()],
      getScriptVersion: () => '1',
      getScriptSnapshot: (name) => {
        const text = this.#files.get(name) ?? ts.sys.readFile(name);
        return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
      },
      getCurrentDirectory: () => root,
      getDefaultLibFileName: ts.getDefaultLibFilePath,
      fileExists: (name) => this.#files.has(name) || ts.sys.fileExists(name),
      readFile: (name) => this.#files.get(name) ?? ts.sys.readFile(name),
      readDirectory: ts.sys.readDirectory,
      directoryExists: ts.sys.directoryExists,
      // Packages stand behind links, and find their own dependencies only from where they really are.
      realpath: (path) => ts.sys.realpath?.(path) ?? path,
    });
  }

  /** Opens a file with some code, a module of its own, and answers its name. */
  open(code: string): string {
    const name = `${root}test/types/opened-${this.#files.size}.ts`;
    this.#files.set(name, `${code}\nexport {};\n`);
    return name;
  }

  /** Everything that the compiler complains about in a file. */
  complaints(name: string): Complaint[] {
    const found = [
      ...this.#service.getSyntacticDiagnostics(name),
      ...this.#service.getSemanticDiagnostics(name),
    ];
    return found.map(({ start = 0, length = 0, messageText }) => ({
      at: this.#files.get(name)?.slice(start, start + length) ?? '',
      firstLine: ts.flattenDiagnosticMessageText(messageText, '\n').split('\n')[0] ?? '',
    }));
  }

  /** The hover text of the last word of the first place where some words stand: `ctx.session`. */
  hover(name: string, words: string): string {
    const start = this.#files.get(name)?.indexOf(words) ?? -1;
    if (start === -1) throw new Error(`expected "${words}" in the code, came nothing like it`);
    const info = this.#service.getQuickInfoAtPosition(name, start + words.length - 1);
    return ts.displayPartsToString(info?.displayParts);
  }
}
