/** A PgBouncer of our own in front of a PostgreSQL server, in transaction mode: each statement may go to another connection. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Client } from 'pg';
import { freePort } from './port';
import { type PostgresServer, skipsPostgres } from './postgres';

const HOST = '127.0.0.1';
/** Below those of the other servers. */
const PORTS = [18_000, 20_000] as const;
const READY_WITHIN_MS = 15_000;
/** Debian has it where only root looks. */
const ENVIRONMENT = { ...process.env, PATH: `${process.env['PATH'] ?? ''}${delimiter}/usr/sbin` };

export interface PgBouncerOptions {
  /** How many connections to the server all clients share. */
  readonly poolSize: number;
}

/** Why there is no PgBouncer here, or `undefined`. In CI there has to be one: then the tests run, and fail without it. */
function pgBouncerAbsence(): string | undefined {
  if (process.env['CI'] === 'true') return undefined;
  const found = spawnSync('pgbouncer', ['--version'], { env: ENVIRONMENT });
  return found.status === 0 ? undefined : 'pgbouncer not found on PATH';
}

/** Whether tests that need PgBouncer and PostgreSQL are to be skipped; prints why. */
export function skipsPgBouncer(): boolean {
  const absence = pgBouncerAbsence();
  if (absence !== undefined) console.warn(`Skipped: ${absence}.`);
  return absence !== undefined || skipsPostgres();
}

/** One `pgbouncer`. It ends with this process at the latest. */
export class PgBouncer {
  private constructor(
    readonly port: number,
    readonly folder: string,
    readonly process: ChildProcess,
  ) {
    globalThis.process.once('exit', this.#end);
  }

  /** Starts one and waits until it answers. */
  static async start(server: PostgresServer, { poolSize }: PgBouncerOptions): Promise<PgBouncer> {
    const folder = await mkdtemp(join(tmpdir(), 'sessiongram-pgbouncer-'));
    const port = await freePort(PORTS);
    const file = join(folder, 'pgbouncer.ini');
    await writeFile(file, settings(server, port, poolSize));
    await chmod(folder, 0o755);
    const started = spawn('pgbouncer', [file], { stdio: 'ignore', env: ENVIRONMENT });
    const bouncer = new PgBouncer(port, folder, started);
    try {
      await bouncer.#ready(server);
      return bouncer;
    } catch (error) {
      await bouncer.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    process.off('exit', this.#end);
    if (
      this.process.pid !== undefined &&
      this.process.exitCode === null &&
      this.process.signalCode === null
    ) {
      const ended = new Promise((resolve) => this.process.once('exit', resolve));
      this.process.kill('SIGKILL');
      await ended;
    }
    await rm(this.folder, { recursive: true, force: true });
  }

  async #ready(server: PostgresServer): Promise<void> {
    let failure: unknown;
    this.process.once('error', (error) => {
      failure = error;
    });
    for (const deadline = Date.now() + READY_WITHIN_MS; ; await wait(50)) {
      const client = new Client({ connectionString: server.url('postgres', this.port) });
      client.on('error', () => {});
      try {
        await client.connect();
        return await client.end();
      } catch (error) {
        if (failure !== undefined) throw failure;
        if (this.process.exitCode !== null) throw new Error(`pgbouncer ended with ${this.process.exitCode}.`);
        if (Date.now() > deadline) throw error;
      }
    }
  }

  readonly #end = (): void => {
    this.process.kill('SIGKILL');
  };
}

function settings({ host, port: target, user }: PostgresServer, port: number, poolSize: number): string {
  // It refuses to be run by root, and becomes somebody else where it is told whom.
  const account = process.getuid?.() === 0 ? 'user = nobody' : '';
  return `[databases]
* = host=${host} port=${target} user=${user}
[pgbouncer]
listen_addr = ${HOST}
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = ${poolSize}
max_client_conn = 500
${account}
`;
}
