/** A `Client` of `pg` that nobody has connected. */

import { Sessions } from '@sessiongram/core';
import { PostgresSessionStore } from '@sessiongram/postgres';
import { Client } from 'pg';
import { expect, test } from 'vitest';

test('a client that was never connected is told of, and not waited for', async () => {
  const sessions = new Sessions({
    store: new PostgresSessionStore(new Client()),
    initial: () => ({ counter: 0 }),
  });
  await expect(sessions.update('1:1', (data) => void data.counter++)).rejects.toMatchObject({
    code: 'SESSION_LOAD_FAILED',
    cause: { message: expect.stringContaining('client.connect()') },
  });
});
