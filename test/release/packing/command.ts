/** A command of another program, run to its end. */

import { spawn } from 'node:child_process';

/** What became of a command. */
export interface Outcome {
  readonly ok: boolean;
  readonly stdout: string;
  /** Everything that was printed, on both channels. */
  readonly output: string;
}

export interface CommandOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** After which the command is ended and counts as failed. @default 300_000 */
  readonly timeoutMs?: number;
}

/** Runs a command; one that cannot be started, or takes too long, has failed as well. */
export function run(
  command: string,
  args: readonly string[],
  { cwd, env = {}, timeoutMs = 300_000 }: CommandOptions,
): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...surroundings(), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    let stdout = '';
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      output += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    const timer = setTimeout(() => {
      output += `\nended after ${timeoutMs} ms\n`;
      // With all that it has started, such as a compiler.
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    }, timeoutMs);
    child.on('error', (error) => {
      output += String(error);
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ ok: code === 0, stdout, output });
    });
  });
}

/** Runs `pnpm`: the one that runs this script, so that its version is the one that would publish. */
export function pnpm(args: readonly string[], options: CommandOptions): Promise<Outcome> {
  const path = process.env['npm_execpath'];
  if (path === undefined || !/pnpm/.test(path)) return run('npx', ['-y', 'pnpm@12', ...args], options);
  return /\.[cm]?js$/.test(path) ? run(process.execPath, [path, ...args], options) : run(path, args, options);
}

/** The last lines of what was printed: where the reason of a failure stands. */
export function tail({ output }: Outcome, lines = 12): string {
  return output.trimEnd().split('\n').slice(-lines).join('\n');
}

/** The environment without what the package manager that runs this script has put there for its own project. */
function surroundings(): NodeJS.ProcessEnv {
  const own = /^(npm_(config|package|lifecycle|execpath|command)|pnpm_|INIT_CWD$|NODE_PATH$|NODE_OPTIONS$)/i;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name)));
}
