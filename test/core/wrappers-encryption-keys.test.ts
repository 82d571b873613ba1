/** The keys that encryption takes, and those that it refuses. */

import { MemorySessionStore } from '@sessiongram/core';
import { expect, test } from 'vitest';
import { type EncryptionOptions, withEncryption } from '../../packages/core/src/wrappers/encryption';

const bytes = Uint8Array.from({ length: 32 }, (_, index) => 255 - index);
const base64 = Buffer.from(bytes).toString('base64');

function imported(usages: ('encrypt' | 'decrypt')[], name: 'AES-GCM' | 'AES-CBC' = 'AES-GCM', length = 32) {
  return crypto.subtle.importKey('raw', bytes.slice(0, length), name, false, usages);
}

test('one key in every form opens what the others have sealed', async () => {
  const inner = new MemorySessionStore();
  const forms = [
    bytes,
    Buffer.from(bytes),
    base64,
    base64.replace('=', ''),
    `${base64}\n`,
    Buffer.from(bytes).toString('base64url'),
    await imported(['encrypt', 'decrypt']),
  ];
  for (const writer of forms) {
    await withEncryption(inner, { keys: { main: writer } }).set('1:1', { a: 1 });
    for (const reader of forms) {
      expect(await withEncryption(inner, { keys: { main: reader } }).get('1:1')).toEqual({ a: 1 });
    }
  }
});

test('changing the bytes of a key afterwards changes nothing', async () => {
  const inner = new MemorySessionStore();
  const given = bytes.slice();
  const store = withEncryption(inner, { keys: { k1: given } });
  given.fill(0);
  await store.set('1:1', 1);
  expect(await withEncryption(inner, { keys: { k1: bytes } }).get('1:1')).toBe(1);
});

test('a name may have dots', async () => {
  const store = withEncryption(new MemorySessionStore(), { keys: { '2025.01': bytes } });
  await store.set('1:1', 1);
  expect(await store.get('1:1')).toBe(1);
});

test('an old key needs to decrypt only', async () => {
  const inner = new MemorySessionStore();
  await withEncryption(inner, { keys: { old: bytes } }).set('1:1', 1);
  const keys = { old: await imported(['decrypt']), new: new Uint8Array(32) };
  expect(await withEncryption(inner, { keys, current: 'new' }).get('1:1')).toBe(1);
  expect(() => withEncryption(inner, { keys, current: 'old' })).toThrow(/usages "encrypt"/);
});

test('of a list the first encrypts, and all decrypt', async () => {
  const inner = new MemorySessionStore();
  const [old, fresh] = [bytes, new Uint8Array(32)];
  await withEncryption(inner, { keys: [old] }).set('1:1', 'by the old key');
  const rotated = withEncryption(inner, { keys: [fresh, old] });
  expect(await rotated.get('1:1')).toBe('by the old key');
  await rotated.set('1:1', 'by the new key');
  expect(await withEncryption(inner, { keys: [fresh] }).get('1:1')).toBe('by the new key');
  await expect(async () => withEncryption(inner, { keys: [old] }).get('1:1')).rejects.toThrow(
    /does not open/,
  );
});

test('a list opens what was sealed by a name, and names open what was sealed by a list', async () => {
  const inner = new MemorySessionStore();
  await withEncryption(inner, { keys: { main: bytes } }).set('1:1', 1);
  expect(await withEncryption(inner, { keys: [new Uint8Array(32), bytes] }).get('1:1')).toBe(1);
  await withEncryption(inner, { keys: [bytes] }).set('1:1', 2);
  const keys = { other: new Uint8Array(32), main: bytes };
  expect(await withEncryption(inner, { keys, current: 'other' }).get('1:1')).toBe(2);
});

test('an old key of a list needs to decrypt only', async () => {
  const old = await imported(['decrypt']);
  const inner = new MemorySessionStore();
  await withEncryption(inner, { keys: [bytes] }).set('1:1', 1);
  expect(await withEncryption(inner, { keys: [new Uint8Array(32), old] }).get('1:1')).toBe(1);
  expect(() => withEncryption(inner, { keys: [old, bytes] })).toThrow(/usages "encrypt"/);
});

