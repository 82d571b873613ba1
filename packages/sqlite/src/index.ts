/** The door of `@sessiongram/sqlite`. */

export type { SqliteDatabase, SqliteStatement, SqlValue } from './client';
export type { SqliteSessionStoreOptions } from './options';
export { SqliteSessionStore } from './store';
