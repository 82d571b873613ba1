/** Bytes as base64, in the one spelling that each has. */

/** How many bytes become text at a time: more arguments than that some engines do not take. */
const CHUNK = 8_192;

/** Bytes as base64 with padding. */
export function base64Of(bytes: Uint8Array): string {
  let binary = '';
  for (let at = 0; at < bytes.length; at += CHUNK)
    binary += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  return btoa(binary);
}

/** How long the base64 of so many bytes is. */
export function base64Length(bytes: number): number {
  return Math.ceil(bytes / 3) * 4;
}

/** The bytes of base64 or base64url, with or without padding; `undefined` where it is neither. */
export function bytesOf(text: string): Uint8Array<ArrayBuffer> | undefined {
  const plain = text.replaceAll('-', '+').replaceAll('_', '/').replace(/=+$/, '');
  return bytesOfCanonical(plain.padEnd(Math.ceil(plain.length / 4) * 4, '='));
}

/** The bytes of base64 just as {@link base64Of} spells it: of no other text, so that no other text passes for it. */
export function bytesOfCanonical(text: string): Uint8Array<ArrayBuffer> | undefined {
  let binary: string;
  try {
    binary = atob(text);
  } catch {
    return undefined;
  }
  if (btoa(binary) !== text) return undefined;
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < bytes.length; at++) bytes[at] = binary.charCodeAt(at);
  return bytes;
}
