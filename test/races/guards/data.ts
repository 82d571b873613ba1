// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is source text
/** The guards of what is copied, compared and encoded. */

import { type Guard, guardsOf } from './guard';

const ofChange = guardsOf('core/src/data/change.ts');
const ofSnapshot = guardsOf('core/src/data/snapshot.ts');
const ofEncoding = guardsOf('core/src/kit/encoding.ts');
const ofJson = guardsOf('core/src/kit/json.ts');
const ofTextKey = guardsOf('core/src/kit/text-key.ts');

export const data: readonly Guard[] = [
  ofChange(
    'that one object in two places stays one',
    'if (!way.enters(source)) throw UNUSUAL;',
    'way.enters(source);',
    'core/snapshot-change.test.ts',
    'is what a comparison and a copy come to, or is refused in the same words',
  ),
  ofChange(
    'that accessors are refused',
    'if (get !== undefined || set !== undefined) throw UNUSUAL;',
    '',
    'core/snapshot-change.test.ts',
    'is what a comparison and a copy come to, or is refused in the same words',
  ),
  ofChange(
    'that a member that was removed counts',
    '&& names.length === oldNames.length',
    '',
    'core/snapshot-change.test.ts',
    'is what a comparison and a copy come to, or is refused in the same words',
  ),
  ofChange(
    'that the length of a list counts',
    'let isSame = old?.length === target.length;',
    'let isSame = old !== undefined;',
    'core/snapshot-change.test.ts',
    'is what a comparison and a copy come to, or is refused in the same words',
  ),
  ofChange(
    'that instances are copied as such',
    'if (!isPlain(prototype)) throw UNUSUAL;',
    '',
    'core/snapshot-change.test.ts',
    'is what a comparison and a copy come to, or is refused in the same words',
  ),
  ofChange(
    'that another prototype counts',
    'isObject(baseline) && Object.getPrototypeOf(baseline) === prototype ? baseline : undefined',
    'isObject(baseline) ? baseline : undefined',
    'core/snapshot-change.test.ts',
    'is what a comparison and a copy come to, or is refused in the same words',
  ),
  ofChange(
    'that functions are refused',
    "if (typeof value === 'function' || typeof value === 'symbol') throw UNUSUAL;",
    '',
    'core/snapshot-change.test.ts',
    'is what a comparison and a copy come to, or is refused in the same words',
  ),
  ofChange(
    'that knots of the baseline are kept',
    ' && !hasKnots(baseline)',
    '',
    'core/snapshot-change.test.ts',
    'is what a comparison and a copy come to, or is refused in the same words',
  ),
  ofSnapshot(
    'that accessors are not read',
    "if (own.get !== undefined || own.set !== undefined) throw new Unstorable('an accessor', name);",
    '',
    'core/snapshot-silent.test.ts',
    'a getter goes on to compute, or is refused, but does not become a value that is never right again',
  ),
  ofSnapshot(
    'that a member named __proto__ stays one',
    "if (name === '__proto__') Object.defineProperty(target, name, { ...OPEN, value: copy });\n    else target[name] = copy;",
    'target[name] = copy;',
    'core/snapshot.test.ts',
    'stays a member, in its place, and becomes nobody’s prototype',
  ),
  ofSnapshot(
    'that functions are refused',
    'throw new Unstorable(`a ${typeof value}`, name);',
    'return value;',
    'core/snapshot-refused.test.ts',
    'a function',
  ),
  ofEncoding(
    'that a decoder’s undefined is no absence',
    'if (value === undefined)\n    throw corrupt(',
    'if (codec === undefined)\n    throw corrupt(',
    'core/codecs.test.ts',
    'superjson alone takes older JSON for corrupt and overwrites nothing',
  ),
  ofJson(
    'that what JSON drops is refused',
    '    assertJson(value);\n',
    '',
    'core/kit-json.test.ts',
    'refuses undefined',
  ),
  ofTextKey(
    'that two keys stay two in a text column',
    'REFUSED.test(key) || !isWellFormed(key) ? rewrittenKey(key) : key',
    'key',
    'core/kit-text-key.test.ts',
    'such as "\\u0000" is rewritten, and found again',
  ),
];
