/** unstorage as a store: text that no driver rewrites, under keys that no driver mixes up. */

import { checkOptions, isObject, shown } from '../check';
import { corrupt, decode, encode } from '../kit/encoding';
import { json } from '../kit/json';
import { codec as codecRule } from '../kit/rules';
import type { SessionStore, TextCodec } from '../store';
import { baseOf, fromStorageKey, toStorageKey } from './unstorage-key';

/** The part of an unstorage `Storage` that a session needs. */
export interface UnstorageLike {
  getItem(key: string): Promise<unknown>;
  setItem(key: string, value: string): Promise<unknown>;
  removeItem(key: string): Promise<unknown>;
  getKeys(base?: string): Promise<readonly string[]>;
}

/** Options of {@link fromUnstorage}. */
export interface UnstorageOptions {
  /**
   * How values become text.
   * @default plain JSON, which refuses what it cannot keep
   */
  codec?: TextCodec;
}

/** Starts text that is not to be taken for JSON. */
const MARK = 'text:';

/**
 * What unstorage leaves out when it parses: members named `__proto__` and `constructor`, however they are spelled. It
 * also gives back a long number as a string, so that only objects and arrays are left to it.
 */
const REWRITTEN = /^[^[{]|__proto__|constructor|\\u00[5-7]/i;

const METHODS = ['getItem', 'setItem', 'removeItem', 'getKeys'] as const;

/** One store per storage and codec, so that everyone who is given the same ones shares its turns. */
const bridged = new WeakMap<object, WeakMap<TextCodec, SessionStore>>();

/**
 * Makes a store of an unstorage `Storage`. The same storage always gives the same store.
 *
 * Objects and arrays lie there as plain JSON: `storage.getItem` reads them, and what `storage.setItem` wrote is read.
 * What unstorage would not give back as it is, and the text of a codec of yours, stands behind `text:`. Keys such as
 * `42:42` lie there as they are; what unstorage or a driver would change in a key is escaped, as `%` and four
 * hexadecimal digits.
 *
 * There are no leases, hence no exclusive access across processes, and a store is as good as its driver:
 * - `fs` and `fs-lite` write in place, so that a crash may leave half a value, which then fails as corrupt. They keep no
 *   session for `42` beside one for `42:42`: the second one fails. A file that cannot be removed stays without a word,
 *   and where the disk ignores case, so do the keys.
 * - Most drivers for Azure answer a failed read like an absence: they must not keep sessions.
 * - A driver that only reads ignores what is set.
 *
 * @throws TypeError when a method is missing, or an option is not known or of a wrong type
 *
 * @example
 * ```ts
 * const storage = createStorage({ driver: fsDriver({ base: './sessions' }) });
 * const sessions = new Sessions({ store: fromUnstorage(storage), initial: () => ({ counter: 0 }) });
 * ```
 */
// biome-ignore lint/suspicious/noExplicitAny: like SessionStore, so that one store may serve sessions of every type
export function fromUnstorage<S = any>(
  storage: UnstorageLike,
  options: UnstorageOptions = {},
): SessionStore<S> {
  if (!isObject(storage) || METHODS.some((name) => typeof storage[name] !== 'function'))
    throw new TypeError(
      `fromUnstorage() takes a storage with ${METHODS.join(', ')}, but got ${shown(storage)}.`,
    );
  checkOptions('fromUnstorage()', options, { codec: codecRule });
  const codec = options.codec ?? json;
  let stores = bridged.get(storage);
  if (stores === undefined) {
    stores = new WeakMap();
    bridged.set(storage, stores);
  }
  let store = stores.get(codec) as SessionStore<S> | undefined;
  if (store === undefined) {
    store = bridge<S>(storage, codec);
    stores.set(codec, store);
  }
  return store;
}

function bridge<S>(storage: UnstorageLike, codec: TextCodec): SessionStore<S> {
  return {
    supports: { keys: true, encodes: true },
    async get(key) {
      return decoded(codec, await storage.getItem(toStorageKey(key))) as S | undefined;
    },
    async set(key, value, limits) {
      const text = encode(codec, value, limits?.maxBytes);
      const isLeft = codec === json && !REWRITTEN.test(text);
      await storage.setItem(toStorageKey(key), isLeft ? text : MARK + text);
    },
    delete: (key) => storage.removeItem(toStorageKey(key)),
    async *keys({ prefix = '' } = {}) {
      for (const stored of await storage.getKeys(baseOf(prefix))) {
        const key = fromStorageKey(stored);
        if (key?.startsWith(prefix)) yield key;
      }
    },
  };
}

/** The value that was stored; unstorage has parsed the text already where it could. */
function decoded(codec: TextCodec, item: unknown): unknown {
  if (item === null || item === undefined) return undefined;
  // Drivers of files answer with the error where they cannot read.
  if (item instanceof Error) throw item;
  if (typeof item !== 'string') return codec === json ? item : decode(codec, JSON.stringify(item));
  if (item.startsWith(MARK)) return decode(codec, item.slice(MARK.length));
  throw corrupt(`The stored text (${item.length} characters) is no JSON.`, item, undefined);
}
