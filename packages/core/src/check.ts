/** Checks what users pass, and finds the words for a refusal. */

/** What one option takes. */
export interface Rule {
  readonly expected: string;
  readonly accepts: (value: unknown) => boolean;
}

/**
 * Rules by the name of the option. A table of them is made by a function where it takes a call or a template: as a constant,
 * it would stay in the bundle of every bot, also of one that uses nothing of its file.
 */
export type Rules = Readonly<Record<string, Rule>>;

/** What makes an object a store. */
const METHODS = ['get', 'set', 'delete'] as const;

/**
 * Refuses what is unknown, of a wrong type or out of range. An option that is `undefined` counts as not given.
 *
 * @param where - what the options were passed to, as the user wrote it: `session()`
 * @throws TypeError that names the option, what was expected and what came
 */
export function checkOptions(where: string, options: unknown, rules: Rules): void {
  if (!isObject(options) || Array.isArray(options))
    throw new TypeError(`${where} takes an object of options, but got ${shown(options)}.`);
  // What is inherited, as from a class, is read as well.
  for (const name of new Set([...Object.keys(options), ...Object.keys(rules)])) {
    const value = (options as Readonly<Record<string, unknown>>)[name];
    if (value === undefined) continue;
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (rule === undefined) {
      throw new TypeError(
        `${where}: unknown option ${shown(name)}. Known options: ${Object.keys(rules).join(', ')}.`,
      );
    }
    if (!rule.accepts(value)) {
      throw new TypeError(`${where}: option "${name}" must be ${rule.expected}, but got ${shown(value)}.`);
    }
  }
}

/** A rule for an option that takes a function. */
export function aFunction(signature: string): Rule {
  return { expected: `a function ${signature}`, accepts: (value) => typeof value === 'function' };
}

/** A value as it may stand in an error: primitives as they are, anything else by what it is. */
export function shown(value: unknown): string {
  // A long string, or an address with its password, has no place in a log.
  if (typeof value === 'string' && (value.length > 40 || value.includes('://'))) {
    return `a string of ${value.length} characters`;
  }
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'bigint') return `${value}n`;
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return String(value);
  if (typeof value === 'function') return `a function${value.name === '' ? '' : ` (${value.name})`}`;
  if (Array.isArray(value)) return 'an array';
  const missing = missingMethods(value);
  return missing.length > 0 && missing.length < METHODS.length
    ? `an object without ${missing.join(' and ')}`
    : 'an object';
}

/** A value by what it is alone, where it may name somebody: a key, or an id in place of one. */
export function shownKind(value: unknown): string {
  if (value === '') return 'an empty string';
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'object') return Array.isArray(value) ? 'an array' : 'an object';
  return `a ${typeof value}`;
}

/** Which of the methods of a store an object does not have. */
export function missingMethods(value: object): string[] {
  return METHODS.filter((name) => typeof (value as Record<string, unknown>)[name] !== 'function');
}

export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
