/** `release()` together with `skipRedelivered`, on the databases: what is changed before and afterwards is stored, once. */

import { type SessionStore, Sessions } from '@sessiongram/core';
import { PostgresSessionStore } from '@sessiongram/postgres';
import { RedisSessionStore } from '@sessiongram/redis';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RedisServer, skipsRedis } from '../support/servers/redis';
import { newTable, type OwnedClient, openPglite } from './postgres-clients';
import { useFolder } from './sqlite-drivers';

describe('in SQLite', () => {
  const files = useFolder();
  registerOn(() => files.openStore({}));
});

describe('in PostgreSQL', () => {
  let owned: OwnedClient;
  beforeAll(async () => {
    owned = await openPglite();
  }, 60_000);
  afterAll(() => owned?.close());
  registerOn(() => new PostgresSessionStore(owned.client, { table: newTable() }));
});

describe.skipIf(skipsRedis())('in Redis', () => {
  let server: RedisServer;
  let client: Redis;
  beforeAll(async () => {
    server = await RedisServer.start();
    client = new Redis(server.port);
  });
  afterAll(async () => {
    client?.disconnect();
    await server?.stop();
  });
  registerOn(() => new RedisSessionStore(client));
});

function registerOn(open: () => SessionStore): void {
  test('an update that gives its turn back keeps what it changes afterwards, and does not run again', async () => {
    const sessions = new Sessions({
      store: open(),
      initial: () => ({ lines: [] as string[] }),
      skipRedelivered: true,
    });
    let runs = 0;
    const handle = (): Promise<unknown> =>
      sessions.visit(
        '42:42',
        async (session) => {
          runs++;
          session.data.lines.push('before');
          await session.release(async () => {
            await handle();
            await sessions.update('42:42', (data) => void data.lines.push('between'));
          });
          session.data.lines.push('after');
        },
        undefined,
        { update_id: 7 },
      );
    await handle();
    await handle();
    expect(runs).toBe(1);
    expect(await sessions.read('42:42')).toEqual({ lines: ['before', 'between', 'after'] });
    await sessions.close();
  });
}
