/** The way of a walk through data: which objects were met so far, and how deep it is. */

import { Unstorable } from './unstorable';

/**
 * How deep objects may lie in each other. A number of our own, because the end of the stack comes at another depth for
 * every caller: what was stored once could not be read again.
 */
const MAX_DEPTH = 1_024;

/** Up to so many objects, to look through a list takes less time than to fill a `Map`. */
const FEW = 16;

/** Pairs each object that was met with its counterpart, so that what is one object stays one object. */
export class Trail {
  /** Whether an object was met twice. */
  hasKnots = false;
  /** In turn an object and its counterpart, as long as there are few. */
  readonly #few: object[] = [];
  #met: Map<object, object> | undefined;
  /** The other way round; kept by comparisons only. */
  #back: Map<object, object> | undefined;
  /** The bytes that were met, by their buffer. */
  #claims: Map<ArrayBufferLike, Uint8Array[]> | undefined;
  #depth = 1;

  /** The counterpart of an object that was met before. */
  copyOf(source: object): object | undefined {
    const known = this.#find(source);
    if (known !== undefined) this.hasKnots = true;
    return known;
  }

  note(source: object, target: object): void {
    if (this.#met !== undefined) {
      this.#met.set(source, target);
      return;
    }
    this.#few.push(source, target);
    if (this.#few.length > 2 * FEW) this.#met = new Map(this.pairs());
  }

  /** What was met before has to be met together again. `undefined`: neither was. */
  pair(a: object, b: object): boolean | undefined {
    const ofA = this.#find(a);
    const ofB = this.#findBack(b);
    if (ofA !== undefined || ofB !== undefined) return ofA === b && ofB === a;
    this.#back?.set(b, a);
    this.note(a, b);
    return undefined;
  }

  /** Whether binary data was met. */
  get hasBytes(): boolean {
    return this.#claims !== undefined;
  }

  /** All that were noted, each with its counterpart. */
  pairs(): (readonly [one: object, other: object])[] {
    if (this.#met !== undefined) return [...this.#met];
    const pairs: (readonly [object, object])[] = [];
    for (let at = 0; at < this.#few.length; at += 2) {
      pairs.push([this.#few[at] as object, this.#few[at + 1] as object]);
    }
    return pairs;
  }

  /** Takes note of bytes that belong to one object; whether none of them belongs to another. */
  claim(bytes: Uint8Array): boolean {
    this.#claims ??= new Map();
    const others = this.#claims.get(bytes.buffer) ?? [];
    this.#claims.set(bytes.buffer, others);
    if (others.some((other) => overlap(other, bytes))) return false;
    others.push(bytes);
    return true;
  }

  descend(): void {
    if (++this.#depth > MAX_DEPTH) throw new Unstorable('nested too deeply');
  }

  ascend(): void {
    this.#depth--;
  }

  #find(source: object): object | undefined {
    if (this.#met !== undefined) return this.#met.get(source);
    const few = this.#few;
    for (let at = 0; at < few.length; at += 2) if (few[at] === source) return few[at + 1];
    return undefined;
  }

  #findBack(target: object): object | undefined {
    if (this.#met !== undefined) {
      this.#back ??= new Map(this.pairs().map(([one, other]) => [other, one]));
      return this.#back.get(target);
    }
    const few = this.#few;
    for (let at = 1; at < few.length; at += 2) if (few[at] === target) return few[at - 1];
    return undefined;
  }
}

function overlap(a: Uint8Array, b: Uint8Array): boolean {
  const start = Math.max(a.byteOffset, b.byteOffset);
  return start < Math.min(a.byteOffset + a.length, b.byteOffset + b.length);
}
