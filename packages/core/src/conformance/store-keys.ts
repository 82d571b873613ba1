/** Cases on odd keys: each is a key of its own, whatever characters it is made of. */

import type { SessionStore } from '../store';
import type { StoreCase } from './case';
import { expectEqual, succeeds } from './expect';
import { KEY, keysOf, storeCase } from './store-case';

const oddKeys: readonly string[] = [
  'Case',
  'case',
  '{42}:a',
  '{42}:b',
  'a{42',
  'a}42',
  '{}42',
  '100%',
  '100%25',
  '_00%',
  'a*?[b]',
  `it's`,
  'say "hi"',
  '`back`',
  'back\\slash',
  'semi;--',
  'sp ace',
  ' space',
  'space ',
  'new\nline',
  'ü',
  'u\u0308',
  '👩‍👩‍👧‍👦',
  'a\0b',
  'a',
  'a\0',
  '\u0001"a"',
  '\ud800',
  '\udbff',
  '\ufffd',
  '__proto__',
  'constructor',
  'a/../b',
  '$where',
  'a.b',
  'x'.repeat(300),
  'x'.repeat(299),
  'space',
  '-1001:42',
  '1001:42',
  '-42',
  '42',
  '042',
  '42.0',
];

/** More than the largest page that databases answer by themselves, often 1,000; every fifth has a prefix of its own. */
const manyKeys = Array.from({ length: 1_250 }, (_, index) => `${index % 5 === 0 ? 'few' : 'most'}:${index}`);
const AT_ONCE = 100;

export const keyCases: readonly StoreCase[] = [
  storeCase('odd keys are all different, and each keeps its own value', [], async ({ store }) => {
    for (const [index, key] of oddKeys.entries()) await store.set(key, { index });
    await expectOwn(store, oddKeys);
    for (const key of oddKeys.slice(0, 20)) await store.delete(key);
    for (const key of oddKeys.slice(0, 20)) {
      expectEqual(`get(${JSON.stringify(key)}) after delete`, await store.get(key), undefined);
    }
    await expectOwn(store, oddKeys.slice(20), 20);
  }),
  storeCase('keys() gives odd keys back as they are', ['keys'], async (opened) => {
    for (const key of oddKeys) await opened.store.set(key, 1);
    expectEqual('keys', await keysOf(opened), [...oddKeys].sort());
  }),
  storeCase('keys() takes a prefix by the letter', ['keys'], async (opened) => {
    const prefixes = ['a%', 'a_', 'a*', 'a?', 'a[b]', 'a\\', 'A', `a'`, 'aa', '\ud83d\udc69', 'a\0'];
    for (const prefix of prefixes) await opened.store.set(`${prefix}:1`, 1);
    for (const prefix of prefixes) {
      expectEqual(`keys of ${JSON.stringify(prefix)}`, await keysOf(opened, prefix), [`${prefix}:1`]);
    }
    expectEqual('keys of an empty prefix', await keysOf(opened, ''), await keysOf(opened));
  }),
  storeCase('keys() names all of many keys, page after page', ['keys'], async (opened) => {
    for (let first = 0; first < manyKeys.length; first += AT_ONCE) {
      const batch = manyKeys.slice(first, first + AT_ONCE);
      await Promise.all(batch.map((key) => opened.store.set(key, 1)));
    }
    for (const prefix of ['', 'few:']) {
      const expected = manyKeys.filter((key) => key.startsWith(prefix));
      const named = new Set(await keysOf(opened, prefix));
      const leftOut = expected.filter((key) => !named.has(key));
      const what = `keys({ prefix: '${prefix}' })`;
      expectEqual(`${what}: how many of ${expected.length} keys are left out`, leftOut.length, 0);
      expectEqual(`${what}: how many keys are named`, named.size, expected.length);
    }
  }),
  storeCase('the empty key works, or is refused by every method', [], async ({ store }) => {
    await store.set(KEY, 1);
    const works = [
      await succeeds(() => store.set('', 2)),
      await succeeds(() => store.get('')),
      await succeeds(() => store.delete('')),
    ];
    expectEqual(
      'whether set, get and delete worked',
      works,
      works[0] ? [true, true, true] : [false, false, false],
    );
    expectEqual('get of another key', await store.get(KEY), 1);
    if (!works[0]) return;
    expectEqual('get after delete', await store.get(''), undefined);
    await store.set('', 3);
    expectEqual('get after set', await store.get(''), 3);
  }),
  storeCase('odd keys have leases of their own', ['leases'], async ({ store }) => {
    const ask = (index: number, key: string) =>
      store.acquire?.(key, {
        token: `token${index}`.padEnd(16, '_'),
        leaseMs: 60_000,
        contender: 'contender'.padEnd(16, '_'),
        reserveMs: 60_000,
      });
    const answers = await Promise.all(oddKeys.map((key, index) => ask(index, key)));
    for (const [index, answer] of answers.entries()) {
      const key = oddKeys[index] as string;
      expectEqual(`acquire(${JSON.stringify(key)}).granted`, answer?.granted, true);
      if (!answer?.granted) continue;
      const change = { kind: 'set', value: { index } } as const;
      const done = await store.commit?.(key, answer.lease, { change, mark: 'm', marks: 'm' });
      expectEqual(`commit(${JSON.stringify(key)}).state`, done?.state, 'done');
    }
    await expectOwn(store, oddKeys);
  }),
];

async function expectOwn(store: SessionStore, keys: readonly string[], first = 0): Promise<void> {
  for (const [index, key] of keys.entries()) {
    expectEqual(`get(${JSON.stringify(key)})`, await store.get(key), { index: index + first });
  }
}
