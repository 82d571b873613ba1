/** How a session becomes a property of `ctx`: one accessor for all contexts, and a list of what it leads to on each. */

/** Something that `ctx.session` reads from and assigns to. */
export interface Port {
  data: unknown;
}

/** A port under its name on one `ctx`, in front of those that were put there before. */
export interface Mount {
  readonly property: string;
  readonly port: Port;
  readonly engine: object;
  readonly key: string | undefined;
  /** Whether the handler still runs, so that the session may be found and used a second time. */
  live: boolean;
  earlier: Mount | undefined;
}

/** The same for all copies of this package that may be loaded. */
const MOUNTS = Symbol.for('sessiongram.mounts');
type Mounted = object & { [MOUNTS]?: Mount | undefined };

/**
 * Shared by all contexts, because the engine then keeps them all in one shape: with functions of its own for each
 * context, `defineProperty` costs four times as much (measured on grammY's Context: 1.1 µs against 0.25 µs).
 */
const accessors = new Map<string, PropertyDescriptor>();

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
  const entry: Mount = { property, port, engine, key, live: true, earlier };
  if (named(earlier, property) === undefined) define(ctx, property);
  mounted[MOUNTS] = entry;
  return entry;
}

/** Ends a mount. Where the same name was mounted before, it leads there again; else it stays, to tell of late writes. */
export function unmount(ctx: object, entry: Mount): void {
  const mounted = ctx as Mounted;
  entry.live = false;
  if (named(entry.earlier, entry.property) === undefined) return;
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
  while (entry !== undefined && !(entry.live && entry.engine === engine && entry.key === key))
    entry = entry.earlier;
  return entry;
}

/** `Reflect.defineProperty` would need no catch, and takes twice as long. */
function define(ctx: object, property: string): void {
  try {
    Object.defineProperty(ctx, property, accessorOf(property));
  } catch (cause) {
    throw new TypeError(
      `ctx.${property} is taken already, by another session middleware perhaps. Remove that one, or choose another name ` +
        'with the option "property".',
      { cause },
    );
  }
}

function accessorOf(property: string): PropertyDescriptor {
  let accessor = accessors.get(property);
  if (accessor === undefined) {
    accessor = {
      configurable: true,
      enumerable: true,
      get(this: Mounted) {
        return named(this[MOUNTS], property)?.port.data;
      },
      set(this: Mounted, value: unknown) {
        const entry = named(this[MOUNTS], property);
        if (entry !== undefined) entry.port.data = value;
      },
    };
    accessors.set(property, accessor);
  }
  return accessor;
}

function named(from: Mount | undefined, property: string): Mount | undefined {
  let entry = from;
  while (entry !== undefined && entry.property !== property) entry = entry.earlier;
  return entry;
}
