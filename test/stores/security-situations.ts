/** Ways for a session to fail, each with data and a user that nobody is to hear of. */

import {
  middlewareOf,
  type SessionErrorCode,
  type SessionStore,
  Sessions,
  type SessionsOptions,
  withEncryption,
  withMigrations,
} from '@sessiongram/core';
import { vi } from 'vitest';
import { z } from 'zod';

export const USER = '7391628405';
export const KEY = `-100${USER}:${USER}`;
export const SECRET = 'S3CRET';

export type Diary = Record<string, unknown>;
export type Engine = Sessions<Diary>;

/** Where sessions are, and how text of no store of ours gets there. */
export interface Place {
  readonly store: SessionStore;
  /** Puts a text in place of the session. */
  put(text: string): unknown;
  /** Makes every call from here on fail. */
  breakDown(): unknown;
}

/** A failure, and how to have it. */
export interface Situation {
  readonly code: SessionErrorCode;
  readonly options?: SessionsOptions<Diary>;
  /** What the store is wrapped in. */
  readonly wrap?: (store: SessionStore) => SessionStore;
  /** Only where the store keeps text. */
  readonly encodes?: true;
  /** Rejects with the failure. */
  fail(sessions: Engine, place: Place): Promise<unknown>;
}

const keys = (byte: number) => ({ keys: { k1: new Uint8Array(32).fill(byte) } });
const diary = z.object({ secret: z.number() }) as unknown as NonNullable<SessionsOptions<Diary>['schema']>;
const guests = z.object({ guests: z.optional(z.record(z.string(), z.number())) }) as unknown as typeof diary;
const fill = (data: Diary): void => {
  data['secret'] = SECRET;
};

/** Ends handlers that wait for it. */
const outside: ((value?: unknown) => void)[] = [];

