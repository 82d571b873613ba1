/** Sessions that are encrypted before the store sees them. */

import { checkOptions, isObject, type Rules } from '../check';
import { decode, encode } from '../kit/encoding';
import { json } from '../kit/json';
import { codec } from '../kit/rules';
import { isLeasing } from '../lease';
import type { LeaseGrant, SessionStore, StoredChange, StoreFailure, TextCodec } from '../store';
import { type EncryptionKey, KeyRing } from './key-ring';
import { passageOf } from './passage';
import { isSealed, seal, sealedSize, Undecryptable, unseal } from './sealed';

/** Options of {@link withEncryption}. */
export interface EncryptionOptions {
  /**
   * The keys as a list, of which the first encrypts and all decrypt; or by name. A name is stored with each value that the
   * key encrypts, so a name never gets another key; a value from a list is tried with one key after the other. To rotate,
   * put the new key first, or make it `current`; take the old one away when nothing is encrypted with it any more.
   */
  keys: readonly EncryptionKey[] | Readonly<Record<string, EncryptionKey>>;
  /**
   * The name of the key to encrypt with. The others decrypt only.
   * @default the only key, or the first of a list
   */
  current?: string;
  /**
   * Reads what was stored before there was encryption. Whoever can write to the store can then put in sessions of their
   * own making, so turn it off when all is encrypted.
   * @default false
   */
  allowPlaintext?: boolean;
  /**
   * How a value becomes the text that is encrypted.
   * @default JSON that refuses what it cannot keep
   */
  codec?: TextCodec;
}

/**
 * Encrypts each session with AES-256-GCM, by the platform's WebCrypto, before the store sees it. What is stored is bound
 * to its key: moved to another user's, it does not open. Keys of sessions and the size of values are not hidden, and old
 * values can be put back by whoever can write to the store.
 *
 * A session that does not open fails with `SESSION_DECRYPT_FAILED`, and nothing is overwritten. What was encrypted with
 * an old key is encrypted with the current one when a handler next changes it. A key is good for four billion writes.
 *
 * Has the capabilities of the store it wraps, and heeds `maxBytes`, which is about the encrypted size: about four thirds
 * of the plain one. All wrappers of one store share its turns.
 *
 * @throws TypeError when a key does not look like one, or an option has a wrong type or is not known
 *
 * @example
 * ```ts
 * const store = withEncryption(new RedisSessionStore(client), {
 *   keys: { old: oldKey, new: newKey }, // each made by: openssl rand -base64 32
 *   current: 'new',
 * });
 * ```
 */
export function withEncryption(store: SessionStore, options: EncryptionOptions): SessionStore {
  const passage = passageOf('withEncryption()', store);
  // Text is told by its kind alone, because it may be a key.
  if (typeof options === 'string' || typeof options?.keys === 'string') {
    throw new TypeError(
      'withEncryption() takes an object of options, in which "keys" is a list of keys, or an object of keys by their ' +
        'names, but got a string. Put the key in a list: { keys: [key] }.',
    );
  }
  checkOptions('withEncryption()', options, rules);
  if (options.keys === undefined) throw new TypeError('withEncryption(): option "keys" must be given.');
  const cipher = new Cipher(options);

  const plain: SessionStore = {
    ...passage,
    supports: { ...passage.supports, encodes: true },
    async get(key) {
      const read = await cipher.open(key, await store.get(key));
      return read();
    },
    async set(key, value, limits) {
      const sealed = await cipher.seal(key, value, limits?.maxBytes);
      await (limits !== undefined && store.supports?.encodes
        ? store.set(key, sealed, limits)
        : store.set(key, sealed));
    },
    delete: (key) => store.delete(key),
  };
  if (!isLeasing(store)) return plain;

  return {
    ...plain,
    async acquire(key, request) {
      const answer = await store.acquire(key, request);
      return answer.granted ? cipher.openGrant(key, answer) : answer;
    },
    async commit(key, lease, commit) {
      const change = await cipher.sealChange(key, commit.change, commit.maxBytes);
      const answer = await store.commit(key, lease, { ...commit, change });
      if (answer.state === 'lost' || answer.next === undefined) return answer;
      return { state: answer.state, next: await cipher.openGrant(key, answer.next) };
    },
  };
}

/** Values to what is stored, and back. */
class Cipher {
  readonly #ring: KeyRing;
  readonly #codec: TextCodec;
  readonly #allowPlaintext: boolean;

  constructor(options: EncryptionOptions) {
    this.#ring = new KeyRing(options.keys, options.current);
    this.#codec = options.codec ?? json;
    this.#allowPlaintext = options.allowPlaintext ?? false;
  }

  /** The value is made text before anything is waited for, because the caller may change it afterwards. */
  async seal(key: string, value: unknown, maxBytes: number | undefined): Promise<string> {
    const text = new TextEncoder().encode(encode(this.#codec, value));
    const size = sealedSize(this.#ring, text.length);
    if (maxBytes !== undefined && size > maxBytes) throw tooLarge(size, maxBytes);
    return seal(this.#ring, key, text);
  }

  async sealChange(
    key: string,
    change: StoredChange<unknown>,
    maxBytes: number | undefined,
  ): Promise<StoredChange<unknown>> {
    if (change.kind !== 'set') return change;
    return { kind: 'set', value: await this.seal(key, change.value, maxBytes) };
  }

  /**
   * Decrypts what is stored, and answers how to read it, as often as one wants.
   * @throws Undecryptable
   */
  async open(key: string, stored: unknown): Promise<() => unknown> {
    if (stored === undefined || stored === null) return () => undefined;
    if (isSealed(stored)) {
      const text = await unseal(this.#ring, key, stored);
      return () => decode(this.#codec, text);
    }
    if (this.#allowPlaintext) return () => stored;
    throw new Undecryptable('It is not encrypted, and allowPlaintext is not set.', stored);
  }

  /** Decrypts before the lease is handed out, because reading does not wait. What fails is thrown by whoever reads. */
  async openGrant(key: string, grant: LeaseGrant<unknown>): Promise<LeaseGrant<unknown>> {
    let opened: () => unknown;
    try {
      opened = await this.open(key, grant.read());
    } catch (error) {
      opened = () => {
        throw error;
      };
    }
    return { granted: true, lease: grant.lease, marks: grant.marks, read: opened };
  }
}

function tooLarge(size: number, maxBytes: number): StoreFailure {
  const text = `The encrypted value has ${size} bytes; maxBytes is ${maxBytes}. Store less, or raise it.`;
  return Object.assign(new TypeError(text), { code: 'VALUE_TOO_LARGE' as const });
}

const rules: Rules = {
  keys: {
    expected: 'a list of keys, or an object of keys by their names',
    accepts: isObject,
  },
  current: { expected: 'the name of a key', accepts: (value) => typeof value === 'string' },
  allowPlaintext: { expected: 'true or false', accepts: (value) => typeof value === 'boolean' },
  codec,
};
