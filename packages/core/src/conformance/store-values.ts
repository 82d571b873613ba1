/** Cases on odd values: what a store cannot keep it refuses, and nothing comes back changed. */

import type { StoreCase } from './case';
import { equals, expectEqual, expectFailure, succeeds } from './expect';
import { KEY, storeCase } from './store-case';

class Cart {
  items = ['a'];
}

const cycle: { self?: unknown } = {};
cycle.self = cycle;

/** What every store must keep: a bot's session is JSON. */
const kept: readonly (readonly [what: string, value: unknown])[] = [
  ['0', 0],
  ['an empty string', ''],
  ['false', false],
  ['numbers', { least: -Number.MAX_SAFE_INTEGER, part: 0.1, huge: 1e300, tiny: 5e-324 }],
  ['null as a member', { scene: null, steps: [null, 1] }],
  ['empty objects and arrays', { cart: {}, items: [], both: [[], {}] }],
  ['text of many scripts', { text: 'ü ж 漢字 👩‍👩‍👧‍👦 "quoted" \\ \n \u2028' }],
  ['names with dots and dollars', { 'a.b': 1, $set: { $inc: 2 }, '': 3, '0': 4 }],
  ['a NUL in a text', { text: 'a\0b' }],
  ['1 MB of text', { text: '漢'.repeat(350_000) }],
];

/** What a store may refuse. */
const keptOrRefused: readonly (readonly [what: string, value: unknown])[] = [
  ['lone surrogates', { text: '\ud800', other: 'a\udc00b', '\udbff': 1 }],
  ['a NUL in a name', { 'a\0b': 1 }],
  ['a member that is named __proto__', JSON.parse('{"__proto__":{"admin":true},"a":1}')],
  ['a depth of 1,000', JSON.parse('{"a":'.repeat(1_000) + 1 + '}'.repeat(1_000))],
  ['a Map', { tags: new Map([['a', 1]]) }],
  ['a Set', { tags: new Set(['a']) }],
  ['a Date', { at: new Date(0) }],
  ['a bigint', { id: 1n }],
  ['NaN and Infinity', { a: Number.NaN, b: Infinity }],
  ['a function', { act: () => 1 }],
  ['a symbol', { name: Symbol('a') }],
  ['a cycle', cycle],
  ['an instance of a class', { cart: new Cart() }],
];

export const valueCases: readonly StoreCase[] = [
  ...kept.map(([what, value]) =>
    storeCase(`keeps as it is: ${what}`, [], async ({ store }) => {
      await store.set(KEY, value);
      expectEqual('get', await store.get(KEY), value);
    }),
  ),
  ...keptOrRefused.map(([what, value]) =>
    storeCase(`keeps as it is or refuses, and then keeps the old: ${what}`, [], async ({ store }) => {
      const old = { counter: 1 };
      await store.set(KEY, old);
      const isKept = await succeeds(() => store.set(KEY, value));
      const came = await store.get(KEY);
      if (!isKept) expectEqual('get after set was refused', came, old);
      else if (!equals(came, value)) expectEqual('get after set succeeded', came, value);
    }),
  ),
  storeCase('set refuses a value above maxBytes, and keeps the old', ['encodes'], async ({ store }) => {
    await store.set(KEY, 1);
    const set = () => store.set(KEY, 'é'.repeat(500), { maxBytes: 900 });
    await expectFailure('set of 1,000 bytes with maxBytes 900', set, 'VALUE_TOO_LARGE');
    expectEqual('get after set was refused', await store.get(KEY), 1);
    await store.set(KEY, 'e'.repeat(500), { maxBytes: 900 });
    expectEqual('get', await store.get(KEY), 'e'.repeat(500));
  }),
];
