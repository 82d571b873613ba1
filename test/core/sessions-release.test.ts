/** `session.release()` gives the turn back during long work, and takes it again. */

import { type Session, Sessions } from '@sessiongram/core';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Turns } from '../../packages/core/src/turns';
import { FailingStore } from '../support/failing-store';
import { LeasingStore } from '../support/leasing-store';
import { deferred, ShuffledStore } from '../support/recording-store';

interface Log {
  lines: string[];
}

const initial = (): Log => ({ lines: [] });
const failure = new Error('the work failed');
const away = new Error('the store is away');
const closed = expect.objectContaining({ code: 'SESSION_CLOSED', key: '42:42' });

afterEach(() => void vi.useRealTimers());

/** Notes a line from elsewhere, as the user's next message does. */
const next = (sessions: Sessions<Log>, line: string) => (): Promise<Log> =>
  sessions.update('42:42', (data) => void data.lines.push(line));

describe.each([
  ['a store without leases', () => new FailingStore<Log>()],
  ['a store with leases', () => new LeasingStore<Log>()],
])('release() on %s', (_, create) => {
  let sessions: Sessions<Log>;
  let store: ReturnType<typeof create>;

  beforeEach(() => {
    store = create();
    sessions = new Sessions<Log>({ store, initial });
  });
  afterEach(async () => {
    await sessions.close();
    expect(Turns.of(store).size).toBe(0);
  });

  test('writes what there is, lets others in, and goes on with what they have left', async () => {
    const result = await sessions.run('42:42', async (session) => {
      session.data.lines.push('before');
      const answer = await session.release(async () => {
        await next(sessions, 'between')();
        return 7;
      });
      session.data.lines.push('after');
      return answer;
    });
    expect(result).toBe(7);
    expect(await sessions.read('42:42')).toEqual({ lines: ['before', 'between', 'after'] });
  });

  test('waits for its turn when the work is done, behind those who are inside', async () => {
    const gate = deferred();
    const order: string[] = [];
    await sessions.run('42:42', async (session) => {
      let other: Promise<void> | undefined;
      await session.release(async () => {
        const entered = deferred();
        other = sessions.run('42:42', async () => {
          entered.resolve();
          await gate.promise;
          order.push('the other');
        });
        await entered.promise;
        setTimeout(gate.resolve, 1);
      });
      order.push('the first');
      await other;
    });
    expect(order).toEqual(['the other', 'the first']);
  });

  test('shows the data as they were during the work', async () => {
    let seen: string[] | undefined;
    await sessions.run('42:42', async (session) => {
      session.data.lines.push('before');
      await session.release(async () => {
        await next(sessions, 'between')();
        seen = [...session.data.lines];
      });
    });
    expect(seen).toEqual(['before']);
  });

  test('refuses what was changed during the work, and what the others wrote stays', async () => {
    const run = sessions.run('42:42', (session) =>
      session.release(async () => {
        await next(sessions, 'between')();
        session.data.lines.push('lost');
      }),
    );
    await expect(run).rejects.toEqual(closed);
    expect(await sessions.read('42:42')).toEqual({ lines: ['between'] });
  });

  test('takes the turn again when the work fails, and passes the error on', async () => {
    await sessions.run('42:42', async (session) => {
      await expect(session.release(() => Promise.reject(failure))).rejects.toBe(failure);
      session.data.lines.push('after');
    });
    expect(await sessions.read('42:42')).toEqual({ lines: ['after'] });
  });

  test('a handler whose work fails keeps what was written before', async () => {
    const run = sessions.run('42:42', async (session) => {
      session.data.lines.push('before');
      await session.release(() => Promise.reject(failure));
    });
    await expect(run).rejects.toBe(failure);
    expect(await sessions.read('42:42')).toEqual({ lines: ['before'] });
  });

  test('refuses save(), reload() and a second release() during the work', async () => {
    let refused = 0;
    await sessions.run('42:42', (session) =>
      session.release(async () => {
        const calls = [session.save(), session.reload(), session.release(() => {})];
        for (const call of calls)
          await expect(call)
            .rejects.toEqual(closed)
            .then(() => refused++);
      }),
    );
    expect(refused).toBe(3);
  });

  test('that nobody awaits ends with the handler, and takes no turn any more', async () => {
    const gate = deferred();
    let releasing: Promise<void> | undefined;
    await sessions.run('42:42', async (session) => {
      releasing = session.release(() => gate.promise);
      await Promise.resolve();
    });
    gate.resolve();
    await expect(releasing).rejects.toEqual(closed);
  });

  test('refuses what is no function', async () => {
    const run = sessions.run('42:42', (session) => session.release(7 as never));
    await expect(run).rejects.toThrow(
      new TypeError('release() takes a function that does the long work, but got 7.'),
    );
  });
});

