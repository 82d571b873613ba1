/** What the compiler says of a wrong option: at that option, and in words that help. */

import { describe, expect, test } from 'vitest';
import { type Complaint, Editor } from './language';

const editor = new Editor();

const COMMON = `
interface MySession { counter: number; cart: string[]; locale: string }
const initial = (): MySession => ({ counter: 0, cart: [], locale: 'en' });
`;

/** Each framework with a bot whose context declares the session; what is imported is there to be used. */
const frameworks = [
  {
    name: 'grammY',
    bot: `import { Bot, type Context } from 'grammy';
import { MemorySessionStore, type SessionFlavor, session } from '@sessiongram/grammy';
const bot = new Bot<Context & SessionFlavor<MySession>>('token');`,
    call: 'session',
  },
  {
    name: 'Telegraf',
    bot: `import { Telegraf } from 'telegraf';
import { MemorySessionStore, type SessionContext, session } from '@sessiongram/telegraf';
const bot = new Telegraf<SessionContext<MySession>>('token');`,
    call: 'session',
  },
  {
    name: 'vibegram',
    bot: `import { Bot } from 'vibegram';
import { MemorySessionStore, session } from '@sessiongram/vibegram';
const bot = new Bot('token');`,
    // Its context has the session as `any`, so that only the call can tell.
    call: 'session<MySession>',
  },
];

const mistakes: readonly (readonly [what: string, options: string, at: string, firstLine: string])[] = [
  [
    'an initial that makes something else',
    "{ initial: () => ({ counter: '0', cart: [], locale: 'en' }) }",
    'initial',
    "Type '() => { counter: string; cart: never[]; locale: string; }' is not assignable to type",
  ],
  [
    'an initial that makes too little',
    '{ initial: () => ({ counter: 0, cart: [] }) }',
    'initial',
    "Type '() => { counter: number; cart: never[]; }' is not assignable to type",
  ],
  [
    'an initial that is no function',
    "{ initial: { counter: 0, cart: [], locale: 'en' } }",
    'counter',
    "Object literal may only specify known properties, and 'counter' does not exist in type '() => MySession'.",
  ],
  [
    'what is no store',
    '{ initial, store: new Set() }',
    'store',
    "Type 'Set<unknown>' is missing the following properties from type 'SessionStore<NoInfer<MySession>>': get, set",
  ],
  [
    'a store of other sessions',
    '{ initial, store: new MemorySessionStore<{ other: number }>() }',
    'store',
    "Type 'MemorySessionStore<{ other: number; }>' is not assignable to type 'SessionStore<NoInfer<MySession>>'.",
  ],
  [
    'text for a number',
    "{ initial, maxWaitMs: '5s' }",
    'maxWaitMs',
    "Type 'string' is not assignable to type 'number'.",
  ],
  [
    'a key that is a number',
    '{ initial, getSessionKey: () => 5 }',
    'getSessionKey',
    "Type '() => number' is not assignable to type '(ctx: ",
  ],
  [
    'a schema of other sessions',
    "{ initial, schema: { '~standard': { version: 1, vendor: '', validate: (_value: unknown) => ({ value: { other: 1 } }) } } }",
    'validate',
    "Type '(_value: unknown) => { value: { other: number; }; }' is not assignable to type '(value: unknown) => SchemaResult<",
  ],
  [
    'what is no schema',
    '{ initial, schema: { parse: initial } }',
    'parse',
    "Object literal may only specify known properties, and 'parse' does not exist in type 'SchemaLike<MySession>'.",
  ],
  [
    'a repair that makes something else',
    "{ initial, onCorrupt: () => 'repaired' }",
    'onCorrupt',
    "Type '() => string' is not assignable to type '(raw: unknown, error: SessionError) => ",
  ],
  [
    'a listener to other events',
    '{ initial, onEvent: (_event: string) => {} }',
    'onEvent',
    "Type '(_event: string) => void' is not assignable to type 'SessionListener'.",
  ],
  [
    'an isolation that there is not',
    "{ initial, isolation: 'deep' }",
    'isolation',
    'Type \'"deep"\' is not assignable to type \'"copy" | "draft" | undefined\'.',
  ],
  [
    'a time to live, which is for the store',
    '{ initial, ttlMs: 1000 }',
    'ttlMs',
    "Object literal may only specify known properties, and 'ttlMs' does not exist in type ",
  ],
  [
    'an option that there is not',
    '{ inital: initial }',
    'inital',
    'Object literal may only specify known properties, ',
  ],
];

