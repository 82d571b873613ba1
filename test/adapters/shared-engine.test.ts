/** One engine for a bot and for the code around it: neither loses what the other has counted. */

import { setImmediate } from 'node:timers/promises';
import { Sessions } from '@sessiongram/core';
import { describe, expect, test } from 'vitest';
import { ShuffledStore } from '../support/recording-store';
import { useServer } from '../support/use-server';
import { type Counter, subjects, textFrom, upTo } from './subjects';

const stand = useServer();
const initial = (): Counter => ({ counter: 0 });

describe.each(subjects)('$name', (framework) => {
  test.each(['session', 'lazySession'] as const)(
    'sessions.update() and a bot with %s race, and both count',
    async (kind) => {
      const store = new ShuffledStore<Counter>();
      const sessions = new Sessions<Counter>({ store, initial });
      const connection = await stand.connect(framework, (bot) => {
        bot.use(framework[kind]({ sessions }));
        bot.onAny<Counter | Promise<Counter>>(async (ctx) => {
          const session = await ctx.session;
          const { counter } = session;
          await setImmediate();
          session.counter = counter + 1;
        });
      });
      await Promise.all(
        upTo(50).flatMap((id) => [
          connection.handle(textFrom(42, id)),
          sessions.update('42:42', async (data) => {
            const { counter } = data;
            await setImmediate();
            return { counter: counter + 1 };
          }),
        ]),
      );
      expect(connection.errors).toEqual([]);
      expect(store.overlaps).toEqual([]);
      expect(await sessions.read('42:42')).toEqual({ counter: 100 });
    },
  );

  test('what the code around a bot writes and deletes is what its next update finds', async () => {
    const sessions = new Sessions<Counter>({ initial });
    const seen: number[] = [];
    const connection = await stand.connect(framework, (bot) => {
      bot.use(framework.session({ sessions }));
      bot.onAny<Counter>((ctx) => seen.push(++ctx.session.counter));
    });
    await connection.handle(textFrom(42, 1));
    await sessions.update('42:42', ({ counter }) => ({ counter: counter + 10 }));
    await connection.handle(textFrom(42, 2));
    await sessions.delete('42:42');
    await connection.handle(textFrom(42, 3));
    expect(seen).toEqual([1, 12, 1]);
  });

  test('an engine beside a store of its own is refused', () => {
    const sessions = new Sessions<Counter>({ initial });
    expect(() => framework.session({ sessions, store: new Map() })).toThrow(TypeError);
    expect(() => framework.session({ sessions, store: new Map() })).toThrow(/"sessions".*store/);
  });
});
