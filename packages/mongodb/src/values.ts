/** What BSON gives back as it was, and the refusal of the rest, where the driver changes it without a word. */

import { assertJson, encode, Unstorable } from '@sessiongram/core/kit';

/** The server takes 100 levels, of which the document and the command around the value need some. */
const MAX_DEPTH = 90;

/**
 * Refuses a value that would come back as another one.
 *
 * @param maxBytes - the size as JSON above which it is refused
 * @throws StoreFailure `VALUE_UNSTORABLE` with the path to what cannot be kept, and `VALUE_TOO_LARGE`
 */
export function assertStorable(value: unknown, maxBytes?: number): void {
  assertJson(value, isDate);
  walk(value, 0);
  if (maxBytes !== undefined) encode(JSON, value, maxBytes);
}

/** Dates are BSON's own. One that is invalid would come back as 1970. */
function isDate(value: object): boolean {
  return value instanceof Date && !Number.isNaN(value.getTime());
}

function walk(value: unknown, depth: number): void {
  if (typeof value === 'string' && !isWellFormed(value)) throw new Unstorable('text with a lone surrogate');
  if (typeof value !== 'object' || value === null || isDate(value)) return;
  if (depth === MAX_DEPTH) throw new Unstorable('nested too deeply for MongoDB');
  if ('$ref' in value && '$id' in value) throw new Unstorable('what BSON takes for a reference');
  const isArray = Array.isArray(value);
  for (const [name, member] of Object.entries(value)) {
    const step = isArray ? Number(name) : name;
    const odd = oddity(name);
    if (odd !== undefined && member !== undefined) throw new Unstorable(odd, step);
    try {
      walk(member, depth + 1);
    } catch (error) {
      if (error instanceof Unstorable) error.path.unshift(step);
      throw error;
    }
  }
}

function oddity(name: string): string | undefined {
  if (name === '_bsontype') return 'a member with a name that BSON keeps for itself';
  if (name.includes('\0')) return 'a member with a NUL in its name';
  return isWellFormed(name) ? undefined : 'a member with a lone surrogate in its name';
}

function isWellFormed(text: string): boolean {
  return (text as string & { isWellFormed(): boolean }).isWellFormed();
}
