/** A lazy session is loaded, and its turn taken, at the first look. */

import { setImmediate } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Connection, LooseContext } from '../support/frameworks';
import { deferred, RecordingStore } from '../support/recording-store';
import { useServer } from '../support/use-server';
import { type Counter, keyless, subjects, textFrom, upTo } from './subjects';

const stand = useServer();
const initial = (): Counter => ({ counter: 0 });

let store: RecordingStore<Counter>;

beforeEach(() => {
  store = new RecordingStore();
});

type LazyContext = LooseContext<Promise<Counter>>;

describe.each(subjects)('$name', (framework) => {
  let runs = 0;

  function connect(handler: (ctx: LazyContext) => unknown, options: object = {}): Promise<Connection> {
    runs = 0;
    return stand.connect(framework, (bot) => {
      bot.use(framework.lazySession({ store, initial, ...options }));
      bot.onAny<Promise<Counter>>((ctx) => {
        runs++;
        return handler(ctx);
      });
    });
  }

  test('an update that never touches its session costs no command', async () => {
    const connection = await connect(() => {});
    await connection.handle(textFrom(42));
    expect(connection.errors).toEqual([]);
    expect(runs).toBe(1);
    expect(store.commands).toEqual([]);
  });

  test('an error handler may read the session of a handler that has not looked at it', async () => {
    store.values.set('42:42', { counter: 5 });
    let seen: unknown;
    const connection = await stand.connect(framework, (bot) => {
      bot.onAny<Promise<Counter>>(async (ctx, next) => {
        try {
          await next();
        } catch {
          seen = await ctx.session;
        }
      });
      bot.use(framework.lazySession({ store, initial }));
      bot.onAny(() => {
        throw new Error('the handler failed');
      });
    });
    await connection.handle(textFrom(42));
    expect(connection.errors).toEqual([]);
    expect([seen, store.commands]).toEqual([{ counter: 5 }, ['get 42:42']]);
  });

  test('awaiting the session loads it once, and what has changed is written', async () => {
    store.values.set('42:42', { counter: 5 });
    const connection = await connect(async (ctx) => {
      const session = await ctx.session;
      session.counter++;
      expect(await ctx.session).toBe(session);
    });
    await connection.handle(textFrom(42));
    expect(connection.errors).toEqual([]);
    expect(store.commands).toEqual(['get 42:42', 'set 42:42']);
    expect(store.values.get('42:42')).toEqual({ counter: 6 });
  });

  test('a session that is only awaited is not written', async () => {
    const connection = await connect((ctx) => ctx.session);
    await connection.handle(textFrom(42));
    expect(connection.errors).toEqual([]);
    expect(store.commands).toEqual(['get 42:42']);
  });

  test.each([
    ['a value', () => ({ counter: 9 })],
    ['a promise', async () => ({ counter: 9 })],
  ])('%s may be assigned, and is what is seen next', async (_, make) => {
    const seen: Counter[] = [];
    const connection = await connect(async (ctx) => {
      Object.assign(ctx, { session: make() });
      seen.push(await ctx.session);
    });
    await connection.handle(textFrom(42));
    expect(connection.errors).toEqual([]);
    expect(seen).toEqual([{ counter: 9 }]);
    expect(store.values.get('42:42')).toEqual({ counter: 9 });
  });

  test('null that is assigned deletes the session', async () => {
    store.values.set('42:42', { counter: 5 });
    const connection = await connect((ctx) => void Object.assign(ctx, { session: null }));
    await connection.handle(textFrom(42));
    expect(connection.errors).toEqual([]);
    expect(store.writes).toEqual(['delete 42:42']);
  });

  test('a handler that throws changes nothing', async () => {
    store.values.set('42:42', { counter: 5 });
    const broken = new Error('the handler failed');
    const connection = await connect(async (ctx) => {
      (await ctx.session).counter++;
      throw broken;
    });
    await connection.handle(textFrom(42));
    expect(connection.errors).toEqual([broken]);
    expect(store.writes).toEqual([]);
  });

  test('an update that does not look waits for nobody', async () => {
    const held = deferred<void>();
    const connection = await connect(async (ctx) => {
      if (ctx.update.update_id !== 1) return;
      (await ctx.session).counter++;
      await held.promise;
    });
    const first = connection.handle(textFrom(42, 1));
    await connection.handle(textFrom(42, 2));
    expect(runs).toBe(2);
    held.resolve();
    await first;
    expect(store.values.get('42:42')).toEqual({ counter: 1 });
  });

  test('500 concurrent updates of one key count to 500', async () => {
    const connection = await connect(async (ctx) => {
      const session = await ctx.session;
      const { counter } = session;
      await setImmediate();
      session.counter = counter + 1;
    });
    await Promise.all(upTo(500).map((id) => connection.handle(textFrom(42, id))));
    expect(connection.errors).toEqual([]);
    expect(store.values.get('42:42')).toEqual({ counter: 500 });
  });

  test('a look on an update without a key follows onMissingKey, as a promise', async () => {
    const looks: unknown[] = [];
    for (const onMissingKey of ['throw', 'undefined', 'ephemeral']) {
      const connection = await connect(
        async (ctx) => {
          looks.push(await ctx.session);
        },
        { onMissingKey },
      );
      await connection.handle(keyless);
      looks.push(connection.errors);
    }
    const refused = [expect.objectContaining({ code: 'SESSION_KEY_MISSING' })];
    expect(looks).toEqual([refused, undefined, [], { counter: 0 }, []]);
    expect(store.commands).toEqual([]);
  });
});
