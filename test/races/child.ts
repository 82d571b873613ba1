/** A process that runs one of our programs and never outlives this one, not even frozen. */

import { type ChildProcess, spawn } from 'node:child_process';

const living = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of living) child.kill('SIGKILL');
});

/** Starts a program, which finds its set-up as JSON in its arguments. What it prints as errors is told to `hear`. */
export function startChild(program: string, setup: object, hear: (text: string) => void): ChildProcess {
  const child = spawn(process.execPath, [program, JSON.stringify(setup)], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  living.add(child);
  child.once('close', () => living.delete(child));
  child.stderr?.on('data', (text: Buffer) => hear(text.toString()));
  return child;
}
