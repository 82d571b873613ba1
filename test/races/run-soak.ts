/** `pnpm test:soak`: all races and faults within a bound on time, and a report of what they have shown. */

import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Figures, type Outcome, reportOf } from './report';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What a soak is made of. */
const FILES = [
  'races/soak',
  'races/clocks',
  'races/resharding',
  'races/isolation',
  'races/pgbouncer',
  'races/timeouts',
  'races/flood',
  'races/model',
  'races/bad-values',
  'races/bad-input',
  'races/guards',
  'races/mutants',
  'core/turns-interleavings',
  'core/lease-interleavings',
];
/** What runs every day, and is not run again but counted. */
const EVERYDAY = [
  'races/redis',
  'races/redis-cluster',
  'races/postgres',
  'races/sqlite',
  'races/restarts',
  'races/webhook-replicas',
  'races/mutation',
  'stores/security-prototypes',
  'stores/security-keys',
  'stores/security-leaks',
  'core/security-random',
];

interface Listed {
  readonly file: string;
}

interface Results {
  readonly testResults: readonly {
    readonly name: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
}

void main();

async function main(): Promise<void> {
  const seed = Number(process.env['SOAK_SEED'] ?? Date.now() % 2 ** 31);
  const minutes = Number(process.env['SOAK_MINUTES'] ?? 10);
  if (!Number.isSafeInteger(seed) || !(minutes > 0))
    throw new TypeError('SOAK_SEED must be a whole number, and SOAK_MINUTES a number above 0.');
  const all = process.env['SOAK_GUARDS'] === 'all' ? ' SOAK_GUARDS=all' : '';
  const command = `SOAK_SEED=${seed} SOAK_MINUTES=${minutes}${all} pnpm test:soak`;
  console.info(command);
  const folder = await mkdtemp(join(tmpdir(), 'sessiongram-soak-'));
  const figures = join(folder, 'figures.jsonl');
  const results = join(folder, 'results.json');
  const startedAt = performance.now();
  try {
    await writeFile(figures, '');
    const env = {
      ...process.env,
      SOAK_FIGURES: figures,
      SOAK_SEED: String(seed),
      SOAK_MINUTES: String(minutes),
    };
    const status = await vitest(FILES, results, env);
    const took = (performance.now() - startedAt) / 60_000;
    const outcomes = outcomesOf(JSON.parse(await readFile(results, 'utf8')) as Results);
    const lines = (await readFile(figures, 'utf8')).split('\n').filter((line) => line !== '');
    const noted = lines.map((line) => JSON.parse(line) as Figures);
    const everyday = countsOf(EVERYDAY);
    const report = reportOf({ command, took, noted, outcomes, everyday });
    await writeFile(join(root, 'test/races/REPORT.md'), report);
    console.info(
      `${status === 0 ? 'Nothing was lost' : 'It FAILED'}; see test/races/REPORT.md. SOAK_SEED=${seed}`,
    );
    process.exitCode = status;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function vitest(files: readonly string[], results: string, env: NodeJS.ProcessEnv): Promise<number> {
  const settings = ['--config', 'test/vitest.config.ts', '--no-typecheck', '--no-file-parallelism'];
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${results}`];
  const run = spawn('node_modules/.bin/vitest', ['run', ...settings, ...reporters, ...pathsOf(files)], {
    cwd: root,
    env,
    stdio: 'inherit',
  });
  return new Promise((resolve, reject) => {
    run.once('error', reject);
    run.once('exit', (code) => resolve(code ?? 1));
  });
}

function outcomesOf({ testResults }: Results): Outcome[] {
  return testResults.map(({ name, assertionResults }) => {
    const count = (status: string): number =>
      assertionResults.filter((each) => each.status === status).length;
    const file = name.slice(name.indexOf('/test/') + '/test/'.length);
    return {
      file,
      passed: count('passed'),
      failed: count('failed'),
      skipped: count('skipped') + count('pending'),
    };
  });
}

/** How many tests there are in each file. */
function countsOf(files: readonly string[]): Map<string, number> {
  const args = ['list', '--json', '--config', 'test/vitest.config.ts', '--no-typecheck'];
  const { stdout } = spawnSync('node_modules/.bin/vitest', [...args, ...pathsOf(files)], {
    cwd: root,
    encoding: 'utf8',
  });
  const listed = JSON.parse(stdout.slice(stdout.indexOf('[\n'))) as Listed[];
  return new Map(
    files.map((file) => [file, listed.filter((each) => each.file.endsWith(`/${file}.test.ts`)).length]),
  );
}

function pathsOf(files: readonly string[]): string[] {
  return files.map((file) => `test/${file}.test.ts`);
}
