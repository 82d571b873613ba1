/** What `ctx.session` is on an update without a key, in each framework, and what may be a session's data at all. */

import { beforeEach, describe, expect, test } from 'vitest';
import type { LooseContext } from '../support/frameworks';
import { RecordingStore } from '../support/recording-store';
import { useServer } from '../support/use-server';
import { type Counter, keylessUpdates, subject, subjects, textFrom } from './subjects';

const stand = useServer();
const refused = expect.objectContaining({ code: 'SESSION_KEY_MISSING' });

let store: RecordingStore<unknown>;

beforeEach(() => {
  store = new RecordingStore();
});

/** What a handler finds, and what it finds after it has assigned. */
function lookAndAssign(ctx: LooseContext): unknown[] {
  return [
    () => ctx.session,
    () => {
      ctx.session = { counter: 9 };
      return ctx.session;
    },
  ].map((use) => {
    try {
      return use();
    } catch (error) {
      return error;
    }
  });
}

const assigned = { counter: 9 };
const byDefault = { grammy: 'throw', telegraf: 'undefined', vibegram: 'ephemeral' } as const;
const found = {
  throw: [refused, refused],
  undefined: [undefined, assigned],
  ephemeral: [{ counter: 0 }, assigned],
};

describe.each(subjects)('$name', (framework) => {
  async function handle(options: object, update = textFrom(42)): Promise<unknown[]> {
    const looks: unknown[] = [];
    const connection = await stand.connect(framework, (bot) => {
      bot.use(framework.session({ store, ...options }));
      bot.onAny((ctx) => looks.push(...lookAndAssign(ctx)));
    });
    await connection.handle(update);
    expect(connection.errors).toEqual([]);
    return looks;
  }

  const initial = (): Counter => ({ counter: 0 });

  test.each(keylessUpdates)('%s finds what the framework itself would give', async (_, update) => {
    expect(await handle({ initial }, update)).toEqual(found[byDefault[framework.name]]);
    expect(store.commands).toEqual([]);
  });

  test.each(['throw', 'undefined', 'ephemeral'] as const)(
    "onMissingKey '%s' decides otherwise",
    async (onMissingKey) => {
      const options = { initial, onMissingKey, getSessionKey: () => undefined };
      expect(await handle(options)).toEqual(found[onMissingKey]);
      expect(store.commands).toEqual([]);
    },
  );

  test('the handler of an update without a key runs, also where it does not look', async () => {
    let runs = 0;
    const connection = await stand.connect(framework, (bot) => {
      bot.use(framework.session({ store, initial }));
      bot.onAny(() => runs++);
    });
    for (const [, update] of keylessUpdates) await connection.handle(update);
    expect(connection.errors).toEqual([]);
    expect(runs).toBe(keylessUpdates.length);
  });

  test('a key that is no string is refused by name, and nothing is stored', async () => {
    const connection = await stand.connect(framework, (bot) => {
      bot.use(framework.session({ store, initial, getSessionKey: (() => 42) as never }));
      bot.onAny(() => {});
    });
    await connection.handle(textFrom(42));
    expect(connection.errors).toEqual([expect.any(TypeError)]);
    expect(String(connection.errors[0])).toContain('getSessionKey');
    expect(store.commands).toEqual([]);
  });

  test('a new session without initial is what the framework itself would give', async () => {
    const [first] = await handle({});
    expect(first).toEqual(framework.name === 'vibegram' ? {} : undefined);
  });

  test.each([0, '', false])('a stored %j is data, and initial is not called', async (stored) => {
    store.values.set('42:42', stored);
    const looks: unknown[] = [];
    let made = 0;
    const connection = await stand.connect(framework, (bot) => {
      bot.use(framework.session({ store, initial: () => ({ counter: made++ }) }));
      bot.onAny((ctx) => looks.push(ctx.session));
    });
    await connection.handle(textFrom(42));
    expect([looks, made, store.writes]).toEqual([[stored], 0, []]);
  });

  test.each([0, '', false])('an assigned %j is stored, not deleted', async (value) => {
    store.values.set('42:42', { counter: 5 });
    const connection = await stand.connect(framework, (bot) => {
      bot.use(framework.session({ store }));
      bot.onAny((ctx) => {
        ctx.session = value;
      });
    });
    await connection.handle(textFrom(42));
    expect(connection.errors).toEqual([]);
    expect([...store.values]).toEqual([['42:42', value]]);
    expect(store.writes).toEqual(['set 42:42']);
  });
});

describe("telegraf's defaultSession", () => {
  const { session } = subject('telegraf');

  test('makes a new session from the context of its first update', async () => {
    const connection = await stand.connect(subject('telegraf'), (bot) => {
      const defaultSession = ({ update }: LooseContext) => ({ counter: update.update_id });
      bot.use(session({ store, defaultSession }));
      bot.onAny<Counter>((ctx) => void ctx.session.counter++);
    });
    await connection.handle(textFrom(42, 100));
    await connection.handle(textFrom(42, 200));
    expect(connection.errors).toEqual([]);
    expect([...store.values]).toEqual([['42:42', { counter: 102 }]]);
  });

  test('makes what an ephemeral session is, too', async () => {
    const looks: unknown[] = [];
    const connection = await stand.connect(subject('telegraf'), (bot) => {
      bot.use(session({ store, defaultSession: () => ({ counter: 7 }), onMissingKey: 'ephemeral' }));
      bot.onAny((ctx) => looks.push(ctx.session));
    });
    for (const [, update] of keylessUpdates) await connection.handle(update);
    expect(looks).toEqual([{ counter: 7 }, { counter: 7 }]);
    expect(store.commands).toEqual([]);
  });

  test('is refused beside initial', () => {
    const both = { defaultSession: () => ({}), initial: () => ({}) };
    expect(() => session(both)).toThrow(TypeError);
    expect(() => session(both)).toThrow(/defaultSession.*initial/);
  });
});
