/** What cannot be copied faithfully is refused, in words that name its place and no value. */

import { describe, expect, test } from 'vitest';
import { copyOf, Unstorable } from '../../packages/core/src/data/snapshot';
import { classOf } from './copies';

/** How a value is refused, or `kept`. */
function refusal(value: unknown): string {
  try {
    copyOf(value);
  } catch (error) {
    if (error instanceof Unstorable) return error.describe();
    throw error;
  }
  return 'kept';
}

describe('refused, wherever it is:', () => {
  test.each<[what: string, value: unknown, words: string]>([
    ['a function', () => 1, 'a function'],
    ['a class', class Money {}, 'a function'],
    ['a symbol', Symbol('secret'), 'a symbol'],
    ['a promise', Promise.resolve('secret'), 'a Promise: await it first'],
    ['a WeakMap', new WeakMap(), 'WeakMap'],
    ['a WeakSet', new WeakSet(), 'WeakSet'],
    ['a WeakRef', new WeakRef({}), 'WeakRef'],
    ['a URL', new URL('https://example.org/?token=secret'), 'URL'],
    ['URLSearchParams', new URLSearchParams('token=secret'), 'URLSearchParams'],
    ['an error', new Error('secret'), 'Error'],
    ['a generator', (function* () {})(), 'Generator'],
    ['an iterator', [1][Symbol.iterator](), 'Array Iterator'],
    ['a text as an object', Object('secret'), 'String'],
    ['a number as an object', Object(1), 'Number'],
    ['a formatter', new Intl.NumberFormat('en'), 'Intl.NumberFormat'],
    ['an abort signal', new AbortController().signal, 'AbortSignal'],
    ['shared memory', new SharedArrayBuffer(1), 'SharedArrayBuffer'],
    ['a blob', new Blob(['secret']), 'Blob'],
    ['what only looks like an array', Object.create(Array.prototype), 'a proxy of a built-in object'],
    ['a proxy of a buffer', new Proxy(new ArrayBuffer(1), {}), 'a proxy of a built-in object'],
  ])('%s', (_what, value, words) => {
    const places: [place: string, value: unknown][] = [
      ['data', value],
      ['data.user.name', { user: { name: value } }],
      ['data[1]', [0, value]],
      ['data.list[0]', { list: [value] }],
      ['data.map.<value>', { map: new Map([['secret', value]]) }],
      ['data.map.<key>', { map: new Map([[value, 'secret']]) }],
    ];
    for (const [place, data] of places) {
      const text = refusal(data);
      expect(text.startsWith(`${place} is `)).toBe(true);
      expect(text).toContain(words);
      expect(text).not.toContain('secret');
    }
  });

  test('a class with private members', () => {
    const words = 'an instance of a class with #private members';
    expect(
      refusal({ user: new (classOf('class { #name = 1; get name() { return this.#name } }'))() }),
    ).toContain(`data.user is ${words}`);
    expect(refusal(new (classOf('class { #count = 0; up() { this . #count++ } }'))())).toContain(words);
    expect(refusal(new (classOf('class { #go() { return 1 } go() { return this?.#go() } }'))())).toContain(
      words,
    );
  });

  test('a class whose parent has private members', () => {
    // In two steps, because the text of a class holds the text of a parent that is written inside of it.
    const Parent = classOf('class { #name = 1; get name() { return this.#name } }');
    class Child extends Parent {
      age = 1;
    }
    expect(refusal(new Child())).toContain('#private');
  });

  test('binary data with private members', () => {
    const Pixels = classOf('class extends Uint8Array { #width = 1; get width() { return this.#width } }');
    expect(refusal({ image: new Pixels() })).toBe(
      'data.image is binary data with #private members, which nobody can copy',
    );
  });

  test('a Map with private members', () => {
    const Scores = classOf('class extends Map { #best = 1; get best() { return this.#best } }');
    expect(refusal(new Scores())).toContain('#private');
  });

  test('an accessor that an instance has of its own', () => {
    class Account {}
    const account = Object.defineProperty(new Account(), 'secret', { get: () => 'value', enumerable: true });
    expect(refusal({ account })).toBe('data.account.secret is an accessor');
  });

  test('a member of a Set that cannot be copied', () => {
    expect(refusal({ set: new Set([() => 1]) })).toMatch(/^data\.set\.<\w+> is a function$/);
  });

  test('a function under a symbol of an instance', () => {
    const call = Symbol('call');
    class Account {
      [call] = () => 1;
    }
    expect(refusal(new Account())).toBe('data.Symbol(call) is a function');
  });
});

describe('kept although it looks odd:', () => {
  test('a class whose text speaks of a hash without having private members', () => {
    expect(refusal(new (classOf('class { color = "#fff"; id = "a#b"; /* see #12 */ }'))())).toBe('kept');
  });

  test('a proxy of a plain object, as a plain object of its own', () => {
    const target = { list: [1], user: { name: 'Ada' } };
    const copy = copyOf(new Proxy(target, {}));
    expect(copy).toStrictEqual(target);
    copy.list.push(2);
    expect(target.list).toEqual([1]);
  });

  test('a proxy of an array, as an array of its own', () => {
    const copy = copyOf(new Proxy([1, [2]], {}));
    expect(copy).toStrictEqual([1, [2]]);
    expect(Array.isArray(copy)).toBe(true);
  });
});

test('a getter of a plain object is refused without being called', () => {
  let calls = 0;
  const data = {
    get total(): number {
      return ++calls;
    },
  };
  expect(refusal({ list: [data] })).toBe('data.list[0].total is an accessor');
  expect(calls).toBe(0);
});

describe('the words of a refusal', () => {
  test('name the way to the value, the outermost name first', () => {
    expect(refusal({ cart: [{}, { prices: { total: () => 1 } }] })).toBe(
      'data.cart[1].prices.total is a function',
    );
  });

  test('cut a long way short', () => {
    let data: unknown = () => 1;
    for (let n = 20; n > 0; n--) data = { [`n${n}`]: data };
    expect(refusal(data)).toBe('data.n1.n2.n3.n4.n5.n6.n7.n8… is a function');
  });

  test('name the first of several places', () => {
    expect(refusal({ a: 1, b: () => 1, c: () => 2 })).toBe('data.b is a function');
  });

  test('belong to a TypeError', () => {
    expect(() => copyOf(() => 1)).toThrow(TypeError);
    expect(() => copyOf(() => 1)).toThrow(Unstorable);
  });

  test('are the message of the error as well', () => {
    expect(() => copyOf({ cart: [{ total: () => 1 }] })).toThrow('data.cart[0].total is a function');
  });

  test('are told anew for each attempt', () => {
    const data = { a: { b: () => 1 } };
    expect([refusal(data), refusal(data)]).toEqual(['data.a.b is a function', 'data.a.b is a function']);
  });
});
