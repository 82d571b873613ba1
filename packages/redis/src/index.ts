/** The door: the store, its options, and what it takes for a client. */

export type {
  IoredisClusterLike,
  IoredisLike,
  NodeRedisClusterLike,
  NodeRedisLike,
  RedisClientLike,
} from './client';
export { RedisSessionStore, type RedisSessionStoreOptions } from './store';
