/** What may stand where a session should: texts that are no JSON, or that no session ever was. */

const SAMPLE = '{"counter":1,"cart":["a",{"b":"é😀"}],"locale":"en","at":null}';

/** Texts that JSON does not know. */
export const NO_JSON: readonly string[] = [
  ...['', ' ', '\n', '{', '}', '[', ']', '"', '\\', ',', ':', '-', '.', '+1', '01', '1.', '.5', '1e', '0x10'],
  ...['undefined', 'NaN', 'Infinity', '-Infinity', 'nul', 'True', 'None', 'nil', '[object Object]', '<html>'],
  ...[
    "{'counter':1}",
    '{counter:1}',
    '{"counter":1,}',
    '[1,]',
    '{"counter" 1}',
    '{"counter":1}}',
    '{"a":1}{"b":2}',
  ],
  ...[
    '"\u0001"',
    '"\\x41"',
    '"\\u12"',
    '/*c*/{}',
    '{}//',
    '\u{feff}{}',
    '{"a":undefined}',
    'a:1:{s:1:"a";i:1;}',
  ],
  ...['[1 2]', '{"a":1 "b":2}', '"a" "b"', 'null null', '--1', '1,2', '{"a"}', '{:1}', '[,]', '{,}', '""x'],
  '\u{0080}\u{0081}',
  '['.repeat(50_000),
  '{"a":'.repeat(50_000),
  `"${'x'.repeat(300_000)}`,
  ...Array.from({ length: SAMPLE.length - 1 }, (_, at) => SAMPLE.slice(0, at + 1)).filter(isNoJson),
];

/** JSON that is no session: other types, and names that reach for prototypes. */
export const STRANGE_JSON: readonly string[] = [
  ...[
    '0',
    '-0',
    '1',
    '1e400',
    '-1.5',
    'true',
    'false',
    '"text"',
    '""',
    '[]',
    '[[]]',
    '[null]',
    '{}',
    '{"":""}',
  ],
  ...[
    '"\\ud800"',
    '{"\\udfff":"\\ud800"}',
    '"\\u0000"',
    '{"a":1,"a":2}',
    ' {"counter":1} ',
    '9007199254740993',
  ],
  '{"__proto__":{"polluted":true}}',
  '{"__proto__":null}',
  '{"__proto__":5,"counter":1}',
  '{"\\u005f_proto__":{"polluted":true}}',
  '{"\\u005f\\u005fproto\\u005f\\u005f":{"polluted":true}}',
  '{"cart":[{"__proto__":{"polluted":true}}]}',
  '{"a":{"__proto__":{"__proto__":{"polluted":true}}}}',
  '[{"__proto__":{"polluted":true}}]',
  '{"constructor":{"prototype":{"polluted":true}}}',
  '{"prototype":{"polluted":true}}',
  '{"toJSON":1,"then":2,"valueOf":3,"toString":4,"hasOwnProperty":5}',
  '{"then":"not a promise"}',
  '{"length":-1,"0":"a"}',
  '{"get":1,"set":2,"value":3,"writable":false}',
  `${'['.repeat(900)}${']'.repeat(900)}`,
  `${'['.repeat(20_000)}${']'.repeat(20_000)}`,
  `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`,
  `"${'x'.repeat(300_000)}"`,
  `[${'0,'.repeat(100_000)}0]`,
];

function isNoJson(text: string): boolean {
  try {
    JSON.parse(text);
    return false;
  } catch {
    return true;
  }
}
