/** The READMEs of the adapters are tests: their starts run, and their diffs move real bots over with real data. */

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { useServer } from '../support/use-server';
import { everywhere, privately, programOf, repliesOf, type Side } from './moving/program';
import { type Place, type SetUp, setUps } from './moving/set-ups';
import { answersTo, type Runner, runners } from './reading/bots';
import { type Diff, readDiffs } from './reading/diffs';
import { blockFor, readBlocks, runBlock, typeErrors } from './reading/readme';
import { root } from './reading/sources';

const readme = (room: string): string => `packages/${room}/README.md`;
const rooms = runners.map(({ name }) => name);

function diffFor({ framework, name }: SetUp): Diff {
  const diff = readDiffs(readme(framework)).find((each) => each.name === name);
  if (diff === undefined) throw new Error(`${readme(framework)} has no diff that is named ${name}`);
  return diff;
}

const stand = useServer();

describe.each(runners)('the README of $name', (runner) => {
  const file = readme(runner.name);

  test('has a start that counts the messages', async () => {
    const bot = await runBlock(blockFor(readBlocks(file), runner.name), runner.modules(stand.server.url), {
      token: stand.account.token,
    });
    expect(await answersTo(runner, bot, stand.account)).toEqual(['Messages sent: 1', 'Messages sent: 2']);
  });

  test('has a diff for each set-up, and no other', () => {
    const names = setUps.filter(({ framework }) => framework === runner.name).map(({ name }) => name);
    expect(readDiffs(file).map(({ name }) => name)).toEqual(names);
  });

  test('has at most 60 lines', () => {
    expect(readFileSync(root + file, 'utf8').split('\n').length - 1).toBeLessThanOrEqual(60);
  });
});

// One program for all: most of the time goes into the types of the frameworks.
test('the READMEs of core and the adapters have no code that does not compile, before a diff and after it', {
  timeout: 180_000,
}, () => {
  const programs = setUps.flatMap((setUp) => {
    const sides: readonly Side[] = setUp.untyped === undefined ? ['before', 'after'] : ['after'];
    return sides.map((side) => programOf(diffFor(setUp), side, setUp.framework, setUp));
  });
  expect(
    typeErrors([...[...rooms, 'core'].flatMap((room) => readBlocks(readme(room))), ...programs]),
  ).toEqual([]);
});

/** Programs that run one after the other: the rival's only, and what has to give the same answers. */
type Rounds = readonly [theirs: readonly Side[], mixed: readonly Side[]];
const alone: Rounds = [['before'], ['after']];
const inTurns: Rounds = [
  ['before', 'before', 'before', 'before'],
  ['before', 'after', 'before', 'after'],
];

describe('moving over', () => {
  test.for(setUps)(
    'from $framework, $name: nobody can tell from the answers',
    { timeout: 60_000 },
    async (setUp, { skip }) => {
      const [theirs, mixed] = setUp.forgets ? alone : inTurns;
      const messages = setUp.forgets ? [privately, privately] : everywhere;
      const expected = await answersOf(setUp, theirs, messages);
      const answers = await answersOf(setUp, mixed, messages);
      if (expected === undefined || answers === undefined) return skip('there is no such server here');
      expect(expected).toHaveLength(theirs.length * messages.length);
      expect(answers).toEqual(expected);
    },
  );
});

/** Runs programs one after the other over the same data, as a bot that starts again, and collects their answers. */
async function answersOf(
  setUp: SetUp,
  sides: readonly Side[],
  messages: readonly object[],
): Promise<unknown[] | undefined> {
  const place = await setUp.open();
  if (place === undefined) return undefined;
  try {
    const answers: unknown[] = [];
    for (const side of sides) {
      const bot = await botOf(setUp, side, place);
      answers.push(...(await repliesOf(bot, stand.account, messages)));
    }
    return answers;
  } finally {
    await place.stop();
  }
}

function botOf(setUp: SetUp, side: Side, place: Place): Promise<unknown> {
  const runner = runners.find(({ name }) => name === setUp.framework) as Runner;
  const modules = { ...runner.modules(stand.server.url), ...place.modules };
  const program = programOf(diffFor(setUp), side, setUp.framework, setUp);
  return runBlock(program, modules, { token: stand.account.token, ...place.globals });
}
