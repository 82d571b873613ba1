/** The keys of an encryption: by their names, or as a list. */

import { isObject, shownKind } from '../check';
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

/** In place of a name, where keys have none. */
const UNNAMED = '*';

/** Longer names stand in no text, because each may be a key that was put where its name belongs. */
const LONGEST_SHOWN = 24;

/** Keys that are imported when they are first needed, each once. */
export class KeyRing {
  /** The name of the key to encrypt with, as it is stored. */
  readonly current: string;
  readonly #isList: boolean;
  readonly #writer: string;
  readonly #keys = new Map<string, ImportedKey | Uint8Array<ArrayBuffer> | Promise<ImportedKey>>();

  /** @throws TypeError that carries nothing of a key */
  constructor(
    keys: Readonly<Record<string, EncryptionKey>> | readonly EncryptionKey[],
    current: string | undefined,
  ) {
    if (isBytes(keys) || isCryptoKey(keys))
      throw new TypeError(
        'withEncryption(): option "keys" must have the key inside. Put it in a list: keys: [key].',
      );
    this.#isList = Array.isArray(keys);
    for (const [id, key] of Object.entries<EncryptionKey>(keys as Record<string, EncryptionKey>))
      this.#keys.set(nameOf(id), checked(id, this.#keys.size + 1, key));
    const [first] = this.#keys.keys();
    if (first === undefined)
      throw new TypeError('withEncryption(): option "keys" must have a key, but has none.');
    if (this.#isList && current !== undefined)
      throw new TypeError(
        'withEncryption(): option "current" is for keys with names; of a list, the first encrypts.',
      );
    if (!this.#isList && current === undefined && this.#keys.size > 1)
      throw new TypeError(
        'withEncryption(): option "current" must name one of the keys where there are several. A list of keys needs no ' +
          'names: its first one encrypts.',
      );
    this.#writer = current ?? first;
    const writer = this.#keys.get(this.#writer);
    if (writer === undefined) {
      throw new TypeError(
        `withEncryption(): option "current" must name one of the keys, but got ${shownName(this.#writer, 'a longer name')}.`,
      );
    }
    if ('usages' in writer && !writer.usages.includes('encrypt'))
      throw new TypeError('withEncryption(): the current key must have the usages "encrypt" and "decrypt".');
    this.current = this.#isList ? UNNAMED : this.#writer;
  }

  /** The key to encrypt with. */
  writer(): Promise<ImportedKey> {
    return this.#imported(this.#writer);
  }

  /** The keys that may open what was sealed under a name; without one, each of them may. */
  async readers(id: string): Promise<ImportedKey[]> {
    const isNamed = !this.#isList && id !== UNNAMED;
    const names = isNamed ? [id].filter((name) => this.#keys.has(name)) : [...this.#keys.keys()];
    return Promise.all(names.map((name) => this.#imported(name)));
  }

  async #imported(name: string): Promise<ImportedKey> {
    const key = this.#keys.get(name) as ImportedKey | Uint8Array<ArrayBuffer> | Promise<ImportedKey>;
    if (!(key instanceof Uint8Array)) return key;
    const imported = crypto.subtle.importKey('raw', key, 'AES-GCM', false, ['encrypt', 'decrypt']);
    this.#keys.set(name, imported);
    try {
      return await imported;
    } catch (error) {
      this.#keys.set(name, key); // the next is to try again
      throw error;
    }
  }
}

/** The name of a key as it may stand in a text, or what stands there instead. */
export function shownName(id: string, instead: string): string {
  return id.length > LONGEST_SHOWN ? instead : JSON.stringify(id);
}

function nameOf(id: string): string {
  if (ID.test(id) && id !== UNNAMED) return id;
  throw new TypeError(
    'withEncryption(): the name of a key must be 1 to 64 characters of ASCII without blanks, and not "*", because it is ' +
      'stored with each value.',
  );
}

function checked(id: string, place: number, key: unknown): ImportedKey | Uint8Array<ArrayBuffer> {
  if (isCryptoKey(key)) return key;
  // `openssl rand -base64 32` ends its line.
  const bytes =
    typeof key === 'string' ? bytesOf(key.trim()) : isBytes(key) ? Uint8Array.from(key) : undefined;
  if (bytes?.length === BYTES) return bytes;
  const which = shownName(id, `${place}, whose name may be a key itself,`);
  const came =
    typeof key === 'string' ? 'another text' : isBytes(key) ? `${key.length} bytes` : shownKind(key);
  throw new TypeError(
    `withEncryption(): the key ${which} must be ${BYTES} bytes, those in base64, or a CryptoKey for AES-GCM of 256 bits ` +
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
