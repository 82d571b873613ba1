/** Redis servers of our own: one node or a Cluster, on free loopback ports, with their data in a temporary folder. */

import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect as openSocket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from './port';

const HOST = '127.0.0.1';
/** A Cluster node talks to the others on its port plus this. */
const BUS_OFFSET = 10_000;
/** Below those that the system gives out itself. */
const PORTS = [20_000, 30_000] as const;
const READY_WITHIN_MS = 15_000;

export interface RedisOptions {
  /** Whether every acknowledged write is on the disk, so that it survives `kill9`. */
  readonly durable?: true;
  /** More arguments of `redis-server`, such as `['--maxmemory', '20mb']`. */
  readonly args?: readonly string[];
}

/** Why there is no Redis here, or `undefined`. In CI there has to be one: then the tests run, and fail without it. */
export function redisAbsence(): string | undefined {
  if (process.env['CI'] === 'true') return undefined;
  const missing = ['redis-server', 'redis-cli'].filter((name) => spawnSync(name, ['--version']).status !== 0);
  return missing.length === 0 ? undefined : `${missing.join(' and ')} not found on PATH`;
}

/** Whether tests that need Redis are to be skipped; prints why. For `describe.skipIf(skipsRedis())`. */
export function skipsRedis(): boolean {
  const absence = redisAbsence();
  if (absence !== undefined) console.warn(`Skipped: ${absence}.`);
  return absence !== undefined;
}

/** One `redis-server`. It ends with this process at the latest. */
export class RedisServer {
  readonly host = HOST;
  readonly port: number;
  readonly #folder: string;
  readonly #args: readonly string[];
  #process: ChildProcess | undefined;

  private constructor(port: number, folder: string, args: readonly string[]) {
    this.port = port;
    this.#folder = folder;
    this.#args = args;
    process.once('exit', this.#end);
  }

  /** Starts a server and waits until it answers. */
  static async start(options: RedisOptions = {}): Promise<RedisServer> {
    const durability = options.durable ? ['--appendonly', 'yes', '--appendfsync', 'always'] : [];
    const args = [...durability, ...(options.args ?? [])];
    // Another process may take the port between the look and the start.
    for (let attempt = 1; ; attempt++) {
      const folder = await mkdtemp(join(tmpdir(), 'sessiongram-redis-'));
      const server = new RedisServer(await freePort(PORTS, [BUS_OFFSET]), folder, args);
      try {
        await server.restart();
        return server;
      } catch (error) {
        await server.stop();
        if (attempt === 3) throw error;
      }
    }
  }

  get url(): string {
    return `redis://${HOST}:${this.port}`;
  }

  /** Runs `redis-cli` on it and answers what it prints. */
  async cli(...args: string[]): Promise<string> {
    const { stdout } = await promisify(execFile)('redis-cli', ['-h', HOST, '-p', String(this.port), ...args]);
    return stdout.trim();
  }

  /** Ends it without a chance to save anything. Can be restarted. */
  async kill9(): Promise<void> {
    const running = this.#process;
    this.#process = undefined;
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) return;
    const ended = new Promise((resolve) => running.once('exit', resolve));
    running.kill('SIGKILL');
    await ended;
  }

  /** Starts it again where it does not run: same port, same folder. */
  async restart(): Promise<void> {
    if (this.#process !== undefined) throw new Error('The server is running.');
    const basics = ['--bind', HOST, '--port', String(this.port), '--dir', this.#folder, '--save', ''];
    const started = spawn('redis-server', [...basics, ...this.#args], { stdio: 'ignore' });
    let failure: unknown;
    started.once('error', (error) => {
      failure = error;
    });
    this.#process = started;
    for (const deadline = Date.now() + READY_WITHIN_MS; !(await answersPing(this.port)); await wait(20)) {
      if (failure !== undefined) throw failure;
      if (started.exitCode !== null) throw new Error(`redis-server ended with ${started.exitCode}.`);
      if (Date.now() > deadline) throw new Error(`redis-server did not answer within ${READY_WITHIN_MS} ms.`);
    }
  }

  /** Ends it and removes its data. */
  async stop(): Promise<void> {
    await this.kill9();
    process.off('exit', this.#end);
    await rm(this.#folder, { recursive: true, force: true });
  }

  readonly #end = (): void => {
    this.#process?.kill('SIGKILL');
  };
}

/** Three masters that share the slots, without replicas. */
export class RedisCluster {
  readonly nodes: readonly RedisServer[];

  private constructor(nodes: readonly RedisServer[]) {
    this.nodes = nodes;
  }

  /** Starts the nodes, joins them, and waits until each of them knows who has which slot. */
  static async start(options: RedisOptions = {}): Promise<RedisCluster> {
    const args = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '2000', ...(options.args ?? [])];
    const nodes: RedisServer[] = [];
    const cluster = new RedisCluster(nodes);
    try {
      for (let count = 0; count < 3; count++) nodes.push(await RedisServer.start({ ...options, args }));
      const addresses = nodes.map((node) => `${HOST}:${node.port}`);
      await promisify(execFile)('redis-cli', ['--cluster', 'create', ...addresses, '--cluster-yes']);
      for (const deadline = Date.now() + READY_WITHIN_MS; !(await cluster.#isWhole()); await wait(50)) {
        if (Date.now() > deadline) throw new Error(`No Cluster within ${READY_WITHIN_MS} ms.`);
      }
      return cluster;
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  /** Where to begin: one address is enough, clients find the others. */
  get addresses(): { host: string; port: number }[] {
    return this.nodes.map(({ host, port }) => ({ host, port }));
  }

  async #isWhole(): Promise<boolean> {
    const states = await Promise.all(this.nodes.map((node) => node.cli('CLUSTER', 'INFO')));
    return states.every(
      (text) => text.includes('cluster_state:ok') && text.includes('cluster_known_nodes:3'),
    );
  }

  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.stop()));
  }
}

/** A server that still loads its data answers PING with an error. */
function answersPing(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = openSocket({ port, host: HOST });
    socket.setTimeout(1_000, () => socket.destroy());
    socket.once('connect', () => socket.write('PING\r\n'));
    socket.once('data', (reply) => {
      resolve(reply.toString().startsWith('+PONG'));
      socket.destroy();
    });
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
  });
}
