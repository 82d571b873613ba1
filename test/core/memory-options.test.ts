/** Bad options of the memory store are refused at the door, in words that say what to change. */

import { MemorySessionStore } from '@sessiongram/core';
import { describe, expect, test } from 'vitest';
import { refusal as refusalOf } from '../support/refusal';

/** What a caller without a type checker is told. */
const refusal = (options: unknown): string => refusalOf(() => new MemorySessionStore(options as number));

const badCounts: [shown: string, value: unknown][] = [
  ['0', 0],
  ['-1', -1],
  ['1.5', 1.5],
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['"5"', '5'],
  ['true', true],
  ['5n', 5n],
  ['an array', [5]],
  ['an object', {}],
  ['16777217', 2 ** 24 + 1],
];

describe('max', () => {
  test.each(badCounts)('%s is refused by name, expectation and value', (shown, value) => {
    const text = refusal({ max: value });
    expect(text).toContain('"max"');
    expect(text).toContain('a whole number from 1 to');
    expect(text).toMatch(new RegExp(`got ${shown}\\b|got ${shown}\\.$`));
  });

  test.each(badCounts.filter(([, value]) => typeof value !== 'object'))(
    '%s is refused as a bare argument',
    (shown, value) => {
      const text = refusal(value);
      expect(text).toContain('"max"');
      expect(text).toContain(shown);
    },
  );

  test('null is refused as an option', () => {
    expect(refusal({ max: null })).toMatch(/"max".*whole number.*null/);
  });

  test('what is written on the door is let in', () => {
    expect(refusal(1)).toBe('not refused');
    expect(refusal({ max: 5_000 })).toBe('not refused');
    expect(refusal(undefined)).toBe('not refused');
    expect(refusal({})).toBe('not refused');
  });
});

describe('ttlMs', () => {
  test.each([
    ['0', 0],
    ['-1', -1],
    ['NaN', Number.NaN],
    ['Infinity', Number.POSITIVE_INFINITY],
    ['"x"', 'x'],
    ['null', null],
    ['an object', new Date()],
  ])('%s is refused by name, expectation and value', (shown, value) => {
    const text = refusal({ ttlMs: value });
    expect(text).toContain('"ttlMs"');
    expect(text).toContain('a number of milliseconds above 0');
    expect(text).toContain(shown);
  });
});

describe('ttl', () => {
  test.each([
    ['1000', 1_000],
    ['"absolute"', 'absolute'],
    ['null', null],
    ['true', true],
  ])('%s is refused by name, expectation and value', (shown, value) => {
    const text = refusal({ ttlMs: 1_000, ttl: value });
    expect(text).toContain('"ttl"');
    expect(text).toContain("'rolling' or 'fixed'");
    expect(text).toContain(shown);
  });

  test.each(['rolling', 'fixed'])('%s is let in with ttlMs, and refused without', (ttl) => {
    expect(refusal({ ttlMs: 1_000, ttl })).toBe('not refused');
    const text = refusal({ ttl });
    expect(text).toContain('"ttl"');
    expect(text).toContain('"ttlMs"');
    expect(text).toContain(`"${ttl}"`);
  });
});

describe('onEvict', () => {
  test.each([
    ['null', null],
    ['"log"', 'log'],
    ['an object', {}],
    ['true', true],
  ])('%s is refused by name, expectation and value', (shown, value) => {
    const text = refusal({ onEvict: value });
    expect(text).toContain('"onEvict"');
    expect(text).toContain('a function');
    expect(text).toContain(shown);
  });
});

describe('the options as a whole', () => {
  test('null is refused', () => {
    expect(refusal(null)).toMatch(/MemorySessionStore\(\).*null/);
  });

  test.each([
    ['a function', () => 5_000],
    ['a symbol', Symbol('five thousand')],
    ['an array', []],
  ])('%s is refused', (_name, value) => {
    expect(refusal(value)).not.toBe('not refused');
  });

  test('an unknown option is refused by name, beside the ones there are', () => {
    const text = refusal({ max: 5, maxAge: 1_000 });
    expect(text).toContain('"maxAge"');
    expect(text).toContain('max, ttlMs, ttl, onEvict');
  });

  test('an option with the name of an inherited member is unknown like any other', () => {
    expect(refusal({ toString: 1 })).toContain('"toString"');
    expect(refusal(JSON.parse('{"__proto__": 1}'))).toContain('"__proto__"');
  });

  test('a long text is shown by its length, not by its content', () => {
    expect(refusal({ max: 'secret '.repeat(20) })).toContain('a string of 140 characters');
  });
});
