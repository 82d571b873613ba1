/** The way of a value from the version that it has to the one that is wanted, migration by migration. */

import { shown } from '../check';
import { copyOf } from '../data/snapshot';
import { isPromiseLike } from '../maybe-promise';
import type { Enhanced } from './enhanced';

/**
 * Makes data of one version of those of the version before: may change them in place, but has to return them.
 * To return `null` is to have no session.
 */
// biome-ignore lint/suspicious/noExplicitAny: data of an old version have a type that the program no longer has
export type Migration = (data: any) => unknown;

interface Step {
  readonly version: number;
  readonly migrate: Migration;
}

/**
 * A value that was written by a later version of the program. It is not corrupt, and must not be taken for that: a repair
 * would replace data that a newer program can read.
 */
export class NewerVersion extends Error {
  override readonly name = 'NewerVersion';
  readonly code = 'VALUE_NEWER';

  constructor(
    readonly version: number,
    readonly known: number,
  ) {
    super(
      `What is stored has version ${version}, and this program knows versions up to ${known}: a newer one has ` +
        'written it. Nothing was changed. Run the newer program, or raise the version.',
    );
  }
}

/** The migrations in the order of their versions. */
export class Ladder {
  /** The version that values are read as and written with. */
  readonly target: number;
  readonly #steps: readonly Step[];

  /** @throws TypeError for a version that is no number or comes twice, and where no version is given at all */
  constructor(migrations: Readonly<Record<string, Migration>>, target: number | undefined) {
    const steps = Object.entries(migrations).map(stepOf);
    steps.sort((a, b) => a.version - b.version);
    const twice = steps.find(({ version }, index) => version === steps[index + 1]?.version);
    if (twice !== undefined)
      throw new TypeError(`withMigrations(): there are two migrations to version ${twice.version}.`);
    const highest = steps.at(-1)?.version;
    this.target = target ?? highest ?? missing();
    this.#steps = steps.filter(({ version }) => version <= this.target);
  }

  /**
   * Refuses what a newer program has written.
   * @throws NewerVersion
   */
  admit({ v }: Enhanced): void {
    if (v !== undefined && v !== null && v > this.target) throw new NewerVersion(v, this.target);
  }

  /**
   * Data of the version that is wanted.
   * @throws NewerVersion, and whatever a migration throws
   */
  climb(enhanced: Enhanced): unknown {
    this.admit(enhanced);
    // Whoever has numbered from 0 or below means these migrations for data without a version as well; so does grammY.
    const from = enhanced.v ?? Math.min(0, (this.#steps[0]?.version ?? 1) - 1);
    const steps = this.#steps.filter(({ version }) => version > from);
    if (steps.length === 0) return enhanced.__d;
    let data: unknown = copyOf(enhanced.__d); // the store may have handed out its own object
    for (const step of steps) {
      data = step.migrate(data);
      if (data === null) return undefined;
      if (data === undefined || isPromiseLike(data)) throw notData(step, data);
    }
    return data;
  }
}

function stepOf([name, migrate]: [string, unknown]): Step {
  const version = Number(name);
  if (name.trim() === '' || !Number.isFinite(version)) {
    throw new TypeError(
      `withMigrations(): migrations are named by version, a number such as 2 or 1.5, but got ${shown(name)}.`,
    );
  }
  if (typeof migrate !== 'function') {
    throw new TypeError(
      `withMigrations(): the migration to version ${name} must be a function (data) => data, but got ${shown(migrate)}.`,
    );
  }
  return { version, migrate: migrate as Migration };
}

function missing(): never {
  throw new TypeError('withMigrations(): there must be a migration or a version, but got neither.');
}

function notData({ version }: Step, data: unknown): TypeError {
  const came = data === undefined ? 'nothing' : 'a promise';
  return new TypeError(
    `The migration to version ${version} returned ${came}. It has to return the data, or null for none, at once.`,
  );
}
