/** What operators do to a Cluster under load, with keys of all shapes: nothing is lost, and no script meets two slots. */

import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { RedisCluster, type RedisServer, skipsRedis } from '../support/servers/redis';
import { addReplica, failOver, moveSlot } from '../support/servers/redis-cluster';
import { Crew } from './crew';
import { type Fault, repeating } from './faults';
import { note, share, skipsOutsideSoak } from './figures';
import { type OpenPlace, openPlace, type Place } from './place';
import { bundle, type Program } from './program';
import { LEASE_MS } from './sizes';
import { Updates } from './updates';

/** Where Redis finds the hash tag of a key depends on its braces. */
const SHAPES = [
  '#',
  '{#}',
  '{#}:x',
  'x{#}y',
  '{}#',
  '{#',
  '#}',
  '}#{',
  '{{#}}',
  '{#}{y}',
  'x}{#}',
  '#{}',
  'é{#}',
];

describe.skipIf(skipsOutsideSoak() || skipsRedis())('on a Redis Cluster in use', { timeout: 180_000 }, () => {
  let cluster: RedisCluster;
  let replica: RedisServer;
  let program: Program;
  let direct: OpenPlace;
  let crew: Crew;

  beforeAll(async () => {
    [cluster, program] = await Promise.all([RedisCluster.start({ durable: true }), bundle()]);
    const [master] = cluster.nodes as [RedisServer, ...RedisServer[]];
    replica = await addReplica(master);
    const place: Place = { kind: 'cluster', port: master.port, detours: {} };
    direct = await openPlace(place);
    const setup = { place, leaseMs: LEASE_MS };
    crew = new Crew({ program: program.path, setup, trust: 'acknowledgements' }, direct.store);
  }, 60_000);

  afterAll(async () => {
    await crew?.end();
    await direct?.close();
    await Promise.all([replica?.stop(), cluster?.stop(), program?.remove()]);
  });

  /** Works on keys of all shapes while something is done to the Cluster, and answers what was refused. */
  async function under(
    name: string,
    times: number,
    fault: (keys: readonly string[]) => Fault,
  ): Promise<void> {
    const updates = new Updates({ handlerMs: 20, numbered: 'half', keys: 2 * SHAPES.length });
    const keys = updates.keys.map((key, at) => (SHAPES[at % SHAPES.length] as string).replace('#', key));
    let count = 0;
    const ledger = await crew.run(async (fleet) => {
      const refusals = vi.spyOn(fleet.ledger, 'noteRefusal');
      const going = fault(keys);
      const endsAt = performance.now() + share(2, 0);
      let made = 0;
      const isOver = (): boolean => performance.now() > endsAt && going.count >= times;
      const source = () => (isOver() ? undefined : updates.next(keys[made++ % keys.length]));
      await fleet.run(source).finally(() => going.stop());
      count = going.count;
      const texts = refusals.mock.calls.map(([{ text }]) => text);
      expect(texts.filter((text) => text.includes('CROSSSLOT'))).toEqual([]);
    });
    expect(ledger.count('acknowledged') + ledger.count('unknown')).toBe(updates.made);
    expect(ledger.count('acknowledged')).toBeGreaterThan(updates.made / 2);
    note('cluster', { name, updates: updates.made, times: count });
  }

  test('slots that are moved lose nothing', () =>
    under('slots moved', 4, (keys) => {
      let moved = 0;
      return repeating(async () => {
        const key = keys[moved++ % keys.length] as string;
        await moveSlot(cluster, Number(await replica.cli('CLUSTER', 'KEYSLOT', key)), 40);
        return 1;
      });
    }));

  test('replicas that take over when they have all data lose nothing', () =>
    under('replicas that took over', 2, () => {
      let [next, other] = [replica, cluster.nodes[0] as RedisServer];
      return repeating(async (signal) => {
        await pause(300, undefined, { signal });
        await failOver(next);
        [next, other] = [other, next];
        return 1;
      });
    }));
});
