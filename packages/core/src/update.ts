/** What an update says of itself: its id, and its kind. */

/** The id of an update; `undefined` where it has none. */
export function updateIdOf(update: unknown): number | undefined {
  const id = (update as { update_id?: unknown } | null | undefined)?.update_id;
  return typeof id === 'number' ? id : undefined;
}

/** The kind of an update, as `message` is one; `undefined` where none can be told. */
export function updateKindOf(update: unknown): string | undefined {
  if (typeof update !== 'object' || update === null) return undefined;
  return Object.keys(update).find((name) => name !== 'update_id');
}
