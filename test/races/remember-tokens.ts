/** A store that remembers by which tokens its process has ever had, or asked for, a lease. */

import type { SessionStore } from '@sessiongram/core';

export interface Remembering {
  readonly store: SessionStore;
  readonly tokens: ReadonlySet<string>;
}

export function rememberTokens(store: SessionStore): Remembering {
  const tokens = new Set<string>();
  const acquire = store.acquire?.bind(store);
  const commit = store.commit?.bind(store);
  if (acquire === undefined || commit === undefined) throw new Error('The store has no leases.');
  store.acquire = (key, request) => {
    tokens.add(request.token);
    return acquire(key, request);
  };
  store.commit = (key, lease, change) => {
    if (change.next !== undefined) tokens.add(change.next.token);
    return commit(key, lease, change);
  };
  return { store, tokens };
}
