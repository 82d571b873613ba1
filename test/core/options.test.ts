/** What may be passed, and what is refused at the door: by name, with what was expected and what came. */

import { middlewareOf, type SessionOptions, Sessions, type UpdateContext } from '@sessiongram/core';
import { describe, expect, test } from 'vitest';
import { refusal } from '../support/refusal';

const store = { get: () => undefined, set: () => {}, delete: () => {} };
const adapter = { where: 'session()', mode: 'eager', onMissingKey: 'throw' } as const;

const places: [where: string, pass: (options: unknown) => unknown][] = [
  ['new Sessions()', (options) => new Sessions(options as object)],
  ['session()', (options) => middlewareOf(options as SessionOptions<unknown>, adapter)],
];

type Wrong = [option: string, value: unknown, expected: string, came: string];
const sessionStore = 'a SessionStore, which has the methods get, set and delete';
const aWait = 'a number of milliseconds from 0, or Infinity';
const aCount = 'a whole number from 0, or Infinity';
const aHold = 'a number of milliseconds above 0, at most 2147483647';
const aPolicy = "'throw', 'undefined' or 'ephemeral'";

const wrong: Wrong[] = [
  ['store', null, sessionStore, 'null'],
  ['store', 'redis', sessionStore, '"redis"'],
  ['store', 42, sessionStore, '42'],
  ['store', {}, sessionStore, 'an object'],
  ['store', [], sessionStore, 'an array'],
  ['store', class Store {}, sessionStore, 'a function (Store)'],
  ['store', { ...store, get: undefined }, sessionStore, 'an object without get'],
  ['store', { ...store, set: 'set' }, sessionStore, 'an object without set'],
  ['store', { get: store.get }, sessionStore, 'an object without set and delete'],
  ['initial', { counter: 0 }, 'a function () => S', 'an object'],
  ['initial', null, 'a function () => S', 'null'],
  ['initial', 0, 'a function () => S', '0'],
  ['prefix', 42, 'a string', '42'],
  ['prefix', null, 'a string', 'null'],
  ['saveOnError', 'yes', 'true or false', '"yes"'],
  ['saveOnError', 1, 'true or false', '1'],
  ['maxWaitMs', -1, aWait, '-1'],
  ['maxWaitMs', Number.NaN, aWait, 'NaN'],
  ['maxWaitMs', '1000', aWait, '"1000"'],
  ['maxWaiting', -1, aCount, '-1'],
  ['maxWaiting', 1.5, aCount, '1.5'],
  ['maxWaiting', Number.NaN, aCount, 'NaN'],
  ['maxWaiting', true, aCount, 'true'],
  ['maxHoldMs', 0, aHold, '0'],
  ['maxHoldMs', -5, aHold, '-5'],
  ['maxHoldMs', Number.POSITIVE_INFINITY, aHold, 'Infinity'],
  ['maxHoldMs', 2 ** 31, aHold, '2147483648'],
  ['maxHoldMs', Number.NaN, aHold, 'NaN'],
  ['maxHoldMs', [], aHold, 'an array'],
  ['getSessionKey', 'chat', 'a function (ctx) => string | undefined', '"chat"'],
  ['getSessionKey', Symbol('chat'), 'a function (ctx) => string | undefined', 'Symbol(chat)'],
  ['property', '', 'a name that is not empty', '""'],
  ['property', Symbol('s'), 'a name that is not empty', 'Symbol(s)'],
  ['property', 1, 'a name that is not empty', '1'],
  ['property', 'update', "a name that is not empty, and neither 'update' nor", '"update"'],
  [
    'property',
    'constructor',
    "a name that is not empty, and neither 'update' nor one that every object has",
    '"constructor"',
  ],
  [
    'property',
    '__proto__',
    "a name that is not empty, and neither 'update' nor one that every object has",
    '"__proto__"',
  ],
  ['onMissingKey', 'ignore', aPolicy, '"ignore"'],
  ['onMissingKey', null, aPolicy, 'null'],
  ['onMissingKey', false, aPolicy, 'false'],
];

const right: [option: string, value: unknown][] = [
  ['store', store],
  ['store', new Map()],
  ['initial', () => ({})],
  ['prefix', ''],
  ['prefix', 'bot:'],
  ['saveOnError', true],
  ['maxWaitMs', 0],
  ['maxWaitMs', 0.5],
  ['maxWaitMs', Number.POSITIVE_INFINITY],
  ['maxWaiting', 0],
  ['maxWaiting', Number.POSITIVE_INFINITY],
  ['maxHoldMs', 1],
  ['maxHoldMs', 0.5],
  ['maxHoldMs', 2 ** 31 - 1],
  ['getSessionKey', () => '42:42'],
  ['property', 'state'],
  ['property', 'chat'],
  ['onMissingKey', 'ephemeral'],
];

