/** The figures of the README are those that the bench wrote. */

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { root } from './reading/sources';

const block = /<!-- figures -->\n([\s\S]*?)<!-- \/figures -->/;
const text = readFileSync(`${root}README.md`, 'utf8');
const bench = readFileSync(`${root}test/bench/README.md`, 'utf8');

/** The cells of each row of a table, without its head. */
function rowsOf(table: string): string[][] {
  const lines = table.split('\n').filter((line) => line.startsWith('|'));
  return lines.slice(2).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

/** What the bench has under a heading, in the row of a contestant. */
function measured(heading: string, contestant: string): string[] {
  const from = bench.indexOf(`**${heading}**`);
  const rows = from < 0 ? [] : rowsOf(bench.slice(from).split('\n\n')[1] ?? '');
  return rows.find(([name]) => name === contestant) ?? [];
}

test('each figure of the README stands in the bench, under the same heading and contestant', () => {
  const rows = rowsOf(block.exec(text)?.[1] ?? '');
  expect(rows.length).toBeGreaterThan(3);
  for (const [heading = '', contestant = '', ...figures] of rows) {
    const there = measured(heading, contestant);
    expect({ heading, contestant, figures }).toEqual({
      heading,
      contestant,
      figures: figures.filter((figure) => there.includes(figure)),
    });
  }
});
