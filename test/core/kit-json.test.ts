/** JSON that gives back what it was given, and refuses the rest with its place. */

import { assertJson, decode, encode, json, Unstorable } from '@sessiongram/core/kit';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

class Cart {
  items: string[] = [];
}

/** What was said of a value; it must be an Unstorable with the code that the engine knows. */
function refusal(value: unknown): string {
  try {
    json.stringify(value);
  } catch (error) {
    expect(error).toBeInstanceOf(Unstorable);
    expect((error as Unstorable).code).toBe('VALUE_UNSTORABLE');
    return (error as Error).message;
  }
  return 'not refused';
}

describe('json', () => {
  test.each<[string, unknown]>([
    ['an object', { a: 1, b: 'two', c: null, d: [true, false, []], e: {} }],
    ['a string', 'text'],
    ['an empty string', ''],
    ['zero', 0],
    ['false', false],
    ['null', null],
    ['an empty array', []],
    ['a lone surrogate', { text: '\ud83d', '\udc00': 1 }],
    ['NUL and line ends', 'a\0b\u2028c\n'],
    ['large and small numbers', [Number.MAX_SAFE_INTEGER, Number.MIN_VALUE, -1.5e300]],
    ['a member called __proto__', JSON.parse('{"__proto__": {"polluted": true}}')],
    ['an object without prototype', Object.assign(Object.create(null), { a: 1 })],
  ])('gives back %s', (_, value) => {
    const read = json.parse(json.stringify(value));
    expect(JSON.stringify(read)).toBe(JSON.stringify(value));
    expect(Object.hasOwn(Object(read), '__proto__')).toBe(Object.hasOwn(Object(value), '__proto__'));
  });

  test('leaves out members that are undefined', () => {
    expect(json.stringify({ a: undefined, b: 1 })).toBe('{"b":1}');
  });

  test('gives back whatever JSON can say', () => {
    const property = fc.property(fc.jsonValue(), (value) => {
      expect(JSON.stringify(json.parse(json.stringify(value)))).toBe(JSON.stringify(value));
    });
    fc.assert(property, { numRuns: 300 });
  });

  test.each<[value: unknown, said: string]>([
    [undefined, 'data is undefined'],
    [{ user: { age: 10n } }, 'data.user.age is a bigint'],
    [{ cart: [{ total: Number.NaN }] }, 'data.cart[0].total is NaN'],
    [[1, [Number.NEGATIVE_INFINITY]], 'data[1][0] is -Infinity'],
    [{ f: () => 1 }, 'data.f is a function'],
    [{ toJSON: () => 'other' }, 'data.toJSON is a function'],
    [Symbol('s'), 'data is a symbol'],
    [{ at: new Date(0) }, 'data.at is an instance of Date'],
    [{ all: new Map() }, 'data.all is an instance of Map'],
    [{ all: new Set() }, 'data.all is an instance of Set'],
    [{ cart: new Cart() }, 'data.cart is an instance of Cart'],
    [{ bytes: new Uint8Array(2) }, 'data.bytes is an instance of Uint8Array'],
    [{ text: new String('boxed') }, 'data.text is an instance of String'],
    [[1, undefined], 'data[1] is undefined'],
    // biome-ignore lint/suspicious/noSparseArray: a hole is what is tested
    [[1, , 3], 'data[1] is undefined'],
    [{ '42:42': { 'mail@example.org': 1n } }, 'data[…][…] is a bigint'],
  ])('refuses %o', (value, said) => {
    expect(refusal(value)).toBe(`${said}, which JSON cannot keep`);
  });

  test('refuses a cycle, but not one object in two places', () => {
    const self: Record<string, unknown> = { name: 'self' };
    self['inner'] = { back: [self] };
    expect(refusal(self)).toBe('data.inner.back[0] is a cycle, which JSON cannot keep');
    const shared = { n: 1 };
    expect(json.stringify({ a: shared, b: [shared] })).toBe('{"a":{"n":1},"b":[{"n":1}]}');
  });

  test('goes 1,024 objects deep, like the engine, and no deeper', () => {
    const nested = (depth: number): unknown => {
      let value: unknown = 1;
      for (let n = 0; n < depth; n++) value = [value];
      return value;
    };
    expect(refusal(nested(1024))).toBe('not refused');
    expect(refusal(nested(1025))).toMatch(/ is nested too deeply$/);
  });

  test.each<[string, unknown]>([
    ['members of an array that are no items', Object.assign([1, 2], { total: 3 })],
    ['a toJSON of an array, which makes something else of it', Object.assign([1], { toJSON: () => 'other' })],
    ['members under a symbol', { [Symbol.for('hidden')]: 1 }],
    ['an instance of a class of arrays', new (class Items extends Array<number> {})()],
  ])('refuses %s', (_, value) => {
    expect(refusal(value)).not.toBe('not refused');
  });

  test('lets a store say what it can keep besides', () => {
    const keeps = (value: object): boolean => value instanceof Date;
    expect(() => assertJson({ at: new Date(0) }, keeps)).not.toThrow();
    expect(() => assertJson({ at: [new Map()] }, keeps)).toThrow('data.at[0] is an instance of Map');
  });

  test('is what encode and decode work with', () => {
    expect(decode(json, encode(json, { a: [1] }))).toEqual({ a: [1] });
  });
});
