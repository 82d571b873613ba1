/** The runtimes, each as it comes from npm, and how a suite is run on one. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { run, tail } from '../packing/command';
import { CannotRun } from '../packing/report';
import { tool } from '../packing/tools';
import type { SuiteResult } from './programs/suite';
import { runWorker } from './workerd';

/** Something that runs our programs. */
export interface Runtime {
  readonly name: string;
  /** Runs a suite in a project that has the programs. */
  run(suite: string, project: string): Promise<SuiteResult>;
}

const ON_WORKERS = ['memory store', 'grammY adapter', 'grammY webhook'];

/** Where the package of a runtime keeps what is executed. */
const BINARIES = ['node_modules/node/bin/node', 'node_modules/.bin/bun', 'node_modules/.bin/deno'];

export const runtimes: readonly Runtime[] = [
  ...[20, 22, 24, 26].map((major) => withProcesses(`Node.js ${major}`, `node@${major}`, [])),
  withProcesses('Bun', 'bun', ['run']),
  withProcesses('Deno', 'deno', ['run', '--allow-all', '--quiet', '--node-modules-dir=manual']),
  {
    name: 'workerd',
    run(suite, project) {
      if (!ON_WORKERS.includes(suite)) throw new CannotRun('Workers have no files, and no such modules');
      return runWorker(suite, join(project, 'programs', 'worker.mjs'));
    },
  },
];

export const suites: readonly string[] = [
  ...ON_WORKERS,
  'Telegraf adapter',
  'node:sqlite',
  'bun:sqlite',
  'better-sqlite3',
  'libsql',
];

function withProcesses(name: string, spec: string, args: readonly string[]): Runtime {
  return {
    name,
    async run(suite, project) {
      const folder = await tool(spec);
      const binary = BINARIES.map((path) => join(folder, path)).find(existsSync);
      if (binary === undefined) throw new CannotRun(`${spec} has brought no binary`);
      const outcome = await run(binary, [...args, join(project, 'programs', 'main.mjs'), suite], {
        cwd: project,
        timeoutMs: 180_000,
      });
      const [, result] = /^RESULT (.*)$/m.exec(outcome.stdout) ?? [];
      if (result === undefined) throw new Error(`no result came.\n${tail(outcome, 30)}`);
      return JSON.parse(result) as SuiteResult;
    },
  };
}
