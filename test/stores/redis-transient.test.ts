/** Which errors RedisSessionStore says may pass, as clients and servers word them. */

import { describe, expect, test } from 'vitest';
import { isTransient } from '../../packages/redis/src/transient';

class TimeoutError extends Error {}

describe('may pass', () => {
  test('an error with the code of a broken connection', () => {
    expect(isTransient(Object.assign(new Error('It failed.'), { code: 'ECONNRESET' }))).toBe(true);
  });

  test('an error without any text whose class tells it', () => {
    expect(isTransient(new TimeoutError())).toBe(true);
  });

  test('an error whose text begins as a client says it', () => {
    expect(isTransient(new Error('Socket closed unexpectedly'))).toBe(true);
  });
});

describe('does not pass', () => {
  test('an error that only quotes the word of a server', () => {
    expect(isTransient(new Error('ERR unknown command BUSY'))).toBe(false);
  });

  test('an error that only quotes what a client says', () => {
    expect(isTransient(new Error('No such handler: Socket timeout'))).toBe(false);
  });
});
