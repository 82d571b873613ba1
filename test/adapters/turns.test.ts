/** P5, P7 and P9: a turn that is lost, asked for twice or used too late is told, and two sessions get along. */

import { setImmediate } from 'node:timers/promises';
import { Sessions } from '@sessiongram/core';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Connection, LooseContext } from '../support/frameworks';
import { deferred, RecordingStore } from '../support/recording-store';
import { useServer } from '../support/use-server';
import { type Counter, subjects, textFrom } from './subjects';

const stand = useServer();
const initial = (): Counter => ({ counter: 0 });

let store: RecordingStore<Counter>;

beforeEach(() => {
  store = new RecordingStore();
});
afterEach(() => {
  vi.useRealTimers();
});

interface TwoSessions extends LooseContext<Counter> {
  other: Counter;
}

describe.each(subjects)('$name', (framework) => {
  test('a handler that hangs loses its turn at maxHoldMs, and its late write is refused', async () => {
    const hung = deferred<void>();
    const connection = await stand.connect(framework, (bot) => {
      bot.use(framework.session({ store, initial, maxHoldMs: 1000 }));
      bot.onAny<Counter>(async (ctx) => {
        ctx.session.counter += ctx.update.update_id;
        if (ctx.update.update_id === 100) await hung.promise;
      });
    });
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const first = connection.handle(textFrom(42, 100));
    const second = connection.handle(textFrom(42, 1));
    await setImmediate();
    await vi.advanceTimersByTimeAsync(999);
    expect(store.writes).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    await second;
    expect(store.values.get('42:42')).toEqual({ counter: 1 });
    hung.resolve();
    await first;
    expect(connection.errors).toMatchObject([{ code: 'SESSION_LEASE_LOST', key: '42:42' }]);
    expect(store.writes).toEqual(['set 42:42']);
    expect(store.values.get('42:42')).toEqual({ counter: 1 });
  });

  test('a slow handler that nobody overtook still saves', async () => {
    const slow = deferred<void>();
    const connection = await stand.connect(framework, (bot) => {
      bot.use(framework.session({ store, initial, maxHoldMs: 1000 }));
      bot.onAny<Counter>(async (ctx) => {
        ctx.session.counter++;
        await slow.promise;
      });
    });
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const handling = connection.handle(textFrom(42));
    await setImmediate();
    await vi.advanceTimersByTimeAsync(10_000);
    slow.resolve();
    await handling;
    expect(connection.errors).toEqual([]);
    expect(store.values.get('42:42')).toEqual({ counter: 1 });
  });

  test('an update that waits for longer than maxWaitMs fails as busy, and the one it waited for saves', async () => {
    const slow = deferred<void>();
    const connection = await stand.connect(framework, (bot) => {
      bot.use(framework.session({ store, initial, maxWaitMs: 50, maxWaiting: 1 }));
      bot.onAny<Counter>(async (ctx) => {
        ctx.session.counter++;
        await slow.promise;
      });
    });
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const handling = connection.handle(textFrom(42, 1));
    const waiting = connection.handle(textFrom(42, 2));
    await connection.handle(textFrom(42, 3));
    expect(connection.errors).toMatchObject([{ code: 'SESSION_BUSY' }]);
    await vi.advanceTimersByTimeAsync(50);
    await waiting;
    expect(connection.errors).toMatchObject([{ code: 'SESSION_BUSY' }, { code: 'SESSION_BUSY' }]);
    slow.resolve();
    await handling;
    expect(store.values.get('42:42')).toEqual({ counter: 1 });
  });

  test('an update that a handler of the same user handles itself fails at once as reentered', async () => {
    const handled: number[] = [];
    const connection: Connection = await stand.connect(framework, (bot) => {
      bot.use(framework.session({ store, initial }));
      bot.onAny<Counter>(async (ctx) => {
        handled.push(ctx.update.update_id);
        ctx.session.counter++;
        if (ctx.update.update_id === 1) await connection.handle(textFrom(42, 2));
      });
    });
    await connection.handle(textFrom(42, 1));
    expect(handled).toEqual([1]);
    expect(connection.errors).toMatchObject([{ code: 'SESSION_REENTERED', key: '42:42' }]);
    expect(store.values.get('42:42')).toEqual({ counter: 1 });
  });

  test('an update of another user that a handler handles itself has its own session', async () => {
    const connection: Connection = await stand.connect(framework, (bot) => {
      bot.use(framework.session({ store, initial }));
      bot.onAny<Counter>(async (ctx) => {
        ctx.session.counter++;
        if (ctx.update.update_id === 1) await connection.handle(textFrom(43, 2));
      });
    });
    await connection.handle(textFrom(42, 1));
    expect(connection.errors).toEqual([]);
    expect([...store.values]).toEqual([
      ['43:43', { counter: 1 }],
      ['42:42', { counter: 1 }],
    ]);
  });

  test('a session that is assigned after its update has ended throws', async () => {
    const kept: LooseContext<Counter>[] = [];
    const connection = await stand.connect(framework, (bot) => {
      bot.use(framework.session({ store, initial }));
      bot.onAny<Counter>((ctx) => kept.push(ctx));
    });
    await connection.handle(textFrom(42));
    expect(kept).toHaveLength(1);
    const assign = () => Object.assign(kept[0] as object, { session: { counter: 9 } });
    expect(assign).toThrow(expect.objectContaining({ code: 'SESSION_CLOSED', key: '42:42' }));
    expect(store.writes).toEqual([]);
  });

  test('two sessions with different properties are kept apart', async () => {
    const connection = await stand.connect(framework, (bot) => {
      bot.use(framework.session({ store, initial }));
      bot.use(framework.session({ store, initial, property: 'other', prefix: 'other ' }));
      bot.onAny<Counter>((ctx) => {
        ctx.session.counter++;
        (ctx as TwoSessions).other.counter += 10;
      });
    });
    await connection.handle(textFrom(42));
    expect(connection.errors).toEqual([]);
    expect(Object.fromEntries(store.values)).toEqual({
      '42:42': { counter: 1 },
      'other 42:42': { counter: 10 },
    });
  });

  test.each(['session', 'other'])(
    'the same engine twice, the second as ctx.%s, is one session',
    async (property) => {
      const sessions = new Sessions<Counter>({ store, initial });
      const connection = await stand.connect(framework, (bot) => {
        bot.use(framework.session({ sessions }));
        bot.use(framework.session({ sessions, property }));
        bot.onAny<Counter>((ctx) => {
          ctx.session.counter++;
          (ctx as unknown as Record<string, Counter>)[property] = { counter: ctx.session.counter + 10 };
        });
      });
      await connection.handle(textFrom(42));
      expect(connection.errors).toEqual([]);
      expect(store.commands).toEqual(['get 42:42', 'set 42:42']);
      expect(store.values.get('42:42')).toEqual({ counter: 11 });
    },
  );

  test('the same middleware installed twice is one session', async () => {
    const middleware = framework.session({ store, initial });
    const connection = await stand.connect(framework, (bot) => {
      bot.use(middleware);
      bot.use(middleware);
      bot.onAny<Counter>((ctx) => void ctx.session.counter++);
    });
    await connection.handle(textFrom(42));
    expect(connection.errors).toEqual([]);
    expect(store.commands).toEqual(['get 42:42', 'set 42:42']);
  });
});
