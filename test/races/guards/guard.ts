/** A guard of the sources: what it prevents, how it is taken out, and the test that finds that out. */

import type { Patch } from '../program';

export interface Guard {
  /** What no longer holds without it. */
  readonly name: string;
  readonly patch: Patch;
  /** The test that fails without it: its file below `test`, and its name. */
  readonly killer: readonly [file: string, test: string];
}

/** A guard of one file. */
export type GuardOf = (name: string, find: string, replacement: string, file: string, test: string) => Guard;

/** Words the guards of one source file. */
export function guardsOf(source: string): GuardOf {
  return (name, find, replacement, file, test) => ({
    name,
    patch: { file: source, find, replacement },
    killer: [file, test],
  });
}
