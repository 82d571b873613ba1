/** The packages as published, on every runtime that npm brings: `pnpm test:runtimes`, after a build. */

import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { npm, Projects } from '../packing/project';
import { Registry } from '../packing/registry';
import { CannotRun, Report } from '../packing/report';
import { packAll } from '../packing/tarballs';
import { tool } from '../packing/tools';
import { bundleMain, bundleWorker } from './bundle';
import type { SuiteResult } from './programs/suite';
import { type Runtime, runtimes, suites } from './runtimes';

const DEPENDENCIES = {
  '@sessiongram/core': '*',
  '@sessiongram/grammy': '*',
  '@sessiongram/sqlite': '*',
  '@sessiongram/telegraf': '*',
  grammy: '^1.46.0',
  libsql: '^0.5.29',
  telegraf: '^4.16.3',
};

const report = new Report();
const packed = mkdtempSync(join(tmpdir(), 'sessiongram-packed-'));
const registry = await Registry.start(await packAll(packed));
const projects = new Projects(registry.url);
try {
  const project = await projects.make('runtimes', npm, DEPENDENCIES);
  // Built for the Node.js that runs this; on others it says so itself.
  await report.check('better-sqlite3', 'installs', () => link('better-sqlite3', project));
  await bundleMain(project);
  await bundleWorker(project);
  for (const runtime of runtimes) {
    for (const suite of suites) {
      await report.check(runtime.name, suite, async () => told(await runtime.run(suite, project)));
    }
  }
} finally {
  projects.remove();
  rmSync(packed, { recursive: true, force: true });
  await registry.stop();
}
console.log(`\n${table(runtimes)}`);
report.close();

/** Makes a package of its own folder a package of the project. */
async function link(name: string, project: string): Promise<string> {
  symlinkSync(join(await tool(name), 'node_modules', name), join(project, 'node_modules', name));
  return '';
}

/** What passed, in a word. */
function told({ passed, failed, skipped, absent }: SuiteResult): string {
  if (absent !== undefined) throw new CannotRun(absent);
  if (failed.length > 0) throw new Error(failed.map(({ name, error }) => `${name}\n${error}`).join('\n'));
  if (passed === 0) throw new Error('not one case ran');
  return `${passed} passed${skipped === 0 ? '' : `, ${skipped} do not apply`}`;
}

function table(rows: readonly Runtime[]): string {
  const cell = (name: string, suite: string): string => {
    const line = report.lines.find(({ of, what }) => of === name && what === suite);
    return line?.verdict === 'ok'
      ? line.detail.replace(/ passed.*/, '')
      : line?.verdict === 'FAILED'
        ? 'FAILED'
        : '-';
  };
  const cells = [
    ['', ...suites],
    ...rows.map(({ name }) => [name, ...suites.map((suite) => cell(name, suite))]),
  ];
  const widths = ['', ...suites].map((_, column) =>
    Math.max(...cells.map((row) => row[column]?.length ?? 0)),
  );
  return cells
    .map((row) => row.map((text, column) => text.padEnd(widths[column] ?? 0)).join('  '))
    .join('\n');
}
