/** The diffs of a README: each part is one set-up, and has the code before and the code after. */

import { readFileSync } from 'node:fs';
import { root } from './sources';

/** One set-up, as the comment at its beginning names it. */
export interface Diff {
  readonly file: string;
  /** Where it begins in the README. */
  readonly line: number;
  readonly name: string;
  readonly before: string;
  readonly after: string;
}

/** The parts of all diffs of a README: an empty line is between two of them. */
export function readDiffs(file: string): Diff[] {
  const text = readFileSync(root + file, 'utf8');
  return [...text.matchAll(/^```diff\n([\s\S]*?)^```$/gm)].flatMap(({ 1: body = '', index }) => {
    let line = text.slice(0, index).split('\n').length + 1;
    return body.split(/(?<=\n)\n/).map((part) => {
      const begins = line;
      line += part.split('\n').length;
      return diffOf(file, begins, part);
    });
  });
}

function diffOf(file: string, line: number, part: string): Diff {
  const [, name] = /^ \/\/ (.+)\n/.exec(part) ?? [];
  if (name === undefined) throw new Error(`${file}:${line} begins without a name, such as " // in memory"`);
  const lines = part.trimEnd().split('\n');
  const odd = lines.find((each) => !/^[ +-]/.test(each));
  if (odd !== undefined) throw new Error(`${file}:${line} has a line that is no line of a diff: ${odd}`);
  const side = (sign: '+' | '-'): string =>
    lines.map((each) => (each.startsWith(sign) || each.startsWith(' ') ? each.slice(1) : '')).join('\n');
  return { file, line, name, before: side('-'), after: side('+') };
}
