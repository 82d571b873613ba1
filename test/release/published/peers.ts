/** The ranges of the frameworks that the adapters allow: the adapter cases on both ends of each. */

import { join } from 'node:path';
import { run, tail } from '../packing/command';
import type { SuiteResult } from '../runtimes/programs/suite';

/** A framework at a version that has to work. */
export interface Peer {
  readonly framework: string;
  readonly version: string;
  readonly suites: readonly string[];
}

/** There is no 1.20.0 or 1.20.1 of grammY on npm; and its option `fetch`, which the webhook suite needs, came later. */
export const peers: readonly Peer[] = [
  { framework: 'grammy', version: '1.20.2', suites: ['grammY adapter'] },
  { framework: 'grammy', version: 'latest', suites: ['grammY adapter', 'grammY webhook'] },
  { framework: 'telegraf', version: '4.12.0', suites: ['Telegraf adapter'] },
  { framework: 'telegraf', version: 'latest', suites: ['Telegraf adapter'] },
];

/** What a project needs for a peer. */
export function dependenciesFor({ framework, version }: Peer): Record<string, string> {
  return { '@sessiongram/core': '*', [`@sessiongram/${framework}`]: '*', [framework]: version };
}

/** Runs the suites of a peer in a project that has it and the programs. */
export async function runPeer(project: string, { suites }: Peer): Promise<string> {
  let passed = 0;
  for (const suite of suites) {
    const outcome = await run(process.execPath, [join('programs', 'main.mjs'), suite], { cwd: project });
    const [, text] = /^RESULT (.*)$/m.exec(outcome.stdout) ?? [];
    if (text === undefined) throw new Error(`${suite}: no result came.\n${tail(outcome, 20)}`);
    const result = JSON.parse(text) as SuiteResult;
    const [failure] = result.failed;
    if (failure !== undefined) throw new Error(`${suite}: ${failure.name}\n${failure.error}`);
    passed += result.passed;
  }
  if (passed === 0) throw new Error('not one case ran');
  return `${passed} cases`;
}
