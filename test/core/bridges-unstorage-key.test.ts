/** Keys for unstorage: what it normalises is escaped, so that each key stays one of its own. */

import fc from 'fast-check';
import { normalizeKey } from 'unstorage';
import { describe, expect, test } from 'vitest';
import { baseOf, fromStorageKey, toStorageKey } from '../../packages/core/src/bridges/unstorage-key';

/** Text in which whatever means something to unstorage comes up often. */
const key = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom(...':/\\?$%.cn0F', 'a'), maxLength: 12 }),
  fc.string({ unit: fc.constantFrom('a', '.', ':', '%', '\ud83d'), minLength: 190, maxLength: 450 }),
);

describe('a stored key', () => {
  test.each(['42:42', '-100123:42', '42', 'a_b-c@d+e:1.5'])('is %s as it is', (plain) => {
    expect(toStorageKey(plain)).toBe(plain);
    expect(fromStorageKey(plain)).toBe(plain);
  });

  test('gives its key back, whatever the key is', () => {
    fc.assert(fc.property(key, (each) => fromStorageKey(toStorageKey(each)) === each));
  });

  test('is the same only for the same key', () => {
    fc.assert(fc.property(key, key, (a, b) => a === b || toStorageKey(a) !== toStorageKey(b)));
  });

  test('is left as it is by unstorage, and fits into file names', () => {
    fc.assert(
      fc.property(key, (each) => {
        const stored = toStorageKey(each);
        expect(normalizeKey(stored)).toBe(stored);
        expect(stored).not.toBe('');
        expect(stored.endsWith('$')).toBe(false);
        for (const segment of stored.split(':')) {
          expect(segment).toMatch(/^[\w@+.%-]{1,255}$/);
          expect(segment).not.toMatch(/^\.|\.$/);
        }
      }),
    );
  });

  test('of another program is no key where the two would not be the same', () => {
    for (const stored of ['a b', 'a%', '%0041', 'a$', '.', 'a%c:b', '%c', 'é']) {
      expect(fromStorageKey(stored)).toBeUndefined();
    }
  });
});

test('a base is what all keys with a prefix begin with', () => {
  fc.assert(
    fc.property(key, key, (prefix, rest) => {
      const base = baseOf(prefix);
      expect(base === '' || toStorageKey(prefix + rest).startsWith(`${base}:`)).toBe(true);
    }),
  );
  expect([baseOf(''), baseOf('42'), baseOf('42:'), baseOf('42:4'), baseOf('a b:c:d')]).toEqual([
    '',
    '',
    '42',
    '42',
    'a%0020b:c',
  ]);
});
