/** Which errors PostgresSessionStore says may pass, as drivers and servers word them. */

import { describe, expect, test } from 'vitest';
import { isConflict, isMadeTwice, isMissing, isTransient } from '../../packages/postgres/src/transient';

const coded = (code: string): Error => Object.assign(new Error('It failed.'), { code });

describe('passes by itself', () => {
  test.each([
    ...['ECONNRESET', 'ECONNREFUSED', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT'],
    ...['EHOSTUNREACH', 'ENETUNREACH', 'ENETDOWN', 'EAI_AGAIN'],
    ...['CONNECTION_CLOSED', 'CONNECTION_DESTROYED', 'CONNECT_TIMEOUT'],
    ...['08006', '40001', '40P01', '53300', '57P01', '57P02', '57P03', '57P05', '55P03'],
  ])('an error with the code %s', (code) => expect(isTransient(coded(code))).toBe(true));

  test.each([
    'Connection terminated unexpectedly',
    'timeout exceeded when trying to connect',
    'timeout expired',
    'Query read timeout',
  ])('an error without a code that says: %s', (text) => expect(isTransient(new Error(text))).toBe(true));

  test('an error of several addresses that all fail so', () => {
    expect(isTransient({ errors: [coded('ECONNREFUSED'), coded('ETIMEDOUT')] })).toBe(true);
  });
});

describe('does not pass by itself', () => {
  test.each(['42P01', '23505', '57P04', '57P014', 'E08006'])('an error with the code %s', (code) =>
    expect(isTransient(coded(code))).toBe(false),
  );

  test('an error of several addresses of which one fails otherwise', () => {
    expect(isTransient({ errors: [coded('ECONNREFUSED'), coded('28P01')] })).toBe(false);
  });

  test('an error of no address', () => expect(isTransient({ errors: [] })).toBe(false));

  test('what is no object', () =>
    expect([null, undefined, 'ECONNRESET'].map(isTransient)).not.toContain(true));

  test('an error that only quotes what another says', () =>
    expect(isTransient(new Error('relation "timeout expired" does not exist'))).toBe(false));

  test('an error whose code or text is no text', () =>
    expect([{ code: 40_001 }, { message: ['timeout expired'] }].map(isTransient)).not.toContain(true));
});

describe('a concurrent transaction', () => {
  test.each(['40001', '40P01'])('was in the way with the code %s', (code) =>
    expect(isConflict(coded(code))).toBe(true),
  );
});

describe('the table', () => {
  test.each(['42P01', '42703'])('is missing something with the code %s', (code) =>
    expect(isMissing(coded(code))).toBe(true),
  );

  test.each(['23505', '42P07', '42701', '42710'])('was made by another with the code %s', (code) =>
    expect(isMadeTwice(coded(code))).toBe(true),
  );
});

test.each([null, undefined, 'gone', {}])('no error is known in %j', (nothing) =>
  expect([isConflict, isMissing, isMadeTwice].map((is) => is(nothing))).toEqual([false, false, false]),
);
