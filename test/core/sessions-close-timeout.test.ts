/** `close({ timeoutMs })`: what becomes of those who are not done in time. */

import { Sessions } from '@sessiongram/core';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { LeasingStore } from '../support/leasing-store';
import { deferred, RecordingStore } from '../support/recording-store';

interface Counter {
  counter: number;
}

const initial = (): Counter => ({ counter: 0 });
const count = (data: Counter): void => void data.counter++;
const withCode = (code: string): unknown => expect.objectContaining({ code });
const lostToClosing = { code: 'SESSION_LEASE_LOST', message: expect.stringContaining('engine was closed') };
const never = (): Promise<never> => new Promise(() => {});

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('close({ timeoutMs })', () => {
  test('resolves as soon as all are done, and leaves no timer', async () => {
    const sessions = new Sessions<Counter>({ store: new LeasingStore(), initial });
    const gate = deferred();
    const run = sessions.run('42:42', () => gate.promise);
    const closing = sessions.close({ timeoutMs: 1000 });
    await vi.advanceTimersByTimeAsync(999);
    gate.resolve();
    await closing;
    await run;
    expect(vi.getTimerCount()).toBe(0);
  });

  test.each([0, 1000, Infinity])('resolves where nothing runs: %d ms', async (timeoutMs) => {
    const sessions = new Sessions<Counter>({ initial });
    await sessions.update('42:42', count);
    await expect(sessions.close({ timeoutMs })).resolves.toBeUndefined();
    expect(vi.getTimerCount()).toBe(0);
  });

  test('waits for a lease on its way back, and for what came of it', async () => {
    const answered = deferred();
    class Slow extends LeasingStore<Counter> {
      override async commit(...asked: Parameters<LeasingStore<Counter>['commit']>) {
        const answer = await super.commit(...asked);
        await answered.promise;
        return answer;
      }
    }
    const store = new Slow();
    const sessions = new Sessions<Counter>({ store, initial });
    await sessions.run('42:42', (session) => session.data.counter);
    const waits = sessions.run('42:42', () => {}).catch((error) => error);
    const closed = sessions.close({ timeoutMs: 10 }).catch((error) => error);
    await vi.advanceTimersByTimeAsync(100);
    answered.resolve();
    await vi.advanceTimersByTimeAsync(0);
    expect(await closed).toEqual(withCode('SESSION_BUSY'));
    expect(await waits).toEqual(withCode('SESSION_CLOSED'));
    expect(store.locks.get('42:42')?.token).toBeUndefined();
  });

  test('leaves the turns of another engine over the same store alone', async () => {
    const store = new RecordingStore<Counter>();
    const closing = new Sessions<Counter>({ store, initial });
    const other = new Sessions<Counter>({ store, initial });
    const gates = [deferred(), deferred()] as const;
    const runs = [closing, other].map((sessions, at) =>
      sessions.run(`${at}:${at}`, async ({ data }) => {
        data.counter++;
        await gates[at as 0 | 1].promise;
      }),
    );
    const closed = expect(closing.close({ timeoutMs: 100 })).rejects.toEqual(withCode('SESSION_BUSY'));
    await vi.advanceTimersByTimeAsync(100);
    await closed;
    for (const { resolve } of gates) resolve();
    const [late, spared] = await Promise.allSettled(runs);
    expect(late).toEqual({ status: 'rejected', reason: withCode('SESSION_LEASE_LOST') });
    expect(spared?.status).toBe('fulfilled');
    expect([...store.values]).toEqual([['1:1', { counter: 1 }]]);
  });

  test('has taken a turn for good: its late end frees it for nobody', async () => {
    const store = new RecordingStore<Counter>();
    const [closing, other] = [
      new Sessions<Counter>({ store, initial }),
      new Sessions<Counter>({ store, initial }),
    ];
    const [late, holds] = [deferred(), deferred()];
    const order: string[] = [];
    const first = closing.run('42:42', () => late.promise);
    const closed = expect(closing.close({ timeoutMs: 100 })).rejects.toEqual(withCode('SESSION_BUSY'));
    await vi.advanceTimersByTimeAsync(100);
    await closed;
    const elsewhere = other.run('43:43', () => holds.promise);
    const second = other.run('42:42', () => holds.promise.then(() => void order.push('second ends')));
    late.resolve();
    await first;
    const third = other.run('42:42', () => void order.push('third'));
    holds.resolve();
    await Promise.all([elsewhere, second, third]);
    expect(order).toEqual(['second ends', 'third']);
  });

  test('resolves where all that ran before could not be loaded', async () => {
    const store = new RecordingStore<Counter>();
    const sessions = new Sessions<Counter>({ store, initial });
    vi.spyOn(store, 'get').mockImplementation(() => Promise.reject(new Error('the store is away')));
    await expect(sessions.update('42:42', count)).rejects.toEqual(withCode('SESSION_LOAD_FAILED'));
    await expect(sessions.close({ timeoutMs: 0 })).resolves.toBeUndefined();
  });

  test('waits for its whole time, and then fails with SESSION_BUSY, which says how many were late', async () => {
    const sessions = new Sessions<Counter>({ initial });
    for (const key of ['1:1', '2:2', '3:3']) void sessions.run(key, never);
    const failed = vi.fn();
    sessions.close({ timeoutMs: 1000 }).catch(failed);
    await vi.advanceTimersByTimeAsync(999);
    expect(failed).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(failed).toHaveBeenCalledWith(withCode('SESSION_BUSY'));
    expect(String(failed.mock.lastCall)).toMatch(/within 1000 ms, and 3 /);
    expect(vi.getTimerCount()).toBe(0);
  });

  test.each([Number.NaN, -1, 2 ** 31, '1000', null, true])(
    'refuses %j as a TypeError that names the option, and closes nothing',
    async (timeoutMs) => {
      const sessions = new Sessions<Counter>({ initial });
      const close = async () => sessions.close({ timeoutMs } as never);
      await expect(close()).rejects.toThrow(TypeError);
      await expect(close()).rejects.toThrow('timeoutMs');
      await expect(sessions.update('42:42', count)).resolves.toEqual({ counter: 1 });
    },
  );

  test('refuses options that it does not know', async () => {
    const sessions = new Sessions<Counter>({ initial });
    await expect(async () => sessions.close({ timeout: 1000 } as never)).rejects.toThrow(TypeError);
  });

  test('refuses by its promise, as all other calls do', async () => {
    const sessions = new Sessions<Counter>({ initial });
    const refused = vi.fn();
    await sessions.close({ timeoutMs: Number.NaN }).catch(refused);
    expect(refused).toHaveBeenCalledWith(expect.any(TypeError));
  });

  test('called twice, each call keeps to its own time', async () => {
    const sessions = new Sessions<Counter>({ initial });
    const gate = deferred();
    const run = sessions.run('42:42', () => gate.promise);
    const brief = expect(sessions.close({ timeoutMs: 100 })).rejects.toEqual(withCode('SESSION_BUSY'));
    const long = sessions.close({ timeoutMs: 1000 });
    await vi.advanceTimersByTimeAsync(100);
    await brief;
    await expect(long).resolves.toBeUndefined();
    gate.resolve();
    await run;
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('when the time is over', () => {
  let store: LeasingStore<Counter>;
  let sessions: Sessions<Counter>;

  beforeEach(() => {
    store = new LeasingStore();
    sessions = new Sessions<Counter>({ store, initial });
  });

  /** @param pollMs - how long one who asks for a lease again and again may take to notice */
  const close = async (pollMs = 0): Promise<void> => {
    const failing = expect(sessions.close({ timeoutMs: 1000 })).rejects.toEqual(withCode('SESSION_BUSY'));
    await vi.advanceTimersByTimeAsync(1000 + pollMs);
    await failing;
  };

  test('the leases of those who hang are given back, so that another process has the key at once', async () => {
    void sessions.run('42:42', never);
    await vi.advanceTimersByTimeAsync(0);
    expect(store.locks.get('42:42')?.token).toBeDefined();
    await close();
    expect(store.locks.get('42:42')?.token).toBeUndefined();
    const other = new Sessions<Counter>({ store: store.sibling(), initial });
    await expect(other.update('42:42', count)).resolves.toEqual({ counter: 1 });
    expect(vi.getTimerCount()).toBe(0);
  });

  test('their turns are given back as well, to another engine over the same store', async () => {
    const other = new Sessions<Counter>({ store, initial });
    void sessions.run('42:42', never);
    const waiting = other.update('42:42', count);
    await close();
    await expect(waiting).resolves.toEqual({ counter: 1 });
  });

  test('what they change afterwards is refused with SESSION_LEASE_LOST, and nothing is written', async () => {
    const gate = deferred();
    let ran = 0;
    const late = sessions.run('42:42', async (session) => {
      await gate.promise;
      session.data.counter = 99;
      ran++;
    });
    const refused = expect(late).rejects.toMatchObject(lostToClosing);
    await close();
    const other = new Sessions<Counter>({ store: store.sibling(), initial });
    await other.update('42:42', count);
    gate.resolve();
    await refused;
    expect(ran).toBe(1);
    expect(store.texts.get('42:42')).toBe('{"counter":1}');
    expect(vi.getTimerCount()).toBe(0);
  });

  test('so it is without leases', async () => {
    const plain = new RecordingStore<Counter>();
    sessions = new Sessions<Counter>({ store: plain, initial });
    const gate = deferred();
    const late = sessions.run('42:42', async (session) => {
      await gate.promise;
      session.data.counter = 99;
    });
    const refused = expect(late).rejects.toMatchObject(lostToClosing);
    await close();
    gate.resolve();
    await refused;
    expect(plain.writes).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('those who waited for their turn get SESSION_CLOSED and never run', async () => {
    const ran = vi.fn();
    void sessions.run('42:42', never);
    const waiting = [1, 2, 3].map(() =>
      expect(sessions.run('42:42', ran)).rejects.toEqual(withCode('SESSION_CLOSED')),
    );
    await close();
    await Promise.all(waiting);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(ran).not.toHaveBeenCalled();
    expect(store.locks.get('42:42')?.token).toBeUndefined();
    expect(vi.getTimerCount()).toBe(0);
  });

  test('one who waited for a lease that another process holds is refused and never runs', async () => {
    const other = new Sessions<Counter>({ store: store.sibling(), initial });
    const gate = deferred();
    const held = other.run('42:42', async (session) => {
      await gate.promise;
      session.data.counter = 7;
    });
    await vi.advanceTimersByTimeAsync(0);
    const ran = vi.fn();
    const waiting = sessions.run('42:42', ran);
    const refused = expect(waiting).rejects.toMatchObject({
      code: expect.stringMatching(/CLOSED|LEASE_LOST/),
    });
    await close(200);
    gate.resolve();
    await held;
    await vi.advanceTimersByTimeAsync(60_000);
    await refused;
    expect(ran).not.toHaveBeenCalled();
    expect(store.locks.get('42:42')?.token).toBeUndefined();
    expect(store.texts.get('42:42')).toBe('{"counter":7}');
    expect(vi.getTimerCount()).toBe(0);
  });

  test('a session whose turn was given back by release() is not had again', async () => {
    const gate = deferred();
    let ran = 0;
    const late = sessions.run('42:42', async (session) => {
      await session.release(() => gate.promise);
      ran++;
    });
    const refused = expect(late).rejects.toEqual(withCode('SESSION_CLOSED'));
    await close();
    gate.resolve();
    await refused;
    expect(ran).toBe(0);
    expect(store.locks.get('42:42')?.token).toBeUndefined();
    expect(vi.getTimerCount()).toBe(0);
  });

  test('one whose write is on its way is told what became of it, and leaves no lease', async () => {
    const write = deferred();
    store.before = (command) => (command.startsWith('commit set') ? write.promise : undefined);
    const late = sessions.update('42:42', count).then(
      () => 'saved',
      ({ code }) => code,
    );
    void sessions.run('42:42', never).catch(() => {});
    await vi.advanceTimersByTimeAsync(0);
    await close();
    write.resolve();
    const fate = await late;
    expect(['saved', 'SESSION_LEASE_LOST']).toContain(fate);
    expect(store.texts.get('42:42')).toBe(fate === 'saved' ? '{"counter":1}' : undefined);
    await vi.advanceTimersByTimeAsync(1000);
    expect(store.locks.get('42:42')?.token).toBeUndefined();
    expect(vi.getTimerCount()).toBe(0);
  });

  test('the failure comes when the leases are back, so that the process may end at once', async () => {
    const giving = deferred();
    void sessions.run('42:42', never);
    await vi.advanceTimersByTimeAsync(0);
    store.before = (command) => (command.startsWith('commit') ? giving.promise : undefined);
    const failed = vi.fn();
    sessions.close({ timeoutMs: 1000 }).catch(failed);
    await vi.advanceTimersByTimeAsync(1000);
    expect(failed).not.toHaveBeenCalled();
    giving.resolve();
    await vi.advanceTimersByTimeAsync(0);
    expect(failed).toHaveBeenCalledWith(withCode('SESSION_BUSY'));
    expect(store.locks.get('42:42')?.token).toBeUndefined();
  });

  test('a store that does not answer holds the failure up for no longer than a second', async () => {
    void sessions.run('42:42', never);
    await vi.advanceTimersByTimeAsync(0);
    store.before = (command) => (command.startsWith('commit') ? never() : undefined);
    const failed = vi.fn();
    sessions.close({ timeoutMs: 1000 }).catch(failed);
    await vi.advanceTimersByTimeAsync(2000);
    expect(failed).toHaveBeenCalledWith(withCode('SESSION_BUSY'));
    expect(vi.getTimerCount()).toBe(0);
  });

  test('a lease that comes too late is back before the failure as well', async () => {
    const asked = deferred();
    store.before = (command) => (command.startsWith('acquire') ? asked.promise : undefined);
    const ran = vi.fn();
    const refused = expect(sessions.run('42:42', ran)).rejects.toEqual(withCode('SESSION_LEASE_LOST'));
    const failed = vi.fn();
    sessions.close({ timeoutMs: 1000 }).catch(failed);
    await vi.advanceTimersByTimeAsync(1500);
    expect(failed).not.toHaveBeenCalled();
    asked.resolve();
    await vi.advanceTimersByTimeAsync(0);
    expect(failed).toHaveBeenCalledWith(withCode('SESSION_BUSY'));
    expect(store.commands).toEqual(['acquire 42:42', 'commit none 42:42']);
    expect(store.locks.get('42:42')?.token).toBeUndefined();
    await refused;
    expect(ran).not.toHaveBeenCalled();
  });
});
