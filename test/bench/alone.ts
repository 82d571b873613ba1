/** Measuring alone: the same in a process of its own, where V8 has seen nobody else. */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Runs this bench again for one task and answers what that printed last, as JSON. */
export async function runAlone<Answer>(task: readonly string[], quick: boolean): Promise<Answer> {
  const script = process.argv[1] as string;
  const args = [...process.execArgv, script, '--alone', JSON.stringify(task), ...(quick ? ['--quick'] : [])];
  const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 2 ** 26 });
  return JSON.parse(stdout.trim().split('\n').at(-1) as string) as Answer;
}
