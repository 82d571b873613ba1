/** What operators do to a Redis Cluster in use: move slots, add a replica, let it take over. */

import { setTimeout as wait } from 'node:timers/promises';
import { type RedisCluster, RedisServer } from './redis';

const WITHIN_MS = 15_000;
/** After this a replica gives up a take-over that it was told of. */
const ATTEMPT_MS = 6_000;

/**
 * Moves a slot from the node that has it to another, key by key, as `redis-cli --cluster reshard` does.
 *
 * @param pauseMs - how long the slot stays half moved after each key
 */
export async function moveSlot({ nodes }: RedisCluster, slot: number, pauseMs: number): Promise<void> {
  const source = await ownerOf(nodes, slot);
  const others = nodes.filter((node) => node !== source);
  const target = others[slot % others.length] as RedisServer;
  const [sourceId, targetId] = await Promise.all([idOf(source), idOf(target)]);
  await done(target, 'CLUSTER', 'SETSLOT', String(slot), 'IMPORTING', sourceId);
  await done(source, 'CLUSTER', 'SETSLOT', String(slot), 'MIGRATING', targetId);
  for (;;) {
    const key = await source.cli('--raw', 'CLUSTER', 'GETKEYSINSLOT', String(slot), '1');
    if (key === '') break;
    // A key that ended meanwhile is answered with NOKEY.
    await source.cli('MIGRATE', target.host, String(target.port), key, '0', '5000');
    await wait(pauseMs);
  }
  for (const node of [target, source, ...others])
    await done(node, 'CLUSTER', 'SETSLOT', String(slot), 'NODE', targetId);
}

/** Starts a node that follows one of the masters, and waits until it has all of its data. */
export async function addReplica(master: RedisServer): Promise<RedisServer> {
  const args = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '2000'];
  const replica = await RedisServer.start({ durable: true, args });
  const id = await idOf(master);
  await done(replica, 'CLUSTER', 'MEET', master.host, String(master.port));
  await until(async () => (await replica.cli('CLUSTER', 'REPLICATE', id)) === 'OK');
  await until(() => isSynced(replica));
  return replica;
}

/** Lets a replica take over from its master in good order: when it has all of its data. */
export async function failOver(replica: RedisServer): Promise<void> {
  await until(() => isSynced(replica));
  const isMaster = async (): Promise<boolean> => (await replica.cli('ROLE')).startsWith('master');
  // The other masters vote for one replica of a master at a time, so it may take a second attempt.
  for (let attempt = 1; !(await isMaster()); attempt++) {
    await done(replica, 'CLUSTER', 'FAILOVER');
    await until(isMaster, ATTEMPT_MS).catch((error) => {
      if (attempt === 3) throw error;
    });
  }
}

async function isSynced(replica: RedisServer): Promise<boolean> {
  return (await replica.cli('INFO', 'replication')).includes('master_link_status:up');
}

async function ownerOf(nodes: readonly RedisServer[], slot: number): Promise<RedisServer> {
  for (const node of nodes) {
    const own = (await node.cli('CLUSTER', 'NODES')).split('\n').find((line) => line.includes('myself'));
    const ranges = (own ?? '').split(' ').slice(8);
    const has = ranges.some((range) => {
      const [from, to = from] = range.split('-').map(Number);
      return slot >= (from as number) && slot <= (to as number);
    });
    if (has) return node;
  }
  throw new Error(`No node has the slot ${slot}.`);
}

function idOf(node: RedisServer): Promise<string> {
  return node.cli('CLUSTER', 'MYID');
}

/** redis-cli tells errors as it tells answers. */
async function done(node: RedisServer, ...command: string[]): Promise<void> {
  const answer = await node.cli(...command);
  if (answer !== 'OK') throw new Error(`${command.join(' ')}: ${answer}`);
}

async function until(condition: () => Promise<boolean>, withinMs: number = WITHIN_MS): Promise<void> {
  for (const deadline = Date.now() + withinMs; !(await condition()); await wait(50)) {
    if (Date.now() > deadline) throw new Error(`Not so within ${withinMs} ms: ${condition}`);
  }
}
