/** Clocks that are off: libfaketime in front of programs that are started here. Only the time of day is turned, as on real machines. */

import { existsSync, readdirSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** More variables for a program's environment. */
export type Environment = Readonly<Record<string, string>>;

/** Debian has it in a folder for each architecture. */
const LIBRARIES = '/usr/lib';
/** The one for programs with threads. */
const FILE = 'faketime/libfaketimeMT.so.1';

/** Whether tests that turn clocks are to be skipped; prints why. For `describe.skipIf(skipsFaketime())`. */
export function skipsFaketime(): boolean {
  const absence = faketimeAbsence();
  if (absence !== undefined) console.warn(`Skipped: ${absence}.`);
  return absence !== undefined;
}

/** The environment of a program whose clock is off by so many seconds. */
export function clockOff(seconds: number): Environment {
  return { ...preloaded(), FAKETIME: offset(seconds) };
}

/** A clock that is turned while programs run by it. */
export class TurnedClock {
  private constructor(readonly folder: string) {}

  static async start(): Promise<TurnedClock> {
    const clock = new TurnedClock(await mkdtemp(join(tmpdir(), 'sessiongram-clock-')));
    // Servers that refuse to be run by root have to read it as well.
    await chmod(clock.folder, 0o755);
    await clock.turn(0);
    return clock;
  }

  /** For programs that are to go by this clock. */
  get environment(): Environment {
    return { ...preloaded(), FAKETIME_TIMESTAMP_FILE: this.#file, FAKETIME_NO_CACHE: '1' };
  }

  /** Sets it to the real time and so many seconds. */
  async turn(seconds: number): Promise<void> {
    await writeFile(this.#file, `${offset(seconds)}\n`);
  }

  async stop(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  get #file(): string {
    return join(this.folder, 'offset');
  }
}

/** Runs with more variables in this process's environment, which is that of all it starts. */
export async function within<T>(environment: Environment, start: () => Promise<T>): Promise<T> {
  const before = Object.keys(environment).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, environment);
  try {
    return await start();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}

function preloaded(): Environment {
  const library = findLibrary();
  if (library === undefined) throw new Error(`${FILE} not found below ${LIBRARIES}.`);
  // Debian's redis-server has an allocator that asks for the time before libfaketime is ready; libc in front of it has not.
  return { LD_PRELOAD: `${library} libc.so.6`, DONT_FAKE_MONOTONIC: '1' };
}

function findLibrary(): string | undefined {
  if (!existsSync(LIBRARIES)) return undefined;
  const paths = readdirSync(LIBRARIES).map((architecture) => join(LIBRARIES, architecture, FILE));
  return paths.find((path) => existsSync(path));
}

function offset(seconds: number): string {
  return `${seconds < 0 ? '-' : '+'}${Math.abs(seconds)}s`;
}

/** Why clocks cannot be turned here, or `undefined`. In CI they have to be: then the tests run, and fail without it. */
function faketimeAbsence(): string | undefined {
  if (process.env['CI'] === 'true') return undefined;
  return findLibrary() === undefined ? `${FILE} not found below ${LIBRARIES} (Debian: faketime)` : undefined;
}
