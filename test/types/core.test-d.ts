/** What the compiler knows of the engine and of stores, without a framework. */

import {
  byChatAndUser,
  MemorySessionStore,
  type Session,
  SessionError,
  type SessionErrorCode,
  type SessionStore,
  Sessions,
} from '@sessiongram/core';
import { expectTypeOf, test } from 'vitest';

interface MySession {
  counter: number;
  cart: string[];
  locale: string;
}

declare const update: object;
declare const store: SessionStore;
declare const redis: {
  get(key: string): Promise<string | null>;
  set(key: string, value: string, mode: 'EX', seconds: number): Promise<unknown>;
  del(key: string): Promise<unknown>;
};
const initial = (): MySession => ({ counter: 0, cart: [], locale: 'en' });

test('the use without a framework compiles word for word', async () => {
  const sessions = new Sessions<MySession>({
    store,
    initial: () => ({ counter: 0, cart: [], locale: 'en' }),
  });
  // biome-ignore lint/style/noNonNullAssertion: word for word as in the contract
  await sessions.run(byChatAndUser({ update })!, async (session) => {
    session.data.counter++;
  });
  await sessions.update('42:42', (data) => {
    data.counter += 10;
  });
  const data = await sessions.read('42:42');
  expectTypeOf(data).toEqualTypeOf<MySession | undefined>();
  await sessions.delete('42:42');
});

test('run hands out a typed session and resolves to what its function returns', () => {
  const sessions = new Sessions({ initial });
  const result = sessions.run('42:42', (session) => {
    expectTypeOf(session).toEqualTypeOf<Session<MySession>>();
    expectTypeOf(session.data).toEqualTypeOf<MySession>();
    expectTypeOf(session.data).not.toBeAny();
    expectTypeOf(session.key).toEqualTypeOf<string>();
    expectTypeOf(session.isNew).toEqualTypeOf<boolean>();
    expectTypeOf(session.save()).toEqualTypeOf<Promise<void>>();
    expectTypeOf(session.reload()).toEqualTypeOf<Promise<void>>();
    return session.data.counter;
  });
  expectTypeOf(result).toEqualTypeOf<Promise<number>>();
  expectTypeOf(sessions.run('42:42', async () => 'done')).toEqualTypeOf<Promise<string>>();
});

test('a session may be assigned, null or undefined deletes it, and its key is fixed', () => {
  new Sessions({ initial }).run('42:42', (session) => {
    session.data = initial();
    session.data = null;
    session.data = undefined;
    // @ts-expect-error half a session is none
    session.data = { counter: 1 };
    // @ts-expect-error there is no such property
    session.data.wrong;
    // @ts-expect-error a session keeps its key
    session.key = '43:43';
  });
});

test('update changes in place, returns new data or null, and resolves to the data', () => {
  const sessions = new Sessions({ initial });
  const changed = sessions.update('42:42', (data) => {
    expectTypeOf(data).toEqualTypeOf<MySession>();
    data.counter++;
  });
  expectTypeOf(changed).resolves.not.toBeAny();
  expectTypeOf(changed).resolves.toEqualTypeOf<MySession>();
  sessions.update('42:42', (data) => ({ ...data, counter: 1 }));
  sessions.update('42:42', async (data) => ({ ...data, counter: 1 }));
  sessions.update('42:42', () => null);
  // @ts-expect-error half a session is none
  sessions.update('42:42', () => ({ counter: 1 }));
});

test('the session type comes from initial, whatever the store is typed as', () => {
  expectTypeOf(new Sessions({ initial: () => ({ n: 1 }), store })).toEqualTypeOf<Sessions<{ n: number }>>();
  const memory = new MemorySessionStore();
  expectTypeOf(new Sessions({ store: memory, initial: () => ({ n: 1 }) })).toEqualTypeOf<
    Sessions<{ n: number }>
  >();
});

test('without initial and without a type argument the data is unknown rather than any', () => {
  const sessions = new Sessions({ store });
  expectTypeOf(sessions).toEqualTypeOf<Sessions<unknown>>();
  expectTypeOf(sessions.read('42:42')).resolves.not.toBeAny();
});

test('an unknown option and an option of a wrong type do not compile', () => {
  // @ts-expect-error it is called initial
  new Sessions<MySession>({ inital: initial });
  // @ts-expect-error a function that makes it
  new Sessions<MySession>({ initial: initial() });
  // @ts-expect-error a string
  new Sessions<MySession>({ prefix: 1 });
  // @ts-expect-error a store has a delete
  new Sessions<MySession>({ store: { get: () => undefined, set: () => {} } });
  // @ts-expect-error a store of something else
  new Sessions<MySession>({ store: new Map<string, { other: number }>() });
  // @ts-expect-error the options are not called like that
  new MemorySessionStore({ maximum: 5 });
});

test("the specification's RedisAdapter is a store as it stands", () => {
  class RedisAdapter implements SessionStore {
    async get(key: string) {
      const data = await redis.get(key);
      return data ? JSON.parse(data) : undefined;
    }
    // biome-ignore lint/suspicious/noExplicitAny: word for word as in the specification
    async set(key: string, value: any) {
      await redis.set(key, JSON.stringify(value), 'EX', 86400);
    }
    async delete(key: string) {
      await redis.del(key);
    }
  }
  const sessions = new Sessions({ store: new RedisAdapter(), initial });
  expectTypeOf(sessions).toEqualTypeOf<Sessions<MySession>>();
});

test('a Map of sessions is a store', () => {
  expectTypeOf<Map<string, MySession>>().toExtend<SessionStore<MySession>>();
  expectTypeOf<Map<string, MySession>>().toExtend<SessionStore>();
  new Sessions({ store: new Map<string, MySession>(), initial });
});

test('a memory store that is told its type is not any', () => {
  const typed = new MemorySessionStore<MySession>({
    max: 5,
    onEvict: (_key, value) => expectTypeOf(value).toEqualTypeOf<MySession>(),
  });
  expectTypeOf(typed.get('42:42')).toEqualTypeOf<MySession | undefined>();
});

test('an error has a code of the closed list', () => {
  const error = new SessionError('SESSION_BUSY', 'The turn did not come.');
  expectTypeOf(error.code).toEqualTypeOf<SessionErrorCode>();
  expectTypeOf(error.key).toEqualTypeOf<string | undefined>();
  // @ts-expect-error there is no such code
  error.code === 'SESSION_WRONG';
});
