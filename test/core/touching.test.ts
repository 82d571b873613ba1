/** A store that wants to be told what is used is told of sessions that were read and not written. */

import { type SessionStore, Sessions, withEncryption } from '@sessiongram/core';
import { expect, test } from 'vitest';
import { RecordingStore } from '../support/recording-store';

class TouchedStore extends RecordingStore<{ counter: number }> {
  touch(key: string): unknown {
    this.commands.push(`touch ${key}`);
    return undefined;
  }
}

const initial = (): { counter: number } => ({ counter: 0 });

async function storeWith(counter: number): Promise<TouchedStore> {
  const store = new TouchedStore();
  await store.set('1:1', { counter });
  store.commands.length = 0;
  return store;
}

test.each<[name: string, handle: (data: { counter: number }) => unknown]>([
  ['untouched', () => {}],
  ['read', ({ counter }) => void counter],
])('a session that was %s is touched once', async (_, handle) => {
  const store = await storeWith(1);
  await new Sessions({ store, initial }).run('1:1', async (session) => void handle(session.data));
  expect(store.commands).toEqual(['get 1:1', 'touch 1:1']);
});

test('the next update has its turn when the touch is done', async () => {
  const store = await storeWith(1);
  let settle: () => void = () => {};
  store.touch = (key) => {
    store.commands.push(`touch ${key}`);
    return new Promise<void>((resolve) => {
      settle = resolve;
    });
  };
  const sessions = new Sessions({ store, initial });
  const first = sessions.run('1:1', () => {});
  await expect.poll(() => store.commands).toEqual(['get 1:1', 'touch 1:1']);
  const second = sessions.run('1:1', (session) => void session.data.counter++);
  await new Promise(setImmediate);
  expect(store.commands).toEqual(['get 1:1', 'touch 1:1']);
  settle();
  await Promise.all([first, second]);
  expect(store.commands).toEqual(['get 1:1', 'touch 1:1', 'get 1:1', 'set 1:1']);
});

test.each<
  [name: string, change: (session: { data: { counter: number } | null }) => unknown, written: string]
>([
  ['changed', (session) => session.data && session.data.counter++, 'set'],
  ['deleted', (session) => (session.data = null), 'delete'],
])('a session that was %s is not touched as well', async (_, change, written) => {
  const store = await storeWith(1);
  await new Sessions({ store, initial }).run('1:1', (session) => void change(session as never));
  expect(store.commands).toEqual(['get 1:1', `${written} 1:1`]);
});

test('a session that was saved early and not changed since is not touched as well', async () => {
  const store = await storeWith(1);
  await new Sessions({ store, initial }).run('1:1', async (session) => {
    session.data.counter++;
    await session.save();
  });
  expect(store.commands).toEqual(['get 1:1', 'set 1:1']);
});

test('what is not stored is not touched', async () => {
  const store = new TouchedStore();
  await new Sessions({ store, initial }).run('1:1', (session) => void session.data.counter);
  expect(store.commands).toEqual(['get 1:1']);
});

test('a handler that threw touches nothing', async () => {
  const store = await storeWith(1);
  const failure = new Error('no');
  const running = new Sessions({ store, initial }).run('1:1', () => Promise.reject(failure));
  await expect(running).rejects.toBe(failure);
  expect(store.commands).toEqual(['get 1:1']);
});

test.each([[true], [false]])('a store that names the capability (ttl: %s) is not told', async (ttl) => {
  const store: SessionStore & TouchedStore = Object.assign(await storeWith(1), { supports: { ttl } });
  await new Sessions({ store, initial }).run('1:1', () => {});
  expect(store.commands).toEqual(['get 1:1']);
});

test('a wrapper hands it on', async () => {
  const store = new TouchedStore();
  const wrapped = withEncryption(store, { keys: { main: new Uint8Array(32) } });
  await wrapped.set('1:1', { counter: 1 });
  store.commands.length = 0;
  await new Sessions({ store: wrapped, initial }).run('1:1', () => {});
  expect(store.commands).toEqual(['get 1:1', 'touch 1:1']);
});

test('a touch that fails is told, and the session stays', async () => {
  const store = await storeWith(1);
  const cause = new Error('The disk is gone.');
  store.touch = () => {
    throw cause;
  };
  const running = new Sessions({ store, initial }).run('1:1', () => {});
  await expect(running).rejects.toMatchObject({ code: 'SESSION_SAVE_FAILED', cause });
  expect(store.values.get('1:1')).toEqual({ counter: 1 });
});
