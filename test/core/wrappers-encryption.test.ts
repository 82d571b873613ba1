/** What encryption keeps out: changed, moved and foreign values, and those without a key. */

import { MemorySessionStore } from '@sessiongram/core';
import { describe, expect, test } from 'vitest';
import { type EncryptionOptions, withEncryption } from '../../packages/core/src/wrappers/encryption';

const KEY = '42:42';
const VALUE = { cart: ['tea'], phone: '+49 30 1234' };
const k1 = new Uint8Array(32).fill(1);
const k2 = new Uint8Array(32).fill(2);

function setUp(options: EncryptionOptions = { keys: { k1 } }) {
  const inner = new MemorySessionStore();
  return {
    inner,
    store: withEncryption(inner, options),
    rewrapped: (o: EncryptionOptions) => withEncryption(inner, o),
  };
}

function undecryptable(message?: RegExp) {
  return expect.objectContaining({
    code: 'VALUE_UNDECRYPTABLE',
    ...(message === undefined ? {} : { message: expect.stringMatching(message) }),
  });
}

async function sealedText(inner: MemorySessionStore, key = KEY): Promise<string> {
  const stored: unknown = await inner.get(key);
  if (typeof stored !== 'string') throw new Error(`Not text: ${typeof stored}`);
  return stored;
}

test('what is stored is text without the value, another one for each write', async () => {
  const { inner, store } = setUp();
  await store.set(KEY, VALUE);
  const first = await sealedText(inner);
  await store.set(KEY, VALUE);
  const second = await sealedText(inner);
  expect(first).not.toContain('tea');
  expect(atob(first.split('.')[2] as string)).not.toContain('tea');
  expect(second).not.toBe(first);
  expect(second).toHaveLength(first.length);
  expect(await store.get(KEY)).toEqual(VALUE);
});

describe.each([false, true])('with allowPlaintext %s', (allowPlaintext) => {
  test('whatever bit of it is flipped, it does not open', async () => {
    const { inner, store } = setUp({ keys: { k1, k0: k2 }, current: 'k1', allowPlaintext });
    await store.set(KEY, { a: 1 });
    const whole = Buffer.from(await sealedText(inner), 'latin1');
    const opened: string[] = [];
    for (let at = 0; at < whole.length * 8; at++) {
      const damaged = Buffer.from(whole);
      damaged[at >> 3] = (damaged[at >> 3] as number) ^ (1 << (at & 7));
      await inner.set(KEY, damaged.toString('latin1'));
      await Promise.resolve(store.get(KEY)).then(
        (value) => opened.push(`bit ${at}: ${JSON.stringify(value)}`),
        (error) => expect(error).toEqual(undecryptable()),
      );
    }
    expect(opened).toEqual([]);
    await inner.set(KEY, whole.toString('latin1'));
    expect(await store.get(KEY)).toEqual({ a: 1 });
  });

  test('cut off at either end, by however much, it does not open', async () => {
    const { inner, store } = setUp({ keys: { k1 }, allowPlaintext });
    await store.set(KEY, { a: 1 });
    const whole = await sealedText(inner);
    const parts = Array.from({ length: whole.length - 4 }, (_, index) => index + 1);
    for (const cut of parts) {
      for (const part of [whole.slice(cut), whole.slice(0, -cut)]) {
        await inner.set(KEY, part);
        await expect(store.get(KEY)).rejects.toEqual(undecryptable());
      }
    }
  });
});

test('no second spelling of the same bytes opens', async () => {
  const { inner, store } = setUp();
  await store.set(KEY, 1); // 29 bytes, so that the base64 ends with "=" and spare bits
  const whole = await sealedText(inner);
  expect(whole).toMatch(/[^=]=\.1gs$/);
  const [start, id, payload, end] = whole.split('.') as [string, string, string, string];
  const spellings = [
    payload.replace('=', ''),
    `${payload} `,
    payload.replace(/.=$/, (last) => String.fromCharCode(last.charCodeAt(0) + 1) + last[1]),
  ];
  for (const spelling of spellings) {
    expect(spelling).not.toBe(payload);
    await inner.set(KEY, [start, id, spelling, end].join('.'));
    await expect(store.get(KEY)).rejects.toEqual(undecryptable());
  }
});

test('two values that were swapped do not open', async () => {
  const { inner, store } = setUp();
  await store.set('1:1', { balance: 5 });
  await store.set('2:2', { balance: 500 });
  const [one, two] = [await sealedText(inner, '1:1'), await sealedText(inner, '2:2')];
  await inner.set('1:1', two);
  await inner.set('2:2', one);
  await expect(store.get('1:1')).rejects.toEqual(undecryptable(/belongs to another session/));
  await expect(store.get('2:2')).rejects.toEqual(undecryptable(/belongs to another session/));
});

