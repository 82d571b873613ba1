/** Nothing is lost silently: what a copy cannot hold is refused, and what it holds is compared. */

import { describe, expect, test } from 'vitest';
import { copyOf, same, Unstorable } from '../../packages/core/src/data/snapshot';
import { classOf } from './copies';

/** What a reader finds in the copy, or `refused`. */
function found<T>(source: T, read: (copy: T) => unknown): unknown {
  let copy: T;
  try {
    copy = copyOf(source);
  } catch (error) {
    if (error instanceof Unstorable) return 'refused';
    throw error;
  }
  return read(copy);
}

describe('arrays', () => {
  test('a member under the id of a user, which is too large for an index, is kept and compared', () => {
    const scores: number[] = [];
    scores[7_000_000_000] = 5;
    expect(found({ scores }, (copy) => copy.scores[7_000_000_000])).toBe(5);
    expect(same({ scores }, { scores: [] })).toBe(false);
    expect(same({ scores: [] }, { scores })).toBe(false);
  });

  test('a member under a name is kept and compared', () => {
    const list = (total: number) => Object.assign([1, 2], { total });
    expect(found(list(5), (copy) => copy.total)).toBe(5);
    expect(same(list(5), list(6))).toBe(false);
    expect(same(list(5), [1, 2])).toBe(false);
  });

  test('the match of a regular expression keeps its groups', () => {
    const match = /(?<word>\w+)/.exec('tea');
    expect(found({ match }, (copy) => [copy.match?.index, copy.match?.groups?.['word']])).toEqual([0, 'tea']);
  });

  test('an array whose constructor takes something else is not filled with wrong members', () => {
    class Queue extends Array<number> {
      constructor(readonly title: string) {
        super();
      }
    }
    const queue = new Queue('kitchen');
    queue.push(1, 2, 3);
    expect(found(queue, (copy) => [copy.title, ...copy])).toEqual(['kitchen', 1, 2, 3]);
  });

  test('private members of an array are refused', () => {
    const Cart = classOf<{ name: number }>(
      'class extends Array { #name = 1; get name() { return this.#name } }',
    );
    expect(found(new Cart(), (copy) => copy.name)).toBe('refused');
  });

  test('an array with one element far out does not stop the process', () => {
    const list: number[] = [];
    list[2 ** 32 - 2] = 1; // so far out that a walk over every index takes longer than a test may
    const copy = copyOf({ list });
    expect(copy.list).toHaveLength(2 ** 32 - 1);
    expect(same({ list }, copy)).toBe(true);
  });
});

describe('plain objects', () => {
  test('a member under a symbol is kept, or refused', () => {
    const mark = Symbol('mark');
    expect([1, 'refused']).toContain(found({ a: 1, [mark]: 1 }, (copy) => copy[mark]));
  });

  test('a change under a symbol is noticed, or refused', () => {
    const mark = Symbol('mark');
    const noticed = found({ [mark]: 1 }, (copy) => !same(copy, { [mark]: 2 }));
    expect([true, 'refused']).toContain(noticed);
  });

  test('a member that does not show is kept, or refused', () => {
    const source: { hidden?: number } = Object.defineProperty({}, 'hidden', { value: 1 });
    expect([1, 'refused']).toContain(found(source, (copy) => copy.hidden));
  });

  test('a getter goes on to compute, or is refused, but does not become a value that is never right again', () => {
    const source = {
      items: [1],
      get count(): number {
        return this.items.length;
      },
    };
    const countAfterPush = found(source, (copy) => {
      copy.items.push(2);
      return copy.count;
    });
    expect([2, 'refused']).toContain(countAfterPush);
  });
});

describe('private members', () => {
  test.each([
    ['with a name in another script', 'class { #имя = 1; read() { return this.#имя } }'],
    ['used as a mark only', 'class A { #mark; read() { return #mark in this } }'],
  ])('are refused %s', (_what, source) => {
    const Class = classOf<{ read(): unknown }>(source);
    expect(found(new Class(), (copy) => copy.read())).toBe('refused');
  });

  test.each([
    ['TypeScript', '__classPrivateFieldGet', (held: string) => `__classPrivateFieldGet(this, ${held}, "f")`],
    ['esbuild', '__privateGet', (held: string) => `__privateGet(this, ${held})`],
    ['Babel', '_classPrivateFieldGet2', (held: string) => `_classPrivateFieldGet2(${held}, this)`],
  ])('are refused as %s writes them for older engines', (_tool, helper, call) => {
    const Class = classOf<{ read(): number }>(`(() => {
      const held = new WeakMap();
      const ${helper} = (...args) => held.get(args.find((arg) => held.has(arg)));
      return class { constructor() { held.set(this, 1) } read() { return ${call('held')} } };
    })()`);
    expect(found(new Class(), (copy) => copy.read())).toBe('refused');
  });
});

describe('state that lies outside of the members', () => {
  test('of a proxied Date is kept, or refused', () => {
    const source = new Proxy(new Date(5), {});
    expect(['refused', 5]).toContain(found(source, (copy) => Date.prototype.getTime.call(copy)));
  });

  test('of a proxied Map is refused by its place like anything else', () => {
    expect(found({ map: new Proxy(new Map([[1, 2]]), {}) }, (copy) => copy.map.get(1))).toBe('refused');
  });

  test('of bytes that belong to a class with fields of its own is kept, or refused', () => {
    class Picture extends Uint8Array {
      type = 'none';
    }
    const picture = new Picture(2);
    picture.type = 'image/png';
    expect(['refused', 'image/png']).toContain(found(picture, (copy) => copy.type));
  });

  test('of a class that names itself is kept, or refused without calling it built in', () => {
    class Money {
      amount = 5;
      get [Symbol.toStringTag](): string {
        return 'Money';
      }
    }
    let outcome: unknown;
    try {
      outcome = copyOf({ price: new Money() }).price.amount;
    } catch (error) {
      outcome = error instanceof Unstorable && !error.describe().includes('built-in') ? 'refused' : error;
    }
    expect(['refused', 5]).toContain(outcome);
  });
});
