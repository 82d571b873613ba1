/** `skipRedelivered` through each adapter, on its real framework. */

import { Sessions } from '@sessiongram/core';
import { describe, expect, test } from 'vitest';
import { type Counter, subjects, textFrom } from '../adapters/subjects';
import { LeasingStore } from '../support/leasing-store';
import { useServer } from '../support/use-server';

const stand = useServer();
const initial = (): Counter => ({ counter: 0 });

describe.each(subjects)('$name', (framework) => {
  test('does not handle an update again that any process has handled', async () => {
    const store = new LeasingStore<Counter>();
    const seen: number[] = [];
    const connections = await Promise.all(
      [store, store.sibling()].map((on) =>
        stand.connect(framework, (bot) => {
          bot.use(framework.session({ store: on, initial, skipRedelivered: true }));
          bot.onAny<Counter>((ctx) => seen.push(++ctx.session.counter));
        }),
      ),
    );
    for (const id of [1, 2, 1, 3, 3]) {
      for (const connection of connections) await connection.handle(textFrom(42, id));
    }
    expect(connections.flatMap(({ errors }) => errors)).toEqual([]);
    expect(seen).toEqual([1, 2, 3]);
    expect(store.texts.get('42:42')).toBe('{"counter":3}');
    expect(store.locks.get('42:42')?.marks).toBe('1,2,3');
  });

  test('handles an update again whose handler failed', async () => {
    const store = new LeasingStore<Counter>();
    const sessions = new Sessions<Counter>({ store, initial, skipRedelivered: true });
    let runs = 0;
    const connection = await stand.connect(framework, (bot) => {
      bot.use(framework.session({ sessions }));
      bot.onAny<Counter>((ctx) => {
        ctx.session.counter++;
        if (++runs === 1) throw new Error('the handler failed');
      });
    });
    for (let times = 0; times < 3; times++) await connection.handle(textFrom(42, 7));
    await sessions.close();
    expect(connection.errors).toHaveLength(1);
    expect(runs).toBe(2);
    expect(store.texts.get('42:42')).toBe('{"counter":1}');
  });
});
