/** How a session becomes a member of `ctx`: one accessor for all contexts, and a list of what it leads to on each. */

import type { SessionControls } from './visit';

/** Something that `ctx.session` reads from and assigns to. */
export interface Port {
  data: unknown;
  /** Whether the handler has ended that it was made for. */
  readonly isOver?: boolean;
  /** What may be done with the session; there is none where there is no session. */
  readonly controls?: SessionControls | undefined;
}

/** A port under its name on one `ctx`, in front of those that were put there before. */
export interface Mount {
  readonly property: string;
  readonly port: Port;
  readonly engine: object;
  readonly key: string | undefined;
  /** Whether the name led elsewhere before. */
  readonly covers: boolean;
  earlier: Mount | undefined;
}

/** The same for all copies of this package that may be loaded. */
const MOUNTS = Symbol.for('sessiongram.mounts');
/** No session has this name. */
const NOWHERE = '';
type Mounted = object & { [MOUNTS]?: Mount | undefined };

/** How one name leads to its port, on whatever context. */
interface Accessor {
  readonly descriptor: PropertyDescriptor;
  /** The classes of contexts that have it already. */
  readonly prototypes: WeakSet<object>;
}

const accessors = new Map<string, Accessor>();

/** The class whose contexts came last, and the name that leads somewhere on them: most programs have but one. */
let lately: object | undefined;
let latelyNamed: string | undefined;

/**
 * Puts a port on a context.
 *
 * @throws TypeError when the property is taken by something that cannot be replaced
 */
export function mount(
  ctx: object,
  property: string,
  port: Port,
  engine: object,
  key: string | undefined,
): Mount {
  const mounted = ctx as Mounted;
  const earlier = mounted[MOUNTS];
  const covers = named(earlier, property) !== undefined;
  const entry: Mount = { property, port, engine, key, covers, earlier };
  if (!covers) expose(ctx, property);
  mounted[MOUNTS] = entry;
  return entry;
}

/** Takes note that a context has a session open which is mounted elsewhere: on an object that is mounted on the context. */
export function remember(ctx: object, port: Port, engine: object, key: string): void {
  const mounted = ctx as Mounted;
  mounted[MOUNTS] = { property: NOWHERE, port, engine, key, covers: false, earlier: mounted[MOUNTS] };
}

/** Ends a mount. Where it covers another, the name leads there again; else it stays, to tell of late writes. */
export function unmount(ctx: object, entry: Mount): void {
  const mounted = ctx as Mounted;
  if (!entry.covers) return;
  if (mounted[MOUNTS] === entry) {
    mounted[MOUNTS] = entry.earlier;
    return;
  }
  let later = mounted[MOUNTS];
  while (later !== undefined && later.earlier !== entry) later = later.earlier;
  if (later !== undefined) later.earlier = entry.earlier;
}

/** Finds the session of an engine that a handler further out has open on this context. */
export function findLive(ctx: object, engine: object, key: string): Mount | undefined {
  let entry = (ctx as Mounted)[MOUNTS];
  while (entry !== undefined && (entry.engine !== engine || entry.key !== key || entry.port.isOver))
    entry = entry.earlier;
  return entry;
}

/** Whether a context has a session of another engine open. */
export function hasAnother(ctx: object, engine: object): boolean {
  let entry = (ctx as Mounted)[MOUNTS];
  while (entry !== undefined && (entry.engine === engine || entry.key === undefined || entry.port.isOver))
    entry = entry.earlier;
  return entry !== undefined;
}

/** Finds what a name leads to on a context. */
export function portOf(ctx: object, property: string): Port | undefined {
  return named((ctx as Mounted)[MOUNTS], property)?.port;
}

/**
 * Makes the name lead to what is mounted. Once for all contexts of a class, because to define it on each of them is the
 * most expensive step of an update (measured on grammY's Context: 0.35 µs, where all the rest takes 1 µs). A member that a
 * context has of its own, as vibegram's has, is taken away, at half of what it costs to define another in its place. On
 * the context itself where that is of no class.
 *
 * @throws TypeError when the name is taken by something that cannot be replaced
 */
function expose(ctx: object, property: string): void {
  const isOwn = Object.hasOwn(ctx, property);
  if (isOnClass(ctx, property) && (!isOwn || Reflect.deleteProperty(ctx, property))) return;
  try {
    Object.defineProperty(ctx, property, accessorOf(property).descriptor);
  } catch (cause) {
    throw new TypeError(
      `ctx.${property} is taken already, by another session middleware perhaps. Remove that one, or choose another name ` +
        'with the option "property".',
      { cause },
    );
  }
}

/** Whether the class of a context has the accessor by now. */
function isOnClass(ctx: object, property: string): boolean {
  const prototype: object | null = Object.getPrototypeOf(ctx);
  if (prototype === lately && property === latelyNamed) return true;
  if (prototype === null) return false;
  const { descriptor, prototypes } = accessorOf(property);
  if (!prototypes.has(prototype)) {
    if (!isOfClass(prototype) || property in prototype || !Object.isExtensible(prototype)) return false;
    Object.defineProperty(prototype, property, descriptor);
    prototypes.add(prototype);
  }
  lately = prototype;
  latelyNamed = property;
  return true;
}

/** Not one that plain objects share, nor an object that merely stands behind another. */
function isOfClass(prototype: object): boolean {
  return (
    Object.hasOwn(prototype, 'constructor') &&
    (prototype.constructor as { prototype?: unknown } | null | undefined)?.prototype === prototype &&
    Object.getPrototypeOf(prototype) !== null
  );
}

function accessorOf(property: string): Accessor {
  let accessor = accessors.get(property);
  if (accessor === undefined) {
    const descriptor: PropertyDescriptor = {
      configurable: true,
      enumerable: true,
      get(this: Mounted) {
        return named(this[MOUNTS], property)?.port.data;
      },
      set(this: Mounted, value: unknown) {
        const entry = named(this[MOUNTS], property);
        if (entry !== undefined) entry.port.data = value;
        // A context of another bot, which knows nothing of us, is to behave as if we were not there.
        else
          Object.defineProperty(this, property, {
            value,
            writable: true,
            enumerable: true,
            configurable: true,
          });
      },
    };
    accessor = { descriptor, prototypes: new WeakSet() };
    accessors.set(property, accessor);
  }
  return accessor;
}

function named(from: Mount | undefined, property: string): Mount | undefined {
  let entry = from;
  while (entry !== undefined && entry.property !== property) entry = entry.earlier;
  return entry;
}
