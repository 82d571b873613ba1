/**
 * A server that speaks MongoDB's protocol, and the name of what it really is.
 *
 * In this order: the one at `MONGODB_URL`; a `mongod` on PATH; mongo-java-server where `.ci/mongodb` has put it in place,
 * which is not MongoDB. Where there is none, the tests are skipped, in CI as well: the public workflow has a `mongo` service.
 */

import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { MongoClient } from 'mongodb';
import { freePort } from './port';

const SCRIPT = fileURLToPath(new URL('../../../.ci/mongodb', import.meta.url));
/** Below those of the other servers. */
const PORTS = [18_000, 20_000] as const;
const READY_WITHIN_MS = 30_000;

/** A server to test with. */
export interface MongoServer {
  readonly url: string;
  /** What it says of itself: only a genuine one removes documents by a TTL index. */
  readonly isGenuine: boolean;
  readonly name: string;
  stop(): Promise<void>;
}

/** Finds or starts a server, and prints which. Without one it prints that and answers `undefined`. */
export async function startMongo(): Promise<MongoServer | undefined> {
  const started = (await given()) ?? (await startGenuine()) ?? (await startCompatible());
  if (started === undefined) {
    console.warn(
      'MongoDB: nothing was run. There is no MONGODB_URL, no mongod on PATH, and nothing installed by .ci/mongodb.',
    );
    return undefined;
  }
  const { url, stop } = started;
  const { isGenuine, name } = await introduce(url);
  console.info(`MongoDB: the cases of this file run against ${name}.`);
  return { url, isGenuine, name, stop };
}

/** A collection of any driver, as far as it takes to change what is in it. */
interface Records {
  find(filter: object): AsyncIterable<object>;
  updateOne(filter: object, update: object): Promise<unknown>;
}

/** Lets time pass for all records of a collection: nobody can turn the server's clock, so their dates are moved back. */
export async function ageRecords(records: Records, ms: number): Promise<void> {
  const before = (date: unknown): unknown =>
    date instanceof Date ? new Date(date.getTime() - ms) : undefined;
  for await (const found of records.find({})) {
    const { _id, lease = {}, ...dates } = found as Record<string, Record<string, unknown>>;
    const moved = {
      expiresAt: before(dates['expiresAt']),
      purgeAt: before(dates['purgeAt']),
      'lease.at': before(lease['at']),
      'lease.reservedAt': before(lease['reservedAt']),
    };
    const $set = Object.fromEntries(Object.entries(moved).filter(([, date]) => date !== undefined));
    if (Object.keys($set).length > 0) await records.updateOne({ _id }, { $set });
  }
}

type Started = Pick<MongoServer, 'url' | 'stop'>;

async function given(): Promise<Started | undefined> {
  const url = process.env['MONGODB_URL'];
  return url === undefined || url === '' ? undefined : { url, stop: async () => {} };
}

async function startGenuine(): Promise<Started | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'sessiongram-mongodb-'));
  const port = await freePort(PORTS);
  const args = ['--dbpath', folder, '--bind_ip', '127.0.0.1', '--port', String(port), '--quiet'];
  const child = spawn('mongod', args, { stdio: ['pipe', 'pipe', 'ignore'] });
  const stop = async () => {
    await end(child);
    await rm(folder, { recursive: true, force: true });
  };
  child.stdout.resume();
  const url = `mongodb://127.0.0.1:${port}/`;
  const isThere = await Promise.race([whenGone(child).then(() => false), answers(url)]);
  if (isThere) return { url, stop };
  await stop();
  return undefined;
}

async function startCompatible(): Promise<Started | undefined> {
  const child = spawn('bash', [SCRIPT, '--run'], { stdio: ['pipe', 'pipe', 'ignore'] });
  const port = await Promise.race([whenGone(child), announcedPort(child.stdout)]);
  return port === undefined ? undefined : { url: `mongodb://127.0.0.1:${port}/`, stop: () => end(child) };
}

type Child = ChildProcessByStdio<Writable, Readable, null>;

function whenGone(child: Child): Promise<undefined> {
  return new Promise((resolve) => {
    child.once('error', () => resolve(undefined));
    child.once('exit', () => resolve(undefined));
  });
}

async function end(child: Child): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = whenGone(child);
  child.kill('SIGKILL');
  await gone;
}

function announcedPort(output: Readable): Promise<string | undefined> {
  return new Promise((resolve) => {
    let text = '';
    output.on('data', (chunk) => {
      text += chunk;
      const port = /^ready (\d+)$/m.exec(text)?.[1];
      if (port !== undefined) resolve(port);
    });
  });
}

/** Whether a server answers within a while. */
async function answers(url: string): Promise<boolean> {
  for (const deadline = Date.now() + READY_WITHIN_MS; Date.now() < deadline; await wait(100)) {
    const client = new MongoClient(url, { serverSelectionTimeoutMS: 500 });
    try {
      await client.db().command({ ping: 1 });
      return true;
    } catch {
    } finally {
      await client.close();
    }
  }
  return false;
}

async function introduce(url: string): Promise<Pick<MongoServer, 'isGenuine' | 'name'>> {
  const client = new MongoClient(url, { serverSelectionTimeoutMS: 5_000 });
  try {
    const info = await client.db().command({ buildInfo: 1 });
    // Others imitate the version, but not what it was built of.
    const isGenuine = typeof info['gitVersion'] === 'string' && Array.isArray(info['storageEngines']);
    const version = String(info['version']);
    const name = isGenuine
      ? `MongoDB ${version}`
      : `a server that is not MongoDB (mongo-java-server or the like; it calls itself ${version})`;
    return { isGenuine, name };
  } finally {
    await client.close();
  }
}
