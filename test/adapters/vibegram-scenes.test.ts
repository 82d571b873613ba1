/** vibegram's own Stage, Scene and Wizard work on top of the session, unchanged. */

import { session } from '@sessiongram/vibegram';
import { describe, expect, test } from 'vitest';
import type { Connection } from '../support/frameworks';
import { type VibegramBot, type VibegramContext, vibegram } from '../support/load-vibegram';
import { useServer } from '../support/use-server';
import { keylessUpdates, subject } from './subjects';
import { useTalk } from './talk';

type Stored = Record<string, unknown>;

const stand = useServer();
const talk = useTalk<Stored>();

const textOf = (ctx: VibegramContext): string | undefined => ctx.message?.text;

function makeScenes() {
  const guess = new vibegram.Scene('guess');
  guess.command('stop', (ctx) => {
    ctx.scene?.leave();
    talk.said.push('you left');
  });
  guess.on('message', (ctx) => {
    const guesses = [...(ctx.scene?.state.guesses ?? []), textOf(ctx)];
    if (ctx.scene) ctx.scene.state.guesses = guesses;
    talk.said.push(`guesses: ${guesses}`);
  });
  const order = new vibegram.Wizard('order', [
    (ctx) => {
      talk.said.push('what?');
      ctx.wizard?.next();
    },
    (ctx) => {
      if (ctx.wizard) ctx.wizard.state.what = textOf(ctx);
      talk.said.push('where?');
      ctx.wizard?.next();
    },
    (ctx) => {
      talk.said.push(`${ctx.wizard?.state.what} to ${textOf(ctx)}`);
      ctx.wizard?.leave();
    },
  ]);
  return { stage: new vibegram.Stage([guess]), order };
}

function connect(options: { initial?: () => Stored } = {}): Promise<Connection> {
  return stand.connect(subject('vibegram'), ({ raw }) => {
    const bot = raw as VibegramBot;
    const { stage, order } = makeScenes();
    bot.use(session<Stored>({ store: talk.store, ...options }));
    bot.use(stage.middleware());
    bot.use(order.middleware());
    bot.command('guess', (ctx) => ctx.scene?.enter('guess'));
    bot.command('order', (ctx) => order.enter(ctx));
    bot.use((ctx) => talk.said.push(`outside of scenes: ${ctx.updateType}`));
  });
}

describe.each([
  ['without initial', {}],
  ['with an initial', { initial: () => ({ counter: 0 }) }],
])('%s', (_, options) => {
  test('a scene keeps its place and its state across updates', async () => {
    const connection = await connect(options);
    await talk.say(connection, '/guess');
    expect(talk.store.values.get('42:42')).toMatchObject({ __scene_id: 'guess', __scene_state: {} });
    await talk.say(connection, '1', '2');
    expect(connection.errors).toEqual([]);
    expect(talk.said).toEqual(['guesses: 1', 'guesses: 1,2']);
    expect(talk.store.values.get('42:42')).toMatchObject({
      __scene_id: 'guess',
      __scene_state: { guesses: ['1', '2'] },
    });
    await talk.say(connection, '/stop', '3');
    expect(talk.said.slice(2)).toEqual(['you left', 'outside of scenes: message']);
    expect(talk.store.values.get('42:42')).not.toHaveProperty('__scene_id');
  });

  test('a wizard goes through its steps', async () => {
    const connection = await connect(options);
    await talk.say(connection, '/order', 'pizza');
    expect(talk.store.values.get('42:42')).toMatchObject({
      __wizard_id: 'order',
      __wizard_cursor: 2,
      __wizard_state: { what: 'pizza' },
    });
    await talk.say(connection, 'home', 'again');
    expect(connection.errors).toEqual([]);
    expect(talk.said).toEqual(['what?', 'where?', 'pizza to home', 'outside of scenes: message']);
    expect(talk.store.values.get('42:42')).not.toHaveProperty('__wizard_id');
  });
});

test('a place that vibegram has stored is taken up', async () => {
  talk.store.values.set('42:42', { __scene_id: 'guess', __scene_state: { guesses: ['0'] } });
  const connection = await connect();
  await talk.say(connection, '1');
  expect(connection.errors).toEqual([]);
  expect(talk.said).toEqual(['guesses: 0,1']);
});

test('an update that enters no scene and changes nothing is not written', async () => {
  const connection = await connect();
  await talk.say(connection, 'hello');
  expect(connection.errors).toEqual([]);
  expect(talk.store.commands).toEqual(['get 42:42']);
});

test.each(keylessUpdates)('scenes let an update without a key pass: %s', async (kind, update) => {
  const connection = await connect();
  await connection.handle(update);
  expect(connection.errors).toEqual([]);
  expect(talk.said).toEqual([`outside of scenes: ${kind}`]);
  expect(talk.store.commands).toEqual([]);
});

test('a scene may be entered on an update without a key, and is forgotten after it', async () => {
  const connection = await stand.connect(subject('vibegram'), ({ raw }) => {
    const bot = raw as VibegramBot;
    bot.use(session<Stored>({ store: talk.store }));
    bot.use(makeScenes().stage.middleware());
    bot.use((ctx) => {
      talk.said.push(`was in ${ctx.session.__scene_id}`);
      ctx.scene?.enter('guess');
      talk.said.push(`is in ${ctx.session.__scene_id}`);
    });
  });
  for (const [, update] of keylessUpdates) await connection.handle(update);
  expect(connection.errors).toEqual([]);
  expect(talk.said).toEqual(['was in undefined', 'is in guess', 'was in undefined', 'is in guess']);
  expect(talk.store.commands).toEqual([]);
});
