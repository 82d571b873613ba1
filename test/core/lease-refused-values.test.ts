/** Values that the store refuses or cannot decode: nothing is changed, and nobody else is kept from the key. */

import { Sessions } from '@sessiongram/core';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { Turns } from '../../packages/core/src/turns';
import { LeasingStore } from '../support/leasing-store';

interface Counter {
  counter: number;
  text?: string;
}

const initial = (): Counter => ({ counter: 0 });
const count = (data: Counter): void => void data.counter++;

let store: LeasingStore<Counter>;
let sessions: Sessions<Counter>;

beforeEach(() => {
  store = new LeasingStore();
  sessions = new Sessions<Counter>({ store, initial });
});

const strictly = (maxBytes: number): Sessions<Counter> => new Sessions<Counter>({ store, initial, maxBytes });
const stored = (): unknown => JSON.parse(store.texts.get('42:42') ?? 'null');
const isFree = (): boolean => store.locks.get('42:42')?.token === undefined;

describe('a value that the store refuses', () => {
  test.each([
    ['too large', 'VALUE_TOO_LARGE', 'SESSION_TOO_LARGE', 'x'.repeat(400)],
    ['unstorable', 'VALUE_UNSTORABLE', 'SESSION_INVALID', new Date(0) as unknown as string],
  ])(
    'because it is %s leaves the old data and gives the lease back at once',
    async (_, cause, code, text) => {
      const strict = strictly(200);
      await strict.update('42:42', count);
      const refused = strict.update('42:42', (data) => void Object.assign(data, { counter: 2, text }));
      await expect(refused).rejects.toMatchObject({ code, key: '42:42', cause: { code: cause } });
      await strict.close();
      expect(store.commands.slice(2)).toEqual(['acquire 42:42', 'commit set 42:42', 'commit none 42:42']);
      expect(stored()).toEqual({ counter: 1 });
      expect(isFree()).toBe(true);
      await expect(strictly(200).update('42:42', count)).resolves.toEqual({ counter: 2 });
    },
  );

  test('is refused even where the store calls its errors transient', async () => {
    vi.spyOn(store, 'isTransient').mockReturnValue(true);
    const strict = strictly(10);
    const refused = strict.update('42:42', (data) => void Object.assign(data, { text: 'x'.repeat(20) }));
    await expect(refused).rejects.toMatchObject({ code: 'SESSION_TOO_LARGE', key: '42:42' });
  });

  test('by save() may be made good by the handler', async () => {
    const strict = strictly(40);
    const codes: string[] = [];
    const run = strict.run('42:42', async (session) => {
      session.data.text = 'x'.repeat(100);
      await session.save().catch(({ code }) => codes.push(code));
      session.data.text = 'short';
    });
    await run;
    expect(codes).toEqual(['SESSION_TOO_LARGE']);
    expect(stored()).toEqual({ counter: 0, text: 'short' });
  });

  test('is passed on with the limit, 262,144 bytes where nothing else is said', async () => {
    const commit = vi.spyOn(store, 'commit');
    await sessions.update('42:42', count);
    expect(commit.mock.calls[0]?.[2].maxBytes).toBe(262_144);
  });
});

describe('what cannot be decoded', () => {
  beforeEach(() => void store.texts.set('42:42', '{"counter": 1'));

  test('is told, stays as it is, and does not cost the others the key', async () => {
    const body = vi.fn();
    await expect(sessions.run('42:42', body)).rejects.toMatchObject({
      code: 'SESSION_CORRUPT',
      key: '42:42',
      cause: { code: 'VALUE_CORRUPT' },
    });
    expect(body).toHaveBeenCalledTimes(0);
    await sessions.close();
    expect(store.commands).toEqual(['acquire 42:42', 'commit none 42:42']);
    expect(store.texts.get('42:42')).toBe('{"counter": 1');
    expect(isFree()).toBe(true);
    expect(Turns.of(store).size).toBe(0);
  });

  test('can be deleted', async () => {
    await sessions.delete('42:42');
    expect(store.commands).toEqual(['acquire 42:42', 'commit delete 42:42']);
    await expect(sessions.update('42:42', count)).resolves.toEqual({ counter: 1 });
  });

  test('is told by reload as well, and the handler may go on', async () => {
    store.texts.set('42:42', '{"counter":1}');
    const codes: string[] = [];
    const run = sessions.run('42:42', async (session) => {
      store.texts.set('42:42', '{');
      await session.reload().catch(({ code }) => codes.push(code));
      store.texts.set('42:42', '{"counter":1}');
      session.data.counter = 5;
    });
    await run;
    expect(codes).toEqual(['SESSION_CORRUPT']);
    expect(stored()).toEqual({ counter: 5 });
  });
});
