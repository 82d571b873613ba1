/** The figures of the README are those that the bench wrote. */

import { expect, test } from 'vitest';
import { quotes } from '../bench/quotes';

test('each figure of the README stands in the bench, under the same heading, contestant and column', () => {
  const all = quotes();
  expect(all.length).toBeGreaterThan(3);
  for (const { heading, contestant, quoted, measured } of all)
    expect(`${heading}, ${contestant}: ${quoted}`).toBe(`${heading}, ${contestant}: ${measured}`);
});
