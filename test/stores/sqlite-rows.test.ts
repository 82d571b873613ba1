/** What a row of SqliteSessionStore keeps, for how long, and from whom. */

import type { LeaseGrant, LeaseRefusal } from '@sessiongram/core';
import { SqliteSessionStore } from '@sessiongram/sqlite';
import { describe, expect, test, vi } from 'vitest';
import { granted, NONE, request, setTo } from './leases';
import { select, turnClock, useFolder } from './sqlite-drivers';

const KEY = '42:42';
const DAY_MS = 86_400_000;

const files = useFolder();

describe('a row', () => {
  test('that was removed and made again never has a fence that it had before', () => {
    const store = files.openStore();
    const aside = files.openAside();
    const late = request();
    const { lease } = granted(store.acquire(KEY, late));
    aside.exec('DELETE FROM sessions');
    for (const from = Date.now(); Date.now() < from + 2; );
    expect(granted(store.acquire(KEY, late)).lease).not.toEqual(lease);
    expect(store.commit(KEY, lease, setTo('late'))).toEqual({ state: 'lost' });
    expect(store.get(KEY)).toBe(undefined);
  });

  test('that was made again within a millisecond has another holder, whatever its fence', () => {
    const store = files.openStore();
    const { lease } = granted(store.acquire(KEY, request()));
    files.openAside().exec(`UPDATE sessions SET holder = 'another_________'`);
    expect(store.renew(KEY, lease, 60_000)).toBe(false);
    expect(store.commit(KEY, lease, setTo('late'))).toEqual({ state: 'lost' });
    expect(store.get(KEY)).toBe(undefined);
  });

  test('is free at once when the commit of its holder is refused because of a plain write', () => {
    const [holder, other] = [files.openStore(), files.openStore()];
    const { lease } = granted(holder.acquire(KEY, request()));
    other.set(KEY, 'plain');
    expect(other.acquire(KEY, request())).toMatchObject({ granted: false });
    expect(holder.commit(KEY, lease, setTo('late'))).toEqual({ state: 'lost' });
    expect(granted(other.acquire(KEY, request())).read()).toBe('plain');
  });

  test.each(['set', 'delete'] as const)(
    'that a plain %s changes is kept from others until its holder is told',
    (how) => {
      const [holder, other] = [files.openStore(), files.openStore()];
      const { lease } = granted(holder.acquire(KEY, request()));
      if (how === 'set') other.set(KEY, 'plain');
      else other.delete(KEY);
      expect(other.acquire(KEY, request())).toMatchObject({ granted: false });
      expect(holder.commit(KEY, lease, setTo('late'))).toEqual({ state: 'lost' });
      granted(other.acquire(KEY, request()));
    },
  );

  test('that another has by now is not freed by a commit that is refused', () => {
    const [late, other] = [files.openStore(), files.openStore()];
    const { lease } = granted(late.acquire(KEY, request()));
    turnClock(files.openAside(), 600_000);
    granted(other.acquire(KEY, request()));
    expect(late.commit(KEY, lease, setTo('late'))).toEqual({ state: 'lost' });
    expect(files.openStore().acquire(KEY, request())).toMatchObject({ granted: false });
  });

  test.each(['set', 'delete'] as const)('that a plain %s changes is lost for its holder', (how) => {
    const [holder, other] = [files.openStore(), files.openStore()];
    other.set(KEY, 'before');
    const { lease } = granted(holder.acquire(KEY, request()));
    if (how === 'set') other.set(KEY, 'plain');
    else other.delete(KEY);
    expect(holder.renew(KEY, lease, 60_000)).toBe(false);
    expect(holder.commit(KEY, lease, setTo('late'))).toEqual({ state: 'lost' });
    expect(other.get(KEY)).toBe(how === 'set' ? 'plain' : undefined);
  });

  test('that another program made again never gives a lease that it gave before', () => {
    const store = files.openStore();
    const aside = files.openAside();
    const late = request();
    const leaseOfNew = () => {
      aside.exec(`DELETE FROM sessions; INSERT INTO sessions (key, value) VALUES ('${KEY}', '1')`);
      return granted(store.acquire(KEY, late)).lease;
    };
    store.set(KEY, 1);
    const before = leaseOfNew();
    for (const from = Date.now(); Date.now() < from + 2; );
    expect(leaseOfNew()).not.toEqual(before);
  });

  test('that is handed on gives back the reservation of whoever gets it', () => {
    const store = files.openStore();
    const first = granted(store.acquire(KEY, request()));
    const contender = 'b'.repeat(16);
    expect(store.acquire(KEY, request({ contender, reserveMs: 600_000 }))).toMatchObject({ reserved: true });
    const next = { ...request({ contender }), yields: true };
    expect(store.commit(KEY, first.lease, { ...NONE, next })).toMatchObject({ next: { granted: true } });
    expect(store.acquire(KEY, request())).toMatchObject({ granted: false, reserved: true });
  });

  test('that is gone is lost for its holder', () => {
    const store = files.openStore();
    const { lease } = granted(store.acquire(KEY, request()));
    files.openAside().exec('DELETE FROM sessions');
    expect(store.renew(KEY, lease, 60_000)).toBe(false);
    expect(store.commit(KEY, lease, setTo('late', '7'))).toEqual({ state: 'lost' });
    expect(store.get(KEY)).toBe(undefined);
  });

  test('that remembers another update is lost for its holder all the same', () => {
    const store = files.openStore();
    const { lease } = granted(store.acquire(KEY, request({ leaseMs: 1 })));
    turnClock(files.openAside(), 1_000);
    store.commit(KEY, granted(store.acquire(KEY, request())).lease, setTo('newer', '17'));
    expect(store.commit(KEY, lease, setTo('late', '7'))).toEqual({ state: 'lost' });
    expect(store.commit(KEY, lease, NONE)).toEqual({ state: 'lost' });
    expect(store.get(KEY)).toBe('newer');
  });

  test('that is free is had at once, and is told to be free, where the clock was turned back', () => {
    const store = files.openStore();
    const aside = files.openAside();
    const contender = 'b'.repeat(16);
    store.set(KEY, 1);
    aside.exec(`UPDATE sessions SET held_until = ${Date.now() + DAY_MS}, contender = '${contender}',
      reserved_until = ${Date.now() + 60_000}`);
    const refused = store.acquire(KEY, request()) as LeaseRefusal;
    expect(refused).toMatchObject({ granted: false, reserved: false });
    expect(refused.remainingMs).toBeLessThanOrEqual(60_000);
    granted(store.acquire(KEY, request({ contender })));
  });

  test('that becomes free while it is asked for is told to be free', () => {
    const database = files.openAside();
    const store = new SqliteSessionStore(database);
    granted(store.acquire(KEY, request()));
    const prepare = database.prepare.bind(database);
    vi.spyOn(database, 'prepare').mockImplementation((sql) => {
      if (sql.startsWith('UPDATE')) turnClock(database, 61_000);
      return prepare(sql);
    });
    const refused = { granted: false, remainingMs: 0, reserved: true };
    expect(store.acquire(KEY, request())).toEqual(refused);
  });

  test('gets a greater fence with each acquire and each commit', () => {
    const store = files.openStore();
    const aside = files.openAside();
    const fences: number[] = [];
    const note = () => fences.push(select(aside, 'SELECT fence FROM sessions')[0]?.['fence'] as number);
    for (const commit of [setTo(1), NONE, { ...setTo(1), change: { kind: 'delete' } as const }]) {
      const { lease } = granted(store.acquire(KEY, request()));
      note();
      store.commit(KEY, lease, commit);
      note();
    }
    expect(fences).toHaveLength(6);
    expect(fences).toEqual([...new Set(fences)].sort((a, b) => a - b));
  });

  test('gets a greater fence also where the clock is behind', () => {
    const store = files.openStore();
    store.set(KEY, 1);
    files.openAside().exec('UPDATE sessions SET fence = 9000000000000000');
    expect(granted(store.acquire(KEY, request())).lease).toMatchObject({ fence: 9_000_000_000_000_001 });
  });

  test('of more characters than a page is changed whole', () => {
    const store = files.openStore();
    const value = { text: '漢'.repeat(100_000) };
    const { lease } = granted(store.acquire(KEY, request()));
    store.commit(KEY, lease, setTo(value));
    const again = granted(store.acquire(KEY, request()));
    expect(again.read()).toEqual(value);
    store.commit(KEY, again.lease, setTo({ text: `${value.text.slice(1)}字` }));
    expect(store.get(KEY)).toEqual({ text: `${value.text.slice(1)}字` });
  });

  test.each([
    ['a number', '5'],
    ['a blob', `x'7b7d'`],
  ])('with %s as its value is corrupt, and stays as it is', (what, stored) => {
    const aside = files.openAside();
    aside.exec(
      `CREATE TABLE sessions (key TEXT PRIMARY KEY, value); INSERT INTO sessions VALUES ('${KEY}', ${stored})`,
    );
    const store = files.openStore();
    const corrupt = expect.objectContaining({
      code: 'VALUE_CORRUPT',
      message: expect.stringContaining(`is ${what},`),
    });
    expect(() => store.get(KEY)).toThrow(corrupt);
    const grant = granted(store.acquire(KEY, request()));
    expect(() => grant.read()).toThrow(corrupt);
    store.commit(KEY, grant.lease, NONE);
    expect(select(aside, `SELECT value = ${stored} AS is_same FROM sessions`)).toEqual([{ is_same: 1 }]);
  });
});

