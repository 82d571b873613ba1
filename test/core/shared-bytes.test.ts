/** Binary data of which two objects have the same bytes is refused: in a copy, each would have its own. */

import { type SessionEvent, Sessions } from '@sessiongram/core';
import { beforeEach, describe, expect, test } from 'vitest';
import { changeOf } from '../../packages/core/src/data/change';
import { copyOf, same } from '../../packages/core/src/data/snapshot';
import { copied } from './copies';

const buffer = (): ArrayBuffer => Uint8Array.of(1, 2, 3, 4).buffer;

const shared: [what: string, place: string, make: (bytes: ArrayBuffer) => unknown][] = [
  ['two views', 'data.b', (bytes) => ({ a: new Uint8Array(bytes), b: new DataView(bytes) })],
  ['a buffer and a view of it', 'data.b', (bytes) => ({ a: bytes, b: new Uint16Array(bytes) })],
  ['a view and its buffer', 'data[1]', (bytes) => [new Uint8Array(bytes, 1, 1), bytes]],
  [
    'two that overlap',
    'data.b',
    (bytes) => ({ a: new Uint8Array(bytes, 0, 2), b: new Uint8Array(bytes, 1) }),
  ],
  ['one inside of another', 'data[1]', (bytes) => [new Uint8Array(bytes), new Uint8Array(bytes, 1, 1)]],
  [
    'a Buffer and a part of it',
    'data[1].part',
    () => [Buffer.from('hello')].flatMap((all) => [all, { part: all.subarray(1, 2) }]),
  ],
  ['a key and its value', 'data.<value>', (bytes) => new Map([[bytes, new Uint8Array(bytes)]])],
];

const apart: [what: string, make: (bytes: ArrayBuffer) => object][] = [
  ['neighbours', (bytes) => ({ a: new Uint8Array(bytes, 0, 2), b: new Uint8Array(bytes, 2) })],
  [
    'an empty view inside of another',
    (bytes) => ({ a: new Uint8Array(bytes), b: new Uint8Array(bytes, 2, 0) }),
  ],
  ['one view in two places', (bytes) => [new Uint8Array(bytes)].flatMap((view) => [view, view])],
  ['equal bytes', (bytes) => [new Uint8Array(bytes), new Uint8Array(bytes.slice(0))]],
];

test.each(shared)('is refused with its place: %s', (_, place, make) => {
  const words = `${place} is binary data that shares bytes with other data in the session`;
  expect(() => copyOf(make(buffer()))).toThrow(words);
});

test('is not the same as equal data with bytes of its own, and no new version of it', () => {
  const bytes = buffer();
  const value = { a: new Uint8Array(bytes), b: new DataView(bytes) };
  const baseline = copyOf({ a: new Uint8Array(buffer()), b: new DataView(buffer()) });
  expect(same(value, baseline)).toBe(false);
  expect(() => changeOf(value, baseline)).toThrow('data.b is binary data that shares bytes');
});

test.each(apart)('is copied: %s', (_, make) => void copied(make(buffer())));

test('two small Buffers of Node.js, which lie in one pool, are copied', () => {
  const [a, b] = [Buffer.from('a'), Buffer.from('b')];
  expect(a.buffer).toBe(b.buffer);
  expect(String(copied({ a, b }).b)).toBe('b');
});

interface Picture {
  bytes: Uint8Array;
  shown: number;
  parts: Map<string, Uint8Array>;
  view?: DataView;
}

const initial = (): Picture => ({
  bytes: Uint8Array.of(1, 2, 3, 4),
  shown: 0,
  parts: new Map([['head', Uint8Array.of(1, 2)]]),
});

describe.each(['copy', 'draft'] as const)('with isolation %s', (isolation) => {
  const KEY = '1:1';
  const events: string[] = [];
  let sessions: Sessions<Picture>;

  beforeEach(async () => {
    const onEvent = ({ type }: SessionEvent): void => void events.push(type);
    sessions = new Sessions<Picture>({ initial, isolation, onEvent });
    await sessions.update(KEY, (data) => void data.shown++);
  });

  /** How a handler's work ends; `update` would copy the data for its answer first. */
  const fate = (change: (data: Picture) => void): Promise<unknown> =>
    sessions
      .run(KEY, ({ data }) => change(data))
      .then(
        () => 'kept',
        ({ code, cause }) => `${code}: ${cause.message}`,
      );

  const show = (data: Picture, bytes: Uint8Array | undefined): void => {
    data.view = new DataView((bytes as Uint8Array).buffer);
  };

  // A copy is made in the order of the members, a draft copies first what is new.
  test.each<[what: string, place: RegExp, change: (data: Picture) => void]>([
    ['bytes that were stored', /data\.(?:view|bytes) is/, (data) => show(data, data.bytes)],
    [
      'bytes in a stored Map',
      /data\.(?:view|parts\.<value>) is/,
      (data) => show(data, data.parts.get('head')),
    ],
    [
      'bytes that were changed',
      /data\.(?:bytes|parts\.<value>) is/,
      (data) => void data.parts.set('all', data.bytes.fill(7).subarray(1)),
    ],
    [
      'new bytes',
      /data\.view is/,
      (data) => {
        data.bytes = new Uint8Array(8);
        show(data, data.bytes);
      },
    ],
  ])('a view of %s is refused, and what is stored stays', async (_, place, change) => {
    const refusal = await fate(change);
    expect(refusal).toMatch(place);
    expect(refusal).toMatch(/^SESSION_INVALID: .* binary data that shares bytes/);
    expect(await sessions.read(KEY)).toEqual({ ...initial(), shown: 1 });
  });

  test('a view of bytes that have gone is kept', async () => {
    const change = (data: Picture): void => {
      show(data, data.bytes);
      data.bytes = new Uint8Array();
    };
    expect(await fate(change)).toBe('kept');
    expect((await sessions.read(KEY))?.view?.getUint8(3)).toBe(4);
  });

  test('bytes that were only looked at are not written', async () => {
    events.length = 0;
    expect(await fate(({ bytes, parts }) => void [bytes[0], parts.get('head')])).toBe('kept');
    expect(events).toContain('loaded');
    expect(events).not.toContain('saved');
  });
});
