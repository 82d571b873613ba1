/** Sessions in PostgreSQL, with leases across processes. */

export type { PooledClient, PostgresClient, QueryClient, TaggedClient } from './client';
export { PostgresSessionStore, type PostgresSessionStoreOptions } from './store';
