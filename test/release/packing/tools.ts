/** Programs from npm that a check needs and the workspace does not: kept in a cache from one run to the next. */

import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { run, tail } from './command';
import { isOffline, writeFiles } from './project';
import { CannotRun } from './report';

/** What is known to need its install script: these packages fetch or place their binary with it. */
const MAY_RUN_SCRIPTS = { node: true, bun: true, deno: true, workerd: true, 'better-sqlite3': true };

/**
 * The folder in which a package is installed, by npm, into nothing else: `tool('node@22')`.
 *
 * @throws CannotRun where it cannot be installed; in CI that is a failure
 */
export async function tool(spec: string): Promise<string> {
  const { SESSIONGRAM_CACHE, XDG_CACHE_HOME } = process.env;
  const cache = SESSIONGRAM_CACHE ?? join(XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'sessiongram');
  const folder = join(cache, 'tools', spec.replaceAll(/[^\w.-]+/g, '-'));
  if (existsSync(folder)) return folder;
  const work = `${folder}.${process.pid}`;
  mkdirSync(work, { recursive: true });
  writeFiles(work, { 'package.json': JSON.stringify({ private: true, allowScripts: MAY_RUN_SCRIPTS }) });
  const installed = await run('npm', ['install', '--no-audit', '--no-fund', spec], { cwd: work });
  if (installed.ok) {
    renameSync(work, folder);
    return folder;
  }
  rmSync(work, { recursive: true, force: true });
  const reason = `${spec} cannot be installed: ${tail(installed, 4)}`;
  throw isOffline(installed) || process.env['CI'] !== 'true' ? new CannotRun(reason) : new Error(reason);
}
