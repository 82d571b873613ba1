/** The README on what may go wrong: a heading for each code, and what to do; and on its promises: each with its tests. */

import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readSources, root } from './reading/sources';

const readme = readFileSync(`${root}README.md`, 'utf8');
const errors = readFileSync(`${root}packages/core/src/errors.ts`, 'utf8');
const [, union = ''] = /type SessionErrorCode =([^;]+);/.exec(errors) ?? [];
const codes = [...union.matchAll(/'(\w+)'/g)].map(([, code = '']) => code);

/** What tells somebody to do something, at the beginning of a sentence or after a comma or a semicolon. */
const ADVICE =
  /(?:^|[.;:,] )(?:or |and )?(?:add|answer|await|call|change|delete|do|filter|give|let|look|make|put|raise|repair|run|set|store|try|use)\b/i;

/** What stands below the heading of a code. */
function explanationOf(code: string): string {
  const [, text = ''] =
    new RegExp(`^### ${code}\\n+([\\s\\S]*?)(?=^#|$(?![\\s\\S]))`, 'm').exec(readme) ?? [];
  return text.trim();
}

test('there are codes to look for, and headings for these alone', () => {
  expect(codes.length).toBeGreaterThanOrEqual(11);
  const headings = [...readme.matchAll(/^### (SESSION_\w+)$/gm)].map(([, code = '']) => code);
  expect(headings.sort()).toEqual([...codes].sort());
});

describe.each(codes)('%s', (code) => {
  const explanation = explanationOf(code);
  const sentences = explanation.split(/(?<=[.!?])\s+(?=[A-Z`])/);

  test('says what happened and why, in two sentences or more', () => {
    expect(sentences.length).toBeGreaterThanOrEqual(2);
    expect(explanation.length).toBeGreaterThan(80);
  });

  test('says what to do', () => {
    expect(explanation).toMatch(ADVICE);
  });
});

describe('the table of promises', () => {
  const [, table = ''] = /^## Promises\n[\s\S]*?\n((?:\|.*\n)+)/m.exec(readme) ?? [];
  const rows = table.trim().split('\n').slice(2);
  const sources = readSources('test');
  const names = readdirSync(`${root}test`, { recursive: true, encoding: 'utf8' });

  test('has a row for each promise', () => {
    expect(rows.length).toBeGreaterThanOrEqual(9);
    expect(rows.filter((row) => !/^\| \*\*[^*]+\*\*/.test(row))).toEqual([]);
  });

  test.each(rows)('%s', (row) => {
    const shown = [...(row.split('|')[2] ?? '').matchAll(/\[`([^`]+)`\]\(([^)]+)\)/g)];
    expect(shown.length).toBeGreaterThan(0);
    for (const [, text = '', path = ''] of shown) {
      expect(names).toContain(posix.relative('test', path));
      expect(path).toContain(text);
      expect(testsIn(path)).toBeGreaterThan(0);
    }
  });

  /** How many tests a file has, where it is a test file or is used by one. */
  function testsIn(path: string): number {
    const isUsed = sources.some(
      (source) =>
        source.path.endsWith('.test.ts') &&
        (source.path === path ||
          source.imports.some(
            ({ specifier }) => `${posix.join(posix.dirname(source.path), specifier)}.ts` === path,
          )),
    );
    const text = isUsed ? (sources.find((source) => source.path === path)?.text ?? '') : '';
    return text.match(/^\s*(?:test|it)\b[.\w]*[(`]/gm)?.length ?? 0;
  }
});
