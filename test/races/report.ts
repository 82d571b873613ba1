/** The report of a soak, as Markdown: figures that were measured, and nothing else. */

import { spawnSync } from 'node:child_process';
import { cpus, loadavg } from 'node:os';
import type { FloodFigures } from './flood';
import { guards } from './guards';

/** What a test has noted. */
export type Figures = Readonly<Record<string, unknown>> & { readonly test: string; readonly name: string };

/** What came of the tests of a file. */
export interface Outcome {
  readonly file: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export interface Soaked {
  /** What makes the same report again. */
  readonly command: string;
  /** In minutes. */
  readonly took: number;
  readonly noted: readonly Figures[];
  readonly outcomes: readonly Outcome[];
  /** How many tests there are in the files that run every day, and did not run now. */
  readonly everyday: ReadonlyMap<string, number>;
}

export function reportOf({ command, took, noted, outcomes, everyday }: Soaked): string {
  const of = (test: string): Figures[] => noted.filter((each) => each.test === test);
  const failed = outcomes.reduce((sum, outcome) => sum + outcome.failed, 0);
  const tried = of('bad values').reduce((sum, { tried: count }) => sum + Number(count), 0);
  const soaked = of('soak');
  const updates = noted.reduce((sum, each) => sum + Number(each['updates'] ?? 0), 0);
  const faults = soaked.reduce((sum, each) => sum + faultsOf(each), 0);
  const isLost =
    failed > 0
      ? `**${failed} tests failed; see their output.**`
      : 'Nothing was lost, and nothing was done twice.';
  return `# Reliability report

Written by \`pnpm test:soak\`. To repeat it: \`${command}\`. The seed decides what is done
to whom; when it happens is up to the machine. A row stands below only where the books of its test were right; starts and
what has no share of the time take up to three minutes more on a slow machine.

${isLost} ${updates} updates under ${faults} faults and more below; ${tried} bad inputs tried; ${of('guards').length} of ${guards.length} guards taken out, each found out by a test.

- ${new Date().toISOString().slice(0, 10)}, ${took.toFixed(1)} minutes
- ${versions().join(', ')}
- ${cpus().length} cores, load ${loadavg()[2]?.toFixed(1)} over the last 15 minutes: ${load()}

## Load and faults at once

Six processes, 300 updates a second wanted; updates by turns redelivered until they are acknowledged, or handed out once. At the end every acknowledged update stands exactly once in its session, every other at most once. Updates whose
process was killed, or whose answer got lost, and that are not redelivered, are of unknown outcome.

${table(
  [
    'store',
    'updates',
    'a second',
    'acknowledged',
    'unknown',
    'lost',
    'SIGKILL',
    'SIGSTOP',
    'server crashes',
    'cut connections',
    'redelivered',
  ],
  soaked.map((each) => [
    each.name,
    each['updates'],
    (Number(each['updates']) / (Number(each['ms']) / 1_000)).toFixed(0),
    each['acknowledged'],
    each['unknown'],
    0,
    each['kills'],
    each['freezes'],
    each['crashes'],
    each['cuts'],
    each['redelivered'],
  ]),
)}

What the processes that were never killed hold on to, in MB after a collection, in the first and the last third of the time; at the end none has a timer, a queue, or a key that others would wait for.

${table(
  ['store', 'first third', 'last third'],
  soaked.flatMap((each) =>
    (each['heap'] as { first: number; last: number }[]).map(({ first, last }) => [
      each.name,
      megabytes(first),
      megabytes(last),
    ]),
  ),
)}

## Clocks

Workers off by 0, ±10 and ±300 seconds; then the server's clock an hour ahead and back again and again. Processes are frozen meanwhile. Lost: 0.

${figuresTable(of('clocks'))}

## Redis Cluster in use

Keys of 13 shapes with braces. Lost: 0; CROSSSLOT errors: 0.

${figuresTable(of('cluster'))}

## PostgreSQL as others set it up

Each isolation level as the default of the database, PgBouncer in transaction mode, and pools of one connection. Lost: 0; nobody waits for ever.

${figuresTable(of('PostgreSQL'))}

## Frameworks that give up on a handler

An update comes again, to the same process or to another one, while the handler of its first delivery still runs. The effect on its session is to stand once with \`skipRedelivered\`; without it the test shows that it can tell.

${figuresTable(of('time-outs'))}

## A flood of one user

One user sends 10,000 updates in two seconds, again and again, while each of them takes 50 ms; a thousand others send one each. Those of the one user beyond \`maxWaiting\` are told \`SESSION_BUSY\`. Wanted of the others: a p99 at most twice that in quiet.

${table(
  ['store', 'handled', 'told busy', 'p99 of the others in quiet, ms', 'in the flood, ms', 'ratio'],
  of('flood').map(floodRow),
)}

${of('distinct')
  .map(({ keys, kept }) => `${keys} users through one process leave ${kept} sessions, its cap, and no turn.`)
  .join('\n')}

## The lease contract against a model

Up to 60 commands in any order (acquire, commit, hand over, duplicate, renew, lapse, evict, crash). Counterexamples: 0.

${table(
  ['store', 'runs', 'answers'],
  of('model').map((each) => [each.name, each['runs'], answersOf(each)]),
)}

## Guards

Without one of these, in a copy of the sources, the test beside it fails.${untried(of('guards'))}

${table(
  ['guard', 'source', 'test', 'in this run'],
  guards.map(({ name, patch, killer }) => {
    const isFound = of('guards').some((each) => each.name === name && each['file'] === patch.file);
    return [name, code(patch.file), killer[1].replaceAll('|', '\\|'), isFound ? 'found out' : ''];
  }),
)}

## What runs every day

\`pnpm test\` has more of this, shorter, which did not run again for this report: processes killed, frozen and cut off one kind after the other on each store, locks evicted, scripts and data flushed, lost replies, one key that all want, and the fences and marks of each store taken out.

${table(
  ['file', 'tests'],
  [...everyday].map(([file, count]) => [code(`test/${file}.test.ts`), count]),
)}

## All tests of this run

${table(
  ['file', 'passed', 'failed', 'skipped'],
  outcomes.map((each) => [code(`test/${each.file}`), each.passed, each.failed, each.skipped]),
)}
`;
}

function faultsOf(figures: Figures): number {
  return ['kills', 'freezes', 'crashes', 'cuts', 'redelivered'].reduce(
    (sum, name) => sum + Number(figures[name] ?? 0),
    0,
  );
}

function figuresTable(all: readonly Figures[]): string {
  const names = [...new Set(all.flatMap((each) => Object.keys(each)))].filter(
    (name) => name !== 'test' && name !== 'name',
  );
  return table(
    ['what', ...names],
    all.map((each) => [each.name, ...names.map((name) => each[name] ?? '')]),
  );
}

function table(head: readonly string[], rows: readonly (readonly unknown[])[]): string {
  if (rows.length === 0) return 'Did not run here.';
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function floodRow(each: Figures): unknown[] {
  const { handled, busy } = each['flood'] as FloodFigures['flood'];
  const times = ['quietP99Ms', 'floodedP99Ms', 'ratio'].map((name) => Number(each[name]).toFixed(2));
  return [each.name, handled, busy, ...times];
}

function answersOf({ answers }: Figures): string {
  return Object.entries(answers as Record<string, number>)
    .map(([answer, count]) => `${count} ${answer}`)
    .join(', ');
}

function untried(tried: readonly Figures[]): string {
  const left = guards.length - tried.length;
  return left === 0
    ? ''
    : ` The time of this run did not suffice for ${left} more; \`SOAK_GUARDS=all\` tries all of them.`;
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}

function code(text: unknown): string {
  return `\`${text}\``;
}

function load(): string {
  const isBusy = (loadavg()[2] ?? 0) > 2 * cpus().length;
  return isBusy
    ? 'the machine was busy with other work, which the figures per second show'
    : 'the machine had little else to do';
}

function versions(): string[] {
  const said = (command: string): string | undefined => {
    const { stdout } = spawnSync('sh', ['-c', command], {
      encoding: 'utf8',
      env: { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin` },
    });
    return /\d+\.\d+(\.\d+)?/.exec(stdout ?? '')?.[0];
  };
  const all: [string, string | undefined][] = [
    ['Node.js', process.version],
    ['Redis', said('redis-server --version')],
    [
      'PostgreSQL',
      said(
        'postgres --version || ls -d /usr/lib/postgresql/*/bin/postgres | tail -n 1 | xargs -I@ @ --version',
      ),
    ],
    ['PgBouncer', said('pgbouncer --version')],
    ['faketime', said('faketime --version')],
  ];
  return all.map(([name, version]) => `${name} ${version ?? 'absent'}`);
}
