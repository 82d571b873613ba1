/** What grammY's `session()` refuses of several sessions, and in which words. */

import { MemorySessionStore, session } from '@sessiongram/grammy';
import { describe, expect, test } from 'vitest';
import { useServer } from '../support/use-server';
import { subjects, textFrom } from './subjects';

const stand = useServer();
/** Called as plain JavaScript calls it, past the types. */
const loose = session as unknown as (options: unknown) => ReturnType<typeof session>;

describe('options', () => {
  test.each([
    ['null in place of options', null, /session\(\) takes an object of options, but got null/],
    ['no session at all', { type: 'multi' }, /takes an object of options for each session, but got none/],
    [
      'a session of null',
      { type: 'multi', a: null },
      /multi', a }\) takes an object of options, but got null/,
    ],
    [
      'a session of an array',
      { type: 'multi', a: [] },
      /multi', a }\) takes an object of options, but got an array/,
    ],
    [
      'a session of undefined',
      { type: 'multi', a: undefined },
      /multi', a }\) takes an object.* got undefined/,
    ],
    [
      'redelivered updates to be skipped for one session of several',
      { type: 'multi', a: {}, b: { skipRedelivered: true } },
      /multi', b }\): option "skipRedelivered" must be false or not given, because several/,
    ],
    [
      'an option beside the sessions',
      { type: 'multi', a: {}, prefix: 'x' },
      /prefix }\) takes an object.* got "x"/,
    ],
    [
      'a session that is several itself',
      { type: 'multi', a: { type: 'multi' } },
      /multi', a }\): option "type" must be 'single'.* but got "multi"/,
    ],
    [
      'a session with a property',
      { type: 'multi', a: { property: 'b' } },
      /multi', a }\): unknown option "property"/,
    ],
    ['another type', { type: 'many' }, /option "type" must be 'single' or 'multi', but got "many"/],
  ])('%s is refused at the door', (_what, options, words) => {
    expect(() => loose(options)).toThrow(TypeError);
    expect(() => loose(options)).toThrow(words);
  });
});

describe('assigning to the whole', () => {
  const grammy = subjects.find(({ name }) => name === 'grammy') as (typeof subjects)[number];

  test('assigns only those that are named, and refuses a name that is none of them', async () => {
    const [a, b] = [new MemorySessionStore(), new MemorySessionStore()];
    let runs = 0;
    const connection = await stand.connect(grammy, (bot) => {
      bot.use(
        session<{ a: unknown; b: unknown }>({
          type: 'multi',
          a: { store: a, getSessionKey: () => undefined },
          b: { store: b },
        }) as never,
      );
      bot.onAny<unknown>((ctx) => {
        runs++;
        ctx.session = { b: { n: 1 } };
        expect(() => {
          ctx.session = { c: 1 };
        }).toThrow(/ctx.session has no "c". It has: a, b./);
      });
    });
    await connection.handle(textFrom(42, 1));
    expect(connection.errors).toEqual([]);
    expect(runs).toBe(1);
    expect([a.size, b.get('42:42')]).toEqual([0, { n: 1 }]);
  });
});
