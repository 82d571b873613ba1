/** A Redis for all tests of a `describe` or a file, and a client to it, with an end to both. */

import { Redis } from 'ioredis';
import { afterAll, beforeAll } from 'vitest';
import { RedisServer, redisAbsence } from './redis';

/** Both are there from the first `beforeAll` on that comes after it, unless Redis is absent. */
export interface UsedRedis {
  readonly server: RedisServer;
  readonly client: Redis;
}

export function useRedis(): UsedRedis {
  let server: RedisServer | undefined;
  let client: Redis | undefined;

  beforeAll(async () => {
    if (redisAbsence() !== undefined) return;
    server = await RedisServer.start();
    client = new Redis(server.port);
  });

  afterAll(async () => {
    client?.disconnect();
    await server?.stop();
  });

  return {
    get server() {
      return there(server);
    },
    get client() {
      return there(client);
    },
  };
}

function there<T>(part: T | undefined): T {
  if (part === undefined) throw new Error('Redis runs only while tests run that are not skipped.');
  return part;
}
