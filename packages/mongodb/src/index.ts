/** The door of the package: the store, and what its constructor takes. */

export type { MongoCollection } from './client';
export { MongoSessionStore, type MongoSessionStoreOptions } from './store';
