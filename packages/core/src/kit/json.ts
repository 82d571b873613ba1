/** JSON that refuses what it could not give back, where `JSON.stringify` drops or flattens it without a word. */

import { Unstorable } from '../data/unstorable';
import type { TextCodec } from '../store';

/** As deep as the engine's own copies go. */
const MAX_DEPTH = 1_024;

/**
 * Plain JSON. Reading it again gives an equal value, but for members that are `undefined`, which are left out.
 *
 * `stringify` throws `VALUE_UNSTORABLE` and names the path of what JSON cannot keep: `bigint`, `NaN`, functions, symbols,
 * `Date`, `Map`, `Set`, instances of classes, cycles, and `undefined` in an array.
 */
export const json: TextCodec = {
  stringify(value) {
    assertJson(value);
    return JSON.stringify(value);
  },
  parse: (text) => JSON.parse(text),
};

/**
 * Refuses what plain JSON cannot keep.
 *
 * @param keeps - says of an object that is neither plain nor an array whether it can be kept after all
 * @throws Unstorable with the path to it
 */
export function assertJson(value: unknown, keeps: (value: object) => boolean = () => false): void {
  if (value === undefined) throw refused('undefined');
  walk(value, keeps, []);
}

function walk(value: unknown, keeps: (value: object) => boolean, above: object[]): void {
  if (typeof value === 'object' && value !== null) walkObject(value, keeps, above);
  else if (typeof value === 'number' && !Number.isFinite(value)) throw refused(String(value));
  else if (!PRIMITIVES.has(typeof value))
    throw refused(value === undefined ? 'undefined' : `a ${typeof value}`);
}

const PRIMITIVES: ReadonlySet<string> = new Set(['string', 'number', 'boolean', 'object']);

function refused(what: string): Unstorable {
  return new Unstorable(`${what}, which JSON cannot keep`);
}

function walkObject(value: object, keeps: (value: object) => boolean, above: object[]): void {
  if (above.includes(value)) throw refused('a cycle');
  if (above.length >= MAX_DEPTH) throw new Unstorable('nested too deeply');
  above.push(value);
  const isArray = Array.isArray(value);
  if (isArray ? isPlainArray(value) : isPlain(value)) {
    if (Object.getOwnPropertySymbols(value).length > 0) throw refused('an object with members under symbols');
  } else if (isArray || !keeps(value)) {
    throw refused(classOf(value));
  }
  if (isArray) {
    for (let index = 0; index < value.length; index++) walkMember(value[index], index, keeps, above);
    if (Object.keys(value).length > value.length) throw refused('an array with members beside its items');
  } else if (isPlain(value)) {
    for (const [name, member] of Object.entries(value)) {
      if (member !== undefined) walkMember(member, name, keeps, above);
    }
  }
  above.pop();
}

function walkMember(
  member: unknown,
  name: PropertyKey,
  keeps: (value: object) => boolean,
  above: object[],
): void {
  try {
    walk(member, keeps, above);
  } catch (error) {
    if (error instanceof Unstorable) error.path.unshift(name);
    throw error;
  }
}

/** The prototype of arrays is an array itself, in every realm; that of a class of arrays is not. */
function isPlainArray(value: readonly unknown[]): boolean {
  return Array.isArray(Object.getPrototypeOf(value));
}

/** Plain objects of another realm have another `Object.prototype`, whose own prototype is `null` as well. */
function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function classOf(value: object): string {
  const made = (value as { constructor?: unknown }).constructor;
  return typeof made === 'function' && made.name !== ''
    ? `an instance of ${made.name}`
    : 'an instance of a class';
}
