/** Time per update with sessions in memory. */

import { runAlone } from '../alone';
import { type Contestant, contestantCalled, contestants } from '../contestants';
import { contextMaker, hasRealVibegram, privateMessage } from '../contexts';
import { type Goal, goal } from '../goal';
import { interleave, type Runner, type Timings } from '../rounds';
import { bigSession, smallSession } from '../session-data';
import type { Effort, Section, Table, TableMaker } from '../table';
import { type Handling, loopFor } from '../update-loop';

interface Case {
  readonly name: string;
  readonly handling: Handling;
  readonly keys: number;
  readonly initial: () => object;
  readonly limit: number;
}

type RatioOf = (name: string, other: string) => number;

/** What `measureAlone` answers: nanoseconds by the name of the case. */
type AloneTimes = Readonly<Record<string, number>>;

const small: readonly Case[] = [
  {
    name: '37 bytes, one key, incremented',
    handling: 'increment',
    keys: 1,
    initial: smallSession,
    limit: 0.5,
  },
  {
    name: '37 bytes, 10,000 keys, incremented',
    handling: 'increment',
    keys: 10_000,
    initial: smallSession,
    limit: 0.5,
  },
  { name: '37 bytes, one key, untouched', handling: 'untouched', keys: 1, initial: smallSession, limit: 0.3 },
];
const big: readonly Case[] = [
  {
    name: '2 kB, one key, incremented',
    handling: 'increment',
    keys: 1,
    initial: bigSession(2_000),
    limit: 1,
  },
  {
    name: '50 kB, one key, incremented',
    handling: 'increment',
    keys: 1,
    initial: bigSession(50_000),
    limit: 1,
  },
];

const NOTES = [
  'Processor time. Each contestant is called with a new, real context of its framework; keys are each one\'s default. "Interleaved": all ' +
    'contestants in one process, in turn. "Alone": a process for each contestant, the best of three. ' +
    'Goals are held against both: on Node.js before 24, AsyncLocalStorage slows the promises of the whole process, so that ' +
    'interleaved it costs theirs as well. "Draft" is the option `isolation: \'draft\'`. Theirs hand out the stored object ' +
    'itself; ours is isolated, compared, and has its turn. "Without AsyncLocalStorage": ours where a handler that waits for ' +
    'itself is only noticed before its first `await`. "The barest session" is the least that does with it what ours does: ' +
    'one process, plain data, and nothing to wait for.',
  ...(hasRealVibegram
    ? []
    : [
        'VIBEGRAM_DIR is not set: ours in vibegram runs on a stand-in of its context, and its own session is missing.',
      ]),
];

/** All but the bounds, which put their session where ours puts its own. */
const together = contestants.filter(({ side }) => side !== 'bound');
/** Processes for each contestant, in turn: a machine's slow minute is nobody's figure, and V8 differs from one to the next. */
const LOOKS = 3;
const measuredAlone = new Map<string, AloneTimes>();

export const time: TableMaker = {
  name: 'time',
  make: (effort) => tableOf('Time per update, sessions in memory', small, effort, ownGoals),
};

export const bigger: TableMaker = {
  name: 'bigger',
  make: (effort) => tableOf('Time per update, bigger sessions in memory', big, effort, () => []),
};

/** All cases for one contestant, in this process. */
export async function measureAlone(name: string, effort: Effort): Promise<AloneTimes> {
  const one = contestantCalled(name);
  const shorter = {
    ...effort,
    warmUpMs: effort.warmUpMs / 2,
    rounds: Math.ceil(effort.rounds / 3),
  };
  const times: Record<string, number> = {};
  for (const each of [...small, ...big]) {
    times[each.name] = (await measure(each, [one], shorter)).of(name);
  }
  return times;
}

async function tableOf(
  title: string,
  cases: readonly Case[],
  effort: Effort,
  more: (each: Case, ratioOf: RatioOf, where: string) => Goal[],
): Promise<Table> {
  const alone = await aloneTimes(effort);
  const sections: Section[] = [];
  const goals: Goal[] = [];
  for (const each of cases) {
    const timings = await measure(each, together, effort);
    sections.push(sectionOf(each, timings, alone));
    const apart = (name: string): number => alone.get(name)?.[each.name] as number;
    const ways: readonly [string, RatioOf][] = [
      ['interleaved', (one, other) => timings.ratio(one, other)],
      ['alone', (one, other) => apart(one) / apart(other)],
    ];
    for (const [where, ratioOf] of ways)
      goals.push(...more(each, ratioOf, where), bestGoal(each, ratioOf, where));
  }
  return { title, notes: NOTES, sections, goals };
}

