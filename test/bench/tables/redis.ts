/** Updates per second with sessions in Redis, and what each of them costs. */

import { RedisAdapter } from '@grammyjs/storage-redis';
import { Redis as telegrafRedis } from '@telegraf/session/redis';
import { Redis } from 'ioredis';
import { createClient } from 'redis4';
import { RedisServer, redisAbsence } from '../../support/servers/redis';
import * as built from '../built';
import { type Durable, measureDurable, ofGrammy, ofOurs, ofTelegraf, rate, runSome } from '../durable';
import { type Goal, goal } from '../goal';
import { withIdleScripts } from '../idle-scripts';
import type { Timings } from '../rounds';
import type { Effort, Section, Table, TableMaker } from '../table';
import type { Handling } from '../update-loop';

const TITLE = 'Redis on loopback';
const FLYING = [1, 64, 256];
const HANDLINGS: readonly Handling[] = ['increment', 'read', 'untouched'];
const COUNTED = 2_000;

interface Stand {
  readonly server: RedisServer;
  readonly theirs: readonly Durable[];
  /** With leases, as it is by default. */
  readonly leased: readonly Durable[];
  /** With `exclusive: 'process'`. */
  readonly local: readonly Durable[];
  /** What leases can reach. */
  readonly bound: readonly Durable[];
  stop(): Promise<void>;
}

export const redis: TableMaker = {
  name: 'redis',
  async make(effort): Promise<Table> {
    const absence = redisAbsence();
    if (absence !== undefined)
      return { title: TITLE, notes: [`Skipped: ${absence}.`], sections: [], goals: [] };
    const stand = await setUp();
    try {
      const sections: Section[] = [];
      const goals: Goal[] = [];
      for (const handling of HANDLINGS) sections.push(await rates(stand, handling, effort, goals));
      for (const handling of HANDLINGS) sections.push(await costs(stand, handling));
      return { title: TITLE, notes: NOTES, sections, goals };
    } finally {
      await stand.stop();
    }
  },
};

const NOTES = [
  'Updates per second by how many are in flight, of 10,000 users with 37-byte sessions; interleaved, one connection each. ' +
    'Theirs are protected neither across processes nor, in grammY, within one. Commands inside a script are counted as ' +
    'well: where there is `evalsha`, only that is a round trip. The bound is ours with leases, whose scripts only answer: what is ' +
    'left between it and theirs is the price of two calls of a script in place of a GET and a SET.',
];

async function setUp(): Promise<Stand> {
  const server = await RedisServer.start();
  const ioredisClients = Array.from({ length: 6 }, () => new Redis(server.port, server.host));
  const nodeRedisClients = Array.from({ length: 4 }, () => createClient({ url: server.url }));
  const [forGrammy, forLazy, forLeases, forLazyLeases, forLocal, forLazyLocal] = ioredisClients as [
    Redis,
    Redis,
    Redis,
    Redis,
    Redis,
    Redis,
  ];
  const [forTelegraf, forOtherLeases, forOtherLocal, forBound] = nodeRedisClients as [
    Client,
    Client,
    Client,
    Client,
  ];
  // Telegraf's store connects its client itself.
  await Promise.all([forOtherLeases, forOtherLocal, forBound].map((client) => client.connect()));
  const ours = (client: Redis | Client, prefix: string): built.Core.SessionStore =>
    new built.redis.RedisSessionStore(client, { prefix });
  return {
    server,
    theirs: [
      ofGrammy('grammY + storage-redis (ioredis)', new RedisAdapter({ instance: forGrammy })),
      ofGrammy('the same, lazySession', new RedisAdapter({ instance: forLazy }), 'lazy'),
      ofTelegraf('Telegraf + @telegraf/session (redis 4)', telegrafRedis({ client: forTelegraf as never })),
    ],
    leased: [
      ofOurs('ours, leases (ioredis)', ours(forLeases, 'a:'), 'store'),
      ofOurs('ours, leases, lazy (ioredis)', ours(forLazyLeases, 'b:'), 'store', 'lazy'),
      ofOurs('ours, leases (redis 4)', ours(forOtherLeases, 'c:'), 'store'),
    ],
    local: [
      ofOurs('ours, process only (ioredis)', ours(forLocal, 'd:'), 'process'),
      ofOurs('ours, process only, lazy (ioredis)', ours(forLazyLocal, 'e:'), 'process', 'lazy'),
      ofOurs('ours, process only (redis 4)', ours(forOtherLocal, 'f:'), 'process'),
    ],
    bound: [
      ofOurs(
        'bound: scripts that do nothing (redis 4)',
        ours(await withIdleScripts(forBound), 'g:'),
        'store',
      ),
    ],
    async stop() {
      for (const client of ioredisClients) client.disconnect();
      await Promise.all(nodeRedisClients.map((client) => client.disconnect()));
      await server.stop();
    },
  };
}