describe.each(places)('%s', (where, pass) => {
  test.each(wrong)('refuses the option %s: %o', (option, value, expected, came) => {
    const text = refusal(() => pass({ [option]: value }));
    expect(text).toContain(`${where}: option "${option}" must be ${expected}`);
    expect(text).toMatch(/, but got .+\.$/);
    expect(text.slice(0, -1)).toMatch(
      new RegExp(`, but got ${came.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`),
    );
  });

  test.each(right)('takes the option %s: %o', (option, value) => {
    expect(() => pass({ [option]: value })).not.toThrow();
  });

  test.each(right)('takes the option %s as not given where it is undefined', (option) => {
    expect(() => pass({ [option]: undefined })).not.toThrow();
  });

  test('refuses an option it does not know, and names those it does', () => {
    const text = refusal(() => pass({ initail: () => ({}) }));
    expect(text).toContain(`${where}: unknown option "initail".`);
    for (const [option] of right) expect(text).toContain(option);
  });

  test.each([['constructor'], ['toString'], ['__proto__']])('refuses an option called %s', (name) => {
    const options = Object.defineProperty({}, name, { value: 1, enumerable: true });
    expect(refusal(() => pass(options))).toContain(`unknown option "${name}"`);
  });

  test.each([
    [null, 'null'],
    ['store', '"store"'],
    [42, '42'],
    [() => ({}), 'a function'],
  ])('refuses options that are no object: %o', (options, came) => {
    expect(refusal(() => pass(options))).toMatch(`${where} takes an object of options, but got ${came}`);
  });

  test('refuses an array in place of options', () => {
    expect(refusal(() => pass([]))).toBe(`${where} takes an object of options, but got an array.`);
  });

  test('does not repeat a long string: it may be a secret', () => {
    const secret = `redis://:${'s3cret'.repeat(10)}@localhost`;
    const text = refusal(() => pass({ store: secret }));
    expect(text).not.toContain('s3cret');
    expect(text).toContain('a string of 79 characters');
  });
});

test.each(places)('%s refuses a wrong option also where it is inherited', (where, pass) => {
  expect(refusal(() => pass(Object.create({ maxWaitMs: -1 })))).toContain(
    `${where}: option "maxWaitMs" must be ${aWait}, but got -1`,
  );
});

describe('new Sessions()', () => {
  test('takes no options at all', () => {
    expect(() => new Sessions()).not.toThrow();
  });

  test('leaves the options as they are, frozen ones too', () => {
    const options = Object.freeze({ store, initial: () => ({}), prefix: 'bot:' });
    const before = { ...options };
    expect(() => new Sessions(options)).not.toThrow();
    expect(options).toEqual(before);
  });

  test('calls neither the store nor initial', () => {
    const never = (): never => {
      throw new Error('called too early');
    };
    expect(
      () => new Sessions({ store: { get: never, set: never, delete: never }, initial: never }),
    ).not.toThrow();
  });
});

describe('the option sessions of session()', () => {
  const sessions = new Sessions<unknown>({ store });

  test.each([
    [null, 'null'],
    [{}, 'an object'],
    [store, 'an object'],
    [Sessions, 'a function (Sessions)'],
  ])('refuses %o', (value, came) => {
    const options = { sessions: value } as unknown as SessionOptions<unknown>;
    expect(() => middlewareOf(options, adapter)).toThrow(TypeError);
    expect(() => middlewareOf(options, adapter)).toThrow(
      `session(): option "sessions" must be an engine made by new Sessions(), but got ${came}.`,
    );
  });

  test.each(right.filter(([option]) => !['getSessionKey', 'property', 'onMissingKey'].includes(option)))(
    'stands alone: beside it, %s is refused by name',
    (option, value) => {
      const options = { sessions, [option]: value } as SessionOptions<unknown>;
      expect(() => middlewareOf(options, adapter)).toThrow(TypeError);
      expect(() => middlewareOf(options, adapter)).toThrow(`"sessions" brings its own ${option}`);
    },
  );

  test('may be given with where to find and where to put the session', () => {
    const options: SessionOptions<unknown, UpdateContext> = {
      sessions,
      property: 'state',
      onMissingKey: 'undefined',
      getSessionKey: () => '42:42',
    };
    expect(() => middlewareOf(options, adapter)).not.toThrow();
  });

  test("takes the engine's own placement where the middleware has none, and else the middleware's", async () => {
    const placed = new Sessions<string>({
      getSessionKey: ({ update }) => ('keyless' in update ? undefined : '7:7'),
      property: 'state',
      onMissingKey: 'undefined',
    });
    const ctx = { update: {} } as UpdateContext & { state: string; mine: string };
    await middlewareOf({ sessions: placed }, adapter)(ctx, async () => {
      ctx.state = 'by the engine';
    });
    const own = { sessions: placed, property: 'mine', getSessionKey: () => '8:8' };
    await middlewareOf(own, adapter)(ctx, async () => {
      ctx.mine = 'by the middleware';
    });
    expect(await placed.read('7:7')).toBe('by the engine');
    expect(await placed.read('8:8')).toBe('by the middleware');
    const keyless = { update: { keyless: true } } as unknown as typeof ctx;
    const seen = await middlewareOf({ sessions: placed }, adapter)(keyless, async () => [keyless.state]);
    expect(seen).toEqual([undefined]);
  });
});
