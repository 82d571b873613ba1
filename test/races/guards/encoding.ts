/** The guards of what becomes text. */

import { type Guard, guardsOf } from './guard';

const ofEncoding = guardsOf('core/src/kit/encoding.ts');
const ofJson = guardsOf('core/src/kit/json.ts');
const ofTextKey = guardsOf('core/src/kit/text-key.ts');
const ofRules = guardsOf('core/src/kit/rules.ts');

export const encoding: readonly Guard[] = [
  ofEncoding(
    'that a decoder’s undefined is no absence',
    'if (value === undefined)\n    throw corrupt(',
    'if (codec === undefined)\n    throw corrupt(',
    'core/codecs.test.ts',
    'superjson alone takes older JSON for corrupt and overwrites nothing',
  ),
  ofEncoding(
    'that a codec makes text',
    "if (typeof text !== 'string') {",
    'if (text === null) {',
    'core/kit-encoding.test.ts',
    'refuses a codec that makes 42 of a value',
  ),
  ofEncoding(
    'that text has no NUL',
    "text.includes('\\0') || ",
    '',
    'core/kit-encoding.test.ts',
    'refuses a codec that makes "a\\u0000b", which engines of text change',
  ),
  ofEncoding(
    'that text is well formed',
    ' || !isWellFormed(text))\n    throw',
    ')\n    throw',
    'core/kit-encoding.test.ts',
    'refuses a codec that makes "\\ud83d", which engines of text change',
  ),
  ofEncoding(
    'that what is too large is refused',
    'if (bytes > maxBytes)',
    'if (bytes < 0)',
    'core/kit-encoding.test.ts',
    'measures "aaaa" as 4 bytes of UTF-8',
  ),
  ofEncoding(
    'that size is measured where it may matter',
    'text.length * 3 > maxBytes',
    'text.length > maxBytes',
    'core/kit-encoding.test.ts',
    'measures "éé" as 4 bytes of UTF-8',
  ),
  ofEncoding(
    'that size is measured in bytes',
    'new TextEncoder().encode(text).length',
    'text.length',
    'core/kit-encoding.test.ts',
    'measures "€" as 3 bytes of UTF-8',
  ),
  ofEncoding(
    'that what is stored is not printed',
    'raw: { value: raw }',
    'raw: { value: raw, enumerable: true }',
    'core/kit-encoding.test.ts',
    'keeps the data out of whatever prints the error',
  ),
  ofJson(
    'that what JSON drops is refused',
    '    assertJson(value);\n',
    '',
    'core/kit-json.test.ts',
    'refuses undefined',
  ),
  ofJson(
    'that a cycle is refused',
    "if (above.includes(value)) throw refused('a cycle');",
    '',
    'core/kit-json.test.ts',
    'refuses a cycle, but not one object in two places',
  ),
  ofJson(
    'that depth has an end',
    "if (above.length >= MAX_DEPTH) throw new Unstorable('nested too deeply');",
    '',
    'core/kit-json.test.ts',
    'goes 1,024 objects deep, like the engine, and no deeper',
  ),
  ofJson(
    'that one object in two places is no cycle',
    '  above.pop();\n',
    '',
    'core/kit-json.test.ts',
    'refuses a cycle, but not one object in two places',
  ),
  ofJson(
    'that members under symbols are refused',
    "if (Object.getOwnPropertySymbols(value).length > 0) throw refused('an object with members under symbols');",
    '',
    'core/kit-json.test.ts',
    'refuses members under a symbol',
  ),
  ofJson(
    'that classes are refused',
    '} else if (isArray || !keeps(value)) {',
    '} else if (isArray) {',
    'core/kit-json.test.ts',
    'refuses { at: 1970-01-01T00:00:00.000Z }',
  ),
  ofJson(
    'that classes of arrays are refused',
    '} else if (isArray || !keeps(value)) {',
    '} else if (!isArray && !keeps(value)) {',
    'core/kit-json.test.ts',
    'refuses an instance of a class of arrays',
  ),
  ofJson(
    'that members beside items are refused',
    'if (Object.keys(value).length > value.length)',
    'if (value.length < 0)',
    'core/kit-json.test.ts',
    'refuses members of an array that are no items',
  ),
  ofJson(
    'that what is no finite number is refused',
    "else if (typeof value === 'number' && !Number.isFinite(value)) throw refused(String(value));",
    '',
    'core/kit-json.test.ts',
    'refuses { cart: [ { total: NaN } ] }',
  ),
  ofTextKey(
    'that a key was made here',
    "typeof key === 'string' && rewrittenKey(key) === stored",
    "typeof key === 'string'",
    'core/kit-text-key.test.ts',
    'that others have stored as "\\u0001 \\"a\\"" was not made here',
  ),
  ofTextKey(
    'that two keys stay two in a text column',
    'REFUSED.test(key) || !isWellFormed(key) ? rewrittenKey(key) : key',
    'key',
    'core/kit-text-key.test.ts',
    'such as "\\u0000" is rewritten, and found again',
  ),
  ofTextKey(
    'that a key that looks rewritten is rewritten',
    '/^\\u0001|\\0/',
    '/\\0/',
    'core/kit-text-key.test.ts',
    'such as "\\u0001" is rewritten, and found again',
  ),
  ofTextKey(
    'that lone surrogates are told apart',
    ' || !isWellFormed(key)',
    '',
    'core/kit-text-key.test.ts',
    'such as "\\ud83d" is rewritten, and found again',
  ),
  ofRules(
    'that ttl needs ttlMs',
    'if (options.ttl !== undefined && options.ttlMs === undefined) {',
    'if (options.ttl === null) {',
    'core/memory-options.test.ts',
    'rolling is let in with ttlMs, and refused without',
  ),
  ofRules(
    'that a fixed time is not renewed',
    "options.ttl === 'fixed' ? undefined : options.ttlMs",
    'options.ttlMs',
    'core/memory-fixed.test.ts',
    'the store does not claim that use renews its sessions',
  ),
];
