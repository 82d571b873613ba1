/** P2 and P3: a handler that throws changes nothing, and only what has changed is written. */

import { MemorySessionStore } from '@sessiongram/core';
import { beforeEach, describe, expect, test } from 'vitest';
import type { LooseContext } from '../support/frameworks';
import { RecordingStore } from '../support/recording-store';
import { useServer } from '../support/use-server';
import { subjects, textFrom } from './subjects';

interface Basket {
  counter: number;
  cart: { items: string[]; tags: Map<string, Set<number>> };
}

const stand = useServer();
const initial = (): Basket => ({ counter: 0, cart: { items: [], tags: new Map() } });
const stored = (): Basket => ({ counter: 5, cart: { items: ['a'], tags: new Map([['b', new Set([1])]]) } });
const broken = new Error('the handler failed');

let store: RecordingStore<Basket>;

beforeEach(() => {
  store = new RecordingStore();
});

function changeDeeply({ session }: LooseContext<Basket>): void {
  session.counter++;
  session.cart.items.push('c');
  session.cart.tags.get('b')?.add(2);
}

describe.each(subjects)('$name', (framework) => {
  /** Lets one handler run on one update of user 42. */
  async function handle(
    handler: (ctx: LooseContext<Basket>) => unknown,
    options: object = {},
  ): Promise<readonly unknown[]> {
    let runs = 0;
    const connection = await stand.connect(framework, (bot) => {
      bot.use(framework.session({ store, initial, ...options }));
      bot.onAny<Basket>((ctx) => {
        runs++;
        return handler(ctx);
      });
    });
    await connection.handle(textFrom(42));
    expect(runs).toBe(1);
    return connection.errors;
  }

  async function changeAndThrow(ctx: LooseContext<Basket>): Promise<never> {
    changeDeeply(ctx);
    await Promise.resolve();
    throw broken;
  }

  test('a handler that changes deeply and throws leaves the stored bytes equal', async () => {
    store.values.set('42:42', stored());
    const before = store.bytes('42:42');
    const [error, ...others] = await handle(changeAndThrow);
    expect(error).toBe(broken);
    expect(others).toEqual([]);
    expect(store.bytes('42:42')).toBe(before);
    expect(store.writes).toEqual([]);
  });

  test('a handler that changes deeply and throws changes nothing in the memory store', async () => {
    const memory = new MemorySessionStore<Basket>();
    memory.set('42:42', stored());
    expect(await handle(changeAndThrow, { store: memory })).toEqual([broken]);
    expect(memory.get('42:42')).toEqual(stored());
  });

  test('saveOnError keeps the changes of a handler that threw, and its error is told', async () => {
    store.values.set('42:42', stored());
    const [error, ...others] = await handle(changeAndThrow, { saveOnError: true });
    expect(error).toBe(broken);
    expect(others).toEqual([]);
    expect(store.values.get('42:42')).toMatchObject({ counter: 6, cart: { items: ['a', 'c'] } });
    expect(store.writes).toEqual(['set 42:42']);
  });

  test('the error handler of a polling bot gets the very error of the handler, and the next update works', async () => {
    store.values.set('42:42', stored());
    let runs = 0;
    const connection = await stand.connect(
      framework,
      (bot) => {
        bot.use(framework.session({ store, initial }));
        bot.onMessage<Basket>((ctx) => {
          changeDeeply(ctx);
          if (++runs === 1) throw broken;
        });
      },
      { mode: 'polling' },
    );
    stand.account.text(42, 'a');
    const [error] = await connection.waitForErrors();
    stand.account.text(42, 'b');
    await stand.account.drained();
    expect(error).toBe(broken);
    expect(connection.errors).toHaveLength(1);
    expect(store.values.get('42:42')?.counter).toBe(6);
  });

  const looks: [what: string, handler: (ctx: LooseContext<Basket>) => unknown, writes: string[]][] = [
    ['does not touch it', () => {}, []],
    ['only reads it', ({ session }) => session.cart.tags.get('b'), []],
    ['changes it deeply', changeDeeply, ['set 42:42']],
    [
      'assigns an equal value',
      (ctx) => {
        ctx.session = stored();
      },
      [],
    ],
    [
      'changes it and changes it back',
      ({ session }) => {
        session.counter++;
        session.counter--;
      },
      [],
    ],
    [
      'assigns null',
      (ctx) => {
        ctx.session = null as never;
      },
      ['delete 42:42'],
    ],
    [
      'assigns undefined',
      (ctx) => {
        ctx.session = undefined as never;
      },
      ['delete 42:42'],
    ],
  ];

  test.each(looks)('a handler that %s costs the writes it must', async (_, handler, writes) => {
    store.values.set('42:42', stored());
    expect(await handle(handler)).toEqual([]);
    expect(store.writes).toEqual(writes);
    expect(store.commands).toEqual(['get 42:42', ...writes]);
  });

  test('a new session that is only read is not stored, one that is changed is', async () => {
    expect(await handle(({ session }) => session.cart.items.length)).toEqual([]);
    expect(store.writes).toEqual([]);
    expect(await handle(changeDeeply)).toEqual([]);
    expect(store.writes).toEqual(['set 42:42']);
  });

  test('null assigned to a new session costs no command', async () => {
    const errors = await handle((ctx) => {
      ctx.session = null as never;
    });
    expect(errors).toEqual([]);
    expect(store.writes).toEqual([]);
  });
});
