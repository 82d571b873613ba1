/** A collection of its own for each test of a file, and leases on it. */

import { randomUUID } from 'node:crypto';
import type { LeaseGrant, LeaseRequest } from '@sessiongram/core';
import { MongoSessionStore, type MongoSessionStoreOptions } from '@sessiongram/mongodb';
import { type Collection, type CommandStartedEvent, type Db, MongoClient } from 'mongodb';
import { afterAll, beforeEach, expect } from 'vitest';
import type { MongoServer } from '../support/servers/mongodb';

export const MINUTE_MS = 60_000;
export const DAY_MS = 86_400_000;
/** What a test may take, on a busy machine. */
export const SLACK_MS = 20_000;

export const NONE = { kind: 'none' } as const;
export const DELETE = { kind: 'delete' } as const;
export const set = (value: unknown) => ({ kind: 'set', value }) as const;
export const unmarked = { mark: undefined, marks: '' };
export const marked = { mark: 'm', marks: 'm' };

/** A record as it is stored. */
export interface Stored {
  _id: string;
  value?: unknown;
  expiresAt?: Date;
  purgeAt?: Date;
  lease?: { fence?: number; at?: Date; since?: Date; ms?: number; marks?: string[]; reserved?: string };
}

export interface MongoStand {
  readonly url: string;
  readonly client: MongoClient;
  readonly database: Db;
  /** Another in each test. */
  readonly collection: Collection<Stored>;
  /** All that was sent in this file, the oldest first. */
  readonly commands: CommandStartedEvent[];
  /** A store on the collection. */
  open(options?: MongoSessionStoreOptions): MongoSessionStore;
  /** What is stored under a key; nothing is an empty record. */
  record(key?: string): Promise<Partial<Stored>>;
  /** When the value and the record end, in milliseconds from now. */
  left(): Promise<{ readonly ends: number | undefined; readonly purged: number | undefined }>;
}

let asked = 0;
let collections = 0;

/** A request for a lease, with a token that nobody has had. */
export function request(contender = 'contender-of-16c'): LeaseRequest {
  const token = `token-${++asked}`.padEnd(16, '_');
  return { token, contender: contender.padEnd(16, '_'), leaseMs: MINUTE_MS, reserveMs: MINUTE_MS };
}

/** The lease of a key that is free. */
export async function acquired(
  store: MongoSessionStore,
  key = 'k',
  contender?: string,
): Promise<LeaseGrant<unknown>> {
  const answer = await store.acquire(key, request(contender));
  if (!answer.granted) throw new Error('The key was to be free.');
  return answer;
}

/** A time that is so long, or nearly. */
export function about(ms: number): unknown {
  return expect.toSatisfy((given: number) => Math.abs(given - ms) < SLACK_MS);
}

/** To be called in a `describe` that is skipped where there is no server. Ends the server with the last test in it. */
export function useMongo(server: MongoServer | undefined): MongoStand {
  const url = server?.url ?? 'mongodb://127.0.0.1:1/';
  const client = new MongoClient(url, { monitorCommands: true });
  const database = client.db(`sessiongram_${randomUUID()}`);
  const commands: CommandStartedEvent[] = [];
  client.on('commandStarted', (event) => commands.push(event));
  let collection = database.collection<Stored>('0');

  beforeEach(() => {
    collection = database.collection(String(++collections));
  });
  afterAll(async () => {
    await database.dropDatabase();
    await client.close();
    await server?.stop();
  });

  const record = async (key = 'k'): Promise<Partial<Stored>> =>
    (await collection.findOne({ _id: key })) ?? {};

  return {
    url,
    client,
    database,
    commands,
    get collection() {
      return collection;
    },
    open: (options) => new MongoSessionStore(collection, options),
    record,
    async left() {
      const { expiresAt, purgeAt } = await record();
      return { ends: fromNow(expiresAt), purged: fromNow(purgeAt) };
    },
  };
}

function fromNow(date: Date | undefined): number | undefined {
  return date && date.getTime() - Date.now();
}