/** Opens the code of each mistake before anything is asked, so that one program answers for all. */
function opened(
  code: (options: string) => string,
): { what: string; file: string; at: string; firstLine: string }[] {
  return mistakes.map(([what, options, at, firstLine]) => ({
    what,
    file: editor.open(code(options)),
    at,
    firstLine,
  }));
}

/** One complaint, at the option, with a first line that begins like this. */
function expectOne(complaints: readonly Complaint[], at: string, firstLine: string): void {
  expect(complaints).toEqual([{ at, firstLine: expect.stringContaining(firstLine) }]);
  expect(complaints[0]?.firstLine.startsWith(firstLine)).toBe(true);
}

describe.each(frameworks)('on a typed bot of $name', { timeout: 60_000 }, ({ bot, call }) => {
  const files = opened((options) => `${bot}${COMMON}bot.use(${call}(${options}));`);
  test.each(files)('$what is told at the option', ({ file, at, firstLine }) => {
    expectOne(editor.complaints(file), at, firstLine);
  });
});

describe('without a framework', { timeout: 60_000 }, () => {
  const head = "import { MemorySessionStore, Sessions } from '@sessiongram/core';";
  // What is no option of an engine is told as such, because the key is for the adapters to find.
  const files = opened((options) => `${head}${COMMON}new Sessions<MySession>(${options});`).filter(
    ({ what }) => what !== 'a key that is a number',
  );
  test.each(files)('$what is told at the option', ({ file, at, firstLine }) => {
    expectOne(editor.complaints(file), at, firstLine);
  });
});

describe('several sessions', { timeout: 60_000 }, () => {
  const file = editor.open(`${frameworks[0]?.bot}${COMMON}
session<{ user: { name: string }; chat: { visits: number } }>({
  type: 'multi',
  user: { initial: () => ({ name: '' }) },
  chat: { initial: () => ({ visits: 'many' }) },
});`);
  test('are told of a mistake at the option of the one that has it', () => {
    const firstLine =
      "Type '() => { visits: string; }' is not assignable to type '() => { visits: number; }'.";
    expectOne(editor.complaints(file), 'initial', firstLine);
  });
});

describe('a word that the session does not have', { timeout: 60_000 }, () => {
  const files = frameworks
    .filter(({ name }) => name !== 'vibegram')
    .map(({ name, bot, call }) => ({
      name,
      file: editor.open(`interface MySession { step: 'idle' | 'name' }
${bot}bot.use(${call}({ initial: () => ({ step: 'idel' }) }));`),
    }));
  test.each(files)('is told at the option, beside the words that it has: $name', ({ file }) => {
    const firstLine = "Type '() => { step: \"idel\"; }' is not assignable to type '() => MySession'.";
    expectOne(editor.complaints(file), 'initial', firstLine);
  });
});

describe('a bot that cannot use a session', { timeout: 60_000 }, () => {
  const head = `import { Bot, type Context } from 'grammy';
import { lazySession, type SessionFlavor, session } from '@sessiongram/grammy';${COMMON}`;
  const files = (
    [
      ['Bot', 'session({ initial })', 'Context & Record<"session", unknown>', 'Context'],
      [
        'Bot<Context & { basket: MySession }>',
        "session({ property: 'bakset', initial })",
        'Context & { basket: MySession; } & Record<"bakset", unknown>',
        'Context & { basket: MySession; }',
      ],
      [
        'Bot<Context & SessionFlavor<MySession>>',
        'lazySession({ initial })',
        'Context & SessionFlavor<MySession> & Record<"session", Promise<unknown>>',
        'Context & SessionFlavor<MySession>',
      ],
    ] as const
  ).map(([bot, call, wanted, has]) => ({
    bot,
    call,
    wanted,
    has,
    file: editor.open(`${head}new ${bot}('').use(${call});`),
  }));
  test.each(files)('is told what $call wants: $bot', ({ file, call, wanted, has }) => {
    const firstLine = `Argument of type 'MiddlewareFn<${wanted}>' is not assignable to parameter of type 'Middleware<${has}>'.`;
    expectOne(editor.complaints(file), call, firstLine);
  });
});
