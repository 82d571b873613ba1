/** What the compiler knows of stores: all are taken wherever one is, whatever the sessions are. */

import {
  type Lease,
  type LeaseCommit,
  type LeaseRequest,
  MemorySessionStore,
  type SessionStore,
  Sessions,
  type SessionsOptions,
  type StoreCapabilities,
  type TextCodec,
} from '@sessiongram/core';
import { json } from '@sessiongram/core/kit';
import { session as grammySession } from '@sessiongram/grammy';
import { MongoSessionStore, type MongoSessionStoreOptions } from '@sessiongram/mongodb';
import { PostgresSessionStore, type PostgresSessionStoreOptions } from '@sessiongram/postgres';
import { RedisSessionStore, type RedisSessionStoreOptions } from '@sessiongram/redis';
import {
  type SqliteDatabase,
  SqliteSessionStore,
  type SqliteSessionStoreOptions,
  type SqliteStatement,
} from '@sessiongram/sqlite';
import type { Redis } from 'ioredis';
import type Libsql from 'libsql';
import type { Collection } from 'mongodb';
import type { Pool } from 'pg';
import type { RedisClientType } from 'redis';
import { expectTypeOf, test } from 'vitest';
import { LeasingStore } from '../support/leasing-store';

interface MySession {
  counter: number;
  cart: string[];
}

const initial = (): MySession => ({ counter: 0, cart: [] });

declare const pool: Pool;
declare const ioredis: Redis;
declare const redis: RedisClientType;
declare const collection: Collection;

test('every store is a SessionStore, of any session and of one in particular', () => {
  expectTypeOf<RedisSessionStore>().toExtend<SessionStore>();
  expectTypeOf<SqliteSessionStore>().toExtend<SessionStore>();
  expectTypeOf<PostgresSessionStore>().toExtend<SessionStore>();
  expectTypeOf<MongoSessionStore>().toExtend<SessionStore>();
  expectTypeOf<LeasingStore>().toExtend<SessionStore>();
  expectTypeOf<MemorySessionStore>().toExtend<SessionStore>();
  expectTypeOf<Map<string, MySession>>().toExtend<SessionStore<MySession>>();

  expectTypeOf<RedisSessionStore>().toExtend<SessionStore<MySession>>();
  expectTypeOf<SqliteSessionStore>().toExtend<SessionStore<MySession>>();
  expectTypeOf<PostgresSessionStore>().toExtend<SessionStore<MySession>>();
  expectTypeOf<MongoSessionStore>().toExtend<SessionStore<MySession>>();
  expectTypeOf<LeasingStore<MySession>>().toExtend<SessionStore<MySession>>();
  expectTypeOf<LeasingStore<{ other: number }>>().not.toExtend<SessionStore<MySession>>();
});

test('every store is taken by the engine, which keeps the type of its sessions', () => {
  const stores: SessionStore[] = [
    new RedisSessionStore(ioredis),
    new RedisSessionStore(redis),
    new SqliteSessionStore('sessions.db'),
    new PostgresSessionStore(pool),
    new MongoSessionStore(collection),
    new LeasingStore(),
    new MemorySessionStore(),
    new Map(),
  ];
  for (const store of stores)
    expectTypeOf(new Sessions({ store, initial })).toEqualTypeOf<Sessions<MySession>>();
  expectTypeOf(new Sessions({ store: new RedisSessionStore(ioredis), initial })).toEqualTypeOf<
    Sessions<MySession>
  >();
  expectTypeOf(new Sessions({ store: new SqliteSessionStore('sessions.db'), initial })).toEqualTypeOf<
    Sessions<MySession>
  >();
  expectTypeOf(new Sessions({ store: new PostgresSessionStore(pool), initial })).toEqualTypeOf<
    Sessions<MySession>
  >();
  expectTypeOf(new Sessions({ store: new MongoSessionStore(collection), initial })).toEqualTypeOf<
    Sessions<MySession>
  >();
  grammySession({ store: new RedisSessionStore(ioredis), initial });
});

/** As better-sqlite3 and libsql declare theirs: what a statement takes is found out from what is done with it. */
interface InferringStatement<Values extends unknown[]> {
  all(...values: Values): unknown[];
}
interface InferringDatabase {
  // biome-ignore lint/complexity/noBannedTypes: this is how they declare it
  prepare<Values extends unknown[] | {} = unknown[]>(
    sql: string,
  ): Values extends unknown[] ? InferringStatement<Values> : InferringStatement<[Values]>;
  exec(sql: string): this;
}

