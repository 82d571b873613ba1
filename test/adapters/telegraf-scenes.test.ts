/** Telegraf's own scenes and wizards work on top of the session, unchanged. */

import { type SessionContext, session } from '@sessiongram/telegraf';
import { Scenes, Telegraf } from 'telegraf';
import { describe, expect, test } from 'vitest';
import type { Connection } from '../support/frameworks';
import { useServer } from '../support/use-server';
import { keylessUpdates, subject } from './subjects';
import { useTalk } from './talk';

interface MySession extends Scenes.WizardSession<Scenes.WizardSessionData> {
  counter?: number;
}

type MyContext = SessionContext<MySession> & {
  scene: Scenes.SceneContextScene<MyContext, Scenes.WizardSessionData>;
  wizard: Scenes.WizardContextWizard<MyContext>;
};

const stand = useServer();
const talk = useTalk<MySession>();

function makeStage(): Scenes.Stage<MyContext> {
  const guess = new Scenes.BaseScene<MyContext>('guess');
  guess.enter(() => void talk.said.push('guess a number'));
  guess.leave(() => void talk.said.push('you left'));
  guess.command('stop', (ctx) => ctx.scene.leave());
  guess.on('text', (ctx) => {
    const state = ctx.scene.state as { guesses?: string[] };
    state.guesses = [...(state.guesses ?? []), ctx.message.text];
    talk.said.push(`guesses: ${state.guesses}`);
  });
  const order = new Scenes.WizardScene<MyContext>(
    'order',
    (ctx) => {
      talk.said.push('what?');
      ctx.wizard.next();
    },
    (ctx) => {
      Object.assign(ctx.wizard.state, { what: ctx.text });
      talk.said.push('where?');
      ctx.wizard.next();
    },
    async (ctx) => {
      talk.said.push(`${(ctx.wizard.state as { what: string }).what} to ${ctx.text}`);
      await ctx.scene.leave();
    },
  );
  return new Scenes.Stage<MyContext>([guess, order]);
}

async function connect(options: { initial?: () => MySession } = {}): Promise<Connection> {
  return stand.connect(subject('telegraf'), ({ raw }) => {
    if (!(raw instanceof Telegraf)) throw new TypeError('This is not a Telegraf bot');
    const bot = raw as unknown as Telegraf<MyContext>;
    bot.use(session({ store: talk.store, ...options }));
    bot.use(makeStage().middleware());
    bot.command('guess', (ctx) => ctx.scene.enter('guess'));
    bot.command('order', (ctx) => ctx.scene.enter('order'));
    bot.command('count', (ctx) => {
      ctx.session.counter = (ctx.session.counter ?? 0) + 1;
    });
    bot.use((ctx) => void talk.said.push(`outside of scenes: ${ctx.updateType}`));
  });
}

describe.each([
  ['without initial', {}],
  ['with an initial', { initial: () => ({ counter: 0 }) }],
])('%s', (_, options) => {
  test('a scene keeps its place and its state across updates', async () => {
    const connection = await connect(options);
    await talk.say(connection, '/guess', '1', '2');
    expect(connection.errors).toEqual([]);
    expect(talk.said).toEqual(['guess a number', 'guesses: 1', 'guesses: 1,2']);
    expect(talk.store.values.get('42:42')?.__scenes).toEqual({
      current: 'guess',
      state: { guesses: ['1', '2'] },
    });
    await talk.say(connection, '/stop', '3');
    expect(talk.said.slice(3)).toEqual(['you left', 'outside of scenes: message']);
    expect(talk.store.values.get('42:42')?.__scenes).toEqual({});
  });

  test('a wizard goes through its steps', async () => {
    const connection = await connect(options);
    await talk.say(connection, '/order', 'pizza');
    expect(talk.store.values.get('42:42')?.__scenes).toEqual({
      current: 'order',
      cursor: 2,
      state: { what: 'pizza' },
    });
    await talk.say(connection, 'home', 'again');
    expect(connection.errors).toEqual([]);
    expect(talk.said).toEqual(['what?', 'where?', 'pizza to home', 'outside of scenes: message']);
    expect(talk.store.values.get('42:42')?.__scenes).toEqual({});
  });
});

test('what is stored is what telegraf itself would store', async () => {
  const connection = await connect();
  await talk.say(connection, '/order');
  expect(JSON.stringify(talk.store.values.get('42:42'))).toBe(
    '{"__scenes":{"current":"order","state":{},"cursor":1}}',
  );
});

test('a place that telegraf has stored is taken up', async () => {
  talk.store.values.set('42:42', { __scenes: { current: 'order', state: { what: 'pasta' }, cursor: 2 } });
  const connection = await connect();
  await talk.say(connection, 'work');
  expect(connection.errors).toEqual([]);
  expect(talk.said).toEqual(['pasta to work']);
});

test('the data beside a scene is kept, and steps that are asked for at once are taken one by one', async () => {
  const connection = await connect({ initial: () => ({ counter: 7 }) });
  await talk.say(connection, '/count');
  await Promise.all(['/order', 'pizza', 'home'].map((text) => talk.say(connection, text)));
  expect(connection.errors).toEqual([]);
  expect(talk.said).toEqual(['what?', 'where?', 'pizza to home']);
  expect(talk.store.values.get('42:42')).toEqual({ counter: 8, __scenes: {} });
});

test('a step that throws is taken again', async () => {
  const connection = await stand.connect(subject('telegraf'), ({ raw }) => {
    const bot = raw as unknown as Telegraf<MyContext>;
    let runs = 0;
    const fragile = new Scenes.WizardScene<MyContext>(
      'fragile',
      (ctx) => ctx.wizard.next() && undefined,
      (ctx) => {
        ctx.wizard.next();
        if (++runs === 1) throw new Error('thrown once');
        talk.said.push(`cursor ${ctx.wizard.cursor}`);
      },
    );
    bot.use(session({ store: talk.store }));
    bot.use(new Scenes.Stage<MyContext>([fragile]).middleware());
    bot.command('go', (ctx) => ctx.scene.enter('fragile'));
  });
  await talk.say(connection, '/go', 'a');
  expect(talk.store.values.get('42:42')?.__scenes).toMatchObject({ cursor: 1 });
  await talk.say(connection, 'b');
  expect(connection.errors).toHaveLength(1);
  expect(talk.said).toEqual(['cursor 2']);
});

test.each(keylessUpdates)('a stage lets an update without a key pass: %s', async (kind, update) => {
  const connection = await connect();
  await connection.handle(update);
  expect(connection.errors).toEqual([]);
  expect(talk.said).toEqual([`outside of scenes: ${kind}`]);
  expect(talk.store.commands).toEqual([]);
});

test('a scene may be entered on an update without a key, and is forgotten after it', async () => {
  const connection = await stand.connect(subject('telegraf'), ({ raw }) => {
    const bot = raw as unknown as Telegraf<MyContext>;
    bot.use(session({ store: talk.store }));
    bot.use(makeStage().middleware());
    bot.use(async (ctx) => {
      await ctx.scene.enter('guess');
      talk.said.push(`in ${ctx.scene.current?.id}`);
    });
  });
  for (const [, update] of keylessUpdates) await connection.handle(update);
  expect(connection.errors).toEqual([]);
  expect(talk.said).toEqual(['guess a number', 'in guess', 'guess a number', 'in guess']);
  expect(talk.store.commands).toEqual([]);
});
