/** Cases on values that end by themselves. */

import type { StoreCase } from './case';
import { expectEqual } from './expect';
import { Contender, NONE, set } from './lease-case';
import { KEY, keysOf, pass, storeCase, TTL_MS } from './store-case';

/** Long enough to tell whether the life was renewed in between, and far from both ends. */
const MOST = TTL_MS * 0.6;

export const ttlCases: readonly StoreCase[] = [
  storeCase('a value that was not used for ttlMs is absent', ['ttl', 'passTime'], async (opened) => {
    const { store } = opened;
    await store.set(KEY, { counter: 1 });
    expectEqual('get at once', await store.get(KEY), { counter: 1 });
    await pass(opened, TTL_MS * 1.2);
    expectEqual('get after ttlMs', await store.get(KEY), undefined);
    await store.set(KEY, { counter: 2 });
    expectEqual('get after it was set again', await store.get(KEY), { counter: 2 });
  }),
  storeCase('a value that has ended is not among the keys', ['ttl', 'passTime', 'keys'], async (opened) => {
    await opened.store.set(KEY, { counter: 1 });
    await pass(opened, TTL_MS * 1.2);
    expectEqual('keys', await keysOf(opened), []);
  }),
  storeCase('touch lets a value live on', ['ttl', 'passTime'], async (opened) => {
    await opened.store.set(KEY, { counter: 1 });
    await pass(opened, MOST);
    await opened.store.touch?.(KEY);
    await pass(opened, MOST);
    expectEqual('get', await opened.store.get(KEY), { counter: 1 });
  }),
  storeCase(
    'touch brings back nothing that has ended or was never there',
    ['ttl', 'passTime'],
    async (opened) => {
      const { store } = opened;
      await store.set(KEY, { counter: 1 });
      await pass(opened, TTL_MS * 1.2);
      await store.touch?.(KEY);
      await store.touch?.('never:set');
      expectEqual('get of what has ended', await store.get(KEY), undefined);
      expectEqual('get of what was never there', await store.get('never:set'), undefined);
    },
  ),
  storeCase('get lets a value live on', ['ttl', 'passTime'], async (opened) => {
    await opened.store.set(KEY, { counter: 1 });
    await pass(opened, MOST);
    await opened.store.get(KEY);
    await pass(opened, MOST);
    expectEqual('get', await opened.store.get(KEY), { counter: 1 });
  }),
  storeCase('set lets a key live on', ['ttl', 'passTime'], async (opened) => {
    await opened.store.set(KEY, { counter: 1 });
    await pass(opened, MOST);
    await opened.store.set(KEY, { counter: 2 });
    await pass(opened, MOST);
    expectEqual('get', await opened.store.get(KEY), { counter: 2 });
  }),
  storeCase(
    'acquire reads nothing of a value that has ended',
    ['ttl', 'passTime', 'leases'],
    async (opened) => {
      await opened.store.set(KEY, { counter: 1 });
      await pass(opened, TTL_MS * 1.2);
      expectEqual('read', (await new Contender(opened.store, 'a').take()).read(), undefined);
    },
  ),
  ...(['none', 'set'] as const).map((kind) =>
    storeCase(`a commit of ${kind} lets a value live on`, ['ttl', 'passTime', 'leases'], async (opened) => {
      const a = new Contender(opened.store, 'a');
      await opened.store.set(KEY, { counter: 1 });
      await pass(opened, MOST);
      await a.commit(await a.take(), kind === 'set' ? set({ counter: 1 }) : NONE);
      await pass(opened, MOST);
      expectEqual('get', await opened.store.get(KEY), { counter: 1 });
    }),
  ),
  storeCase('a value that a commit has set ends as well', ['ttl', 'passTime', 'leases'], async (opened) => {
    const a = new Contender(opened.store, 'a');
    await a.commit(await a.take(), set({ counter: 1 }));
    await pass(opened, TTL_MS * 1.2);
    expectEqual('get', await opened.store.get(KEY), undefined);
  }),
];
