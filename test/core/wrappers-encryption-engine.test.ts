/** Encrypted sessions as a bot sees them. */

import { MemorySessionStore, type SessionStore, Sessions } from '@sessiongram/core';
import { describe, expect, test } from 'vitest';
import { withEncryption } from '../../packages/core/src/wrappers/encryption';
import { LeasingStore } from '../support/leasing-store';

const k1 = new Uint8Array(32).fill(1);
const k2 = new Uint8Array(32).fill(2);

const kinds: [string, () => SessionStore][] = [
  ['a store with leases', () => new LeasingStore()],
  ['a store without', () => new MemorySessionStore()],
];

function engine(inner: SessionStore, keys: Record<string, Uint8Array> = { k1 }, current = 'k1') {
  const store = withEncryption(inner, { keys, current });
  return new Sessions({ store, initial: () => ({ counter: 0 }), prefix: 'bot:' });
}

describe.each(kinds)('over %s', (_, open) => {
  test('50 updates at once by two engines all count', async () => {
    const store = withEncryption(open(), { keys: { k1 } });
    const engines = [1, 2].map(() => new Sessions({ store, initial: () => ({ counter: 0 }) }));
    const updates = Array.from({ length: 50 }, (_unused, index) =>
      engines[index % 2]?.update('42:42', (data) => {
        data.counter++;
      }),
    );
    await Promise.all(updates);
    expect(await engines[0]?.read('42:42')).toEqual({ counter: 50 });
  });

  test('the prefix is part of what a value is bound to', async () => {
    const inner = open();
    await engine(inner).update('42:42', () => ({ counter: 1 }));
    await inner.set('other:42:42', await inner.get('bot:42:42'));
    const other = new Sessions({ store: withEncryption(inner, { keys: { k1 } }), prefix: 'other:' });
    await expect(other.read('42:42')).rejects.toMatchObject({ code: 'SESSION_DECRYPT_FAILED' });
  });

  test('a session that does not open runs no handler, is not overwritten, and holds nobody up', async () => {
    const inner = open();
    await engine(inner).update('42:42', () => ({ counter: 1 }));
    const before: unknown = await inner.get('bot:42:42');
    const stranger = engine(inner, { k1: k2 });
    let runs = 0;
    const run = () => stranger.run('42:42', () => runs++);
    await expect(run()).rejects.toMatchObject({
      code: 'SESSION_DECRYPT_FAILED',
      key: '42:42',
      cause: { code: 'VALUE_UNDECRYPTABLE' },
    });
    await expect(run()).rejects.toMatchObject({ code: 'SESSION_DECRYPT_FAILED' });
    expect(runs).toBe(0);
    expect(await inner.get('bot:42:42')).toBe(before);
    expect(await engine(inner).read('42:42')).toEqual({ counter: 1 });
    await stranger.delete('42:42');
    expect(await stranger.read('42:42')).toBeUndefined();
  });

  test('a session is encrypted anew by the current key when it is changed, not when it is read', async () => {
    const inner = open();
    await engine(inner).update('42:42', () => ({ counter: 1 }));
    const rotated = engine(inner, { k1, k2 }, 'k2');
    await rotated.run('42:42', () => {});
    expect(await inner.get('bot:42:42')).toMatch(/^sg1\.k1\./);
    await rotated.update('42:42', (data) => {
      data.counter++;
    });
    expect(await inner.get('bot:42:42')).toMatch(/^sg1\.k2\./);
    expect(await engine(inner, { k2 }, 'k2').read('42:42')).toEqual({ counter: 2 });
  });

  test('a session that is too large or cannot be kept is refused, and the old one stays', async () => {
    const store = withEncryption(open(), { keys: { k1 } });
    const sessions = new Sessions<unknown>({ store, maxBytes: 200 });
    await sessions.update('42:42', () => 'old');
    const change = (data: unknown) => sessions.update('42:42', () => data);
    await expect(change('x'.repeat(150))).rejects.toMatchObject({ code: 'SESSION_TOO_LARGE' });
    await expect(change({ cart: [new Map()] })).rejects.toMatchObject({
      code: 'SESSION_INVALID',
      message: expect.stringContaining('data.cart[0] is an instance of Map'),
    });
    expect(await sessions.read('42:42')).toBe('old');
  });
});

test('over leases an update takes one acquire and one commit', async () => {
  const inner = new LeasingStore();
  await engine(inner).update('42:42', () => ({ counter: 1 }));
  expect(inner.commands).toEqual(['acquire bot:42:42', 'commit set bot:42:42']);
});

test('a commit whose answer was lost is done once', async () => {
  const inner = new LeasingStore();
  const sessions = engine(inner);
  inner.failNext('commit', 'after', Object.assign(new Error('connection lost'), { transient: true }));
  await sessions.update('42:42', (data) => {
    data.counter++;
  });
  expect(inner.commands.filter((each) => each.startsWith('commit'))).toHaveLength(2);
  expect(await sessions.read('42:42')).toEqual({ counter: 1 });
});

test('has the methods of its store that carry no value, and no others', async () => {
  const keys = { k1 };
  const memory = withEncryption(new MemorySessionStore({ ttlMs: 1_000 }), { keys });
  expect(memory.supports).toEqual({ ttl: true, keys: true, encodes: true });
  await memory.set('a:1', 1);
  await memory.set('b:1', 1);
  expect(Array.from((memory.keys?.({ prefix: 'a' }) ?? []) as Iterable<string>)).toEqual(['a:1']);
  const plain = withEncryption({ get: () => undefined, set: () => {}, delete: () => {} }, { keys });
  expect(Object.keys(plain).sort()).toEqual(['delete', 'get', 'set', 'supports', 'wraps']);
  let closed = 0;
  const closing = { get: () => undefined, set: () => {}, delete: () => {}, close: () => closed++ };
  await withEncryption(closing, { keys }).close?.();
  expect(closed).toBe(1);
});
