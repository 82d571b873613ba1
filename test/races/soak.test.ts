/** Everything at once, for a long time: processes killed and frozen, connections cut, servers killed, updates redelivered. */

import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { SessionStore } from '@sessiongram/core';
import { describe, expect, test, vi } from 'vitest';
import { cutEvery } from '../support/cutting-proxy';
import { type BackendKind, cluster, postgres, redis, sqlite } from './backends';
import { Crew } from './crew';
import { crashing, type Fault, freezing, repeating, stopAll } from './faults';
import { isSoak, note, seedRandom, share, skipsOutsideSoak } from './figures';
import type { Fleet } from './fleet';
import { Member } from './member';
import { openPlace } from './place';
import { bundle } from './program';
import { LEASE_MS } from './sizes';
import { Updates } from './updates';
import type { Vitals } from './vitals';

/** Each chapter has keys of its own, so that sessions stay small, and its books are checked at its end. */
const CHAPTER_MS = 8_000;
const CRASH_EVERY_MS = 5_000;
const KILL_EVERY_MS = 1_500;
const CUT_EVERY = 200;
/** Many, because each that a dead or frozen process has stands still until its lease ends. */
const KEYS = 300;
/** How many updates a process works on at a time. */
const IN_FLIGHT = 24;
/** Seats that are frozen and cut off, but never killed: their memory is compared. */
const SURVIVORS = 2;
/** More than the noise of a collector, less than a leak of a hundred bytes per update. */
const HEAP_GROWTH = 4_000_000;
const QUIET_WITHIN_MS = 30_000;

if (isSoak) seedRandom();

describe.skipIf(skipsOutsideSoak())('under load and faults of all kinds', () => {
  for (const [kind, hundredths] of [
    [redis, 8],
    [cluster, 8],
    [postgres, 8],
    [sqlite, 8],
  ] as const) {
    const forMs = share(hundredths, 0);
    test.skipIf(kind.isSkipped())(
      `${kind.name} loses nothing and holds on to nothing`,
      { timeout: 3 * forMs + 120_000 },
      () => soak(kind, forMs),
    );
  }
});

async function soak(kind: BackendKind, forMs: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'sessiongram-vitals-'));
  const file = join(folder, 'vitals.jsonl');
  const [backend, program] = await Promise.all([kind.start(), bundle({ entry: 'soak-worker.ts' })]);
  const detour = await backend.detour?.();
  const direct = await openPlace(backend.place);
  const setup = { place: detour?.place ?? backend.place, leaseMs: LEASE_MS, vitals: file };
  const options = { program: program.path, setup, inFlight: IN_FLIGHT, trust: 'acknowledgements' } as const;
  const crew = new Crew(options, direct.store);
  const proxies = detour?.proxies ?? [];
  const total = {
    updates: 0,
    acknowledged: 0,
    unknown: 0,
    ms: 0,
    kills: 0,
    freezes: 0,
    crashes: 0,
    redelivered: 0,
  };
  const deliver = vi.spyOn(Member.prototype, 'deliver');
  try {
    for (const endsAt = performance.now() + forMs; performance.now() < endsAt; ) {
      const updates = new Updates({ handlerMs: 40, numbered: 'half', keys: KEYS });
      const ledger = await crew.run(async (fleet) => {
        deliver.mockClear();
        const startedAt = performance.now();
        const kills = killingSome(fleet);
        const freezes = freezing(fleet, 2 * LEASE_MS);
        const crashes = backend.crash && crashing(backend.crash, CRASH_EVERY_MS);
        for (const proxy of proxies) proxy.plan = cutEvery(CUT_EVERY);
        const isOver = (): boolean => performance.now() - startedAt > CHAPTER_MS;
        const faults = [kills, freezes, ...(crashes ? [crashes] : [])];
        await fleet.run(updates.atLeast(0, isOver)).finally(() => stopAll(faults));
        for (const proxy of proxies) proxy.plan = () => undefined;
        total.ms += performance.now() - startedAt;
        total.kills += kills.count;
        total.freezes += freezes.count;
        total.crashes += crashes?.count ?? 0;
        total.redelivered += deliver.mock.calls.length - updates.made;
      });
      total.updates += updates.made;
      total.acknowledged += ledger.count('acknowledged');
      total.unknown += ledger.count('unknown');
      await pause(2 * LEASE_MS);
      await expectAllFree(direct.store, updates.keys);
    }
    const living = await settled(file);
    const heap = heapsOf(await linesOf(file));
    const cuts = proxies.reduce((sum, proxy) => sum + proxy.cuts.before + proxy.cuts.after, 0);
    note('soak', { name: kind.name, ...total, cuts, heap, living });
    expect(total.acknowledged + total.unknown).toBe(total.updates);
    expect(total.acknowledged).toBeGreaterThan(total.updates / 2);
    expect(living.filter(isBusy)).toEqual([]);
    expect(heap.length).toBeGreaterThanOrEqual(SURVIVORS);
    for (const { first, last } of heap) expect(last - first).toBeLessThan(HEAP_GROWTH);
  } finally {
    await crew.end();
    await direct.close();
    await detour?.stop();
    await Promise.all([backend.stop(), program.remove(), rm(folder, { recursive: true, force: true })]);
  }
}