export const situations: Readonly<Record<string, Situation>> = {
  'stored text that is no JSON': {
    code: 'SESSION_CORRUPT',
    encodes: true,
    async fail(sessions, { put }) {
      await put(`{"secret":"${SECRET}`);
      await sessions.read(KEY);
    },
  },
  'stored data that does not fit the schema': {
    code: 'SESSION_INVALID',
    options: { schema: diary },
    async fail(sessions, { put }) {
      await put(`{"secret":"${SECRET}"}`);
      await sessions.update(KEY, fill);
    },
  },
  'data that does not fit the schema when it is saved': {
    code: 'SESSION_INVALID',
    options: { schema: diary },
    fail: (sessions) => sessions.update(KEY, fill),
  },
  'a function among the data': {
    code: 'SESSION_INVALID',
    fail: (sessions) =>
      sessions.update(KEY, (data) => Object.assign(data, { secret: SECRET, act: () => SECRET })),
  },
  'what cannot be kept, below a name that is an id': {
    code: 'SESSION_INVALID',
    fail: (sessions) =>
      sessions.update(KEY, (data) => Object.assign(data, { users: { [USER]: { act: () => SECRET } } })),
  },
  'what does not fit the schema, below a name that is an id': {
    code: 'SESSION_INVALID',
    options: { schema: guests },
    fail: (sessions) => sessions.update(KEY, (data) => Object.assign(data, { guests: { [USER]: SECRET } })),
  },
  'a member of a Map that cannot be kept': {
    code: 'SESSION_INVALID',
    fail: (sessions) =>
      sessions.update(KEY, (data) => {
        data['map'] = new Map([[SECRET, () => USER]]);
      }),
  },
  'a Date where only JSON is kept': {
    code: 'SESSION_INVALID',
    encodes: true,
    fail: (sessions) =>
      sessions.update(KEY, (data) => Object.assign(data, { secret: SECRET, at: new Date(0) })),
  },
  'a session that is too large': {
    code: 'SESSION_TOO_LARGE',
    encodes: true,
    options: { maxBytes: 100 },
    fail: (sessions) =>
      sessions.update(KEY, (data) => {
        data['secret'] = SECRET.repeat(100);
      }),
  },
  'a store that cannot be read': {
    code: 'SESSION_LOAD_FAILED',
    options: { leaseMs: 1_000 },
    async fail(sessions, { breakDown }) {
      await breakDown();
      await sessions.read(KEY);
    },
  },
  'a store that cannot be written': {
    code: 'SESSION_SAVE_FAILED',
    options: { exclusive: 'process' },
    fail: (sessions, { breakDown }) =>
      sessions.run(KEY, async ({ data }) => {
        await breakDown();
        fill(data);
      }),
  },
  'an `initial` that throws': {
    code: 'SESSION_LOAD_FAILED',
    options: {
      initial() {
        throw new Error(`${SECRET} ${USER}`);
      },
    },
    fail: (sessions) => sessions.update(KEY, fill),
  },
  'text that was sealed with another key': {
    code: 'SESSION_DECRYPT_FAILED',
    wrap: (store) => withEncryption(store, keys(1)),
    async fail(sessions, { store }) {
      await new Sessions<Diary>({ store: withEncryption(store, keys(2)) }).update(KEY, () => ({
        secret: SECRET,
      }));
      await sessions.read(KEY);
    },
  },
  'what a newer program has written': {
    code: 'SESSION_LOAD_FAILED',
    wrap: (store) => withMigrations(store, { version: 1, migrations: {} }),
    async fail(sessions, { put }) {
      await put(`{"__d":{"secret":"${SECRET}"},"v":2}`);
      await sessions.update(KEY, fill);
    },
  },
  'a version that is no number': {
    code: 'SESSION_CORRUPT',
    wrap: (store) => withMigrations(store, { version: 1, migrations: {} }),
    async fail(sessions, { put }) {
      await put(`{"__d":{"secret":"${SECRET}"},"v":"${SECRET}"}`);
      await sessions.update(KEY, fill);
    },
  },
  'a turn that does not come': {
    code: 'SESSION_BUSY',
    options: { maxWaitMs: 1 },
    fail: (sessions) => whileHeld(sessions, () => sessions.update(KEY, fill)),
  },
  'too many that wait': {
    code: 'SESSION_BUSY',
    options: { maxWaiting: 0 },
    fail: (sessions) => whileHeld(sessions, () => sessions.update(KEY, fill)),
  },
  'a turn that was lost': {
    code: 'SESSION_LEASE_LOST',
    options: { maxHoldMs: 5 },
    async fail(sessions) {
      const first = sessions.run(KEY, async ({ data }) => {
        fill(data);
        await new Promise((resolve) => outside.push(resolve));
      });
      await vi.waitUntil(() => outside.length > 0);
      await sessions.update(KEY, () => ({ counter: 1 }));
      outside.pop()?.();
      await first;
    },
  },
  'a session that is used too late': {
    code: 'SESSION_CLOSED',
    async fail(sessions) {
      const late = await sessions.run(KEY, (session) => session);
      late.data = { secret: SECRET };
    },
  },
  'an engine that was closed': {
    code: 'SESSION_CLOSED',
    async fail(sessions) {
      await sessions.close();
      await sessions.update(KEY, fill);
    },
  },
  'a handler that waits for itself': {
    code: 'SESSION_REENTERED',
    fail: (sessions) => sessions.run(KEY, () => sessions.update(KEY, fill)),
  },
  'a `getSessionKey` that throws': {
    code: 'SESSION_KEY_MISSING',
    fail(sessions) {
      const getSessionKey = (): string => {
        throw new Error(`${SECRET} ${USER}`);
      };
      const adapter = { where: 'session()', onMissingKey: 'throw', mode: 'eager' } as const;
      const middleware = middlewareOf<Diary, { update: object }>({ sessions, getSessionKey }, adapter);
      return middleware({ update: { message: { text: SECRET } } }, () => Promise.resolve());
    },
  },
};

/** Does something while another holds the session. */
async function whileHeld(sessions: Engine, act: () => Promise<unknown>): Promise<void> {
  const holding = sessions.run(KEY, () => new Promise((resolve) => outside.push(resolve)));
  await vi.waitUntil(() => outside.length > 0);
  try {
    await act();
  } finally {
    outside.pop()?.();
    await holding;
  }
}
