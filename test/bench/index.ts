/** The bench: `pnpm bench` makes the tables, prints them, and writes them into `README.md`. */

import { describe, isMet } from './goal';
import { benchOptions } from './options';
import { quoteAgain } from './quotes';
import { markdownOf, writeTable } from './report';
import { effortOf, type TableMaker } from './table';
import { lru } from './tables/lru';
import { redis } from './tables/redis';
import { measureScale, scale } from './tables/scale';
import { sizes } from './tables/sizes';
import { sql } from './tables/sql';
import { bigger, measureAlone, time } from './tables/time';

const makers: readonly TableMaker[] = [time, bigger, lru, redis, sql, scale, sizes];

const options = benchOptions(makers.map(({ name }) => name));
const effort = effortOf(options.quick);

if (globalThis.gc === undefined) throw new Error('The bench needs --expose-gc: run it as `pnpm bench`.');

if (options.alone !== undefined) {
  const [what, ...rest] = JSON.parse(options.alone) as [string, string];
  const answer = await (what === 'scale' ? measureScale(rest[0], effort) : measureAlone(rest[0], effort));
  console.log(`\n${JSON.stringify(answer)}`);
} else {
  const missed: string[] = [];
  for (const maker of makers) {
    if (!options.only.includes(maker.name)) continue;
    const table = await maker.make(effort);
    console.log(`\n${markdownOf(table)}`);
    writeTable(maker.name, table, effort);
    quoteAgain();
    missed.push(...table.goals.filter((each) => !isMet(each)).map(describe));
  }
  if (options.check && missed.length > 0) {
    console.error(`\nGoals that were missed:\n${missed.join('\n')}`);
    process.exitCode = 1;
  }
}
