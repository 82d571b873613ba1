/** Instances of plain classes come back as what they are. */

import { describe, expect, test } from 'vitest';
import { copyOf, same } from '../../packages/core/src/data/snapshot';
import { copied } from './copies';

class Money {
  constructor(
    public amount: number,
    readonly currency: string,
  ) {}
  get text(): string {
    return `${this.amount} ${this.currency}`;
  }
  set text(value: string) {
    this.amount = Number.parseFloat(value);
  }
  plus(other: Money): Money {
    return new Money(this.amount + other.amount, this.currency);
  }
}

describe('an instance of a class', () => {
  test('keeps its class, its members and its methods', () => {
    const copy = copied(new Money(5, 'EUR'));
    expect(copy).toBeInstanceOf(Money);
    expect(copy.text).toBe('5 EUR');
    expect(copy.plus(copy).amount).toBe(10);
  });

  test('is copied without running its constructor', () => {
    let built = 0;
    class Counted {
      readonly number = ++built;
    }
    const source = new Counted();
    expect(copied(source).number).toBe(1);
    expect(built).toBe(1);
  });

  test('is copied without running accessors of its class', () => {
    let ran = 0;
    class Watched {
      name = 'Ada';
      get loud(): string {
        ran++;
        return this.name.toUpperCase();
      }
    }
    copied(new Watched());
    expect(ran).toBe(0);
  });

  test('is copied all the way down', () => {
    class Cart {
      items = [{ price: new Money(1, 'EUR') }];
      seen = new Set([new Money(2, 'EUR')]);
    }
    const source = new Cart();
    const copy = copied(source);
    (copy.items[0] as { price: Money }).price.amount = 9;
    expect(source.items[0]?.price.amount).toBe(1);
    expect(same(source, copy)).toBe(false);
  });

  test('keeps what its parents gave it', () => {
    class Price extends Money {
      tax = 0.19;
    }
    const copy = copied(new Price(5, 'EUR'));
    expect(copy).toBeInstanceOf(Money);
    expect([copy.amount, copy.tax]).toEqual([5, 0.19]);
  });

  test('keeps members under symbols and members that do not show', () => {
    const mark = Symbol('mark');
    class Marked {
      [mark] = { n: 1 };
    }
    const source = Object.defineProperty(new Marked(), 'hidden', {
      value: [1],
      writable: true,
      configurable: true,
    });
    const copy = copied(source);
    expect(copy[mark]).toEqual({ n: 1 });
    expect(copy[mark]).not.toBe(source[mark]);
    expect(Reflect.get(copy, 'hidden')).toEqual([1]);
    expect(Object.keys(copy)).toEqual([]);
  });

  test('is copied where its class has no parent and where it is an old-style function', () => {
    class Bare extends (null as unknown as ObjectConstructor) {
      static make(): Bare {
        return Object.assign(Object.create(Bare.prototype), { n: 1 });
      }
    }
    function Old(this: { n: number }): void {
      this.n = 1;
    }
    copied(Bare.make());
    copied(Reflect.construct(Old, []));
  });

  test('is copied from a frozen source, which stays as it is', () => {
    const source = Object.freeze(new Money(5, 'EUR'));
    expect(copied(source).text).toBe('5 EUR');
    expect(Object.isFrozen(source)).toBe(true);
  });

  test('is not the same as a plain object or an instance of another class with the same members', () => {
    class Coin extends Money {}
    const money = new Money(5, 'EUR');
    for (const other of [{ amount: 5, currency: 'EUR' }, new Coin(5, 'EUR')])
      expect([same(money, other), same(other, money)]).toEqual([false, false]);
  });

  test.each<[what: string, change: (money: Money) => void]>([
    ['a member changed', (money) => Object.assign(money, { amount: 6 })],
    ['a member added', (money) => Object.assign(money, { note: 'tip' })],
    ['a member removed', (money) => Reflect.deleteProperty(money, 'currency')],
    ['a member added under a symbol', (money) => Object.assign(money, { [Symbol('note')]: 'tip' })],
    ['an accessor of its class used', (money) => Object.assign(money, { text: '7 EUR' })],
  ])('has changed with %s', (_what, change) => {
    const source = new Money(5, 'EUR');
    const copy = copyOf(source);
    change(copy);
    expect([same(source, copy), same(copy, source)]).toEqual([false, false]);
  });
});

describe('an instance of a class that extends', () => {
  test('Map keeps its entries and its own members', () => {
    class Scores extends Map<string, number> {
      best = 'none';
    }
    const source = new Scores([['a', 1]]);
    source.best = 'a';
    const copy = copied(source);
    expect([copy.get('a'), copy.best, copy.size]).toEqual([1, 'a', 1]);
    copy.best = 'b';
    expect(same(source, copy)).toBe(false);
  });

  test('Map is copied without running what the class made of set and entries', () => {
    class Loud extends Map<string, number> {
      override set(): never {
        throw new Error('set ran');
      }
      override entries(): never {
        throw new Error('entries ran');
      }
    }
    const source = new Loud();
    Map.prototype.set.call(source, 'a', 1);
    const copy = copyOf(source);
    expect(copy.get('a')).toBe(1);
    expect(same(source, copy)).toBe(true);
  });

  test('Set keeps its members and its own fields', () => {
    class Tags extends Set<string> {
      limit = 3;
    }
    const source = new Tags(['a']);
    source.limit = 5;
    const copy = copied(source);
    expect([copy.has('a'), copy.limit]).toEqual([true, 5]);
  });

  test('Date keeps its time and its own members', () => {
    class Due extends Date {
      reminded = false;
    }
    const source = new Due(1_000);
    source.reminded = true;
    const copy = copied(source);
    expect([copy.getTime(), copy.reminded]).toEqual([1_000, true]);
    copy.reminded = false;
    expect(same(source, copy)).toBe(false);
  });

  test('RegExp keeps its pattern and its own members', () => {
    class Route extends RegExp {
      title = 'none';
    }
    const source = new Route('^/start', 'i');
    source.title = 'start';
    const copy = copied(source);
    expect([copy.source, copy.flags, copy.title]).toEqual(['^\\/start', 'i', 'start']);
  });

  test('Array keeps its elements and its class', () => {
    class Cart extends Array<number> {
      get total(): number {
        return this.reduce((sum, price) => sum + price, 0);
      }
    }
    expect(copied(Cart.from([1, 2]) as Cart).total).toBe(3);
  });

  test('Array keeps its own members', () => {
    class Cart extends Array<number> {
      coupon = 'none';
    }
    const source = Cart.from([1, 2]) as Cart;
    source.coupon = 'SPRING';
    const copy = copied(source);
    expect(copy.coupon).toBe('SPRING');
    copy.coupon = 'AUTUMN';
    expect(same(source, copy)).toBe(false);
  });

  test('Array is copied without running its constructor', () => {
    let built = 0;
    class Cart extends Array<number> {
      constructor(...items: number[]) {
        super(...items);
        built++;
      }
    }
    const source = new Cart(1, 2, 3);
    built = 0;
    expect([...copied(source)]).toEqual([1, 2, 3]);
    expect(built).toBe(0);
  });

  test('Uint8Array keeps its bytes and its class', () => {
    class Picture extends Uint8Array {
      get first(): number | undefined {
        return this[0];
      }
    }
    expect(copied(new Picture([7, 8])).first).toBe(7);
  });
});
