/** What is stored of a draft is what would be stored of a copy, also where parts were moved, replaced or shared. */

import { describe, expect, test } from 'vitest';
import { type Draft, draftOf } from '../../packages/core/src/data/draft';
import { settled } from '../../packages/core/src/data/settle';
import { copyOf, copyOfCopy, same, Unstorable } from '../../packages/core/src/data/snapshot';

interface Price {
  n: number;
}

interface Stored {
  user: { name: string; tags: string[] };
  price: Price;
  rebate: Price;
  two: { n: number; more: number };
  sent: Map<string, Price>;
  due: Map<string, Price>;
  [more: string]: unknown;
}

const session = (): Stored => ({
  user: { name: 'Ada', tags: ['a', 'b'] },
  price: { n: 3 },
  rebate: { n: 3 },
  two: { n: 1, more: 2 },
  sent: new Map([
    ['tea', { n: 1 }],
    ['cake', { n: 3 }],
  ]),
  due: new Map([['tea', { n: 1 }]]),
});

/** What is stored after a handler, beside what was stored before. */
function handled(act: (session: Stored) => unknown): { before: Stored; after: Stored } {
  const before = copyOf(session());
  const draft = draftOf(before, () => new Error('too late')) as Draft<Stored>;
  act(draft.value);
  const after = settled(draft, draft.value, before);
  expect(same(before, session())).toBe(true);
  return { before, after };
}

/** Defines a member of a name that cannot be assigned. */
function define(target: object, name: string, value: unknown): object {
  return Object.defineProperty(target, name, {
    ...{ value, enumerable: true, configurable: true, writable: true },
  });
}

test('a change in a Map is one', () => {
  const { before, after } = handled((data) => data.sent.set('pie', { n: 9 }));
  expect(after.sent.get('pie')).toEqual({ n: 9 });
  expect(after.due).toBe(before.due);
});

test('data in which one object stands twice is not changed by being saved twice', () => {
  const before = copyOf(session());
  const draft = draftOf(before, () => new Error('too late')) as Draft<Stored>;
  const price = { n: 9 };
  Object.assign(draft.value, { price, rebate: price });
  const saved = settled(draft, draft.value, before);
  expect(saved.rebate).toBe(saved.price);
  expect(settled(draft, draft.value, saved)).toBe(saved);
});

test('a function in place of the data is refused', () => {
  const before = copyOf(session());
  const draft = draftOf(before, () => new Error('too late')) as Draft<unknown>;
  expect(() => settled(draft, () => 1, before)).toThrow(Unstorable);
});

describe('a new version', () => {
  test.each<[what: string, act: (data: Stored) => unknown]>([
    [
      'members have changed places',
      ({ two }) => Reflect.deleteProperty(two, 'n') && Object.assign(two, { n: 1 }),
    ],
    ['a member was removed', ({ two }) => Reflect.deleteProperty(two, 'more')],
    ['a list has become shorter', ({ user }) => user.tags.pop()],
    [
      'an object has another prototype',
      (data) => Object.assign(data, { price: Object.assign(Object.create(null), { n: 3 }) }),
    ],
    ['a Map has one more', ({ sent }) => sent.set('milk', { n: 2 })],
    ['a value in a Map has changed', ({ sent }) => Object.assign(sent.get('tea') as Price, { n: 7 })],
    ['a Map was replaced by another', (data) => Object.assign(data, { sent: new Map() })],
    ['a list was replaced by an object', (data) => Object.assign(data.user, { tags: { 0: 'a', 1: 'b' } })],
    [
      'a part was replaced after it was written to',
      (data) => data.user.tags.push('c') && Object.assign(data, { user: { name: 'Eve', tags: [] } }),
    ],
    ['a part was put into a second place', (data) => Object.assign(data, { payer: data.user })],
    ['a part has taken the place of an equal one', (data) => Object.assign(data, { rebate: data.price })],
    ['a part was put into itself', ({ user }) => Object.assign(user, { self: user })],
    ['a list was put into itself', ({ user }) => user.tags.push(user.tags as never)],
    ['a part was put into a Map', ({ sent, price }) => sent.set('tea', price)],
    ['a part was put into a Map, in place of an equal one', ({ sent, price }) => sent.set('cake', price)],
    [
      'an object was put from one Map into another, in place of an equal one',
      ({ sent, due }) => due.set('tea', sent.get('tea') as Price),
    ],
  ])('is what was made of a copy where %s', (_what, act) => {
    const copy = session();
    act(copy);
    const { before, after } = handled(act);
    expect(after).not.toBe(before);
    expect(same(after, copy)).toBe(true);
    expect(same(copyOfCopy(after), copy)).toBe(true);
  });

  test('holds nothing that a handler holds of a Map', () => {
    let held: Map<string, Price> | undefined;
    const { after } = handled(({ sent }) => {
      held = sent.set('milk', { n: 2 });
    });
    held?.clear();
    expect([...after.sent.keys()]).toEqual(['tea', 'cake', 'milk']);
  });

  test.each<[words: string, act: (data: Stored) => unknown]>([
    // These two are there without being members.
    ['data.user.toString is a function', ({ user }) => define(user, 'toString', Object.prototype.toString)],
    [
      'data.user.__proto__ is an object with members under symbols or hidden ones',
      ({ user }) => define(user, '__proto__', Object.prototype),
    ],
    [
      'data.sent.<value> is an object with members under symbols or hidden ones',
      ({ sent }) => Object.assign(sent.get('tea') as Price, { [Symbol('mark')]: 1 }),
    ],
  ])('is refused where %s', (words, act) => {
    const refused = (): unknown => handled(act);
    expect(refused).toThrow(Unstorable);
    expect(refused).toThrow(words);
  });
});
