/** Cases on what every store does: get, set and delete, and the record of what it can do besides. */

import type { SessionStore } from '../store';
import type { StoreCase } from './case';
import { expectEqual, expectFailure, expectThat } from './expect';
import { KEY, keysOf, storeCase } from './store-case';

const METHODS = {
  leases: ['acquire', 'renew', 'commit', 'isTransient'],
  ttl: ['touch'],
  keys: ['keys'],
} as const satisfies Record<string, readonly (keyof SessionStore)[]>;

const manyKeys = Array.from({ length: 30 }, (_, index) => `${index}:${index}`);
const CORRUPT = '{"secret":';

export const basicCases: readonly StoreCase[] = [
  {
    name: 'each store that is opened is empty and shares nothing with another',
    async run(subject) {
      const one = await subject.open();
      try {
        await one.store.set(KEY, { counter: 1 });
        const other = await subject.open();
        try {
          expectEqual('get from the other store', await other.store.get(KEY), undefined);
          await other.store.set(KEY, { counter: 2 });
          expectEqual('get from the first store', await one.store.get(KEY), { counter: 1 });
        } finally {
          await other.close();
        }
      } finally {
        await one.close();
      }
    },
  },
  storeCase('get answers what was set last', [], async ({ store }) => {
    expectEqual('get before set', await store.get(KEY), undefined);
    await store.set(KEY, { counter: 1, cart: ['a'] });
    expectEqual('get after set', await store.get(KEY), { counter: 1, cart: ['a'] });
    await store.set(KEY, { locale: 'en' });
    expectEqual('get after the second set', await store.get(KEY), { locale: 'en' });
  }),
  storeCase('a deleted key has no value, and can be set again', [], async ({ store }) => {
    await store.set(KEY, 1);
    await store.set('43:43', 2);
    await store.delete(KEY);
    expectEqual('get after delete', await store.get(KEY), undefined);
    expectEqual('get of another key', await store.get('43:43'), 2);
    await store.set(KEY, 3);
    expectEqual('get after delete and set', await store.get(KEY), 3);
  }),
  storeCase('deleting a key that does not exist is no error', [], async ({ store }) => {
    await store.delete(KEY);
    await store.set(KEY, 1);
    await store.delete(KEY);
    await store.delete(KEY);
    expectEqual('get', await store.get(KEY), undefined);
  }),
  storeCase('concurrent sets of different keys all arrive', [], async ({ store }) => {
    await Promise.all(manyKeys.map((key, index) => store.set(key, { index })));
    const values = await Promise.all(manyKeys.map((key) => store.get(key)));
    expectEqual(
      'the values',
      values,
      manyKeys.map((_, index) => ({ index })),
    );
  }),
  storeCase('another store over the same data sees what was set and deleted', ['another'], async (opened) => {
    const other = (await opened.another?.()) as SessionStore;
    await opened.store.set(KEY, { counter: 1 });
    expectEqual('get by the other', await other.get(KEY), { counter: 1 });
    await other.delete(KEY);
    expectEqual('get after the other deleted', await opened.store.get(KEY), undefined);
  }),
  storeCase('changing what was set, or what was got, changes nothing stored', [], async ({ store }) => {
    const given = { cart: ['a'] };
    await store.set(KEY, given);
    given.cart.push('b');
    const got = (await store.get(KEY)) as typeof given;
    expectEqual('get after the given value was changed', got, { cart: ['a'] });
    got.cart.push('c');
    expectEqual('get after the answer was changed', await store.get(KEY), { cart: ['a'] });
  }),
  storeCase('a capability that is named has its methods', [], async ({ store }) => {
    const { supports = {} } = store;
    for (const [name, methods] of Object.entries(METHODS)) {
      if (supports[name as keyof typeof METHODS] !== true) continue;
      const missing = methods.filter((method) => typeof store[method] !== 'function');
      expectEqual(`methods missing of "${name}"`, missing, []);
    }
  }),
  storeCase('an error of a program is not called transient', ['leases'], async ({ store }) => {
    for (const error of [new TypeError('x is not a function'), new Error('no'), undefined, null, 'no']) {
      expectEqual(`isTransient(${error})`, store.isTransient?.(error), false);
    }
  }),
  storeCase('keys() names the keys that have a value', ['keys'], async (opened) => {
    expectEqual('keys of an empty store', await keysOf(opened), []);
    for (const key of ['a:1', 'a:2', 'b:1']) await opened.store.set(key, { counter: 1 });
    await opened.store.delete('a:2');
    expectEqual('keys', await keysOf(opened), ['a:1', 'b:1']);
    expectEqual("keys({ prefix: 'a:' })", await keysOf(opened, 'a:'), ['a:1']);
    expectEqual("keys({ prefix: 'c' })", await keysOf(opened, 'c'), []);
  }),
  storeCase(
    'stored text that cannot be decoded fails as VALUE_CORRUPT, until it is set',
    ['putRaw'],
    async (opened) => {
      const { store } = opened;
      await store.set(KEY, { counter: 1 });
      await opened.putRaw?.(KEY, CORRUPT);
      const error = await expectFailure('get', () => store.get(KEY), 'VALUE_CORRUPT');
      expectThat('the text of the error carries no data', !error.message.includes('secret'), error.message);
      expectThat('raw is what is stored', (error as { raw?: unknown }).raw !== undefined, error);
      const printed = Object.keys(error).filter((name) => name === 'raw' || name === 'reason');
      expectEqual('fields of the error that a log would print', printed, []);
      await expectFailure('get once more', () => store.get(KEY), 'VALUE_CORRUPT');
      await store.set(KEY, { counter: 2 });
      expectEqual('get after set', await store.get(KEY), { counter: 2 });
    },
  ),
];
