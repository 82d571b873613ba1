/** An order of numbered slots, in one flat array: a ring of links. */

/**
 * The two links of each slot lie side by side, those of slot 3 at 6 and 7, so that they come in one line of the
 * processor's cache: at large sizes that is where the time goes.
 *
 * Slot 0 is the ring's knot: the slot after it is the first, the slot before it the last, and when it stands alone it is
 * both. Every step but {@link grown} costs the same at any size.
 */
export type Links = Uint32Array;

/** What stands for "no slot": the knot. */
export const NO_SLOT = 0;

const BEFORE = 0;
const AFTER = 1;

/** A ring without slots that has room for those up to `highest`. */
export function ringOf(highest: number): Links {
  return new Uint32Array((highest + 1) * 2);
}

/** The same ring, with room for the slots up to `highest`. */
export function grown(links: Links, highest: number): Links {
  const larger = ringOf(highest);
  larger.set(links);
  return larger;
}

/** The slot that was added or renewed the longest time ago, or {@link NO_SLOT}. */
export function first(links: Links): number {
  return links[AFTER] as number;
}

/** Puts a slot that is not in the ring at its end. */
export function add(links: Links, slot: number): void {
  const last = links[BEFORE] as number;
  links[last * 2 + AFTER] = slot;
  links[slot * 2 + BEFORE] = last;
  links[slot * 2 + AFTER] = NO_SLOT;
  links[BEFORE] = slot;
}

/** Moves a slot to the end. */
export function renew(links: Links, slot: number): void {
  if (links[BEFORE] === slot) return;
  remove(links, slot);
  add(links, slot);
}

/** Takes a slot out. */
export function remove(links: Links, slot: number): void {
  const before = links[slot * 2 + BEFORE] as number;
  const after = links[slot * 2 + AFTER] as number;
  links[before * 2 + AFTER] = after;
  links[after * 2 + BEFORE] = before;
}
