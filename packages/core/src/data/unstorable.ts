/** The refusal of a value that no copy can be made of. */

/** Names what it is and where, never a value; not even a member's name, where that may be data itself. */
export class Unstorable extends TypeError {
  override readonly name = 'Unstorable';
  readonly code = 'VALUE_UNSTORABLE';
  /** The way from the session to the value, the outermost name first. Not enumerable: a name may be somebody's id. */
  declare readonly path: PropertyKey[];

  constructor(
    readonly what: string,
    name?: PropertyKey,
  ) {
    super();
    Object.defineProperties(this, {
      path: { value: name === undefined ? [] : [name] },
      message: { get: () => this.describe(), configurable: true },
    });
  }

  /** Where it is and what it is: `data.cart[2].total is a function`. */
  describe(): string {
    const shown = this.path.slice(0, 8).map(shownStep).join('');
    return `data${shown}${this.path.length > 8 ? '…' : ''} is ${this.what}`;
  }
}

/** A step of a way through data. Names that somebody wrote into a program look like names; an address or an id does not. */
export function shownStep(name: PropertyKey): string {
  if (typeof name === 'number') return `[${name}]`;
  const shown = String(name);
  return /^(?:[A-Za-z_$][\w$]{0,39}|Symbol\([\w$]{0,39}\)|<\w+>)$/.test(shown) ? `.${shown}` : '[…]';
}
