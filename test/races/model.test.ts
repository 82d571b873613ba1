/** Whatever befalls a key, in whatever order: stores with leases do what a model of thirty lines does. */

import { RedisSessionStore } from '@sessiongram/redis';
import type { SqliteSessionStore } from '@sessiongram/sqlite';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DAY_MS, MINUTE_MS } from '../../packages/redis/src/lock';
import { lockKeyOf } from '../../packages/redis/src/lock-key';
import { turnClock, useFolder } from '../stores/sqlite-drivers';
import { LeasingStore } from '../support/leasing-store';
import { skipsRedis } from '../support/servers/redis';
import { useRedis } from '../support/servers/use-redis';
import { note, runsOf, seeded } from './figures';
import { History, leaseCommands, type Subject } from './lease-commands';
import { LeaseModel } from './lease-model';

const WITHIN_MS = 300_000;
/** Each of these has to have happened many times, or the runs have proved nothing. */
const ANSWERS = ['granted', 'refused', 'done', 'repeated', 'lost', 'handed over', 'lapsed', 'crashed'];

/** A store whose clock is turned by hand. */
class Turned extends LeasingStore<number> {
  passedMs = 0;

  protected override now(): number {
    return this.passedMs;
  }
}

async function compare(
  name: string,
  numRuns: number,
  open: (key: string) => Subject,
  late?: 'frees',
): Promise<void> {
  const answers = new Map<string, number>();
  let runs = 0;
  const runAll = fc.asyncProperty(leaseCommands(), (commands) => {
    const history = new History(open(`model:${++runs}`), answers);
    return fc.asyncModelRun(() => ({ model: new LeaseModel(late), real: history }), commands);
  });
  await fc.assert(runAll, seeded({ numRuns }));
  for (const answer of ANSWERS) expect(answers.get(answer) ?? 0, answer).toBeGreaterThan(numRuns / 4);
  note('model', { name, runs, answers: Object.fromEntries(answers) });
}

test('the store of the tests', { timeout: WITHIN_MS }, () =>
  compare('in memory', runsOf(300, 2_000), (key) => {
    const store = new Turned();
    return {
      store,
      key,
      lapse: () => {
        store.passedMs += 1_000_000;
      },
      evict: () => store.dropLock(key),
    };
  }),
);

describe('SqliteSessionStore', () => {
  const files = useFolder();

  test('does what the model does', { timeout: WITHIN_MS }, async () => {
    const store = files.openStore() as SqliteSessionStore<number>;
    const aside = files.openAside();
    await store.get('made');
    const lapse = (): void => turnClock(aside, 1_000_000);
    await compare(
      'SQLite',
      runsOf(60, 500),
      (key) => ({ store: store as Subject['store'], key, lapse }),
      'frees',
    );
  });
});

describe.skipIf(skipsRedis())('RedisSessionStore', () => {
  const redis = useRedis();

  test('does what the model does', { timeout: WITHIN_MS }, () => {
    const { client } = redis;
    const store = new RedisSessionStore<number>(client) as Subject['store'];
    return compare('Redis', runsOf(60, 500), (key) => ({
      store,
      key,
      lapse: async () => void (await client.eval(LAPSE, 1, lockKeyOf(key), MINUTE_MS, DAY_MS)),
      evict: async () => void (await client.unlink(lockKeyOf(key))),
    }));
  });
});

/** Ends the lease, which is what the lock lives longer than it would without, and the reservation. */
const LAPSE = `
local lock = redis.call('GET', KEYS[1])
if not lock then return end
if string.sub(lock, 34, 34) == '!' then lock = string.sub(lock, 1, 50) .. '0000000000000' .. string.sub(lock, 64) end
redis.call('SET', KEYS[1], lock, 'PX', string.sub(lock, 33, 33) == 'm' and ARGV[1] or ARGV[2])
`;
