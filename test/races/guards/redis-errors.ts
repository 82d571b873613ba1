// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is source text
/** The guards of what may fail in Redis, of lock keys, and of the ways of a commit. */

import { type Guard, guardsOf } from './guard';

const ofTransient = guardsOf('redis/src/transient.ts');
const ofLockKey = guardsOf('redis/src/lock-key.ts');
const ofScripts = guardsOf('redis/src/scripts.ts');

export const redisErrors: readonly Guard[] = [
  ofTransient(
    'that a code tells of the connection',
    '    CODES.has((error as { code?: unknown }).code) ||\n',
    '',
    'stores/redis-transient.test.ts',
    'an error with the code of a broken connection',
  ),
  ofTransient(
    'that a class tells of a client that gave up',
    '    CLASSES.has(error.constructor.name) ||\n',
    '',
    'stores/redis-transient.test.ts',
    'an error without any text whose class tells it',
  ),
  ofTransient(
    'that a text tells of the connection',
    ' ||\n    TEXTS.some((text) => error.message.startsWith(text))',
    '',
    'stores/redis-transient.test.ts',
    'an error whose text begins as a client says it',
  ),
  ofTransient(
    'that the word of a server stands at the beginning',
    '(?:^|: -)(?:ASK',
    '(?:ASK',
    'stores/redis-transient.test.ts',
    'an error that only quotes the word of a server',
  ),
  ofTransient(
    'that the text of a client stands at the beginning',
    'error.message.startsWith(text)',
    'error.message.includes(text)',
    'stores/redis-transient.test.ts',
    'an error that only quotes what a client says',
  ),
  ofTransient(
    'that what is no error may be asked about',
    'if (!(error instanceof Error)) return false;',
    '',
    'stores/redis-refusals.test.ts',
    'what is no error does not',
  ),
  ofTransient(
    'that the word of a server is known',
    '    REPLIES.test(error.message) ||\n',
    '',
    'stores/redis-refusals.test.ts',
    "READONLY You can't write against a read only replica. script: 3b1c, on @user_script:9.: passes by itself",
  ),
  ofTransient(
    'that the word of a server is found inside of a script’s error',
    '(?:^|: -)(?:ASK',
    '(?:^)(?:ASK',
    'stores/redis-refusals.test.ts',
    'ERR Error running script (call to f_3b1c): @user_script:9: @user_script: 9: -READONLY You can’t write: passes by itself',
  ),
  ofTransient(
    'that the word of a server is a whole word',
    'TRYAGAIN)\\b/',
    'TRYAGAIN)/',
    'stores/redis-refusals.test.ts',
    'BUSYKEY Target key name already exists.: does not',
  ),
  ofLockKey(
    'that a key with a closing brace has a lock in its slot',
    "if (!key.includes('}')) return `{${key}}:lock`;",
    'return `{${key}}:lock`;',
    'stores/redis-lock-key.test.ts',
    'a key with a hash tag keeps it',
  ),
  ofLockKey(
    'that a key with a hash tag keeps it',
    'if (hashTagOf(key) !== undefined) return `lock:${key}`;',
    '',
    'stores/redis-lock-key.test.ts',
    'a key with a hash tag keeps it',
  ),
  ofLockKey(
    'that a lock has a tag of the slot of its key',
    'return `lock:{${tagOfSlot(slotOf(key))}}:${key}`;',
    'return `lock:${key}`;',
    'stores/redis-lock-key.test.ts',
    'a key with a closing brace and no hash tag is given a tag of its slot',
  ),
  ofLockKey(
    'that a key in braces may be a lock',
    "key.startsWith('{') || key",
    'key',
    'stores/redis-lock-key.test.ts',
    'no two keys have the same lock',
  ),
  ofLockKey(
    'that a key with the name of a lock may be one',
    " || key.startsWith('lock:')",
    '',
    'stores/redis-lock-key.test.ts',
    'no key that is stored is the lock of another',
  ),
  ofLockKey(
    'that an empty hash tag is none',
    'end > start + 1 ?',
    'end > start ?',
    'stores/redis-lock-key.test.ts',
    'a key with a closing brace and no hash tag is given a tag of its slot',
  ),
  ofScripts(
    'that a commit of no change lets a session live on',
    "elseif ttl and ttl ~= '' then",
    'elseif false then',
    'stores/redis.test.ts',
    'a commit of no change lets them live on, at most once per tenth of the time',
  ),
  ofScripts(
    'that a commit without a life renews none',
    "elseif ttl and ttl ~= '' then",
    "elseif ttl ~= '' then",
    'stores/redis.test.ts',
    'a fence has 16 digits, and each acquire and each commit makes it greater',
  ),
  ofScripts(
    'that an empty life is none',
    "if not ttl or ttl == '' then redis",
    'if not ttl then redis',
    'stores/redis.test.ts',
    'the commit hands over as always',
  ),
  ofScripts(
    'that a life that is not sent is none',
    "if not ttl or ttl == '' then redis",
    "if ttl == '' then redis",
    'stores/redis.test.ts',
    'an acquire and a commit are one command each',
  ),
  ofScripts(
    'that a hand-over does not go the short way',
    'if lock and not heir and string',
    'if lock and string',
    'stores/redis-hand-over.test.ts',
    'a lock that is handed on with the marks of updates lives for a day',
  ),
  ofScripts(
    'that a lock that is gone does not go the short way',
    'if lock and not heir and string',
    'if not heir and string',
    'stores/redis.test.ts',
    'a lock over unchanged data: the commit is carried out',
  ),
  ofScripts(
    'that a commit makes the fence grow',
    'local number = nextFence(mine)',
    'local number = mine',
    'stores/redis-hand-over.test.ts',
    'a lock that was handed on after it had gone has a fence above the one before',
  ),
];
