/** Cases on what a commit does: to the data, to the marks, and when it comes twice. */

import type { StoreCase } from './case';
import { equals, expectEqual, expectFailure } from './expect';
import { DELETE, leaseCase, NONE, SHORT_MS, set } from './lease-case';
import { KEY } from './store-case';

const OLD = { counter: 1 };
const CORRUPT = '{"secret":';

const changes = [
  ['sets the data', set({ counter: 2 }), { counter: 2 }],
  ['deletes the data', DELETE, undefined],
  ['leaves the data as it is', NONE, OLD],
] as const;

export const commitCases: readonly StoreCase[] = [
  ...changes.map(([what, change, expected]) =>
    leaseCase(`a commit ${what} and frees the key`, async ({ store, a, b, expectStored }) => {
      await store.set(KEY, OLD);
      await a.commits('done', await a.take(), change);
      await expectStored(expected);
      expectEqual('read by the next', (await b.take()).read(), expected);
    }),
  ),
  leaseCase('a lease commits once', async ({ a, b, expectStored }) => {
    const held = await a.take();
    await a.commits('done', held, set(1));
    await a.commits('lost', held, set(2));
    await b.take();
    await a.commits('lost', held, set(3));
    await expectStored(1);
  }),
  // The third trap: a client that sends a command again after its connection broke.
  leaseCase('a commit that is sent again is not carried out again', async ({ a, expectStored }) => {
    const held = await a.take();
    await a.commits('done', held, set(1), { mark: 'm1' });
    await a.commits('repeated', held, set(1), { mark: 'm1' });
    const next = await a.take();
    expectEqual('marks', next.marks, 'm1');
    await a.commits('repeated', held, set(1), { mark: 'm1' });
    await a.commits('done', next, set(2), { mark: 'm2' });
    await expectStored(2);
  }),
  leaseCase('a commit that is sent again changes nothing of what others did since', async (scene) => {
    const { a, b, expectStored } = scene;
    const held = await a.take();
    await a.commits('done', held, set('a'), { mark: 'ma' });
    const next = await b.take();
    await a.commits('repeated', held, set('a'), { mark: 'ma' });
    expectEqual('renew by the next', await b.renew(next), true);
    await b.commits('done', next, set('b'), { mark: 'mb' });
    await a.commits('repeated', held, set('a'), { mark: 'ma' });
    await a.commits('repeated', held, DELETE, { mark: 'ma' });
    await expectStored('b');
    expectEqual('marks', (await b.take()).marks, 'ma,mb');
  }),
  leaseCase('a mark is a whole word', async ({ a, expectStored }) => {
    await a.commits('done', await a.take(), set(1), { mark: '.ab12' });
    await a.commits('done', await a.take(), set(2), { mark: '.ab1' });
    await a.commits('done', await a.take(), set(3), { mark: 'ab12' });
    await a.commits('done', await a.take(), set(4), { mark: '_ab12' });
    await expectStored(4);
  }),
  leaseCase('marks outlive a delete, and commits that leave none', async ({ store, a, b, expectStored }) => {
    await a.commits('done', await a.take(), set(1), { mark: 'm1' });
    await b.commits('done', await b.take(), DELETE, { mark: 'm2' });
    for await (const key of store.keys?.() ?? []) expectEqual('a key of the store', key, undefined);
    const third = await a.take();
    expectEqual('marks after a delete', third.marks, 'm1,m2');
    expectEqual('read after a delete', third.read(), undefined);
    await a.commits('done', third, set(3));
    const fourth = await b.take();
    expectEqual('marks after a commit without', fourth.marks, 'm1,m2');
    await b.commits('done', fourth, NONE, { mark: 'm3' });
    expectEqual('marks after a commit of no change', (await a.take()).marks, 'm1,m2,m3');
    await expectStored(3);
  }),
  // A process died with the lease: the updates before may be sent again, and the next process has to know them.
  leaseCase('marks outlive a lease that lapsed or was taken over', async ({ a, b, lapse, expectStored }) => {
    const held = await a.take();
    await a.commits('done', held, set(1), { mark: 'm1' });
    await a.take({ leaseMs: SHORT_MS });
    await lapse();
    const lost = await b.take();
    expectEqual('marks after a lease that lapsed', lost.marks, 'm1');
    await a.commits('repeated', held, set(1), { mark: 'm1' });
    const next = await b.take({ previous: lost.lease.token });
    expectEqual('marks after a lease that was taken over', next.marks, 'm1');
    await b.commits('repeated', next, set(2), { mark: 'm1' });
    await expectStored(1);
  }),
  leaseCase('64 marks of ten digits and eight of nine characters are kept', async ({ a, b }) => {
    const marks = Array.from({ length: 64 }, (_, index) => String(1_000_000_000 + index));
    const more = Array.from({ length: 8 }, (_, index) => `.commit-${index}`);
    const all = [...marks, ...more].join(',');
    const { lease } = await a.take();
    await a.store.commit?.(KEY, lease, { change: set(1), mark: '.commit-7', marks: all });
    const next = await b.take();
    expectEqual('marks', next.marks, all);
    await b.commits('repeated', next, set(2), { mark: '1000000000' });
    await b.commits('repeated', next, set(2), { mark: '.commit-7' });
  }),
  leaseCase(
    'a value above maxBytes is refused, and the lease and the old data are still there',
    async (scene) => {
      const { store, a, b, expectStored } = scene;
      await store.set(KEY, OLD);
      const held = await a.take();
      const commit = () => a.commit(held, set('é'.repeat(500)), { mark: 'm', maxBytes: 900 });
      await expectFailure('commit of 1,000 bytes with maxBytes 900', commit, 'VALUE_TOO_LARGE');
      await expectStored(OLD);
      expectEqual('renew', await a.renew(held), true);
      await b.refused();
      await a.commits('done', held, set('e'.repeat(500)), { mark: 'm', maxBytes: 900 });
      await expectStored('e'.repeat(500));
    },
  ),
  leaseCase(
    'a value that cannot be kept is refused, and the lease and the old data are still there',
    async (scene) => {
      const { store, a, expectStored } = scene;
      await store.set(KEY, OLD);
      const held = await a.take();
      const odd = { act: Symbol('no store keeps it'), tags: new Map() };
      try {
        await a.commit(held, set(odd), { mark: 'm' });
      } catch {
        await expectStored(OLD);
        await a.commits('done', held, set({ counter: 2 }), { mark: 'm' });
        await expectStored({ counter: 2 });
        return;
      }
      const came = await store.get(KEY);
      if (!equals(came, odd)) expectEqual('get after the commit succeeded', came, odd);
    },
  ),
  leaseCase(
    'changing what was read, or what was committed, changes nothing stored',
    async ({ a, b, expectStored }) => {
      const given = { cart: ['a'] };
      await a.commits('done', await a.take(), set(given));
      given.cart.push('b');
      const held = await b.take();
      const read = held.read() as typeof given;
      expectEqual('read', read, { cart: ['a'] });
      read.cart.push('c');
      await b.commits('done', held, NONE);
      await expectStored({ cart: ['a'] });
    },
  ),
  leaseCase(
    'stored text that cannot be decoded does not cost the lease, and is left alone until it is set',
    async ({ opened, store, a, expectStored }) => {
      await store.set(KEY, OLD);
      await opened.putRaw?.(KEY, CORRUPT);
      const held = await a.take();
      await expectFailure('read', () => held.read(), 'VALUE_CORRUPT');
      await a.commits('done', held, NONE);
      await expectFailure('get after a commit of no change', () => store.get(KEY), 'VALUE_CORRUPT');
      const next = await a.take();
      await expectFailure('read once more', () => next.read(), 'VALUE_CORRUPT');
      await a.commits('done', next, set({ counter: 2 }));
      await expectStored({ counter: 2 });
    },
    ['putRaw'],
  ),
  leaseCase(
    'when the lock is forgotten, a commit over unchanged data is done whole or not at all',
    async ({ opened, store, a, expectStored }) => {
      await store.set(KEY, OLD);
      const held = await a.take();
      await opened.dropLock?.(KEY);
      const { state } = await a.commit(held, set({ counter: 2 }), { mark: 'm' });
      expectEqual('whether it was repeated', state === 'repeated', false);
      await expectStored(state === 'done' ? { counter: 2 } : OLD);
      await a.take();
    },
    ['dropLock'],
  ),
  leaseCase(
    'when the lock is forgotten, a commit over changed data is lost',
    async ({ opened, store, a, b, expectStored }) => {
      await store.set(KEY, OLD);
      const held = await a.take();
      await opened.dropLock?.(KEY);
      const next = await b.take();
      await a.commits('lost', held, set('late'));
      await b.commits('done', next, set('newer'));
      await a.commits('lost', held, set('late'));
      await opened.dropLock?.(KEY);
      await a.commits('lost', held, set('late'));
      await expectStored('newer');
    },
    ['dropLock'],
  ),
  leaseCase(
    'when the lock is forgotten, a late commit does not bring back what was deleted',
    async ({ opened, store, a, b, lapse, expectStored }) => {
      await store.set(KEY, OLD);
      const late = await a.take({ leaseMs: SHORT_MS });
      await lapse();
      await b.commits('done', await b.take(), DELETE);
      await opened.dropLock?.(KEY);
      await a.commits('lost', late, set('late'));
      await expectStored(undefined);
    },
    ['dropLock'],
  ),
];
