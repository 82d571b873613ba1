/** The figures that the README of the repository quotes, each under the heading and in the row where the bench has it. */

import { readFileSync, writeFileSync } from 'node:fs';

const ROOT = new URL('../../README.md', import.meta.url);
const BENCH = new URL('README.md', import.meta.url);
const BLOCK = /(?<=<!-- figures -->\n)[\s\S]*?(?=<!-- \/figures -->)/;

/** A figure of the README, and what the bench has in its place. */
export interface Quote {
  readonly heading: string;
  readonly contestant: string;
  readonly quoted: string;
  /** `undefined` where the bench has no such row. */
  readonly measured: string | undefined;
}

export function quotes(): Quote[] {
  const text = readFileSync(ROOT, 'utf8');
  const bench = readFileSync(BENCH, 'utf8');
  const [head = [], ...rows] = rowsOf(BLOCK.exec(text)?.[0] ?? '');
  return rows.map(([heading = '', contestant = '', quoted = '']) => ({
    heading,
    contestant,
    quoted,
    measured: measuredIn(bench, heading, contestant, head.at(-1)),
  }));
}

/** Puts what the bench has into the README. */
export function quoteAgain(): void {
  const text = readFileSync(ROOT, 'utf8');
  const [head = '', line = ''] = (BLOCK.exec(text)?.[0] ?? '').split('\n');
  const rows = quotes().map(({ heading, contestant, quoted, measured }) =>
    rowOf([heading, contestant, measured ?? quoted]),
  );
  writeFileSync(ROOT, text.replace(BLOCK, `${[head, line, ...rows].join('\n')}\n`));
}

function rowOf(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function measuredIn(bench: string, heading: string, contestant: string, column = ''): string | undefined {
  const from = bench.indexOf(`**${heading}**`);
  if (from < 0) return undefined;
  const [head = [], ...rows] = rowsOf(bench.slice(from).split('\n\n')[1] ?? '');
  const row = rows.find(([name]) => name === contestant);
  return row?.[head.indexOf(column)];
}

/** The cells of each row of a table, its head first. */
function rowsOf(table: string): string[][] {
  const lines = table
    .split('\n')
    .filter((line) => line.startsWith('|') && !line.startsWith('| ---') && !line.startsWith('|---'));
  return lines.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}