const wrong: [string, unknown, RegExp][] = [
  ['no keys', {}, /option "keys" must be given/],
  ['an empty object', { keys: {} }, /must have a key/],
  ['an empty list', { keys: [] }, /must have a key/],
  ['a list with a current', { keys: [bytes], current: '0' }, /of a list, the first encrypts/],
  ['a list of something else', { keys: [bytes, 'swordfish'] }, /"1" must be 32 bytes.*got another text/],
  ['keys as a text', { keys: base64 }, /a list of keys, or an object of keys by their names/],
  ['too few bytes', { keys: { k1: bytes.slice(1) } }, /"k1" must be 32 bytes.*got 31 bytes/],
  ['another text', { keys: { k1: 'swordfish' } }, /"k1" must be 32 bytes.*got another text/],
  ['text of 31 bytes', { keys: { k1: Buffer.from(bytes.slice(1)).toString('base64') } }, /got another text/],
  ['no key at all', { keys: { k1: undefined } }, /got undefined/],
  ['several keys and no current', { keys: { a: bytes, b: bytes } }, /"current" must name one of the keys/],
  [
    'a current that is not there',
    { keys: { a: bytes }, current: 'b' },
    /must name one of the keys, but got "b"/,
  ],
  ['a name with a blank', { keys: { 'my key': bytes } }, /1 to 64 characters of ASCII/],
  ['the name that stands for none', { keys: { '*': bytes } }, /and not "\*"/],
  ['a name that is empty', { keys: { '': bytes } }, /1 to 64 characters of ASCII/],
  ['an unknown option', { keys: { a: bytes }, key: 1 }, /unknown option "key"/],
  ['allowPlaintext as a word', { keys: { a: bytes }, allowPlaintext: 'no' }, /true or false/],
  ['a codec without parse', { keys: { a: bytes }, codec: { stringify: String } }, /a codec/],
];

test.each(wrong)('refuses %s', (_, options, message) => {
  const wrap = () => withEncryption(new MemorySessionStore(), options as EncryptionOptions);
  expect(wrap).toThrow(TypeError);
  expect(wrap).toThrow(message);
  expect(wrap).not.toThrow(/swordfish/);
});

const other = Uint8Array.from({ length: 32 }, (_, index) => 101 + index);
const ascii = 'correct-horse-battery-staple-123';

const misplaced: [string, unknown, RegExp][] = [
  [
    'a name and a key that are swapped',
    { keys: { [base64]: 'main' } },
    /the key 1, whose name may be a key itself, must/,
  ],
  [
    'the second of two that are swapped',
    { keys: { a: other, [base64]: 'b' } },
    /the key 2, whose name may be a key/,
  ],
  [
    'text of 32 characters as a name',
    { keys: { [ascii]: 'main' } },
    /the key 1, whose name may be a key itself/,
  ],
  ['a key in place of the list', { keys: bytes }, /Put it in a list: keys: \[key\]/],
  ['a Buffer in place of the list', { keys: Buffer.from(bytes) }, /Put it in a list: keys: \[key\]/],
  ['a key spread in a list', { keys: [...bytes] }, /the key "0" must be 32 bytes.*got a number/],
  ['a key spread in an object', { keys: { ...bytes } }, /the key "0" must be 32 bytes.*got a number/],
  ['a key that is a long number', { keys: [255_254_253n] }, /the key "0" must be 32 bytes.*got a bigint/],
  ['a key as current', { keys: { a: other }, current: base64 }, /one of the keys, but got a longer name/],
  ['text of 32 characters as current', { keys: { a: other }, current: ascii }, /but got a longer name/],
  [
    'text in place of the keys',
    { keys: ascii },
    /a list of keys, or an object of keys by their names, but got a string/,
  ],
  ['text in place of the options', ascii, /in which "keys" is a list of keys, .* but got a string/],
  ['a key as the name of an option', { [base64]: 'main' }, /unknown option a string of 44 characters/],
];

test.each(misplaced)('tells nothing of a key where it refuses %s', (_, options, message) => {
  const wrap = () => withEncryption(new MemorySessionStore(), options as EncryptionOptions);
  expect(wrap).toThrow(TypeError);
  expect(wrap).toThrow(message);
  expect(wrap).not.toThrow(/\/v3\+|255|correct-horse/);
});

test('tells nothing of a key that is given in place of the store', () => {
  const swapped = () => withEncryption(ascii as never, new MemorySessionStore() as never);
  expect(swapped).toThrow(/takes a SessionStore, .* but got a string/);
});

test('tells nothing of a key that was the name of the one that sealed', async () => {
  const inner = new MemorySessionStore();
  await withEncryption(inner, { keys: { [ascii]: bytes } }).set('1:1', 1);
  const reading = async () => withEncryption(inner, { keys: { main: bytes } }).get('1:1');
  await expect(reading).rejects.toThrow(/with the key of a longer name, which is not among the keys at hand/);
});

test('refuses a CryptoKey in place of the list', async () => {
  const keys = (await imported(['encrypt', 'decrypt'])) as never;
  expect(() => withEncryption(new MemorySessionStore(), { keys })).toThrow(/Put it in a list: keys: \[key\]/);
});

test('refuses a CryptoKey for something else', async () => {
  for (const key of [
    await imported(['encrypt']),
    await imported(['decrypt'], 'AES-CBC'),
    await imported(['decrypt'], 'AES-GCM', 16),
  ])
    expect(() => withEncryption(new MemorySessionStore(), { keys: { k1: key } })).toThrow(/got an object/);
});

test('refuses what is no store', () => {
  expect(() => withEncryption(new Map().keys() as never, { keys: { k1: bytes } })).toThrow(
    /withEncryption\(\) takes a SessionStore/,
  );
});
