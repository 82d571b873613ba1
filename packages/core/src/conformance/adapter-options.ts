/** Cases on the options of an adapter: each reaches the engine, and what is no option is refused at the door. */

import type { UpdateContext } from '../key';
import { engineRules, placementRules } from '../options';
import {
  type AdapterCase,
  type AdapterContext,
  type AdapterOptions,
  type AdapterSubject,
  initial,
  SlowStore,
  textFrom,
  withBot,
} from './adapter-case';
import { expectEqual, expectFailure, expectThat } from './expect';

const byUpdate = async ({ update }: UpdateContext): Promise<string> =>
  `update${(update as { update_id: number }).update_id}`;

export const optionCases: readonly AdapterCase[] = [
  commandsCase('prefix is put before the key of an update', { prefix: 'bot1:' }, [
    ...['get bot1:42:42', 'set bot1:42:42'],
    ...['get bot1:42:42', 'set bot1:42:42'],
  ]),
  commandsCase('getSessionKey says which session an update belongs to', { getSessionKey: byUpdate }, [
    ...['get update1', 'set update1'],
    ...['get update2', 'set update2'],
  ]),
  commandsCase(
    'an update for which getSessionKey finds no key has none, whatever the prefix',
    { prefix: 'bot1:', getSessionKey: () => undefined, onMissingKey: 'undefined' },
    [],
  ),
  {
    name: 'an unknown option is a TypeError that names it',
    run: (subject) => expectRefused(subject, 'prefx', 'bot1:'),
  },
  // An option that gets lost on its way cannot be refused.
  {
    name: 'every option is refused with a TypeError that names it when its type is wrong',
    async run(subject) {
      const names = Object.keys({ ...engineRules(), ...placementRules(), sessions: true });
      for (const name of names) await expectRefused(subject, name, {});
    },
  },
];

/** A case of two updates of one user, who changes the session each time, and the commands that they are to cost. */
function commandsCase(name: string, options: AdapterOptions, commands: readonly string[]): AdapterCase {
  return {
    name,
    async run(subject) {
      const store = new SlowStore();
      let runs = 0;
      const handler = (ctx: AdapterContext) => {
        runs++;
        if (ctx.session) ctx.session.counter++;
      };
      await withBot(subject, [subject.session({ store, initial, ...options })], handler, async (bot) => {
        for (const id of [1, 2]) await bot.handle(textFrom(42, id));
        expectEqual('errors', bot.errors, []);
      });
      expectEqual('runs of the handler', runs, 2);
      expectEqual('commands', store.commands, commands);
    },
  };
}

async function expectRefused(subject: AdapterSubject, name: string, value: unknown): Promise<void> {
  const what = `session({ ${name}: ${JSON.stringify(value)} })`;
  const error = await expectFailure(what, () => subject.session({ [name]: value } as AdapterOptions));
  const told = error instanceof TypeError && error.message.includes(name);
  expectThat(`${what}: expected a TypeError that names "${name}"`, told, error);
}
