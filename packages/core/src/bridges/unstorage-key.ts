/** Keys for unstorage: any string, each one another, and the usual ones as they are. */

/** No segment is longer, because no file name may be. */
const MOST = 200;

/** Stands for a segment without characters, which unstorage would leave out. Escapes have no small letters. */
const NOTHING = '%n';

/** Ends a segment that goes on in the next one. */
const GOES_ON = '%c';

/**
 * Whatever may mean something to unstorage, to a file system or in an address: it ends at `?`, takes `/` and `\` for
 * colons, hides keys that end in `$`, and refuses segments of dots.
 */
const ESCAPED = /[^\w@+.-]|^\.|\.$/g;

/** The key as it is stored. */
export function toStorageKey(key: string): string {
  return key.split(':').map(toSegment).join(':');
}

/** The key that a stored one was made of, or `undefined` where it was not made here. */
export function fromStorageKey(stored: string): string | undefined {
  const key = stored.replaceAll(`${GOES_ON}:`, '').split(':').map(fromSegment).join(':');
  return toStorageKey(key) === stored ? key : undefined;
}

/** The whole segments that all keys with a prefix have in common. */
export function baseOf(prefix: string): string {
  const end = prefix.lastIndexOf(':');
  return end <= 0 ? '' : toStorageKey(prefix.slice(0, end));
}

function toSegment(segment: string): string {
  if (segment === '') return NOTHING;
  const escaped = segment.replace(
    ESCAPED,
    (unit) => `%${unit.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`,
  );
  if (escaped.length <= MOST) return escaped;
  return (escaped.match(new RegExp(`.{1,${MOST}}`, 'g')) ?? []).join(`${GOES_ON}:`);
}

function fromSegment(segment: string): string {
  if (segment === NOTHING) return '';
  return segment.replace(/%([0-9A-F]{4})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
}
