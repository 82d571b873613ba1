/** What is true of every copy, and the classes whose instances are copied. */

import { isDeepStrictEqual } from 'node:util';
import { expect } from 'vitest';
import { copyOf, same } from '../../packages/core/src/data/snapshot';

/** Copies as a member, as it would be in a session, and checks what is true of every copy. */
export function copied<T extends object>(source: T): T {
  const copy = copyOf({ member: source }).member;
  expect(copy).not.toBe(source);
  expect(Object.getPrototypeOf(copy)).toBe(Object.getPrototypeOf(source));
  expect(isDeepStrictEqual(copy, source)).toBe(true);
  expectSame(copy, source, true);
  return copy;
}

/** Compares in both directions. */
export function expectSame(a: unknown, b: unknown, expected: boolean): void {
  expect([same(a, b), same(b, a)]).toEqual([expected, expected]);
}

/** Makes a class at run time, because the transform of the tests would rewrite its private members. */
export function classOf<T extends object>(source: string): new () => T {
  return new Function(`return ${source}`)();
}
