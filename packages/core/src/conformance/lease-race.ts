/** The case that counts: several processes at one key at once, and nothing is lost. */

import type { LeaseGrant, SessionStore } from '../store';
import type { StoreCase } from './case';
import { expectEqual, sleep } from './expect';
import { Contender } from './lease-case';
import { KEY, storeCase } from './store-case';

const CONTENDERS = 4;
const EACH = 50;

export const raceCases: readonly StoreCase[] = [
  storeCase('of 10 who ask for a new key at once, one gets the lease', ['leases'], async (opened) => {
    const other = (await opened.another?.()) ?? opened.store;
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) => {
        const contender = new Contender(index % 2 === 0 ? opened.store : other, `contender${index}`);
        const request = contender.request();
        return repeatedly(contender, () => contender.ask(request));
      }),
    );
    expectEqual('how many were granted', answers.filter(({ granted }) => granted).length, 1);
    const reserved = answers.filter((answer) => !answer.granted && answer.reserved);
    expectEqual('how many have the reservation', reserved.length, 1);
  }),
  // The second trap: data read by a snapshot from before the wait for the lock.
  storeCase('200 increments by 4 contenders at once count to 200', ['leases', 'another'], async (opened) => {
    const stores = [opened.store];
    while (stores.length < CONTENDERS) stores.push((await opened.another?.()) as SessionStore);
    const contenders = stores.map((store, index) => new Contender(store, `contender${index}`));
    await Promise.all(contenders.map((contender) => incrementOften(contender)));
    expectEqual('the counter', await opened.store.get(KEY), { counter: CONTENDERS * EACH });
  }),
];

async function incrementOften(contender: Contender): Promise<void> {
  for (let done = 0; done < EACH; done++) {
    const held = await untilGranted(contender);
    const { counter } = (held.read() as { counter: number } | undefined) ?? { counter: 0 };
    const change = { kind: 'set', value: { counter: counter + 1 } } as const;
    const mark = held.lease.token;
    const marks = [...held.marks.split(',').filter(Boolean).slice(-8), mark].join(',');
    const { state } = await repeatedly(contender, () =>
      (contender.store as Required<SessionStore>).commit(KEY, held.lease, { change, mark, marks }),
    );
    // A lease that cannot lapse here can be lost only to somebody who should have been refused.
    if (state === 'lost') throw new Error(`commit ${done} by "${contender.name}": expected done, came lost`);
  }
}

async function untilGranted(contender: Contender): Promise<LeaseGrant<unknown>> {
  let previous: string | undefined;
  for (;;) {
    const request = contender.request({ previous, reserveMs: 150 });
    previous = request.token;
    const answer = await repeatedly(contender, () => contender.ask(request));
    if (answer.granted) return answer;
    await sleep(answer.reserved ? 1 : 1 + Math.random() * 5);
  }
}

/** Sends a command again as often as the store calls its failure transient. */
async function repeatedly<T>({ store }: Contender, work: () => Promise<T> | T): Promise<T> {
  for (let retries = 0; ; retries++) {
    try {
      return await work();
    } catch (error) {
      if (retries === 1_000 || store.isTransient?.(error) !== true) throw error;
      await sleep(1 + Math.random() * 5);
    }
  }
}
