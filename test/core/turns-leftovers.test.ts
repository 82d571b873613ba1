/** Nothing grows with the number of keys ever seen: no queue and no timer outlives its last user. */

import { type SessionError, Sessions } from '@sessiongram/core';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Drain } from '../../packages/core/src/drain';
import { Turns } from '../../packages/core/src/turns';
import { FailingStore } from '../support/failing-store';

interface Counter {
  counter: number;
}

let store: FailingStore<Counter>;
let patient: Sessions<Counter>;
let impatient: Sessions<Counter>;
/** How often what has happened. */
let seen: Map<string, number>;

beforeEach(() => {
  vi.useFakeTimers();
  const initial = (): Counter => ({ counter: 0 });
  store = new FailingStore();
  patient = new Sessions<Counter>({ store, initial, maxHoldMs: 1000 });
  impatient = new Sessions<Counter>({ store, initial, maxWaitMs: 500, maxWaiting: 1 });
  seen = new Map();
});
afterEach(() => void vi.useRealTimers());

const away = (): Promise<never> => Promise.reject(new Error('the store is away'));
const count = (what: string): void => void seen.set(what, (seen.get(what) ?? 0) + 1);
const countCode = ({ code, message }: SessionError): void => count(code ?? message);

/** What may become of a key: the calls to make, and what must have happened after them. */
const fates: [name: string, visit: (key: string) => unknown, outcome: string[]][] = [
  [
    'runs that went well',
    (key) => patient.update(key, (data) => void data.counter++).then(() => count('saved')),
    ['saved'],
  ],
  [
    'runs that waited for others',
    (key) => {
      void patient.update(key, (data) => void data.counter++);
      void patient.run(key, ({ data }) => count(`waited for ${data.counter}`));
    },
    ['waited for 1'],
  ],
  [
    'reads that failed',
    (key) => {
      store.failNext(`get ${key}`, away);
      patient.run(key, () => {}).catch(countCode);
    },
    ['SESSION_LOAD_FAILED'],
  ],
  [
    'writes that failed',
    (key) => {
      store.failNext(`set ${key}`, away);
      patient.update(key, (data) => void data.counter++).catch(countCode);
    },
    ['SESSION_SAVE_FAILED'],
  ],
  [
    'handlers that threw',
    (key) => patient.run(key, () => Promise.reject(new Error('threw'))).catch(countCode),
    ['threw'],
  ],
  [
    'handlers that hung, and one behind each',
    (key) => {
      void patient.run(key, () => new Promise(() => {}));
      void patient.run(key, () => count('overtook'));
    },
    ['overtook'],
  ],
  [
    'waiters who gave up, one behind another',
    (key) => {
      void patient.run(key, () => new Promise((resolve) => setTimeout(resolve, 600)));
      void patient.run(key, () => count('came'));
      impatient.run(key, () => {}).catch(countCode);
    },
    ['came', 'SESSION_BUSY'],
  ],
  [
    'handlers that asked for themselves',
    (key) => patient.run(key, () => patient.run(key, () => {})).catch(countCode),
    ['SESSION_REENTERED'],
  ],
  [
    'lazy sessions, touched and untouched',
    (key) => {
      void patient.visitLazily(key, async (session) => count(`touched ${(await session.data).counter}`));
      void patient.visitLazily(key, () => count('untouched'));
    },
    ['touched 0', 'untouched'],
  ],
];

/** Leads keys through their fates, a hundred at a time, and tells how many were under way at once. */
async function visit(keys: number, fateOf: (id: number) => (typeof fates)[number] | undefined) {
  let widest = 0;
  for (let id = 0; id < keys; id++) {
    fateOf(id)?.[1](`${id}:${id}`);
    if (id % 100 < 99) continue;
    widest = Math.max(widest, Turns.of(store).size);
    store.commands.length = 0;
    await vi.advanceTimersByTimeAsync(0);
    vi.advanceTimersByTime(1000);
    await vi.advanceTimersByTimeAsync(0);
  }
  return widest;
}

describe('nothing is left', () => {
  test.each(fates)('of %s', async (...fate) => {
    const widest = await visit(1000, () => fate);
    expect(widest).toBe(100);
    expect(Object.fromEntries(seen)).toEqual(Object.fromEntries(fate[2].map((what) => [what, 1000])));
    expect(Turns.of(store).size).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('of 100,000 keys of all fates', { timeout: 30_000 }, async () => {
    await visit(100_000, (id) => fates[id % fates.length]);
    const total = [...seen.values()].reduce((sum, times) => sum + times);
    expect(total).toBeGreaterThanOrEqual(100_000);
    expect(Turns.of(store).size).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });
});

test('a turn that has come, or is over, holds on to no other', async () => {
  const turns = Turns.of(store);
  const limits = { maxWaitMs: Infinity, maxWaiting: 1000, maxHoldMs: 1000 };
  const take = async () => turns.take('42:42', limits, new Drain().admit('42:42'));
  const hung = await take();
  const behind = [take(), take(), take()];
  await vi.advanceTimersByTimeAsync(1000);
  const taken = [hung];
  for (const coming of behind) {
    const turn = await coming;
    taken.push(turn);
    turn.release();
  }
  expect(taken.map(({ lost }) => lost)).toEqual(['late', false, false, false]);
  expect(taken.flatMap((turn) => [turn.ahead, turn.behind])).toEqual(Array(8).fill(undefined));
  expect(turns.size).toBe(0);
});

test('one key that is busy all the time leaves no queue and no timer in the end', async () => {
  const runs: Promise<unknown>[] = [];
  for (let n = 0; n < 20_000; n++) {
    runs.push(patient.update('42:42', (data) => void data.counter++));
    if (n % 500 === 499) await runs.at(-100);
  }
  await Promise.all(runs);
  expect(store.values.get('42:42')).toEqual({ counter: 20_000 });
  expect(Turns.of(store).size).toBe(0);
  expect(vi.getTimerCount()).toBe(0);
});
