/** The keys of an encryption, by their names. */

import { isObject, shown } from '../check';
import { bytesOf } from './base64';

/** A key of 256 bits: WebCrypto's `CryptoKey` for AES-GCM, or 32 bytes, or those in base64 or base64url. */
export type EncryptionKey = CryptoKeyLike | Uint8Array | string;

/** WebCrypto's `CryptoKey` by its shape, because not every program has the types of it. */
export interface CryptoKeyLike {
  readonly type: string;
  readonly extractable: boolean;
  readonly algorithm: { readonly name: string };
  readonly usages: readonly string[];
}

/** A key as WebCrypto takes it. */
export type ImportedKey = Parameters<typeof crypto.subtle.encrypt>[1];

const BYTES = 32;
const ID = /^[!-~]{1,64}$/;

/** Keys that are imported when they are first needed, each once. */
export class KeyRing {
  /** The name of the key to encrypt with. */
  readonly current: string;
  readonly #keys = new Map<string, ImportedKey | Uint8Array<ArrayBuffer> | Promise<ImportedKey>>();

  /** @throws TypeError that carries nothing of a key */
  constructor(keys: Readonly<Record<string, EncryptionKey>>, current: string | undefined) {
    for (const [id, key] of Object.entries(keys)) this.#keys.set(nameOf(id), checked(id, key));
    const [first] = this.#keys.keys();
    if (first === undefined)
      throw new TypeError('withEncryption(): option "keys" must have a key, but has none.');
    if (current === undefined && this.#keys.size > 1)
      throw new TypeError(
        'withEncryption(): option "current" must name one of the keys where there are several.',
      );
    this.current = current ?? first;
    const writer = this.#keys.get(this.current);
    if (writer === undefined) {
      throw new TypeError(
        `withEncryption(): option "current" must name one of the keys, but got ${shown(current)}.`,
      );
    }
    if ('usages' in writer && !writer.usages.includes('encrypt'))
      throw new TypeError('withEncryption(): the current key must have the usages "encrypt" and "decrypt".');
  }

  /** A key by its name; `undefined` where there is none. */
  async get(id: string): Promise<ImportedKey | undefined> {
    const key = this.#keys.get(id);
    if (!(key instanceof Uint8Array)) return key;
    const imported = crypto.subtle.importKey('raw', key, 'AES-GCM', false, ['encrypt', 'decrypt']);
    this.#keys.set(id, imported);
    try {
      return await imported;
    } catch (error) {
      this.#keys.set(id, key); // the next is to try again
      throw error;
    }
  }
}

function nameOf(id: string): string {
  if (ID.test(id)) return id;
  throw new TypeError(
    'withEncryption(): the name of a key must be 1 to 64 characters of ASCII without blanks, because it is stored with ' +
      'each value.',
  );
}

function checked(id: string, key: unknown): ImportedKey | Uint8Array<ArrayBuffer> {
  if (isCryptoKey(key)) return key;
  // `openssl rand -base64 32` ends its line.
  const bytes =
    typeof key === 'string' ? bytesOf(key.trim()) : isBytes(key) ? Uint8Array.from(key) : undefined;
  if (bytes?.length === BYTES) return bytes;
  const came = typeof key === 'string' ? 'another text' : isBytes(key) ? `${key.length} bytes` : shown(key);
  throw new TypeError(
    `withEncryption(): the key "${id}" must be ${BYTES} bytes, those in base64, or a CryptoKey for AES-GCM of 256 bits ` +
      `with the usage "decrypt", but got ${came}.`,
  );
}

function isBytes(value: unknown): value is Uint8Array {
  return Object.prototype.toString.call(value) === '[object Uint8Array]';
}

function isCryptoKey(value: unknown): value is ImportedKey {
  if (!isObject(value)) return false;
  const { algorithm, usages } = value as {
    algorithm?: { name?: unknown; length?: unknown };
    usages?: unknown;
  };
  return (
    algorithm?.name === 'AES-GCM' &&
    algorithm.length === BYTES * 8 &&
    Array.isArray(usages) &&
    usages.includes('decrypt')
  );
}