/** Like `killing`, but the first seats are spared. */
function killingSome(fleet: Fleet): Fault {
  return repeating(async (signal) => {
    await pause(KILL_EVERY_MS * (0.5 + Math.random()), undefined, { signal });
    const mortal = fleet.members.filter(({ state, seat }) => state === 'ready' && seat >= SURVIVORS);
    const victim = mortal[Math.floor(Math.random() * mortal.length)];
    if (victim === undefined) return 0;
    fleet.kill(victim);
    return 1;
  });
}

/** Nobody has a lease that would keep another from its key. */
async function expectAllFree(store: SessionStore, keys: readonly string[]): Promise<void> {
  const held: string[] = [];
  for (const key of keys) {
    const token = randomBytes(12).toString('base64url');
    const answer = await store.acquire?.(key, {
      token,
      leaseMs: LEASE_MS,
      contender: 'c'.repeat(16),
      reserveMs: 10,
    });
    if (answer?.granted !== true) held.push(key);
    else
      await store.commit?.(key, answer.lease, {
        change: { kind: 'none' },
        mark: undefined,
        marks: answer.marks,
      });
  }
  expect(held).toEqual([]);
}

/** The last words of all processes that live, once they hold on to nothing or the time for that is over. */
async function settled(file: string): Promise<Vitals[]> {
  for (const endsAt = Date.now() + QUIET_WITHIN_MS; ; await pause(500)) {
    const last = new Map((await linesOf(file)).map((line) => [line.pid, line]));
    const living = [...last.values()].filter(({ at }) => Date.now() - at < 4_000);
    const isQuiet = living.length > 0 && !living.some(isBusy);
    if (isQuiet || Date.now() > endsAt) return living;
  }
}

function isBusy({ timers, keys }: Vitals): boolean {
  return timers > 0 || keys > 0;
}

async function linesOf(file: string): Promise<Vitals[]> {
  const text = await readFile(file, 'utf8');
  const lines = text.slice(0, text.lastIndexOf('\n')).split('\n');
  return lines.map((line) => JSON.parse(line) as Vitals);
}

/** What those who lived through all of it had in use, in the first and in the last third of the time. */
function heapsOf(lines: readonly Vitals[]): { first: number; last: number }[] {
  const begin = Math.min(...lines.map(({ at }) => at));
  const length = Math.max(...lines.map(({ at }) => at)) - begin;
  return [...new Set(lines.map(({ pid }) => pid))].flatMap((pid) => {
    const own = lines.filter((line) => line.pid === pid);
    const first = own.filter(({ at }) => at - begin < length / 3).map(({ heap }) => heap);
    const last = own.filter(({ at }) => at - begin > (2 * length) / 3).map(({ heap }) => heap);
    return first.length < 2 || last.length < 2 ? [] : [{ first: medianOf(first), last: medianOf(last) }];
  });
}

function medianOf(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] as number;
}
