/** The adapter cases of the conformance suite, on the three adapters and their real frameworks. */

import { Sessions } from '@sessiongram/core';
import { type AdapterCase, type AdapterSubject, adapterCases } from '@sessiongram/core/conformance';
import { describe, expect, test } from 'vitest';
import { type Subject, subjects } from '../adapters/subjects';
import type { AnyMiddleware, Handler } from '../support/frameworks';
import { useServer } from '../support/use-server';

const stand = useServer();
const onMissingKey = { grammy: 'throw', telegraf: 'undefined', vibegram: 'ephemeral' } as const;

function adapterSubject(framework: Subject): AdapterSubject {
  return {
    onMissingKey: onMissingKey[framework.name],
    session: (options) => framework.session(options),
    sessions: (options) => new Sessions(options),
    start: (middlewares, handler) =>
      stand.connect(framework, (bot) => {
        for (const middleware of middlewares) bot.use(middleware as AnyMiddleware);
        // biome-ignore lint/suspicious/noExplicitAny: the context of the suite names what it puts on it
        bot.onAny(handler as Handler<any>);
      }),
  };
}

describe.each(subjects)('an adapter: $name', (framework) => {
  const titled = adapterCases.map((each) => [each.name, each] as const);
  test.for(titled)('%s', ([, each]) => each.run(adapterSubject(framework)));
});

test('an adapter that breaks a promise fails the case of that promise', async () => {
  const framework = subjects[0] as Subject;
  const sound = adapterSubject(framework);
  const failing = async (subject: AdapterSubject): Promise<string[]> => {
    const names: string[] = [];
    for (const { name, run } of adapterCases) {
      await run(subject).catch(() => names.push(name));
    }
    return names;
  };
  // biome-ignore lint/suspicious/noExplicitAny: a middleware of its own, as careless as many
  const careless = (options: any) => async (ctx: any, next: () => Promise<void>) => {
    const key = `${ctx.chat?.id}:${ctx.from?.id}`;
    const store = options.store ?? options.sessions.store;
    ctx[options.property ?? 'session'] = (await store.get(key)) ?? options.initial?.();
    await next();
    await store.set(key, ctx[options.property ?? 'session']);
  };
  expect(await failing(sound)).toEqual([]);
  expect((await failing({ ...sound, session: careless })).length).toBeGreaterThan(10);
});

/** What gets lost on its way to the engine, each with a case that finds it out. */
const lost: readonly (readonly [option: string, finder: string])[] = [
  ['prefix', 'prefix is put before the key of an update'],
  ['getSessionKey', 'getSessionKey says which session an update belongs to'],
  ['getSessionKey', 'an update for which getSessionKey finds no key has none, whatever the prefix'],
  [
    'saveOnError',
    'with saveOnError, what a handler that fails has changed is kept, and its error is told as it is',
  ],
  ['prefx', 'an unknown option is a TypeError that names it'],
  ['maxBytes', 'every option is refused with a TypeError that names it when its type is wrong'],
];

test.for(lost)('an adapter that drops %s is found out by: %s', async ([option, finder]) => {
  const sound = adapterSubject(subjects[0] as Subject);
  const found = adapterCases.find(({ name }) => name === finder) as AdapterCase;
  expect(found, finder).toBeDefined();
  await found.run(sound);
  const session: AdapterSubject['session'] = (options) =>
    sound.session(Object.fromEntries(Object.entries(options).filter(([name]) => name !== option)));
  await expect(found.run({ ...sound, session })).rejects.toThrow(/expected/);
});
