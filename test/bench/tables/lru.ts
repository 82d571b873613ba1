/** The LRU behind the memory store, against caches that do nothing else. */

import { cacheKeys } from '../cache-keys';
import { type CacheLoop, cacheLoopFor } from '../cache-loop';
import { cacheKinds, LRU_CACHE, OURS, PLAIN_MAP } from '../caches';
import { type Goal, goal } from '../goal';
import { heapAfterGc } from '../heap';
import { interleave, median, percentile, type Timings } from '../rounds';
import type { Effort, Section, Table, TableMaker } from '../table';

type Work = 'hit' | 'miss' | 'set' | 'evict' | 'zipf';

const SIZES = [10_000, 100_000, 1_000_000];
/** In this order: what evicts comes after what needs the cache as it was filled. */
const WORKS: Readonly<Record<Work, string>> = {
  hit: 'get, hit',
  miss: 'get, miss',
  set: 'set',
  evict: 'set with eviction',
  zipf: 'Zipf mix',
};
const LOOKS = 9;
/** So many entries at least: beside few, what else is on the heap weighs too much. */
const WEIGHED = 200_000;

interface Worst {
  readonly size: number;
  /** Of one look at many evictions: the longest, and the one that a thousandth exceeds; medians over the looks. */
  readonly longest: number;
  readonly longer: number;
}

export const lru: TableMaker = {
  name: 'lru',
  async make(effort): Promise<Table> {
    const sections: Section[] = [];
    const goals: Goal[] = [];
    const worst: Worst[] = [];
    for (const size of SIZES) worst.push(await measure(size, effort, sections, goals));
    const [first, last] = [worst[0] as Worst, worst.at(-1) as Worst];
    goals.push(
      goal(`the eviction that a thousandth exceeds, at ${last.size}`, {
        ratio: last.longer / first.longer,
        limit: 5,
        with: `that at ${first.size}`,
      }),
    );
    return { title: 'LRU', notes: NOTES, sections, goals };
  },
};

const NOTES = [
  'Nanoseconds of processor time per operation, interleaved in one process; keys are made and hashed beforehand and come in no order. Ours ' +
    'is `MemorySessionStore` through `getShared` and `setOwned`, without the copies. quick-lru holds up to twice its cap. A ' +
    'plain `Map` keeps no order and, in the mix, no cap. The bounds do no more than they must: a `Map`, slots in arrays, and the links or not even those. Heap: everything but the keys and the values. Evictions are ' +
    'timed one by one in 20,000s, in microseconds: the longest of such a look, and the one that a thousandth exceeds.',
];

async function measure(size: number, effort: Effort, sections: Section[], goals: Goal[]): Promise<Worst> {
  const keys = cacheKeys(size);
  const few = cacheKeys(1_000);
  const loops = new Map<string, CacheLoop>();
  const heaps = new Map<string, number>();
  for (const kind of cacheKinds) {
    const Loop = await cacheLoopFor(kind.name);
    // What V8 makes of the code itself is no part of an entry.
    new Loop(kind, few).evict(few.max);
    const { loop, bytes } = weigh(size, () => new Loop(kind, keys));
    heaps.set(kind.name, bytes);
    loops.set(kind.name, loop);
  }
  const heapOf = (name: string): number => heaps.get(name) as number;
  const timings = new Map<Work, Timings>();
  for (const work of Object.keys(WORKS) as Work[]) {
    const runners = [...loops].map(([name, loop]) => ({ name, run: (count: number) => loop[work](count) }));
    timings.set(work, await interleave(runners, { ...effort, warmUpMs: effort.batchMs * 6 }, 'processor'));
    goals.push(goalOf(size, work, timings.get(work) as Timings));
  }
  const looks = new Map([...loops].map(([name, loop]) => [name, lookAtWorst(loop)]));
  goals.push(
    goal(`${size} entries, heap`, { ratio: heapOf(OURS) / heapOf(LRU_CACHE), limit: 1, with: LRU_CACHE }),
  );
  const rows = cacheKinds.map(({ name }) => {
    const { longest, longer } = looks.get(name) as Omit<Worst, 'size'>;
    const times = [...timings.values()].map((each) => each.of(name).toFixed(0));
    return [name, ...times, heapOf(name).toFixed(0), longest.toFixed(1), longer.toFixed(1)];
  });
  const columns = [
    '',
    ...Object.values(WORKS),
    'heap per entry, B',
    'longest eviction, µs',
    '1 in 1,000, µs',
  ];
  sections.push({ heading: `${size.toLocaleString('en')} entries`, columns, rows });
  if ([...loops.values()].some((loop) => loop.found === 0)) throw new Error('A cache found nothing.');
  return { size, ...(looks.get(OURS) as Omit<Worst, 'size'>) };
}

/** A function of its own, so that those that were only weighed are gone when the next ones are. */
function weigh(size: number, make: () => CacheLoop): { readonly loop: CacheLoop; readonly bytes: number } {
  const before = heapAfterGc();
  const held = Array.from({ length: Math.ceil(WEIGHED / size) }, make);
  const bytes = (heapAfterGc() - before) / size / held.length;
  return { loop: held[0] as CacheLoop, bytes };
}

function goalOf(size: number, work: Work, timings: Timings): Goal {
  const toCache = { ratio: timings.ratio(OURS, LRU_CACHE), limit: 0.8, with: LRU_CACHE };
  const claim = `${size} entries, ${WORKS[work]}`;
  // In the mix the Map finds everything and evicts nothing, so it is no floor.
  if (work === 'zipf') return goal(claim, toCache);
  return goal(claim, toCache, { ratio: timings.ratio(OURS, PLAIN_MAP), limit: 1.15, with: PLAIN_MAP });
}

function lookAtWorst(loop: CacheLoop): Omit<Worst, 'size'> {
  const looks = Array.from({ length: LOOKS }, () => loop.timedEvictions());
  return {
    longest: median(looks.map((look) => Math.max(...look))),
    longer: median(looks.map((look) => percentile(look, 0.999))),
  };
}
