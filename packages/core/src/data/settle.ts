/** The end of a draft: what is to be stored of what a handler has made of it. */

import { type Draft, type Node, shallow } from './draft';
import {
  copyInside,
  copyObject,
  copyOf,
  copyPrimitive,
  guarded,
  hasKnots,
  isDense,
  isPlain,
  namesOf,
  rooted,
  same,
  sameValue,
  shallowCopy,
} from './snapshot';
import { Trail } from './trail';

/**
 * Answers the baseline itself where a handler's value equals it, and else a new tree. What was not written to is in both.
 * The draft stays as it is, and may be changed further.
 *
 * @param value - what the handler left: the draft's value, or anything else with or without parts of it
 * @param baseline - what is stored now
 * @throws Unstorable for what cannot be copied faithfully
 */
export function settled<T>(draft: Draft<T>, value: T, baseline: T): T {
  return guarded(() => {
    const way = new Settling(draft);
    const made = way.root(value) as T;
    if (typeof made !== 'object' || made === null) return Object.is(made, baseline) ? baseline : made;
    // What stands elsewhere now may stand there twice, or too deep: whoever walks through all of it knows.
    const target = way.hasMoved ? copyOf(made) : rooted(made, way);
    if (typeof baseline !== 'object' || baseline === null) return target;
    if (hasKnots(target) || hasKnots(baseline)) return same(target, baseline) ? baseline : target;
    return equal(made, baseline) ? baseline : target;
  });
}

/** The comparison of an object that was copied as a whole, where a part of the draft must be new. */
class Look extends Trail {
  constructor(
    readonly draft: Draft<unknown>,
    readonly node: Node,
  ) {
    super();
  }

  override pair(a: object, b: object): boolean | undefined {
    return a !== this.node.held && this.draft.nodeOf(a) !== undefined ? false : super.pair(a, b);
  }

  /** Whether the handler has left it alone. */
  findsSame(): boolean {
    try {
      return sameValue(this.node.held, this.node.base, this);
    } catch {
      return false; // whoever copies it will say where it is
    }
  }
}

/** The way through a handler's value, on which parts of the draft become what they stand for. */
class Settling extends Trail {
  /** Whether a part of the draft was met in another place than its own. */
  hasMoved = false;
  /** The stored objects for what was copied as a whole and left alone, and for all inside of it. */
  readonly #kept = new Map<object, object>();
  #expected: object | undefined;

  constructor(readonly draft: Draft<unknown>) {
    super();
    this.#expected = draft.value as object;
    for (const node of draft.looked) {
      const look = new Look(draft, node);
      const pairs = look.findsSame() ? look.pairs() : [];
      // An object of another one in here is that one object, however equal it is. Bytes may belong to others as well by now.
      if (pairs.length === 0 || look.hasBytes || pairs.some(([held]) => this.#kept.has(held)))
        node.parent?.write();
      else for (const [held, stored] of pairs) this.#kept.set(held, stored);
    }
  }

  root(value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return copyPrimitive(value);
    if (value !== this.draft.value) this.hasMoved = true;
    return this.copyOf(value) ?? copyObject(value, this);
  }

  override copyOf(source: object): object | undefined {
    const known = super.copyOf(source);
    if (known !== undefined) return known;
    const kept = this.#kept.get(source);
    const node = this.draft.nodeOf(source);
    if (kept === undefined && node === undefined) return undefined;
    if (source !== this.#expected) this.hasMoved = true;
    if (node?.isWhole && kept === undefined) return copyObject(source, this);
    if (node?.written === undefined) {
      const stored = kept ?? (node as Node).base;
      this.note(source, stored);
      return stored;
    }
    const target = Array.isArray(node.base)
      ? this.#ofArray(node, node.written as unknown as unknown[])
      : this.#ofPlain(node, node.written);
    for (const child of node.children) {
      if (node.written[child.key] !== child.base) continue;
      this.#expected = child.held;
      target[child.key] = copyInside(child.key, child.held, this);
    }
    return target;
  }

  #ofPlain(node: Node, written: Members): Members {
    const names = namesOf(written);
    const target = shallowCopy(written, Object.getPrototypeOf(written));
    this.note(node.held, target);
    this.#copyNew(node, written, target, names);
    return target;
  }

  #ofArray(node: Node, written: unknown[]): Members {
    const target = shallow(written) as Members;
    this.note(node.held, target);
    const isSimple = isDense(written, Array.prototype);
    const names = isSimple ? written.keys() : Reflect.ownKeys(written).filter((name) => name !== 'length');
    this.#copyNew(node, written as unknown as Members, target, names);
    return target;
  }

  /** What stands where it stood in the stored tree is the stored object, and stays. */
  #copyNew(node: Node, written: Members, target: Members, names: Iterable<PropertyKey>): void {
    const base = node.base as Members;
    for (const name of names) {
      const value = written[name];
      const isOld = value === base[name] && (name !== '__proto__' || Object.hasOwn(base, name));
      if (isOld && typeof value !== 'function') continue;
      target[name] = copyInside(name, value, this);
    }
  }
}

type Members = Record<PropertyKey, unknown>;

/** Like `same`, for two trees that have parts in common. */
function equal(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || a === null || typeof b !== 'object' || b === null) return false;
  const prototype: object | null = Object.getPrototypeOf(a);
  if (Object.getPrototypeOf(b) !== prototype) return false;
  if (isDense(a, prototype)) {
    return (
      isDense(b, prototype) && a.length === b.length && a.every((value, index) => equal(value, b[index]))
    );
  }
  if (!isPlain(prototype)) return same(a, b);
  const names = Object.keys(a);
  const others = Object.keys(b);
  if (names.length !== others.length) return false;
  return names.every(
    (name, index) => name === others[index] && equal((a as Members)[name], (b as Members)[name]),
  );
}
