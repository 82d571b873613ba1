/** An unstorage storage keeps the contract of every store, but for what it does not offer. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { createStorage, type Driver, prefixStorage } from 'unstorage';
import fsDriver from 'unstorage/drivers/fs';
import fsLiteDriver from 'unstorage/drivers/fs-lite';
import memoryDriver from 'unstorage/drivers/memory';
import redisDriver from 'unstorage/drivers/redis';
import { afterAll, beforeAll } from 'vitest';
import { fromUnstorage } from '../../packages/core/src/bridges/unstorage';
import { registerStoreCases } from '../stores/register';
import { RedisServer, redisAbsence } from '../support/servers/redis';

const LACKS = ['dropLock', 'leases', 'passTime', 'ttl'] as const;

registerStoreCases(
  'fromUnstorage(memory)',
  {
    open() {
      const driver = memoryDriver();
      const store = () => fromUnstorage(createStorage({ driver }));
      return {
        store: store(),
        another: store,
        putRaw: (key, text) => driver.setItem?.(key, text, {}),
        close() {},
      };
    },
  },
  { lacks: LACKS },
);

registerStoreCases(
  'fromUnstorage(memory, under a prefix)',
  { open: () => ({ store: fromUnstorage(prefixStorage(createStorage(), 'bot')), close() {} }) },
  { lacks: [...LACKS, 'another', 'putRaw'] },
);

for (const [name, driverOf] of [
  ['fs', (base: string): Driver => fsDriver({ base })],
  ['fs-lite', (base: string): Driver => fsLiteDriver({ base })],
] as const) {
  registerStoreCases(
    `fromUnstorage(${name})`,
    {
      open() {
        const base = mkdtempSync(join(tmpdir(), 'sessiongram-unstorage-'));
        const store = () => fromUnstorage(createStorage({ driver: driverOf(base) }));
        return {
          store: store(),
          another: store,
          putRaw: async (key, text) => void (await driverOf(base).setItem?.(key, text, {})),
          close: () => rmSync(base, { recursive: true }),
        };
      },
    },
    { lacks: LACKS },
  );
}

const skip = redisAbsence();
let server: RedisServer | undefined;
let bases = 0;

beforeAll(async () => {
  if (skip === undefined) server = await RedisServer.start();
});

afterAll(() => server?.stop());

registerStoreCases(
  'fromUnstorage(redis)',
  {
    open() {
      const { host, port } = server as RedisServer;
      const base = `bot${bases++}`;
      const client = new Redis({ host, port });
      const opened: ReturnType<typeof createStorage>[] = [];
      const store = () => {
        const storage = createStorage({ driver: redisDriver({ host, port, base }) });
        opened.push(storage);
        return fromUnstorage(storage);
      };
      return {
        store: store(),
        another: store,
        putRaw: async (key, text) => void (await client.set(`${base}:${key}`, text)),
        async close() {
          client.disconnect();
          for (const storage of opened) await storage.dispose();
        },
      };
    },
  },
  { skip, lacks: LACKS },
);
