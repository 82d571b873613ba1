/** With a fixed time, the key of a session keeps the expiry that its first write has set. */

import { RedisSessionStore } from '@sessiongram/redis';
import { describe } from 'vitest';
import { skipsRedis } from '../support/servers/redis';
import { useRedis } from '../support/servers/use-redis';
import { KEY, registerFixedTtl, TTL_MS } from './fixed-ttl';

describe.skipIf(skipsRedis())('in Redis', () => {
  const redis = useRedis();

  registerFixedTtl('RedisSessionStore', {
    make: (options) => new RedisSessionStore(redis.client, options),
    async open() {
      const { client } = redis;
      await client.flushall();
      return {
        store: new RedisSessionStore(client, { ttlMs: TTL_MS, ttl: 'fixed' }),
        async left() {
          const ms = await client.pttl(KEY);
          if (ms === -2) throw new Error('There is no value.');
          return ms === -1 ? undefined : ms;
        },
        async pass(ms) {
          const left = await client.pttl(KEY);
          if (left >= 0) await client.pexpire(KEY, Math.floor(left - ms));
        },
        putEndless: async (value) => void (await client.set(KEY, JSON.stringify(value))),
        async purge() {},
      };
    },
  });
});
