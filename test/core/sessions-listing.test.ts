/** What an engine lists: its own sessions, and none of those that share its store. */

import { MemorySessionStore, Sessions } from '@sessiongram/core';
import { expect, test } from 'vitest';
import { RecordingStore } from '../support/recording-store';

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

async function shop(): Promise<Sessions<{ counter: number }>> {
  const store = new MemorySessionStore();
  const [sessions, other] = ['shop:', 'other:'].map(
    (prefix) => new Sessions({ store, prefix, initial: () => ({ counter: 0 }) }),
  ) as [Sessions<{ counter: number }>, Sessions<{ counter: number }>];
  await other.update('42:3', (data) => void data.counter--);
  for (const key of ['42:1', '42:2', '7:1']) await sessions.update(key, (data) => void data.counter++);
  return sessions;
}

test('keys are those of the engine, as its other methods take them', async () => {
  const sessions = await shop();
  expect(await all(sessions.keys())).toEqual(['42:1', '42:2', '7:1']);
  expect(await all(sessions.keys({ prefix: '42:' }))).toEqual(['42:1', '42:2']);
});

test('entries are keys with copies of the data', async () => {
  const sessions = await shop();
  for await (const [, data] of sessions.entries({ prefix: '7' })) data.counter = 100;
  expect(await all(sessions.entries({ prefix: '7' }))).toEqual([['7:1', { counter: 1 }]]);
  expect(await all(sessions.entries())).toHaveLength(3);
});

test('sessions may be deleted on the way', async () => {
  const sessions = await shop();
  for await (const key of sessions.keys()) await sessions.delete(key);
  expect(await all(sessions.entries())).toEqual([]);
});

test('a store that cannot list its keys is refused, with the words for it', () => {
  const sessions = new Sessions({ store: new RecordingStore() });
  expect(() => sessions.keys()).toThrow(/^sessions\.keys\(\) takes a store that lists its keys/);
  expect(() => sessions.entries()).toThrow(/^sessions\.entries\(\) takes a store that lists its keys/);
});