describe('ttlMs', () => {
  test('reading renews a life only when a tenth of it is over', () => {
    const store = files.openStore({ ttlMs: 1_000_000 });
    const aside = files.openAside();
    const livesUntil = () => select(aside, 'SELECT lives_until FROM sessions')[0]?.['lives_until'] as number;
    const read = (how: 'get' | 'touch' | 'acquire') => {
      if (how !== 'acquire') return void store[how](KEY);
      const { lease } = granted(store.acquire(KEY, request()));
      store.commit(KEY, lease, NONE);
    };
    for (const how of ['get', 'touch', 'acquire'] as const) {
      store.set(KEY, 1);
      turnClock(aside, 90_000);
      const before = livesUntil();
      read(how);
      expect(livesUntil()).toBe(before);
      turnClock(aside, 20_000);
      read(how);
      expect(livesUntil()).toBeGreaterThan(before);
    }
  });

  test.each([
    ['rolling', 1],
    ['fixed', undefined],
  ] as const)('a lease is a use: what is held lives on, unless its end is fixed: %s', (ttl, left) => {
    const store = files.openStore({ ttlMs: 1_000_000, ttl });
    const aside = files.openAside();
    store.set(KEY, 1);
    turnClock(aside, 750_000);
    granted(store.acquire(KEY, request()));
    turnClock(aside, 500_000);
    expect(store.get(KEY)).toBe(left);
  });

  test('a commit without change renews what has aged while it was held', () => {
    const store = files.openStore({ ttlMs: 1_000_000 });
    const aside = files.openAside();
    store.set(KEY, 1);
    const { lease } = granted(store.acquire(KEY, request()));
    turnClock(aside, 200_000);
    expect(store.commit(KEY, lease, { ...NONE, mark: undefined })).toEqual({ state: 'done' });
    turnClock(aside, 900_000);
    expect(store.get(KEY)).toBe(1);
  });

  test('a store without ttlMs leaves the life of a value as it is until it writes', () => {
    const store = files.openStore();
    const aside = files.openAside();
    files.openStore({ ttlMs: 10_000 }).set(KEY, 1);
    const before = select(aside, 'SELECT lives_until FROM sessions');
    store.touch(KEY);
    const { lease } = granted(store.acquire(KEY, request()));
    store.commit(KEY, lease, NONE);
    expect(select(aside, 'SELECT lives_until FROM sessions')).toEqual(before);
    store.set(KEY, 2);
    expect(select(aside, 'SELECT lives_until FROM sessions')).toEqual([{ lives_until: null }]);
  });

  test.each(['delete', 'a commit of delete', 'acquire', 'purge'] as const)(
    'what another program writes after %s has no end',
    async (how) => {
      const store = files.openStore({ ttlMs: 10_000 });
      const aside = files.openAside();
      store.commit(KEY, granted(store.acquire(KEY, request())).lease, setTo(1, '7'));
      const commits = {
        'a commit of delete': { ...NONE, change: { kind: 'delete' } },
        acquire: NONE,
      } as const;
      if (how === 'acquire' || how === 'purge') turnClock(aside, 20_000);
      if (how === 'delete') store.delete(KEY);
      else if (how === 'purge') await store.purge();
      else store.commit(KEY, granted(store.acquire(KEY, request())).lease, commits[how]);
      turnClock(aside, 20_000);
      aside.exec(`INSERT INTO sessions (key, value) VALUES ('${KEY}', '2')
        ON CONFLICT (key) DO UPDATE SET value = '2'`);
      expect(store.get(KEY)).toBe(2);
    },
  );

  test.each(['get', 'touch'] as const)('%s gives data without an end one', (how) => {
    const store = files.openStore({ ttlMs: 10_000 });
    files.openStore().set(KEY, 1);
    store[how](KEY);
    expect(select(files.openAside(), 'SELECT lives_until FROM sessions')).toEqual([
      { lives_until: expect.any(Number) },
    ]);
  });

  test('touch writes nothing where there is no time to live', () => {
    const store = files.openStore();
    store.set(KEY, 1);
    files.openAside().exec('BEGIN IMMEDIATE');
    expect(store.touch(KEY)).toBe(undefined);
  });

  test('a commit that is repeated hands on nothing of what has ended', () => {
    const store = files.openStore({ ttlMs: 10_000 });
    const { lease } = granted(store.acquire(KEY, request()));
    const commit = { ...setTo(1, '7'), next: { ...request(), yields: false } };
    expect(store.commit(KEY, lease, commit)).toMatchObject({ state: 'done', next: { granted: true } });
    turnClock(files.openAside(), 20_000);
    const again = store.commit(KEY, lease, commit);
    expect(again).toMatchObject({ state: 'repeated', next: { granted: true, marks: '7' } });
    expect((again as { next: LeaseGrant<unknown> }).next.read()).toBe(undefined);
  });

  test('a fixed time begins anew where another program has emptied a session', () => {
    const store = files.openStore({ ttlMs: DAY_MS, ttl: 'fixed' });
    const aside = files.openAside();
    store.set(KEY, 1);
    turnClock(aside, DAY_MS / 2);
    aside.exec('UPDATE sessions SET value = NULL');
    store.set(KEY, 2);
    const [row] = select(aside, 'SELECT lives_until FROM sessions');
    expect(row?.['lives_until']).toBeGreaterThan(Date.now() + DAY_MS / 2 + 60_000);
  });

  test('a holder whose data ends meanwhile still commits', () => {
    const store = files.openStore({ ttlMs: 1_000 });
    store.set(KEY, 1);
    const grant = granted(store.acquire(KEY, request()));
    turnClock(files.openAside(), 2_000);
    expect(store.get(KEY)).toBe(undefined);
    expect(store.commit(KEY, grant.lease, setTo(2))).toMatchObject({ state: 'done' });
    expect(store.get(KEY)).toBe(2);
  });
});
