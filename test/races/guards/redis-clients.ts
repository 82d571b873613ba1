/** The guards of the clients that the store of Redis takes. */

import { type Guard, guardsOf } from './guard';

const ofClient = guardsOf('redis/src/client.ts');

export const redisClients: readonly Guard[] = [
  ofClient(
    'that what is no object is refused',
    "if (client === null || typeof client !== 'object') return undefined;",
    '',
    'stores/redis-clients.test.ts',
    'what is no client is refused',
  ),
  ofClient(
    'that a client of a sentinel is refused',
    " || 'getSentinelNode' in client",
    '',
    'stores/redis-clients.test.ts',
    'what is no client is refused',
  ),
  ofClient(
    'that a prefix of the client is refused',
    "  if (keyPrefix !== '') {",
    "  if (keyPrefix === 'none') {",
    'stores/redis-clients.test.ts',
    'a prefix of the client is refused, because it would tear keys and locks apart',
  ),
  ofClient(
    'that a prefix among the options of the client is seen',
    "options?.keyPrefix ?? _keyPrefix ?? ''",
    "_keyPrefix ?? ''",
    'stores/redis-clients.test.ts',
    'a prefix of the client is refused, because it would tear keys and locks apart',
  ),
  ofClient(
    'that a client without promises is refused',
    'if (options?.legacyMode === true) {',
    'if (options === null) {',
    'stores/redis-clients.test.ts',
    'a prefix of the client is refused, because it would tear keys and locks apart',
  ),
  ofClient(
    'that the settings of a client are looked at',
    '  refuseSettings(client as Partial<Configured>);\n',
    '',
    'stores/redis-clients.test.ts',
    'a prefix of the client is refused, because it would tear keys and locks apart',
  ),
  ofClient(
    'that commands of one moment leave together',
    '    held.cork();\n',
    '',
    'stores/redis-clients.test.ts',
    'commands of one moment leave ioredis in one piece',
  ),
  ofClient(
    'that a client without a stream sends at once',
    " || typeof stream?.cork !== 'function') return;",
    ') return;',
    'stores/redis-clients.test.ts',
    'commands of one moment leave ioredis in one piece',
  ),
];
