/** Cases on who has a lease, and what becomes of whoever has it no more. */

import type { StoreCase } from './case';
import { expectEqual } from './expect';
import { DELETE, expectRemaining, LONG_MS, leaseCase, NONE, SHORT_MS, set } from './lease-case';
import { KEY } from './store-case';

export const holdingCases: readonly StoreCase[] = [
  leaseCase('acquire answers the data with the lease', async ({ store, a, b }) => {
    const first = await a.take();
    expectEqual('read of a new key', first.read(), undefined);
    expectEqual('marks of a new key', first.marks, '');
    await a.commits('done', first, NONE);
    await store.set(KEY, { counter: 1 });
    expectEqual('read of a key that was set', (await b.take()).read(), { counter: 1 });
  }),
  leaseCase(
    'a key without data has a lease, and is no session by that',
    async ({ store, a, expectStored }) => {
      await a.take();
      await expectStored(undefined);
      for await (const key of store.keys?.() ?? []) expectEqual('a key of the store', key, undefined);
    },
  ),
  leaseCase('whoever comes second is refused, and told when to ask again', async ({ a, b }) => {
    await a.take({ leaseMs: 30_000 });
    expectRemaining(await b.refused(), 30_000);
    expectRemaining(await b.refused(), 30_000);
  }),
  leaseCase('the process that has the lease does not get it twice', async ({ a }) => {
    await a.take();
    await a.refused();
  }),
  leaseCase('the leases of two keys are independent', async ({ store, a, b }) => {
    const one = await a.take();
    const other = await b.take({ key: '43:43' });
    await a.commits('done', one, set(1));
    await b.commits('done', other, set(2), { key: '43:43' });
    expectEqual('the data', [await store.get(KEY), await store.get('43:43')], [1, 2]);
  }),
  leaseCase('a plain get answers while another has the lease', async ({ store, a, b, expectStored }) => {
    await store.set(KEY, { counter: 1 });
    await a.take();
    await expectStored({ counter: 1 });
    expectEqual('get by the other', await b.store.get(KEY), { counter: 1 });
  }),
  leaseCase('the same request, sent again, gets the lease that it has', async ({ a, b, expectStored }) => {
    const request = a.request();
    await a.ask(request);
    const again = await a.ask(request);
    if (!again.granted) throw new Error('acquire with the same token: expected a lease, came a refusal');
    await b.refused();
    await a.commits('done', again, set(1));
    await expectStored(1);
  }),
  leaseCase('a lease whose answer was lost is taken over at once by its token', async (scene) => {
    const { a, b, expectStored } = scene;
    const lost = await a.take();
    await b.refused({ previous: b.request().token });
    const next = await a.take({ previous: lost.lease.token });
    await a.commits('lost', lost, set('lost'));
    await a.commits('done', next, set('next'));
    await expectStored('next');
  }),
  leaseCase('it is taken over also while another has a reservation', async ({ a, b }) => {
    const lost = await a.take();
    expectEqual('reserved', (await b.refused()).reserved, true);
    const next = await a.take({ previous: lost.lease.token });
    await a.commits('done', next, NONE);
    await b.take();
  }),
  leaseCase('the token of a lease that is over takes nothing over', async ({ a, b, lapse }) => {
    const old = await a.take({ leaseMs: SHORT_MS });
    await lapse();
    const newer = await b.take();
    await a.refused({ previous: old.lease.token });
    await b.commits('done', newer, set(1));
  }),
  leaseCase('a lapsed lease is had by the next, and the late commit is lost', async (scene) => {
    const { a, b, lapse, expectStored } = scene;
    const late = await a.take({ leaseMs: SHORT_MS });
    await lapse();
    const newer = await b.take();
    await a.commits('lost', late, set('late'));
    expectEqual('renew of the late lease', await a.renew(late), false);
    await b.commits('done', newer, set('newer'));
    await a.commits('lost', late, set('late'));
    await a.commits('lost', late, DELETE);
    await expectStored('newer');
  }),
  leaseCase('a late commit of no change is lost as well, and leaves no mark', async (scene) => {
    const { a, b, lapse } = scene;
    const late = await a.take({ leaseMs: SHORT_MS });
    await lapse();
    const newer = await b.take();
    await a.commits('lost', late, NONE);
    await a.commits('lost', late, NONE, { mark: 'late' });
    await b.commits('done', newer, NONE);
    await a.commits('lost', late, NONE);
    expectEqual('marks', (await b.take()).marks, '');
  }),
  leaseCase('a late commit does not bring back what was deleted', async (scene) => {
    const { store, a, b, lapse, expectStored } = scene;
    await store.set(KEY, { counter: 1 });
    const late = await a.take({ leaseMs: SHORT_MS });
    await lapse();
    await b.commits('done', await b.take(), DELETE);
    await a.commits('lost', late, set({ counter: 2 }));
    await expectStored(undefined);
  }),
  leaseCase('a lapsed lease that nobody took still commits', async ({ a, lapse, expectStored }) => {
    const late = await a.take({ leaseMs: SHORT_MS });
    await lapse();
    await a.commits('done', late, set('late'));
    await expectStored('late');
  }),
  leaseCase('a renewed lease lives on, also when it had lapsed', async ({ a, b, lapse }) => {
    const held = await a.take({ leaseMs: SHORT_MS });
    expectEqual('renew in time', await a.renew(held, SHORT_MS), true);
    await lapse();
    expectEqual('renew of a lapsed lease', await a.renew(held), true);
    await lapse();
    expectRemaining(await b.refused(), LONG_MS);
    await a.commits('done', held, set(1));
  }),
  leaseCase('renew says no when the lease is over, and holds nobody up', async ({ a, b }) => {
    const held = await a.take();
    await a.commits('done', held, NONE);
    expectEqual('renew after the commit', await a.renew(held), false);
    const next = await b.take();
    expectEqual("renew of another's lease", await a.renew(held), false);
    await b.commits('done', next, NONE);
  }),
  // The first trap: the token is the holder's once more, so only the fence can tell.
  leaseCase('a delayed copy of an acquire gives nobody the right to overwrite', async (scene) => {
    const { a, b, lapse, expectStored } = scene;
    const request = a.request({ leaseMs: SHORT_MS });
    const old = await a.ask(request);
    if (!old.granted) throw new Error('acquire of a new key: expected a lease, came a refusal');
    await lapse();
    await b.commits('done', await b.take(), set('newer'));
    const copy = await a.ask(request);
    expectEqual('whether the copy was granted', copy.granted, true);
    await a.commits('lost', old, set('old'));
    await expectStored('newer');
  }),
];