describe('release()', () => {
  test('fails with SESSION_BUSY when the turn does not come again in time, and the session refuses changes', async () => {
    vi.useFakeTimers();
    const store = new FailingStore<Log>();
    const sessions = new Sessions<Log>({ store, initial, maxWaitMs: 100 });
    const codes: unknown[] = [];
    const run = sessions.run('42:42', async (session) => {
      const releasing = session.release(
        async () => void sessions.run('42:42', () => new Promise((resolve) => setTimeout(resolve, 1_000))),
      );
      await releasing.catch(({ code }) => codes.push(code));
      session.data.lines.push('lost');
    });
    const outcome = expect(run).rejects.toEqual(closed);
    await vi.advanceTimersByTimeAsync(5_000);
    await outcome;
    expect(codes).toEqual(['SESSION_BUSY']);
    expect(store.writes).toEqual([]);
  });

  test('tells the failure of the work where the turn does not come again either', async () => {
    vi.useFakeTimers();
    const sessions = new Sessions<Log>({ store: new FailingStore<Log>(), initial, maxWaitMs: 100 });
    const run = sessions.run('42:42', (session) =>
      session.release(async () => {
        void sessions.run('42:42', () => new Promise((resolve) => setTimeout(resolve, 1_000)));
        throw failure;
      }),
    );
    const outcome = expect(run).rejects.toBe(failure);
    await vi.advanceTimersByTimeAsync(5_000);
    await outcome;
  });

  test('that does not get its turn again leaves the lease that it has handed on to whoever has it now', async () => {
    vi.useFakeTimers();
    const store = new LeasingStore<Log>();
    const sessions = new Sessions<Log>({ store, initial, maxWaitMs: 100 });
    const codes: unknown[] = [];
    const gate = deferred();
    const run = sessions.run('42:42', async (session) => {
      session.data.lines.push('before');
      await gate.promise;
      await session.release(() => {}).catch(({ code }) => codes.push(code));
    });
    await vi.advanceTimersByTimeAsync(10);
    const next = sessions.run('42:42', async ({ data }) => {
      data.lines.push('next');
      await new Promise((resolve) => setTimeout(resolve, 1_000));
    });
    gate.resolve();
    await vi.advanceTimersByTimeAsync(5_000);
    await Promise.all([run, next]);
    expect(codes).toEqual(['SESSION_BUSY']);
    expect(store.commands).toContain('commit set+next 42:42');
    expect(await sessions.read('42:42')).toEqual({ lines: ['before', 'next'] });
  });

  test('keeps the turn when what there is cannot be written', async () => {
    const store = new FailingStore<Log>();
    const sessions = new Sessions<Log>({ store, initial });
    let isDone = false;
    await sessions.run('42:42', async (session: Session<Log>) => {
      session.data.lines.push('before');
      store.failNext('set 42:42', () => Promise.reject(away));
      const releasing = session.release(() => {
        isDone = true;
      });
      await expect(releasing).rejects.toMatchObject({ code: 'SESSION_SAVE_FAILED', cause: away });
    });
    expect(isDone).toBe(false);
    expect(store.values.get('42:42')).toEqual({ lines: ['before'] });
  });

  test('counts the update as handled from when the turn is given back', async () => {
    const store = new FailingStore<Log>();
    const sessions = new Sessions<Log>({ store, initial, skipRedelivered: true });
    let runs = 0;
    const handle = (): Promise<void> =>
      sessions.visit(
        '42:42',
        async (session) => {
          runs++;
          await session.release(async () => {
            if (runs === 1) await handle();
          });
          session.data.lines.push('after');
        },
        undefined,
        { update_id: 7 },
      );
    await handle();
    expect(runs).toBe(1);
    expect(store.values.get('42:42')).toEqual({ lines: ['after'] });
  });

  test.each([
    ['without leases', () => new ShuffledStore<Log>()],
    ['with leases', () => new LeasingStore<Log>()],
  ])('that nobody awaits writes nothing beside the next, on a store %s', async (_, create) => {
    const store = create();
    const sessions = new Sessions<Log>({ store, initial });
    const gate = deferred();
    let saving: Promise<unknown> | undefined;
    const run = sessions.run('42:42', (session) => {
      session.data.lines.push('before');
      session.release(() => gate.promise).catch(() => {});
      session.data.lines.push('lost');
      saving = session.save().catch(({ code }) => code);
    });
    const behind = [next(sessions, 'second')(), next(sessions, 'third')()];
    await expect(run).rejects.toEqual(closed);
    await Promise.all(behind);
    gate.resolve();
    expect(await saving).toBe('SESSION_CLOSED');
    expect(await sessions.read('42:42')).toEqual({ lines: ['before', 'second', 'third'] });
    if (store instanceof ShuffledStore) expect(store.overlaps).toEqual([]);
  });
});
