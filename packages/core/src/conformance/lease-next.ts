/** Cases on who comes next: the hand-over to the own process, and the reservation of another. */

import type { StoreCase } from './case';
import { expectEqual, expectThat } from './expect';
import { DELETE, expectRemaining, LONG_MS, leaseCase, NONE, SHORT_MS, set } from './lease-case';
import { KEY } from './store-case';

export const nextCases: readonly StoreCase[] = [
  leaseCase('a commit hands the key over in the same step, with the data', async ({ a, b, expectStored }) => {
    const held = await a.take();
    const next = await a.commits('done', held, set(1), { mark: 'm1', next: a.request() });
    if (next === undefined) throw new Error('commit with next: expected a lease, came none');
    expectEqual('read of next', next.read(), 1);
    expectEqual('marks of next', next.marks, 'm1');
    expectRemaining(await b.refused(), LONG_MS);
    expectEqual('renew of the old lease', await a.renew(held), false);
    await a.commits('lost', held, set('old'));
    expectEqual('renew of next', await a.renew(next), true);
    await a.commits('done', next, set(2), { mark: 'm2' });
    await expectStored(2);
  }),
  leaseCase('what is handed over is what is stored', async ({ store, a }) => {
    await store.set(KEY, { counter: 1 });
    const same = await a.commits('done', await a.take(), NONE, { next: a.request() });
    expectEqual('read after a commit of no change', same?.read(), { counter: 1 });
    if (same === undefined) return;
    const gone = await a.commits('done', same, DELETE, { next: a.request() });
    expectThat('next after a delete: expected a lease', gone !== undefined, gone);
    expectEqual('read after a delete', gone?.read(), undefined);
  }),
  leaseCase('a handed over lease lives for its own leaseMs', async ({ a, b, lapse }) => {
    await a.commits('done', await a.take(), NONE, { next: a.request({ leaseMs: SHORT_MS }) });
    await lapse();
    await b.take();
  }),
  leaseCase('a commit with next that is sent again yields the same next', async ({ a, b, expectStored }) => {
    const held = await a.take();
    const commit = { mark: 'm1', next: a.request() };
    await a.commits('done', held, set(1), commit);
    const again = await a.commits('repeated', held, set(1), commit);
    if (again === undefined) throw new Error('commit sent again: expected its next, came none');
    expectEqual('read of next', again.read(), 1);
    expectEqual('marks of next', again.marks, 'm1');
    await b.refused();
    await a.commits('done', again, set(2), { mark: 'm2' });
    await expectStored(2);
  }),
  leaseCase(
    'a delayed copy of a commit with next does not disturb that next',
    async ({ a, b, expectStored }) => {
      const held = await a.take();
      const commit = { mark: 'm1', next: a.request() };
      const next = await a.commits('done', held, set(1), commit);
      if (next === undefined) throw new Error('commit with next: expected a lease, came none');
      await a.commits('repeated', held, set(1), commit);
      expectEqual('renew of next', await a.renew(next), true);
      await a.commits('done', next, set(2), { mark: 'm2' });
      const late = await a.commits('repeated', held, set(1), commit);
      expectEqual('next of a copy that comes when next is over', late, undefined);
      await expectStored(2);
      await b.take();
    },
  ),
  leaseCase('a commit that is lost hands nothing over', async ({ a, b, lapse }) => {
    const late = await a.take({ leaseMs: SHORT_MS });
    await lapse();
    const held = await b.take();
    await a.commits('lost', late, set('late'), { next: a.request() });
    expectEqual('renew by the holder', await b.renew(held), true);
    await b.commits('done', held, NONE);
  }),
  leaseCase('next yields to the reservation of another process, where it is told to', async ({ a, b }) => {
    const held = await a.take();
    expectEqual('reserved', (await b.refused()).reserved, true);
    const kept = await a.commits('done', held, set(1), { next: a.request({ yields: false }) });
    if (kept === undefined) throw new Error('next that does not yield: expected a lease, came none');
    const next = await a.commits('done', kept, set(2), { next: a.request({ yields: true }) });
    expectEqual('next that yields', next, undefined);
    expectEqual('read by whom it was reserved for', (await b.take()).read(), 2);
  }),
  leaseCase('next yields to nobody when there is no reservation, or its own', async ({ a }) => {
    const held = await a.take();
    const next = await a.commits('done', held, NONE, { next: a.request({ yields: true }) });
    if (next === undefined) throw new Error('next without a reservation: expected a lease, came none');
    expectEqual('reserved', (await a.refused()).reserved, true);
    const own = await a.commits('done', next, NONE, { next: a.request({ yields: true }) });
    expectThat('next with a reservation of its own: expected a lease', own !== undefined, own);
  }),
  leaseCase('whoever has the reservation gets the key first', async ({ a, b, c }) => {
    const held = await a.take();
    expectEqual('reserved for the first who was refused', (await b.refused()).reserved, true);
    expectEqual('reserved for the second', (await c.refused()).reserved, false);
    expectEqual('reserved for the first, asked again', (await b.refused()).reserved, true);
    await a.commits('done', held, NONE);
    const refusal = await c.refused();
    expectRemaining(refusal, LONG_MS);
    expectEqual('reserved for the second when the key is free', refusal.reserved, false);
    await a.refused();
    const next = await b.take();
    await b.commits('done', next, NONE);
    await c.take();
  }),
  leaseCase('whoever gets the key gives its reservation back', async ({ a, b, c }) => {
    const held = await a.take();
    await b.refused();
    await a.commits('done', held, NONE);
    const next = await b.take();
    expectEqual('reserved for the second', (await c.refused()).reserved, true);
    await b.commits('done', next, NONE);
    await b.refused();
    await c.take();
  }),
  leaseCase('a reservation ends by itself', async ({ a, b, c, lapse }) => {
    const held = await a.take();
    expectEqual('reserved', (await b.refused({ reserveMs: SHORT_MS })).reserved, true);
    await lapse();
    expectEqual(
      'reserved for another after it ended',
      (await c.refused({ reserveMs: SHORT_MS })).reserved,
      true,
    );
    await lapse();
    await a.commits('done', held, NONE);
    await a.take();
  }),
  leaseCase('asking again renews the own reservation', async ({ a, b, c, lapse }) => {
    const held = await a.take();
    await b.refused({ reserveMs: SHORT_MS });
    await b.refused();
    await lapse();
    expectEqual('reserved for another', (await c.refused()).reserved, false);
    await a.commits('done', held, NONE);
    await c.refused();
    await b.take();
  }),
];
