/** A `getSessionKey` that does not answer as it should: told clearly, nothing lost, the next update works. */

import { middlewareOf, type SessionOptions } from '@sessiongram/core';
import { describe, expect, test, vi } from 'vitest';
import { Turns } from '../../packages/core/src/turns';
import { RecordingStore } from '../support/recording-store';

interface Counter {
  counter: number;
}

interface Context {
  readonly update: object;
  session: Counter;
}

const failure = new Error('no key today');

/** Runs two updates: for the first, the key is found as given; for the second, as it should be. */
async function runTwice(getSessionKey: () => unknown, mode: 'eager' | 'lazy') {
  const store = new RecordingStore<Counter>();
  const find = vi.fn(() => '42:42' as unknown).mockImplementationOnce(getSessionKey);
  const options = { store, initial: () => ({ counter: 0 }), getSessionKey: find } as SessionOptions<
    Counter,
    Context
  >;
  const middleware = middlewareOf(options, { where: 'session()', mode, onMissingKey: 'undefined' });
  const handler = vi.fn();
  const update = async (): Promise<unknown> => {
    const ctx = { update: {} } as Context;
    return middleware(ctx, async () => {
      const data = await ctx.session;
      handler(data?.counter);
      if (data !== undefined) data.counter++;
    });
  };
  const first = await update().catch((error: unknown) => error);
  await update();
  expect(store.values.get('42:42')).toEqual({ counter: 1 });
  expect([...store.values.keys()]).toEqual(['42:42']);
  expect(Turns.of(store).size).toBe(0);
  return { first, seen: handler.mock.calls.flat() };
}

describe.each([['eager'], ['lazy']] as const)('in an %s middleware, a getSessionKey that', (mode) => {
  const failing: [name: string, getSessionKey: () => unknown][] = [
    [
      'throws',
      () => {
        throw failure;
      },
    ],
    ['rejects', () => Promise.reject(failure)],
  ];

  test.each(failing)('%s is told with its cause, and no handler runs', async (_, getSessionKey) => {
    const { first, seen } = await runTwice(getSessionKey, mode);
    expect(first).toMatchObject({ code: 'SESSION_KEY_MISSING', key: undefined, cause: failure });
    expect((first as Error).message).toContain('"getSessionKey"');
    expect(seen).toEqual([0]);
  });

  const wrong: [name: string, answer: unknown, came: string][] = [
    ['a number', 42, 'a number'],
    ['NaN', Number.NaN, 'a number'],
    ['0', 0, 'a number'],
    ["''", '', 'an empty string'],
    ['an object', {}, 'an object'],
    ['an array', ['42:42'], 'an array'],
    ['false', false, 'a boolean'],
    ['a symbol', Symbol('key'), 'a symbol'],
  ];

  test.each(wrong)('returns %s is refused by name, and no handler runs', async (_, answer, came) => {
    for (const getSessionKey of [() => answer, () => Promise.resolve(answer)]) {
      const { first, seen } = await runTwice(getSessionKey, mode);
      expect(first).toBeInstanceOf(TypeError);
      expect((first as Error).message).toContain(
        `Option "getSessionKey" must return a string that is not empty`,
      );
      expect((first as Error).message).toContain(`returned ${came}.`);
      expect(seen).toEqual([0]);
    }
  });

  const none: [name: string, getSessionKey: () => unknown][] = [
    ['returns undefined', () => undefined],
    ['returns null', () => null],
    ['resolves to undefined', async () => undefined],
    ['resolves to null', async () => null],
  ];

  test.each(none)('%s means that there is no session, and the handler runs', async (_, getSessionKey) => {
    const { first, seen } = await runTwice(getSessionKey, mode);
    expect(first).toBeUndefined();
    expect(seen).toEqual([undefined, 0]);
  });
});
