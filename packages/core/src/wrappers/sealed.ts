/**
 * Sealed text: what is stored in place of an encrypted value.
 *
 * `sg1.` key id `.` base64(12 bytes IV, AES-256-GCM of the text, 16 bytes tag) `.1gs`
 *
 * The version of this format, the key id and the session's key are authenticated with it, so that a text which was moved
 * to another session, or given another key id, does not open.
 */

import { base64Length, base64Of, bytesOfCanonical } from './base64';
import { type KeyRing, shownName } from './key-ring';

/** Both ends are marked, so that text with one damaged end still does not pass for plaintext. */
const START = 'sg1.';
const END = '.1gs';
const FORMAT = 'sessiongram sealed text 1';

const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * What does not open: it was changed, moved from another session, or sealed with a key that is not there. Not a corrupt
 * value: with the right key it may be whole, so it is not to be repaired or overwritten.
 */
export class Undecryptable extends Error {
  override readonly name = 'Undecryptable';
  readonly code = 'VALUE_UNDECRYPTABLE';
  /** What is stored. Not enumerable, so that no log prints it. */
  declare readonly raw: unknown;

  constructor(text: string, raw: unknown) {
    super(text);
    Object.defineProperty(this, 'raw', { value: raw });
  }
}

/** Whether a value is sealed text, whole or damaged. */
export function isSealed(stored: unknown): stored is string {
  return typeof stored === 'string' && (stored.startsWith(START) || stored.endsWith(END));
}

/** The size of the sealed text that becomes of so many bytes. */
export function sealedSize({ current }: KeyRing, bytes: number): number {
  const payload = base64Length(IV_BYTES + bytes + TAG_BYTES);
  return START.length + current.length + 1 + payload + END.length;
}

/** Seals text for the session of a key. */
export async function seal(ring: KeyRing, key: string, text: Uint8Array<ArrayBuffer>): Promise<string> {
  const id = ring.current;
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const encrypted = await crypto.subtle.encrypt(parameters(iv, id, key), await ring.writer(), text);
  const payload = new Uint8Array(IV_BYTES + encrypted.byteLength);
  payload.set(iv);
  payload.set(new Uint8Array(encrypted), IV_BYTES);
  return `${START}${id}.${base64Of(payload)}${END}`;
}

/**
 * Opens sealed text of the session of a key.
 * @throws Undecryptable
 */
export async function unseal(ring: KeyRing, key: string, sealed: string): Promise<string> {
  const { id, payload } = parsed(sealed);
  const readers = await ring.readers(id);
  if (readers.length === 0) {
    const text = `It is sealed with the key ${shownName(id, 'of a longer name')}, which is not among the keys at hand.`;
    throw new Undecryptable(text, sealed);
  }
  const iv = payload.subarray(0, IV_BYTES);
  for (const reader of readers) {
    try {
      const opened = await crypto.subtle.decrypt(parameters(iv, id, key), reader, payload.subarray(IV_BYTES));
      return new TextDecoder('utf-8', { ignoreBOM: true }).decode(opened);
    } catch {
      // The next key may open it.
    }
  }
  const text =
    'It does not open: it was changed, belongs to another session, or was sealed with another key.';
  throw new Undecryptable(text, sealed);
}

function parsed(sealed: string): { id: string; payload: Uint8Array<ArrayBuffer> } {
  const body = sealed.slice(START.length, -END.length);
  const dot = body.lastIndexOf('.'); // base64 has none
  const payload = bytesOfCanonical(body.slice(dot + 1));
  const isWhole = sealed.startsWith(START) && sealed.endsWith(END) && dot > 0;
  if (!isWhole || payload === undefined || payload.length < IV_BYTES + TAG_BYTES)
    throw new Undecryptable('It is damaged: cut off, or changed.', sealed);
  return { id: body.slice(0, dot), payload };
}

function parameters(iv: Uint8Array<ArrayBuffer>, id: string, key: string) {
  // As JSON, in which no two lists are the same text, and half a character of a key is not lost.
  const additionalData = new TextEncoder().encode(JSON.stringify([FORMAT, id, key]));
  return { name: 'AES-GCM', iv, additionalData, tagLength: TAG_BYTES * 8 };
}