type Client = ReturnType<typeof createClient>;

async function rates(stand: Stand, handling: Handling, effort: Effort, goals: Goal[]): Promise<Section> {
  const all = [...stand.theirs, ...stand.leased, ...stand.local, ...stand.bound];
  const columns = new Map<number, Timings>();
  for (const flying of FLYING) {
    const timings = await measureDurable(all, handling, flying, effort);
    columns.set(flying, timings);
    const theirs = fastest(stand.theirs, timings);
    const held = handling === 'increment' ? ([['leases', stand.leased]] as const) : bothKinds(stand);
    for (const [kind, ours] of held) {
      const best = fastest(ours, timings);
      goals.push(
        goal(`${handling}, ${flying} in flight, time of ours with ${kind} (${best})`, {
          ratio: timings.ratio(best, theirs),
          // Nine tenths of the updates per second.
          limit: handling === 'increment' ? 1 / 0.9 : 1,
          with: theirs,
        }),
      );
    }
  }
  const rows = all.map(({ name }) => [
    name,
    ...[...columns.values()].map((timings) => rate(timings.of(name))),
  ]);
  return {
    heading: `${handling}, updates/s`,
    columns: ['', ...FLYING.map((count) => `${count} in flight`)],
    rows,
  };
}

function bothKinds({ leased, local }: Stand): readonly (readonly [string, readonly Durable[]])[] {
  return [
    ['leases', leased],
    ['process only', local],
  ];
}

function fastest(among: readonly Durable[], timings: Timings): string {
  const names = among.map(({ name }) => name);
  return names.reduce((best, name) => (timings.of(name) < timings.of(best) ? name : best));
}

async function costs({ server, theirs, leased, local }: Stand, handling: Handling): Promise<Section> {
  const rows: string[][] = [];
  for (const one of [...theirs, ...leased, ...local]) {
    await runSome(one, handling, COUNTED);
    await server.cli('CONFIG', 'RESETSTAT');
    await runSome(one, handling, COUNTED);
    const stats = await server.cli('INFO', 'everything');
    const bytes = ['total_net_input_bytes', 'total_net_output_bytes'].map((name) =>
      (numberIn(stats, new RegExp(`${name}:(\\d+)`)) / COUNTED).toFixed(0),
    );
    rows.push([one.name, commandsIn(stats), ...bytes]);
  }
  return { heading: `${handling}, per update`, columns: ['', 'commands', 'bytes in', 'bytes out'], rows };
}

function commandsIn(stats: string): string {
  return [...stats.matchAll(/cmdstat_([^:]+):calls=(\d+)/g)]
    .map(([, name, calls]) => ({ name, each: Number(calls) / COUNTED }))
    .filter(({ each }) => each >= 0.01)
    .map(({ name, each }) => `${name} ${each.toFixed(each % 1 === 0 ? 0 : 2)}`)
    .join(', ');
}

function numberIn(text: string, pattern: RegExp): number {
  return Number(pattern.exec(text)?.[1]);
}
