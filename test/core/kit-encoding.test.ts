/** Values as text: measured in UTF-8, with failures that the engine knows and that carry no data. */

import { inspect } from 'node:util';
import type { StoreFailure, TextCodec } from '@sessiongram/core';
import { corrupt, decode, encode, json } from '@sessiongram/core/kit';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const plain: TextCodec = { stringify: (value) => value as string, parse: (text) => text };

/** What was thrown. */
function thrown(act: () => unknown): StoreFailure {
  try {
    act();
  } catch (error) {
    return error as StoreFailure;
  }
  throw new Error('nothing was thrown');
}

describe('encode', () => {
  test('makes text with the codec it is given', () => {
    expect(encode(json, { a: 1 })).toBe('{"a":1}');
    expect(encode({ ...json, stringify: () => 'mine' }, { a: 1 })).toBe('mine');
  });

  test.each([
    ['aaaa', 4],
    ['éé', 4],
    ['€', 3],
    ['😀', 4],
    ['a€😀', 8],
  ])('measures %j as %d bytes of UTF-8', (text, bytes) => {
    expect(encode(plain, text, bytes)).toBe(text);
    expect(thrown(() => encode(plain, text, bytes - 1))).toMatchObject({
      code: 'VALUE_TOO_LARGE',
      message: `The encoded value has ${bytes} bytes; maxBytes is ${bytes - 1}. Store less, or raise it.`,
    });
  });

  test('refuses what is above the limit and nothing else, whatever the text', () => {
    const whole = fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\0', '€'));
    const property = fc.property(whole, fc.nat({ max: 60 }), (text, maxBytes) => {
      const fits = Buffer.byteLength(text) <= maxBytes;
      if (fits) expect(encode(plain, text, maxBytes)).toBe(text);
      else expect(thrown(() => encode(plain, text, maxBytes)).code).toBe('VALUE_TOO_LARGE');
    });
    fc.assert(property, { numRuns: 500 });
  });

  test.each([undefined, Number.POSITIVE_INFINITY])('takes any size where the limit is %s', (maxBytes) => {
    expect(encode(plain, '€'.repeat(100_000), maxBytes)).toHaveLength(100_000);
  });

  test.each([undefined, 42, null, new Uint8Array(1)])('refuses a codec that makes %o of a value', (made) => {
    const bad = { stringify: () => made, parse: JSON.parse } as unknown as TextCodec;
    expect(thrown(() => encode(bad, { secret: 1 })).code).toBe('VALUE_UNSTORABLE');
  });

  test.each(['a\0b', '\ud83d', 'a\udc00'])(
    'refuses a codec that makes %j, which engines of text change',
    (made) => {
      expect(thrown(() => encode(plain, made)).code).toBe('VALUE_UNSTORABLE');
      expect(decode(json, encode(json, made))).toBe(made); // which JSON escapes
    },
  );

  test('passes on what json refuses', () => {
    expect(thrown(() => encode(json, { n: 1n }))).toMatchObject({
      code: 'VALUE_UNSTORABLE',
      message: 'data.n is a bigint, which JSON cannot keep',
    });
  });

  test('says of a codec that throws that the value cannot be stored, without its words', () => {
    const cycle: Record<string, unknown> = {};
    cycle['mail@example.org'] = cycle;
    const error = thrown(() => encode(JSON, cycle));
    expect(error.code).toBe('VALUE_UNSTORABLE');
    expect(error.message).not.toContain('mail@example.org');
  });
});

describe('decode', () => {
  test('makes a value with the codec it is given', () => {
    expect(decode(json, '{"a":[1,null]}')).toEqual({ a: [1, null] });
    expect(decode(plain, 'text')).toBe('text');
  });

  test.each(['', '{', 'undefined', '{"secret": "abc"', 'NaN'])(
    'refuses %j and quotes nothing of it',
    (text) => {
      const error = thrown(() => decode(json, text));
      expect(error).toBeInstanceOf(TypeError);
      expect(error.code).toBe('VALUE_CORRUPT');
      expect(error.raw).toBe(text);
      expect(error.reason).toBeInstanceOf(SyntaxError);
      expect(error.message).toBe(`The stored text (${text.length} characters) cannot be decoded.`);
    },
  );

  test('keeps the data out of whatever prints the error', () => {
    const error = thrown(() => decode(json, '{"secret": "abc"'));
    for (const printed of [inspect(error, { depth: 9 }), JSON.stringify(error), String(error.stack)])
      expect(printed).not.toMatch(/secret|abc/);
    expect(Object.keys(error)).toEqual(['code']);
  });
});

test('corrupt is for stores with a format of their own', () => {
  const reason = new Error('why');
  const error = corrupt('Neither this nor that.', { raw: 1 }, reason);
  expect(error).toMatchObject({ code: 'VALUE_CORRUPT', message: 'Neither this nor that.' });
  expect(error.raw).toEqual({ raw: 1 });
  expect(error.reason).toBe(reason);
});
