/** P4: a store that fails is told to the framework's own error handler, and spoils nothing that comes after. */

import { SessionError } from '@sessiongram/core';
import { session as telegrafsOwn } from 'telegraf';
import { beforeEach, describe, expect, test } from 'vitest';
import { FailingStore } from '../support/failing-store';
import type { BotFacade } from '../support/frameworks';
import { useServer } from '../support/use-server';
import { type Counter, subject, subjects, textFrom, upTo } from './subjects';

const stand = useServer();
const away = new Error('the store is away');
const faults: [how: string, fault: () => unknown][] = [
  ['rejects', () => Promise.reject(away)],
  [
    'throws at once',
    () => {
      throw away;
    },
  ],
];

let store: FailingStore<Counter>;
let handled: number[];

beforeEach(() => {
  store = new FailingStore();
  store.values.set('42:42', { counter: 5 });
  handled = [];
});

function count(bot: BotFacade): void {
  bot.onAny<Counter>((ctx) => {
    handled.push(ctx.update.update_id);
    ctx.session.counter++;
  });
}

const eachCase = subjects.flatMap((framework) =>
  faults.map(([how, fault]) => ({ name: framework.name, framework, how, fault })),
);

describe.each(eachCase)('$name with a store that $how', ({ framework, fault }) => {
  /** Two messages, one after the other; the store fails in the first. */
  async function twoMessages(): Promise<{ first: number; second: number; errors: readonly unknown[] }> {
    const connection = await stand.connect(
      framework,
      (bot) => {
        bot.use(framework.session({ store, initial: () => ({ counter: 0 }) }));
        count(bot);
      },
      { mode: 'polling' },
    );
    const first = stand.account.text(42, 'a').update_id;
    await connection.waitForErrors();
    const second = stand.account.text(42, 'b').update_id;
    await stand.account.drained();
    return { first, second, errors: connection.errors };
  }

  test('at reading, its error is told, no handler runs, nothing is written, and the next update works', async () => {
    store.failNext('get', fault);
    const { second, errors } = await twoMessages();
    expect(errors).toEqual([expect.any(SessionError)]);
    expect(errors[0]).toMatchObject({ code: 'SESSION_LOAD_FAILED', key: '42:42' });
    expect((errors[0] as Error).cause).toBe(away);
    expect(handled).toEqual([second]);
    expect(store.commands).toEqual(['get 42:42', 'set 42:42']);
    expect(store.values.get('42:42')).toEqual({ counter: 6 });
  });

  test('at writing, its error is told, the old data stays, and the next update works', async () => {
    store.failNext('set', fault);
    const { first, second, errors } = await twoMessages();
    expect(errors).toEqual([expect.any(SessionError)]);
    expect(errors[0]).toMatchObject({ code: 'SESSION_SAVE_FAILED', key: '42:42' });
    expect((errors[0] as Error).cause).toBe(away);
    expect(handled).toEqual([first, second]);
    expect(store.values.get('42:42')).toEqual({ counter: 6 });
  });

  test('at reading, only the one of 20 concurrent updates fails that met the failure', async () => {
    store.failNext('get', fault);
    const connection = await stand.connect(framework, (bot) => {
      bot.use(framework.session({ store }));
      count(bot);
    });
    await Promise.all(upTo(20).map((id) => connection.handle(textFrom(42, id))));
    expect(connection.errors).toMatchObject([{ code: 'SESSION_LOAD_FAILED' }]);
    expect(handled).toEqual(upTo(20).slice(1));
    expect(store.values.get('42:42')).toEqual({ counter: 24 });
  });
});

describe.each(subjects)('$name', (framework) => {
  test('a stored value that no session can be is told as corrupt, and stays as it is', async () => {
    store.failNext('get', () => ({ counter: () => 5 }));
    const connection = await stand.connect(framework, (bot) => {
      bot.use(framework.session({ store }));
      count(bot);
    });
    await connection.handle(textFrom(42, 1));
    expect(connection.errors).toMatchObject([{ code: 'SESSION_CORRUPT', key: '42:42' }]);
    expect(store.writes).toEqual([]);
    await connection.handle(textFrom(42, 2));
    expect(store.values.get('42:42')).toEqual({ counter: 6 });
  });
});

test("telegraf's own session fails for ever after one failed read, ours only once", async () => {
  const outcomes = [];
  for (const session of [telegrafsOwn, subject('telegraf').session]) {
    store.values.set('42:42', { counter: 5 });
    store.failNext('get', () => Promise.reject(away));
    const connection = await stand.connect(subject('telegraf'), (bot) => {
      bot.use(session({ store, getSessionKey: () => '42:42' } as never) as never);
      count(bot);
    });
    for (const id of upTo(5)) await connection.handle(textFrom(42, id));
    outcomes.push({ errors: connection.errors.length, ...store.values.get('42:42') });
  }
  expect(outcomes).toEqual([
    { errors: 5, counter: 5 },
    { errors: 1, counter: 9 },
  ]);
});
