/** PostgreSQL servers of our own, on free loopback ports, with their data in a temporary folder. */

import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { freePort } from './port';

const HOST = '127.0.0.1';
const USER = 'postgres';
/** Where Debian keeps the binaries, a folder for each version. */
const DEBIAN = '/usr/lib/postgresql';
/** Below those that the system gives out itself, and above those of the other servers. */
const PORTS = [30_000, 32_768] as const;
const READY_WITHIN_MS = 15_000;

export type Isolation = 'read committed' | 'repeatable read' | 'serializable';

export interface PostgresOptions {
  /** More settings of the server, such as `{ max_connections: '200' }`. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface DatabaseOptions {
  /** What transactions of this database are by default. @default 'read committed' */
  readonly isolation?: Isolation;
}

/** Why there is no PostgreSQL here, or `undefined`. In CI there has to be one: then the tests run, and fail without it. */
export function postgresAbsence(): string | undefined {
  if (process.env['CI'] === 'true') return undefined;
  return findBinaries() === undefined
    ? `initdb and postgres not found, neither on PATH nor in ${DEBIAN}`
    : undefined;
}

/** Whether tests that need PostgreSQL are to be skipped; prints why. For `describe.skipIf(skipsPostgres())`. */
export function skipsPostgres(): boolean {
  const absence = postgresAbsence();
  if (absence !== undefined) console.warn(`Skipped: ${absence}.`);
  return absence !== undefined;
}

/**
 * One PostgreSQL server; it ends with this process at the latest. What is committed survives `kill9`, because that ends
 * a process and not the machine.
 */
export class PostgresServer {
  readonly host = HOST;
  readonly user = USER;
  readonly port: number;
  readonly #folder: string;
  readonly #options: PostgresOptions;
  #process: ChildProcess | undefined;
  #databases = 0;

  private constructor(port: number, folder: string, options: PostgresOptions) {
    this.port = port;
    this.#folder = folder;
    this.#options = options;
    process.once('exit', this.#end);
  }

  /** Makes a server and waits until it answers. */
  static async start(options: PostgresOptions = {}): Promise<PostgresServer> {
    const folder = await mkdtemp(join(tmpdir(), 'sessiongram-postgres-'));
    const account = unprivileged();
    if (account !== undefined) await chown(folder, account.uid, account.gid);
    const layout = ['-D', join(folder, 'data'), '-U', USER, '-A', 'trust', '-E', 'UTF8', '--locale=C'];
    await promisify(execFile)(binary('initdb'), [...layout, '--no-sync'], { ...account, cwd: folder });
    // Another process may take the port between the look and the start.
    for (let attempt = 1; ; attempt++) {
      const server = new PostgresServer(await freePort(PORTS), folder, options);
      try {
        await server.restart();
        return server;
      } catch (error) {
        await server.kill9();
        process.off('exit', server.#end);
        if (attempt === 3) throw error;
      }
    }
  }

  /** The address of a database; of `postgres` where none is named. `port` may be that of a proxy. */
  url(database = 'postgres', port: number = this.port): string {
    return `postgres://${USER}@${HOST}:${port}/${database}`;
  }

  /** Makes a database that shares nothing with others, and answers its name. */
  async createDatabase({ isolation = 'read committed' }: DatabaseOptions = {}): Promise<string> {
    const name = `test_${++this.#databases}`;
    await this.query(`CREATE DATABASE ${name}`);
    await this.query(`ALTER DATABASE ${name} SET default_transaction_isolation = '${isolation}'`);
    return name;
  }

  /** Runs one statement on a connection of its own, and answers the rows. */
  async query(text: string, database = 'postgres'): Promise<Record<string, unknown>[]> {
    const client = new Client({ connectionString: this.url(database) });
    await client.connect();
    try {
      return (await client.query(text)).rows;
    } finally {
      await client.end();
    }
  }

  /** Ends the server process without a chance to do anything; its children notice that and end. Can be restarted. */
  kill9(): Promise<void> {
    return this.#stop('SIGKILL');
  }

  /** Starts it again where it does not run: same port, same data. */
  async restart(): Promise<void> {
    if (this.#process !== undefined) throw new Error('The server is running.');
    const deadline = Date.now() + READY_WITHIN_MS;
    // The children of a server that was killed keep its memory for a moment, and the next one does not start until then.
    for (;;) {
      this.#process = this.#spawn();
      const failure = await this.#ready(this.#process, deadline);
      if (failure === undefined) return;
      await this.kill9();
      if (Date.now() > deadline) throw failure;
      await wait(50);
    }
  }

  /** Ends it and removes its data. */
  async stop(): Promise<void> {
    await this.#stop('SIGQUIT');
    process.off('exit', this.#end);
    await rm(this.#folder, { recursive: true, force: true });
  }

  #spawn(): ChildProcess {
    const settings = {
      listen_addresses: HOST,
      port: String(this.port),
      unix_socket_directories: '',
      // What was handed to the system outlives the process; only the machine's end would lose it.
      fsync: 'off',
      ...this.#options.settings,
    };
    const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    return spawn(binary('postgres'), ['-D', join(this.#folder, 'data'), ...args], {
      ...unprivileged(),
      cwd: this.#folder,
      stdio: 'ignore',
    });
  }

  async #ready(started: ChildProcess, deadline: number): Promise<Error | undefined> {
    let failure: Error | undefined;
    started.once('error', (error) => {
      failure = error;
    });
    for (;;) {
      try {
        const [found] = await this.query('SHOW data_directory');
        if (found?.['data_directory'] === join(this.#folder, 'data')) return undefined;
        throw new Error('Another server has the port.');
      } catch (error) {
        if (failure !== undefined) return failure;
        if (started.exitCode !== null) return new Error(`postgres ended with ${started.exitCode}.`);
        if (Date.now() > deadline) return error as Error;
        await wait(20);
      }
    }
  }

  async #stop(signal: NodeJS.Signals): Promise<void> {
    const running = this.#process;
    this.#process = undefined;
    if (running?.pid === undefined || running.exitCode !== null || running.signalCode !== null) return;
    const ended = new Promise((resolve) => running.once('exit', resolve));
    running.kill(signal);
    await ended;
  }

  readonly #end = (): void => {
    this.#process?.kill('SIGQUIT');
  };
}

/** Whom to run as: PostgreSQL refuses to be run by root. */
function unprivileged(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    const ids = ['-u', '-g'].map((which) => spawnSync('id', [which, name], { encoding: 'utf8' }));
    const [uid, gid] = ids.map(({ status, stdout }) => (status === 0 ? Number(stdout) : Number.NaN));
    if (Number.isInteger(uid) && Number.isInteger(gid)) return { uid: uid as number, gid: gid as number };
  }
  throw new Error('There is no user but root here, and PostgreSQL refuses to be run by root.');
}

function binary(name: 'initdb' | 'postgres'): string {
  const folder = findBinaries();
  if (folder === undefined) throw new Error('initdb and postgres not found.');
  return join(folder, name);
}

/** The folder that has both binaries: of those on PATH, then the newest of Debian's. */
function findBinaries(): string | undefined {
  const onPath = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [...onPath, ...versions.map((version) => join(DEBIAN, version, 'bin'))];
  return folders.find((folder) => ['initdb', 'postgres'].every((name) => existsSync(join(folder, name))));
}