/** Both tables have a part of what one process per contestant measures, once. */
async function aloneTimes({ quick }: Effort): Promise<ReadonlyMap<string, AloneTimes>> {
  if (measuredAlone.size > 0) return measuredAlone;
  for (let look = 0; look < LOOKS; look++) {
    for (const { name } of contestants) {
      const times = await runAlone<AloneTimes>(['time', name], quick);
      measuredAlone.set(name, bestOf(times, measuredAlone.get(name) ?? times));
    }
  }
  return measuredAlone;
}

function bestOf(one: AloneTimes, other: AloneTimes): AloneTimes {
  return Object.fromEntries(
    Object.entries(one).map(([name, ns]) => [name, Math.min(ns, other[name] as number)]),
  );
}

async function measure(
  { handling, keys, initial }: Case,
  among: readonly Contestant[],
  effort: Effort,
): Promise<Timings> {
  const updates = Array.from({ length: keys }, (_, user) => privateMessage(user));
  const checks: (() => Promise<void>)[] = [];
  const runners = await Promise.all(
    among.map(async (one): Promise<Runner> => {
      const { eagerly, lazily, feed, seen } = await loopFor(one.name);
      const handlers = one.mode === 'lazy' ? lazily : eagerly;
      // The floor has no session to look at.
      const handle = one.side === 'floor' ? handlers.untouched : handlers[handling];
      const middleware = one.install(initial);
      const contextOf = await contextMaker(one.framework);
      let fed = 0;
      checks.push(async () => {
        if (one.side === 'floor') return;
        seen.sum = 0;
        await feed(middleware, contextOf, handlers.read, updates, 0, keys);
        const counted = handling === 'increment' ? fed : 0;
        if (seen.sum !== counted) throw new Error(`${one.name} counted ${seen.sum} of ${counted}.`);
      });
      return {
        name: one.name,
        run(count) {
          const from = fed;
          fed += count;
          return feed(middleware, contextOf, handle, updates, from, count);
        },
      };
    }),
  );
  const timings = await interleave(runners, effort, 'processor');
  for (const check of checks) await check();
  return timings;
}

function sectionOf({ name }: Case, timings: Timings, alone: ReadonlyMap<string, AloneTimes>): Section {
  const rows = contestants.map((one) => {
    const own = ownOf(one);
    const apart = alone.get(one.name)?.[name] as number;
    const ownApart = own && (alone.get(own.name)?.[name] as number);
    const isTogether = together.includes(one);
    return [
      one.name,
      isTogether ? micros(timings.of(one.name)) : '',
      isTogether && own !== undefined ? timings.ratio(one.name, own.name).toFixed(2) : '',
      micros(apart),
      ownApart === undefined ? '' : (apart / ownApart).toFixed(2),
    ];
  });
  const columns = ['', 'interleaved, µs', 'x its own', 'alone, µs', 'x its own, alone'];
  return { heading: name, columns, rows };
}

/** What ours and its bound take the place of: the same kind of session of the same framework. */
function ownOf({ side, framework, mode }: Contestant): Contestant | undefined {
  if (side !== 'ours' && side !== 'bound') return undefined;
  return contestants.find((one) => one.side === 'theirs' && one.framework === framework && one.mode === mode);
}

function ownGoals({ name, limit }: Case, ratioOf: RatioOf, where: string): Goal[] {
  return contestants.flatMap((one) => {
    const own = ownOf(one);
    if (own === undefined || one.side !== 'ours') return [];
    const way = { ratio: ratioOf(one.name, own.name), limit, with: own.name };
    return [goal(`${name}, ${one.name}, ${where}`, way)];
  });
}

function bestGoal({ name, limit }: Case, ratioOf: RatioOf, where: string): Goal {
  const ours = fastest('ours', ratioOf);
  const theirs = fastest('theirs', ratioOf);
  const way = { ratio: ratioOf(ours, theirs), limit, with: theirs };
  return goal(`${name}, best of ours (${ours}), ${where}`, way);
}

function fastest(side: Contestant['side'], ratioOf: RatioOf): string {
  const names = contestants.filter((one) => one.side === side).map((one) => one.name);
  return names.reduce((best, name) => (ratioOf(name, best) < 1 ? name : best));
}

function micros(ns: number): string {
  return (ns / 1_000).toFixed(2);
}
