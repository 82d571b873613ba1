/** What the command line asks for. */

import { parseArgs } from 'node:util';

export interface BenchOptions {
  /** The tables to make; all, where nobody asks for some. */
  readonly only: readonly string[];
  readonly quick: boolean;
  readonly check: boolean;
  /** Set by the bench itself: what to measure alone in this process, for the process that asked. */
  readonly alone: string | undefined;
}

/** @throws Error with the usage when something else is asked for */
export function benchOptions(names: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    // `pnpm bench -- --quick` hands on the dashes as well.
    args: process.argv.slice(2).filter((argument) => argument !== '--'),
    options: {
      only: { type: 'string' },
      quick: { type: 'boolean', default: false },
      check: { type: 'boolean', default: false },
      alone: { type: 'string' },
    },
  });
  const only = values.only?.split(',') ?? names;
  if (!only.every((name) => names.includes(name))) {
    throw new Error(
      `--only takes names out of ${names.join(', ')}, with commas between them, but got ${values.only}. Also known: --quick, --check.`,
    );
  }
  return { only, quick: values.quick, check: values.check, alone: values.alone };
}
