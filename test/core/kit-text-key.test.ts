/** Keys as text: every string has one of its own, and it is found again. */

import { fromTextKey, toTextKey } from '@sessiongram/core/kit';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

/** Strings of what text engines stumble over, and of what the rewriting is made of. */
const awkward = fc.oneof(
  fc.string({ unit: fc.constantFrom('\0', '\u0001', '"', '\\', 'u', '0', 'a', '\ud83d', '\ude00', 'é') }),
  fc.array(fc.nat({ max: 0xffff })).map((units) => String.fromCharCode(...units)),
  fc.string(),
);

describe('a key', () => {
  test.each(['42:42', '-100123:42', 'bot:42', 'é€😀', 'a\nb', ' ', '%_*', 'a\u0001b'])(
    'such as %j is stored as it is',
    (key) => {
      expect(toTextKey(key)).toBe(key);
      expect(fromTextKey(key)).toBe(key);
    },
  );

  test.each(['\0', 'a\0b', '\u0001', '\u0001"a"', '\ud83d', 'a\udc00', '\ude00\ud83d'])(
    'such as %j is rewritten, and found again',
    (key) => {
      const stored = toTextKey(key);
      expect(stored).not.toBe(key);
      expect(fromTextKey(stored)).toBe(key);
    },
  );

  test.each(['\u0001\0\u0007', '\u0001', '\u0001"a', '\u00011', '\u0001{}', '\u0001 "a"', '\u0001"\\u0061"'])(
    'that others have stored as %j was not made here',
    (stored) => expect(fromTextKey(stored)).toBeUndefined(),
  );

  test('has text that every engine keeps, and comes back from it', () => {
    const property = fc.property(awkward, (key) => {
      const stored = toTextKey(key);
      expect(stored).not.toContain('\0');
      expect(Buffer.from(stored).toString()).toBe(stored);
      expect(fromTextKey(stored)).toBe(key);
    });
    fc.assert(property, { numRuns: 2000 });
  });

  test('never has the text of another', () => {
    const property = fc.property(fc.uniqueArray(awkward, { minLength: 2, maxLength: 50 }), (keys) => {
      const all = new Set(keys.flatMap((key) => [key, toTextKey(key)])); // also keys that look rewritten
      expect(new Set([...all].map(toTextKey)).size).toBe(all.size);
    });
    fc.assert(property, { numRuns: 500 });
  });
});