test('keys that only differ in half a character do not open each other', async () => {
  const { inner, store } = setUp();
  await store.set('a\ud800', 1);
  await inner.set('a\ud801', await sealedText(inner, 'a\ud800'));
  expect(await store.get('a\ud800')).toBe(1);
  await expect(store.get('a\ud801')).rejects.toEqual(undecryptable());
});

test('another key of the same name does not open it', async () => {
  const { store, rewrapped } = setUp();
  await store.set(KEY, VALUE);
  await expect(rewrapped({ keys: { k1: k2 } }).get(KEY)).rejects.toEqual(undecryptable());
  expect(await store.get(KEY)).toEqual(VALUE);
});

test('a key that is not there is named', async () => {
  const { store, rewrapped } = setUp();
  await store.set(KEY, VALUE);
  await expect(rewrapped({ keys: { k2 } }).get(KEY)).rejects.toEqual(undecryptable(/the key "k1"/));
});

test('the same key under another name does not open it either', async () => {
  const { inner, store, rewrapped } = setUp();
  await store.set(KEY, VALUE);
  const renamed = (await sealedText(inner)).replace('sg1.k1.', 'sg1.k2.');
  await inner.set(KEY, renamed);
  await expect(rewrapped({ keys: { k2: k1 } }).get(KEY)).rejects.toEqual(undecryptable());
});

test('the error shows what is stored to nobody who does not ask for it', async () => {
  const { store, inner } = setUp();
  await inner.set(KEY, { secret: 'tea' });
  const error = await Promise.resolve(store.get(KEY)).catch((cause: Error) => cause);
  expect(error).toMatchObject({ code: 'VALUE_UNDECRYPTABLE', raw: { secret: 'tea' } });
  expect(Object.keys(error as object)).not.toContain('raw');
  expect(JSON.stringify(error) + String(error)).not.toContain('tea');
});

test.each([[VALUE], ['text'], [0], [false], [['a']]])(
  'plaintext %j is refused unless it is allowed',
  async (value) => {
    const { inner, store, rewrapped } = setUp();
    await inner.set(KEY, value);
    await expect(store.get(KEY)).rejects.toEqual(undecryptable(/not encrypted/));
    const lenient = rewrapped({ keys: { k1 }, allowPlaintext: true });
    expect(await lenient.get(KEY)).toEqual(value);
    expect(await inner.get(KEY)).toEqual(value);
    await lenient.set(KEY, value);
    expect(await sealedText(inner)).toMatch(/^sg1\.k1\./);
    expect(await store.get(KEY)).toEqual(value);
  },
);

test('after a rotation old values open, and the next save is by the new key', async () => {
  const { inner, store, rewrapped } = setUp();
  await store.set(KEY, VALUE);
  const rotated = rewrapped({ keys: { k1, k2 }, current: 'k2' });
  expect(await rotated.get(KEY)).toEqual(VALUE);
  expect(await sealedText(inner)).toMatch(/^sg1\.k1\./);
  await rotated.set(KEY, VALUE);
  expect(await sealedText(inner)).toMatch(/^sg1\.k2\./);
  expect(await rewrapped({ keys: { k2 } }).get(KEY)).toEqual(VALUE);
  await expect(store.get(KEY)).rejects.toEqual(undecryptable(/"k2"/));
});

test('a codec makes the text that is encrypted', async () => {
  const codec = {
    stringify: (value: unknown) => `\ufeffn:${String(value)}`,
    parse: (text: string) => BigInt(text.replace('\ufeffn:', '')),
  };
  const { store, rewrapped } = setUp({ keys: { k1 }, codec });
  await store.set(KEY, 12n);
  expect(await store.get(KEY)).toBe(12n);
  await expect(rewrapped({ keys: { k1 } }).get(KEY)).rejects.toMatchObject({ code: 'VALUE_CORRUPT' });
});

test('maxBytes is about what is stored', async () => {
  const { inner, store } = setUp();
  await store.set(KEY, 'a'.repeat(300));
  const { length } = await sealedText(inner);
  await store.set(KEY, 'b'.repeat(300), { maxBytes: length });
  const refused = store.set(KEY, 'c'.repeat(300), { maxBytes: length - 1 });
  await expect(refused).rejects.toMatchObject({
    code: 'VALUE_TOO_LARGE',
    message: `The encrypted value has ${length} bytes; maxBytes is ${length - 1}. Store less, or raise it.`,
  });
  expect(await store.get(KEY)).toBe('b'.repeat(300));
});

test('a failure of the store comes through as it is', async () => {
  const failure = new Error('The connection is lost.');
  const fail = () => {
    throw failure;
  };
  const store = withEncryption({ get: fail, set: fail, delete: fail }, { keys: { k1 } });
  await expect(store.get(KEY)).rejects.toBe(failure);
  await expect(store.set(KEY, 1)).rejects.toBe(failure);
  await expect(async () => store.delete(KEY)).rejects.toBe(failure);
});
