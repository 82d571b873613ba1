/** A million sessions in memory, and ten thousand keys in flight at once. */

import { execFile } from 'node:child_process';
import { setImmediate as nextTick } from 'node:timers/promises';
import { promisify } from 'node:util';
import { runAlone } from '../alone';
import { doorOf } from '../built';
import { contestantCalled, contestants } from '../contestants';
import { contextMaker, privateMessage } from '../contexts';
import { type Goal, goal } from '../goal';
import { heapAfterGc } from '../heap';
import { median, percentile } from '../rounds';
import { installFor } from '../scale-store';
import { smallSession } from '../session-data';
import type { Effort, Table, TableMaker } from '../table';

const SESSIONS = 1_000_000;
const AT_ONCE = 10_000;
/** Updates that are timed one by one, at the beginning and at the end. */
const WATCHED = 100_000;
const STARTS = 7;

/** What is measured in a process of its own. */
export interface ScaleFigures {
  readonly seconds: number;
  /** Of the first and of the last updates, in microseconds. */
  readonly early: Tail;
  readonly late: Tail;
  readonly bytesPerSession: number;
  readonly flightMs: number;
  readonly bytesAfterFlight: number;
}

interface Tail {
  readonly p50: number;
  readonly p99: number;
}

interface Counting {
  counter: number;
}

export const scale: TableMaker = {
  name: 'scale',
  async make({ quick }): Promise<Table> {
    const rows: string[][] = [];
    const goals: Goal[] = [];
    for (const { name, side, mode } of contestants) {
      if (side === 'floor' || side === 'bound' || mode === 'lazy') continue;
      const figures = await runAlone<ScaleFigures>(['scale', name], quick);
      rows.push([name, ...cellsOf(figures)]);
      if (side !== 'ours') continue;
      const { early, late } = figures;
      goals.push(
        goal(`p99 of the last updates, ${name}`, {
          ratio: late.p99 / early.p99,
          limit: 2,
          with: 'that of the first',
        }),
      );
    }
    const columns = [
      '',
      'all new sessions, s',
      'p50 first, µs',
      'p50 last, µs',
      'p99 first, µs',
      'p99 last, µs',
      'heap per session, B',
      '10,000 keys at once, ms',
      'heap kept afterwards, B per key',
    ];
    const million = { heading: 'A process for each', columns, rows };
    return {
      title: 'Scale',
      notes: [
        `Sessions: ${sessionsFor(quick ? 'a quick look' : 'a whole one').toLocaleString('en')}.`,
        ...NOTES,
      ],
      sections: [million, await startUp()],
      goals,
    };
  },
};

const NOTES = [
  'Each update is the first of its user and counts in a 37-byte session; the first and the last 100,000 are ' +
    'timed one by one. Then 10,000 of these users are in flight at once, each waiting for one turn of the event loop. Heap is ' +
    "taken after a collection. Ours and vibegram's hold at most so many; those of grammY and Telegraf hold everything.",
];

function sessionsFor(look: 'a quick look' | 'a whole one'): number {
  return look === 'a quick look' ? SESSIONS / 4 : SESSIONS;
}

/** In this process, which is to be a fresh one. */
export async function measureScale(name: string, { quick }: Effort): Promise<ScaleFigures> {
  const one = contestantCalled(name);
  const sessions = sessionsFor(quick ? 'a quick look' : 'a whole one');
  const watched = Math.min(WATCHED, sessions / 4);
  const middleware = installFor(one, sessions, smallSession);
  const contextOf = await contextMaker(one.framework);
  const count = async (user: number, handle: (session: Counting) => Promise<void> | void): Promise<void> => {
    const ctx = contextOf(privateMessage(user));
    await middleware(ctx, async () => handle(ctx.session as Counting));
  };
  const increment = (session: Counting): void => {
    session.counter++;
  };
  const before = heapAfterGc();
  const tails = { early: [] as number[], late: [] as number[] };
  const start = performance.now();
  for (let user = 0; user < sessions; user++) {
    const began = performance.now();
    await count(user, increment);
    const took = (performance.now() - began) * 1_000;
    // The very first ones are slow everywhere: nothing is compiled yet.
    if (user >= watched / 2 && user < watched * 1.5) tails.early.push(took);
    else if (user >= sessions - watched) tails.late.push(took);
  }
  const seconds = (performance.now() - start) / 1_000;
  const watchedNumbers = { early: tailOf(tails.early), late: tailOf(tails.late) };
  tails.early.length = tails.late.length = 0;
  const full = heapAfterGc();
  const flown = performance.now();
  const flight = Array.from({ length: AT_ONCE }, (_, index) =>
    count(index * Math.floor(sessions / AT_ONCE), async (session) => {
      session.counter++;
      await nextTick();
    }),
  );
  await Promise.all(flight);
  const flightMs = performance.now() - flown;
  flight.length = 0;
  const bytesAfterFlight = (heapAfterGc() - full) / AT_ONCE;
  await count(0, ({ counter }) => {
    if (counter !== 2) throw new Error(`${name} counted ${counter} of 2.`);
  });
  return {
    seconds,
    ...watchedNumbers,
    bytesPerSession: (full - before) / sessions,
    flightMs,
    bytesAfterFlight,
  };
}

function tailOf(times: readonly number[]): Tail {
  return { p50: median(times), p99: percentile(times, 0.99) };
}

function cellsOf({
  seconds,
  early,
  late,
  bytesPerSession,
  flightMs,
  bytesAfterFlight,
}: ScaleFigures): string[] {
  return [
    seconds.toFixed(2),
    ...[early.p50, late.p50, early.p99, late.p99].map((each) => each.toFixed(1)),
    bytesPerSession.toFixed(0),
    flightMs.toFixed(0),
    bytesAfterFlight.toFixed(0),
  ];
}

/** How much longer a process takes that loads a module and ends. */
async function startUp(): Promise<Table['sections'][number]> {
  const subjects = {
    nothing: '0',
    'ours in grammY': `import(${JSON.stringify(doorOf('grammy').href)})`,
    'ours in Telegraf': `import(${JSON.stringify(doorOf('telegraf').href)})`,
    grammY: "import('grammy')",
    Telegraf: "import('telegraf')",
  };
  const times = new Map<string, number[]>(Object.keys(subjects).map((name) => [name, []]));
  const cwd = new URL('.', import.meta.url);
  for (let round = 0; round < STARTS; round++) {
    for (const [name, code] of Object.entries(subjects)) {
      const start = performance.now();
      await promisify(execFile)(process.execPath, ['-e', code], { cwd });
      times.get(name)?.push(performance.now() - start);
    }
  }
  const bare = median(times.get('nothing') ?? []);
  const rows = [...times].map(([name, each]) => [name, (median(each) - bare).toFixed(0)]);
  return { heading: 'Start-up', columns: ['loads', 'ms more than a process that loads nothing'], rows };
}
