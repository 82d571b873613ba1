/** The client that a store was given, known by its shape: one way to run commands for all of them. */

import { shown } from '@sessiongram/core/kit';

/** ioredis 5 and 6: `Redis`. */
export interface IoredisLike {
  readonly status: string;
  call(command: string, args: string[]): Promise<unknown>;
}

/** ioredis 5 and 6: `Cluster`. */
export interface IoredisClusterLike extends IoredisLike {
  nodes(role: 'master'): IoredisLike[];
}

/** node-redis 4, 5 and 6: `createClient()`, `createClientPool()`. */
export interface NodeRedisLike {
  readonly isOpen: boolean;
  sendCommand(args: string[], options?: object): Promise<unknown>;
}

/** node-redis 4, 5 and 6: `createCluster()`. */
export interface NodeRedisClusterLike {
  readonly isOpen: boolean;
  readonly masters: readonly unknown[];
  // biome-ignore lint/suspicious/noExplicitAny: each version has another type for its nodes, and only it needs to know it
  nodeClient(node: any): unknown;
  sendCommand(
    firstKey: string | undefined,
    isReadonly: boolean | undefined,
    args: string[],
    options?: object,
  ): Promise<unknown>;
}

/** A client that a `RedisSessionStore` takes. */
export type RedisClientLike = IoredisLike | IoredisClusterLike | NodeRedisLike | NodeRedisClusterLike;

/** What a store needs of its client. */
export interface Connection {
  /** Runs a command on the master that has the key. */
  send(key: string, command: string, args: string[]): Promise<unknown>;
  /** Runs a command that is about no key, on each master in turn. */
  masters(): AsyncIterable<(command: string, args: string[]) => Promise<unknown>>;
}

/**
 * Finds out what a client is.
 *
 * @throws TypeError when it is none, or is set up so that keys would not be where they have to be
 */
export function connectionOf(client: RedisClientLike): Connection {
  const found = kindOf(client);
  if (found === undefined) {
    throw new TypeError(
      'new RedisSessionStore() takes a client of ioredis (Redis, Cluster) or of redis (createClient, createCluster) ' +
        `as its first argument, but got ${shown(client)}.`,
    );
  }
  refuseSettings(client as Partial<Configured>);
  return found;
}

function kindOf(client: unknown): Connection | undefined {
  if (client === null || typeof client !== 'object') return undefined;
  const { status, isOpen } = client as Partial<IoredisLike & NodeRedisLike>;
  // A pipeline of ioredis has the same methods and no status.
  if (hasMethod<IoredisLike>(client, 'call') && typeof status === 'string')
    return ioredis(client as IoredisLike | IoredisClusterLike);
  // What `legacy()` makes of a client answers callbacks, and a Sentinel client takes other arguments.
  if (typeof isOpen !== 'boolean' || 'getSentinelNode' in client) return undefined;
  if (!hasMethod<NodeRedisLike>(client, 'sendCommand')) return undefined;
  return hasMethod<NodeRedisClusterLike>(client, 'nodeClient')
    ? nodeRedisCluster(client)
    : nodeRedis(client as NodeRedisLike);
}

function hasMethod<T>(client: object, name: keyof T & string): client is T & object {
  return typeof (client as Record<string, unknown>)[name] === 'function';
}

interface Configured {
  readonly options: { readonly keyPrefix?: string; readonly legacyMode?: boolean };
  /** Where node-redis 6 shows it for clients and Clusters alike. */
  readonly _keyPrefix: string;
}

function refuseSettings({ options, _keyPrefix }: Partial<Configured>): void {
  // ioredis puts it before lock keys too, which moves them to another slot; node-redis does not put it before ours.
  const keyPrefix = options?.keyPrefix ?? _keyPrefix ?? '';
  if (keyPrefix !== '') {
    throw new TypeError(
      "new RedisSessionStore(): the client's own keyPrefix cannot be used. Give the store a client without it, and " +
        'the option prefix in its place.',
    );
  }
  if (options?.legacyMode === true) {
    throw new TypeError('new RedisSessionStore(): a client in legacyMode has no promises. Pass client.v4.');
  }
}

function ioredis(client: IoredisLike | IoredisClusterLike): Connection {
  const gather = gatherer(client);
  return {
    send(_key, command, args) {
      gather();
      return client.call(command, args);
    },
    async *masters() {
      for (const node of await mastersOf(client)) yield (command, args) => node.call(command, args);
    },
  };
}

/** A stream of Node.js, as far as it can hold back what is written to it. */
interface Corkable {
  cork(): void;
  uncork(): void;
}

/**
 * Lets the commands of one moment leave in one piece. `ioredis` writes each of them to the socket by itself, which takes
 * longer than all else that a command costs; node-redis gathers them, and a Cluster of `ioredis` has no socket of its own.
 */
function gatherer(client: object): () => void {
  let corked: Corkable | undefined;
  return () => {
    const { stream } = client as { readonly stream?: Partial<Corkable> };
    if (corked !== undefined || typeof stream?.cork !== 'function') return;
    const held = stream as Corkable;
    corked = held;
    held.cork();
    process.nextTick(() => {
      corked = undefined;
      held.uncork();
    });
  };
}

/** Of Node.js, Bun and Deno: after all promises of this moment. */
declare const process: { nextTick(task: () => void): void };

async function mastersOf(client: IoredisLike | IoredisClusterLike): Promise<IoredisLike[]> {
  if (!('nodes' in client)) return [client];
  // Until the first answer, a Cluster knows of no masters, or only of those that it was told of.
  await client.call('ping', []);
  return client.nodes('master');
}

/** Texts are asked for as texts, whatever the client was told to make of them otherwise. */
const AS_TEXT = { typeMapping: {} };

function nodeRedis(client: NodeRedisLike): Connection {
  const send = (command: string, args: string[]) => {
    refuseClosed(client);
    return client.sendCommand([command, ...args], AS_TEXT);
  };
  return {
    send: (_key, command, args) => send(command, args),
    async *masters() {
      yield async (command, args) => send(command, args);
    },
  };
}

function nodeRedisCluster(client: NodeRedisClusterLike): Connection {
  return {
    send(key, command, args) {
      refuseClosed(client);
      return client.sendCommand(key, false, [command, ...args], AS_TEXT);
    },
    async *masters() {
      refuseClosed(client);
      for (const master of client.masters) {
        const node = (await client.nodeClient(master)) as NodeRedisLike;
        yield (command, args) => node.sendCommand([command, ...args], AS_TEXT);
      }
    },
  };
}

/** The client's own error does not say what to do, and in a Cluster of version 4 not even what is wrong. */
function refuseClosed({ isOpen }: { readonly isOpen: boolean }): void {
  if (isOpen) return;
  throw new TypeError(
    'The Redis client is not connected, or was closed. Call `await client.connect()` before the first update: a store ' +
      'neither opens nor closes a client that was given to it.',
  );
}
