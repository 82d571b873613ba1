/** The options that belong to leases: what they take, what they refuse, and which do not go together. */

import {
  MemorySessionStore,
  middlewareOf,
  type SessionOptions,
  Sessions,
  type SessionsOptions,
} from '@sessiongram/core';
import { describe, expect, test } from 'vitest';
import { engineSettings } from '../../packages/core/src/options';
import { LeasingStore } from '../support/leasing-store';
import { refusal } from '../support/refusal';

const adapter = { where: 'session()', mode: 'eager', onMissingKey: 'throw' } as const;
const lazyAdapter = { ...adapter, where: 'lazySession()', mode: 'lazy' } as const;

const aLease = 'a whole number of milliseconds from 10 to 2147483647';
const aSize = 'a whole number of bytes from 1, or Infinity';
const aScope = "'store' or 'process'";

const wrong: [option: string, value: unknown, expected: string, came: string][] = [
  ['leaseMs', 0, aLease, '0'],
  ['leaseMs', 9, aLease, '9'],
  ['leaseMs', -1, aLease, '-1'],
  ['leaseMs', 10.5, aLease, '10.5'],
  ['leaseMs', Number.NaN, aLease, 'NaN'],
  ['leaseMs', Number.POSITIVE_INFINITY, aLease, 'Infinity'],
  ['leaseMs', 2 ** 31, aLease, '2147483648'],
  ['leaseMs', '1000', aLease, '"1000"'],
  ['leaseMs', null, aLease, 'null'],
  ['exclusive', 'cluster', aScope, '"cluster"'],
  ['exclusive', true, aScope, 'true'],
  ['exclusive', null, aScope, 'null'],
  ['skipRedelivered', 'yes', 'true or false', '"yes"'],
  ['skipRedelivered', 1, 'true or false', '1'],
  ['maxBytes', 0, aSize, '0'],
  ['maxBytes', -1, aSize, '-1'],
  ['maxBytes', 1.5, aSize, '1.5'],
  ['maxBytes', Number.NaN, aSize, 'NaN'],
  ['maxBytes', '1kB', aSize, '"1kB"'],
];

describe('an option of a wrong kind', () => {
  test.each(wrong)('%s: %j is refused by the engine and by a middleware', (option, value, expected, came) => {
    const said = `option "${option}" must be ${expected}, but got ${came}.`;
    const options = { [option]: value } as object;
    expect(refusal(() => new Sessions(options))).toBe(`new Sessions(): ${said}`);
    expect(refusal(() => middlewareOf(options, adapter))).toBe(`session(): ${said}`);
  });
});

describe('an option in its range', () => {
  const right: SessionsOptions<unknown>[] = [
    { leaseMs: 10 },
    { leaseMs: 2 ** 31 - 1 },
    { exclusive: 'store' },
    { exclusive: 'process' },
    { skipRedelivered: true },
    { skipRedelivered: false },
    { maxBytes: 1 },
    { maxBytes: Number.POSITIVE_INFINITY },
    { leaseMs: undefined as never, maxBytes: undefined as never },
  ];
  test.each(right)('%j is taken', (options) => {
    expect(refusal(() => new Sessions(options))).toBe('not refused');
    expect(refusal(() => middlewareOf(options as SessionOptions<unknown>, adapter))).toBe('not refused');
  });

  test('has the default that is documented where it is not given', () => {
    expect(engineSettings({})).toMatchObject({
      leaseMs: 15_000,
      exclusive: 'store',
      skipRedelivered: false,
      maxBytes: 262_144,
    });
  });
});

describe('options that do not go together', () => {
  test('skipRedelivered with exclusive process on a store with leases', () => {
    const options = { store: new LeasingStore(), exclusive: 'process', skipRedelivered: true } as const;
    const said = /^new Sessions\(\): option "skipRedelivered" must be false or not given where "exclusive"/;
    expect(refusal(() => new Sessions(options))).toMatch(said);
    expect(refusal(() => middlewareOf(options, adapter))).toMatch(said);
  });

  test.each([
    { store: new LeasingStore(), skipRedelivered: true },
    { store: new LeasingStore(), exclusive: 'process' },
    { store: new LeasingStore(), exclusive: 'process', skipRedelivered: false },
    { store: new MemorySessionStore(), exclusive: 'process', skipRedelivered: true },
    { exclusive: 'process', skipRedelivered: true },
  ] as const)('but %# does', (options) => {
    expect(refusal(() => new Sessions(options))).toBe('not refused');
  });

  test('a store that says it has leases, and lacks their methods', () => {
    const { get, set, delete: remove } = new MemorySessionStore();
    const store = { get, set, delete: remove, supports: { leases: true }, acquire: get as never };
    const said = /"store" must have all methods of leases.* but lacks renew and commit and isTransient/;
    expect(refusal(() => new Sessions({ store }))).toMatch(said);
    expect(refusal(() => middlewareOf({ store }, adapter))).toMatch(said);
  });

  test('skipRedelivered with a lazy session, by an option or by its engine', () => {
    const said = /^lazySession\(\): option "skipRedelivered" must be false or not given/;
    expect(refusal(() => middlewareOf({ skipRedelivered: true }, lazyAdapter))).toMatch(said);
    const sessions = new Sessions<unknown>({ skipRedelivered: true });
    expect(refusal(() => middlewareOf({ sessions }, lazyAdapter))).toMatch(said);
    expect(refusal(() => middlewareOf({ sessions }, adapter))).toBe('not refused');
  });

  test.each(['leaseMs', 'exclusive', 'skipRedelivered', 'maxBytes'])('%s beside an engine', (option) => {
    const values = { leaseMs: 1000, exclusive: 'store', skipRedelivered: true, maxBytes: 1000 };
    const options = { sessions: new Sessions<unknown>(), [option]: values[option as keyof typeof values] };
    expect(refusal(() => middlewareOf(options, adapter))).toBe(
      `session(): option "sessions" brings its own ${option}. Pass these to new Sessions() instead.`,
    );
  });
});
