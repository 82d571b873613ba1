/** A table of figures, with the goals that it is held against. */

import type { Goal } from './goal';

export interface Table {
  readonly title: string;
  /** How it was measured, a sentence or more each. */
  readonly notes: readonly string[];
  readonly sections: readonly Section[];
  readonly goals: readonly Goal[];
}

export interface Section {
  readonly heading: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** How long to look. */
export interface Effort {
  /** For each contestant, before the first round: V8 compiles what runs often, and what is cold says nothing. */
  readonly warmUpMs: number;
  readonly rounds: number;
  readonly batchMs: number;
  readonly quick: boolean;
}

export interface TableMaker {
  /** What `--only` calls it. */
  readonly name: string;
  make(effort: Effort): Promise<Table>;
}

export function effortOf(quick: boolean): Effort {
  return quick
    ? { warmUpMs: 500, rounds: 9, batchMs: 20, quick }
    : { warmUpMs: 1_500, rounds: 41, batchMs: 25, quick };
}
