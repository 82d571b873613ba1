/** The refusal of a value that no copy can be made of. */

/** Names what it is and where, never a value; not even a member's name, where that may be data itself. */
export class Unstorable extends TypeError {
  override readonly name = 'Unstorable';
  readonly code = 'VALUE_UNSTORABLE';
  /** The way from the session to the value, the outermost name first. */
  readonly path: PropertyKey[];

  constructor(
    readonly what: string,
    name?: PropertyKey,
  ) {
    super();
    this.path = name === undefined ? [] : [name];
    Object.defineProperty(this, 'message', { get: () => this.describe(), configurable: true });
  }

  /** Where it is and what it is: `data.cart[2].total is a function`. */
  describe(): string {
    const shown = this.path.slice(0, 8).map(step).join('');
    return `data${shown}${this.path.length > 8 ? '…' : ''} is ${this.what}`;
  }
}

/** Names that somebody wrote into a program look like names; an address or an id does not. */
function step(name: PropertyKey): string {
  if (typeof name === 'number') return `[${name}]`;
  const shown = String(name);
  return /^(?:[A-Za-z_$][\w$]{0,39}|Symbol\([\w$]{0,39}\)|<\w+>)$/.test(shown) ? `.${shown}` : '[…]';
}
