/** The lock key of a data key: another key in the same slot of a Redis Cluster, so that one script may use both. */

const SLOTS = 16_384;

/**
 * The key of the lock, from whose name the key of the data can be told, so that no two keys have the same.
 *
 * Clusters hash what stands between the first `{` and the first `}` after it, where that is not empty, and else the whole
 * key. Naming the lock `{key}:lock` is enough only as long as there is no `}` in the key.
 *
 * @param key - neither empty nor one that {@link mayBeLockKey}
 */
export function lockKeyOf(key: string): string {
  if (!key.includes('}')) return `{${key}}:lock`;
  if (hashTagOf(key) !== undefined) return `lock:${key}`;
  return `lock:{${tagOfSlot(slotOf(key))}}:${key}`;
}

/** Whether a key may be the lock of another, or have the lock of another. Keys with a hash tag of their own are neither. */
export function mayBeLockKey(key: string): boolean {
  if (key.startsWith('lock:')) return hashTagOf(key.slice('lock:'.length)) !== undefined;
  const [, rest] = TAGGED.exec(key) ?? [];
  // Of a key that has no tag, the lock is named by a tag and that key.
  return rest === 'lock' || (rest?.includes('}') === true && hashTagOf(rest) === undefined);
}

const TAGGED = /^\{[^}]+\}:(.*)$/s;

/** The slot of a key. */
export function slotOf(key: string): number {
  return crc16(new TextEncoder().encode(hashTagOf(key) ?? key)) % SLOTS;
}

/** What of the key decides on its slot, or `undefined` where it is the whole key. */
function hashTagOf(key: string): string | undefined {
  const start = key.indexOf('{');
  const end = start === -1 ? -1 : key.indexOf('}', start + 1);
  return end > start + 1 ? key.slice(start + 1, end) : undefined;
}

/** Short tags by their slot, as they were found. There are never more of them than slots. */
const tags = new Map<number, string>();
let tried = 0;

/** A short text that a Cluster hashes to a slot: always the same one. */
function tagOfSlot(slot: number): string {
  for (let known = tags.get(slot); ; known = tags.get(slot)) {
    if (known !== undefined) return known;
    const tag = (tried++).toString(36);
    if (!tags.has(slotOf(tag))) tags.set(slotOf(tag), tag);
  }
}

/** CRC-16 as Clusters compute it: polynomial 0x1021, nothing reflected, starting at 0. */
function crc16(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) crc = ((crc << 8) & 0xffff) ^ (TABLE[(crc >> 8) ^ byte] as number);
  return crc;
}

const TABLE: Uint16Array = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit++) crc = (crc << 1) ^ (crc & 0x8000 ? 0x1021 : 0);
  return crc;
});
