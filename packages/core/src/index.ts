/** The door: what users need, and what those need who build an adapter or a store. */

export { fromKeyv, type KeyvLike } from './bridges/keyv';
export {
  fromStorageAdapter,
  isStorageAdapter,
  type StorageAdapterLike,
  type StoreStorageAdapter,
  toStorageAdapter,
} from './bridges/storage-adapter';
export { fromUnstorage, type UnstorageLike, type UnstorageOptions } from './bridges/unstorage';
export { aFunction, type Rule, type Rules, shown } from './check';
export { plainCopy } from './data/draft';
export { SessionError, type SessionErrorCode } from './errors';
export {
  byChat,
  byChatAndUser,
  byTopic,
  byTopicAndUser,
  byUser,
  grammyKey,
  type KeyStrategy,
  scopeOf,
  telegrafKey,
  type UpdateContext,
  type UpdateScope,
  vibegramKey,
} from './key';
export type { TtlKind } from './lives';
export { isPromiseLike, type MaybePromise } from './maybe-promise';
export {
  MemorySessionStore,
  type MemorySessionStoreOptions,
  type MemoryStoreStats,
} from './memory';
export { type Adapter, type Middleware, middlewareOf, type SessionOptions } from './middleware';
export { mount, type Port, unmount } from './mount';
export { type CopyCounts, type CopyOptions, type CopyProgress, copySessions } from './moving/copy-sessions';
export type { Keys, ListingOptions } from './moving/listing';
export { type ChatMigration, type MigrateChatOptions, migrateChat } from './moving/migrate-chat';
export type { MissingKeyPolicy, PlacementOptions, SessionsOptions } from './options';
export type { SchemaIssue, SchemaLike, SchemaMismatch } from './schema';
export { sessionOf } from './session-of';
export { Sessions } from './sessions';
export type {
  CommitAnswer,
  EvictionListener,
  EvictionReason,
  Lease,
  LeaseAnswer,
  LeaseCommit,
  LeaseGrant,
  LeaseRefusal,
  LeaseRequest,
  NextLease,
  SessionStore,
  StoreCapabilities,
  StoredChange,
  StoreFailure,
  StoreLimits,
  TextCodec,
} from './store';
export type { Session, SessionControls } from './visit';
export type { SessionEvent, SessionListener } from './watch/events';
export type { HashedKey } from './watch/hashed-key';
export { type EncryptionOptions, withEncryption } from './wrappers/encryption';
export type { CryptoKeyLike, EncryptionKey } from './wrappers/key-ring';
export type { Migration } from './wrappers/ladder';
export { type MigrationsOptions, withMigrations } from './wrappers/migrations';
