/** A store that counts how often it has refused a lease. */

import type { SessionStore } from '@sessiongram/core';

export interface PollCount {
  /** Does what the store does that was given. */
  readonly store: SessionStore;
  readonly polls: number;
}

export function countPolls(inner: SessionStore): PollCount {
  const { acquire } = inner;
  if (acquire === undefined) throw new Error('The store grants no leases.');
  let polls = 0;
  const store: SessionStore = Object.create(null, {});
  for (const name of ['get', 'set', 'delete', 'renew', 'commit', 'isTransient', 'touch'] as const) {
    const method = inner[name] as ((...args: unknown[]) => unknown) | undefined;
    if (method !== undefined) Object.assign(store, { [name]: method.bind(inner) });
  }
  Object.assign(store, {
    supports: inner.supports,
    acquire: async (...args: Parameters<typeof acquire>) => {
      const answer = await acquire.apply(inner, args);
      if (!answer.granted) polls++;
      return answer;
    },
  });
  return {
    store,
    get polls() {
      return polls;
    },
  };
}