/** As node:sqlite and bun:sqlite declare theirs. */
interface PlainDatabase {
  prepare(sql: string): { all(...values: (string | number | bigint | null | Uint8Array)[]): unknown[] };
  exec(sql: string): void;
}

test('every SQLite driver is a database by its shape', () => {
  expectTypeOf<InstanceType<typeof Libsql>>().toExtend<SqliteDatabase>();
  expectTypeOf<InferringDatabase>().toExtend<SqliteDatabase>();
  expectTypeOf<PlainDatabase>().toExtend<SqliteDatabase>();
  // TypeScript 5 has it that all an inferring statement takes is not null, and refuses a statement that takes some.
  expectTypeOf<Parameters<SqliteStatement['all']>>().toEqualTypeOf<unknown[]>();
});

test('the three methods are enough, and a capability has a name and is there or not', () => {
  const three = { get: (_key: string) => undefined, set: () => {}, delete: () => {} };
  expectTypeOf(three).toExtend<SessionStore>();
  // @ts-expect-error a capability is there or not
  const wrong: StoreCapabilities = { leases: 'yes' };
  // @ts-expect-error there is no such capability
  const unknown: StoreCapabilities = { transactions: true };
  void [wrong, unknown];
});

test('what belongs to leases has types of its own', () => {
  expectTypeOf<Lease['token']>().toBeString();
  expectTypeOf<LeaseRequest['previous']>().toEqualTypeOf<string | undefined>();
  expectTypeOf<LeaseCommit<MySession>['mark']>().toEqualTypeOf<string | undefined>();
  expectTypeOf<
    Extract<LeaseCommit<MySession>['change'], { kind: 'set' }>['value']
  >().toEqualTypeOf<MySession>();
});

test('the options of the engine are typed, those of leases among them', () => {
  const options: SessionsOptions<MySession> = {
    initial,
    leaseMs: 1000,
    exclusive: 'process',
    skipRedelivered: false,
    maxBytes: Number.POSITIVE_INFINITY,
  };
  new Sessions(options);
  // @ts-expect-error a number of milliseconds
  new Sessions({ initial, leaseMs: '15s' });
  // @ts-expect-error store or process
  new Sessions({ initial, exclusive: 'cluster' });
  // @ts-expect-error true or false
  new Sessions({ initial, skipRedelivered: 'yes' });
  // @ts-expect-error a number of bytes
  new Sessions({ initial, maxBytes: '1kB' });
  // @ts-expect-error it is called leaseMs
  new Sessions({ initial, lease: 1000 });
});

test('the options of the stores are typed', () => {
  expectTypeOf<RedisSessionStoreOptions['ttlMs']>().toEqualTypeOf<number | undefined>();
  expectTypeOf<SqliteSessionStoreOptions['ttlMs']>().toEqualTypeOf<number | undefined>();
  expectTypeOf<PostgresSessionStoreOptions['ttlMs']>().toEqualTypeOf<number | undefined>();
  expectTypeOf<MongoSessionStoreOptions['ttlMs']>().toEqualTypeOf<number | undefined>();
  expectTypeOf<RedisSessionStoreOptions['codec']>().toEqualTypeOf<TextCodec | undefined>();
  expectTypeOf<SqliteSessionStoreOptions['codec']>().toEqualTypeOf<TextCodec | undefined>();
  expectTypeOf<PostgresSessionStoreOptions['codec']>().toEqualTypeOf<TextCodec | undefined>();
  // @ts-expect-error documents are no text
  new MongoSessionStore(collection, { codec: json });
  // @ts-expect-error a number of milliseconds
  new RedisSessionStore(ioredis, { ttlMs: '1d' });
  // @ts-expect-error a client, not its address
  new RedisSessionStore('redis://localhost');
  // @ts-expect-error a client, not its address
  new PostgresSessionStore('postgres://localhost');
  // @ts-expect-error it is called table
  new SqliteSessionStore('sessions.db', { name: 'sessions' });
});

test('JSON itself is a codec, and so is whatever has its two methods', () => {
  expectTypeOf(JSON).toExtend<TextCodec>();
  expectTypeOf(json).toEqualTypeOf<TextCodec>();
  new RedisSessionStore(ioredis, { codec: JSON });
});
