/** What a key remembers of its last commits: what is kept, what goes, and that no mark is taken for another. */

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addMark, commitMark, hasMark, updateMark } from '../../packages/core/src/marks';
import { newToken, thisContender } from '../../packages/core/src/tokens';

const updates = (count: number, from = 1): string[] =>
  Array.from({ length: count }, (_, index) => updateMark(from + index));
const commits = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `.${`${index}`.padStart(8, 'x')}`);
const added = (marks: readonly string[], to = ''): string => marks.reduce(addMark, to);

describe('marks', () => {
  test('begin with the first, without a comma', () => {
    expect(addMark('', updateMark(7))).toBe('7');
    expect(added(['7', '8', '.abc'])).toBe('7,8,.abc');
  });

  test('are none where nothing was left', () => {
    expect(hasMark('', updateMark(7))).toBe(false);
    expect(hasMark('', '')).toBe(false);
  });

  test.each([
    ['17', '7'],
    ['70', '7'],
    ['7,8', '78'],
    ['7,8', '7,8,9'],
    ['-7', '7'],
    ['.7', '7'],
  ])('of %j do not have %j', (marks, mark) => {
    expect(hasMark(marks, mark)).toBe(false);
  });

  test.each([0, 1, 987_654_321, 2 ** 31, Number.MAX_SAFE_INTEGER])(
    'have update %d once it was left',
    (id) => {
      expect(hasMark(added([...updates(3), updateMark(id), '.abc']), updateMark(id))).toBe(true);
    },
  );

  test('are those of the last 64 updates', () => {
    const marks = added(updates(100));
    expect(marks.split(',')).toEqual(updates(64, 37));
  });

  test('are those of the last 8 other commits', () => {
    expect(added(commits(100)).split(',')).toEqual(commits(100).slice(-8));
  });

  test('of other commits do not push those of updates out, nor the other way round', () => {
    const mixed = added(commits(1000), added(updates(64)));
    for (const mark of updates(64)) expect(hasMark(mixed, mark)).toBe(true);
    const other = added(updates(1000), added(commits(8)));
    for (const mark of commits(8)) expect(hasMark(other, mark)).toBe(true);
  });

  test('stay bounded and keep the last of each kind in order, whatever comes', () => {
    const mark = fc.oneof(fc.nat().map(updateMark), fc.constant(0).map(newToken).map(commitMark));
    const property = fc.property(fc.uniqueArray(mark, { maxLength: 300 }), (all) => {
      const kept = added(all).split(',').filter(Boolean);
      const is = (commit: boolean) => (each: string) => each.startsWith('.') === commit;
      expect(kept.filter(is(false))).toEqual(all.filter(is(false)).slice(-64));
      expect(kept.filter(is(true))).toEqual(all.filter(is(true)).slice(-8));
    });
    fc.assert(property, { numRuns: 100 });
  });
});

describe('tokens', () => {
  test('are 16 characters of base64url, each another', () => {
    const tokens = Array.from({ length: 10_000 }, newToken);
    for (const token of tokens) expect(token).toMatch(/^[\w-]{16}$/);
    expect(new Set(tokens).size).toBe(tokens.length);
    expect(new Set(tokens.map(commitMark)).size).toBe(tokens.length);
  });

  test('use every character everywhere', () => {
    const tokens = Array.from({ length: 5000 }, newToken);
    for (let at = 0; at < 16; at++) expect(new Set(tokens.map((token) => token[at])).size).toBe(64);
  });

  test('name this process, by one and the same', () => {
    expect(thisContender()).toMatch(/^[\w-]{16}$/);
    expect(thisContender()).toBe(thisContender());
  });

  test('make marks without comma that no update has', () => {
    expect(commitMark(newToken())).toMatch(/^\.[\w-]{8}$/);
  });
});
