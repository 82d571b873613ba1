/** workerd, the runtime of Cloudflare Workers, for one request. */

import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CannotRun } from '../packing/report';
import { tool } from '../packing/tools';
import type { SuiteResult } from './programs/suite';

/** No `nodejs_compat`: what runs here needs nothing of Node.js. */
const CONFIG = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [ (name = "main", worker = (
    modules = [ (name = "worker.mjs", esModule = embed "worker.mjs") ],
    compatibilityDate = "2025-09-01"
  )) ],
  sockets = [ (name = "http", address = "127.0.0.1:0", http = (), service = "main") ]
);
`;

/** Starts a worker, asks it to run a suite, and ends it. */
export async function runWorker(suite: string, worker: string): Promise<SuiteResult> {
  const folder = await tool('workerd');
  const config = join(dirname(worker), 'worker.capnp');
  writeFileSync(config, CONFIG);
  const binary = join(folder, 'node_modules', 'workerd', 'bin', 'workerd');
  const child = spawn(binary, ['serve', config, '--control-fd=3'], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text) => (output += text));
  const exited = new Promise<never>((_, reject) => {
    child.once('error', (error) => reject(new CannotRun(`workerd does not start: ${error.message}`)));
    child.once('exit', () => reject(new Error(`workerd ended: ${output}`)));
  });
  exited.catch(() => {});
  try {
    const url = `http://127.0.0.1:${await Promise.race([exited, portOf(child.stdio[3])])}/?suite=${suite}`;
    const response = await Promise.race([exited, fetch(url, { signal: AbortSignal.timeout(120_000) })]);
    const text = await response.text();
    if (!response.ok) throw new Error(`workerd answered ${response.status}: ${text}\n${output}`);
    return JSON.parse(text) as SuiteResult;
  } finally {
    child.kill('SIGKILL');
  }
}

/** It tells by its control channel where it listens. */
function portOf(control: unknown): Promise<number> {
  return new Promise((resolve) => {
    let told = '';
    (control as NodeJS.ReadableStream).on('data', (text) => {
      told += text;
      const [, port] = /"port":\s*(\d+)/.exec(told) ?? [];
      if (port !== undefined) resolve(Number(port));
    });
  });
}
