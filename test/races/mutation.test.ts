/** What makes the leases safe, taken out piece by piece: each time a test finds that out. */

import { createRequire } from 'node:module';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Backend, type BackendKind, type Detour, postgres, redis, sqlite } from './backends';
import { loseReply } from './lost-reply';
import { bundle, type Patch, type Program } from './program';

/** The bundled sources, or a changed copy of them. */
type Subject = typeof import('./subject');

interface Mutant {
  readonly name: string;
  readonly patch: Patch;
  /** The conformance case that fails for it, or the race. */
  readonly finder: string | Race;
}

type Race = (subject: Subject, detour: Detour) => Promise<void>;

const DELAYED_ACQUIRE = 'a delayed copy of an acquire gives nobody the right to overwrite';
const RESENT_COMMIT = 'a commit that is sent again is not carried out again';
const LOST_ACQUIRE = 'a lease whose answer was lost is taken over at once by its token';
const INCREMENTS = '200 increments by 4 contenders at once count to 200';

const onRedis: readonly Mutant[] = [
  {
    name: 'the fence',
    patch: {
      file: 'redis/src/scripts.ts',
      find: 'local holds = token == string.sub(ARGV[1], 1, 16) and fence == mine',
      replacement: 'local holds = token == string.sub(ARGV[1], 1, 16)',
    },
    finder: DELAYED_ACQUIRE,
  },
  {
    name: 'the fence, where nobody else wants the key',
    patch: {
      file: 'redis/src/scripts.ts',
      find: 'string.sub(lock, 1, 34) == ARGV[1]',
      replacement: 'string.sub(lock, 1, 16) == string.sub(ARGV[1], 1, 16)',
    },
    finder: DELAYED_ACQUIRE,
  },
  {
    name: '"already done" first',
    patch: {
      file: 'redis/src/scripts.ts',
      find: "local repeated = mark ~= ''",
      replacement: "local repeated = mark == '?'",
    },
    finder: RESENT_COMMIT,
  },
  {
    name: 'the previous token',
    patch: { file: 'redis/src/scripts.ts', find: ' or token == ARGV[6]', replacement: '' },
    finder: LOST_ACQUIRE,
  },
];

const onPostgres: readonly Mutant[] = [
  {
    name: 'the fence',
    patch: {
      file: 'postgres/src/statements.ts',
      find: 'AND s.ver = $3::text::bigint\n      AND NOT',
      replacement: 'AND $3::text IS NOT NULL\n      AND NOT',
    },
    finder: DELAYED_ACQUIRE,
  },
  {
    name: '"already done" first',
    patch: {
      file: 'postgres/src/store.ts',
      find: "if (mark === undefined) return { state: 'lost' }",
      replacement: "if (mark !== '') return { state: 'lost' }",
    },
    finder: RESENT_COMMIT,
  },
  {
    name: 'the previous token',
    patch: {
      file: 'postgres/src/statements.ts',
      find: 'coalesce(s.tok = $2::text OR s.tok = $4::text, false)',
      replacement: 'coalesce(s.tok = $2::text OR s.tok = $4::text AND false, false)',
    },
    finder: LOST_ACQUIRE,
  },
  {
    name: 'data from the row that was locked',
    patch: {
      file: 'postgres/src/statements.ts',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: this is source text
      find: 'CASE WHEN s.tok = $2::text THEN s.${value}::text END AS data, ${wait}',
      replacement:
        // biome-ignore lint/suspicious/noTemplateCurlyInString: this is source text
        '(SELECT o.${value}::text FROM ${table} AS o WHERE o.${key} = $1::text) AS data, ${wait}',
    },
    finder: INCREMENTS,
  },
  {
    name: 'the engine’s memory of an attempt without answer',
    patch: {
      file: 'core/src/contend.ts',
      find: 'lost.push(asked.token);',
      replacement: '',
    },
    finder: async (on, detour) => {
      const { requests } = await loseReply(on, detour, 1);
      if (requests !== 3) throw new Error(`expected 3 requests, came ${requests}`);
    },
  },
];

const onSqlite: readonly Mutant[] = [
  {
    name: 'the fence',
    patch: {
      file: 'sqlite/src/statements.ts',
      find: 'AND "fence" = :fence',
      replacement: 'AND :fence IS NOT NULL',
    },
    finder: DELAYED_ACQUIRE,
  },
  {
    name: '"already done" first',
    patch: {
      file: 'sqlite/src/store.ts',
      find: "const isRepeated = marks.includes(values['mark'] as string)",
      replacement: "const isRepeated = marks.includes('')",
    },
    finder: RESENT_COMMIT,
  },
  {
    name: 'the previous token',
    patch: {
      file: 'sqlite/src/statements.ts',
      find: 'IN (:token, :previous)',
      replacement: 'IN (:token, :token)',
    },
    finder: LOST_ACQUIRE,
  },
];

const kinds: readonly (readonly [BackendKind, readonly Mutant[]])[] = [
  [redis, onRedis],
  [postgres, onPostgres],
  [sqlite, onSqlite],
];

/** The case of the race may pass by luck where it should fail; it fails nearly every time. */
const ATTEMPTS = 5;

let whole: Program;
let subject: Subject;

beforeAll(async () => {
  whole = await bundle({ entry: 'subject.ts' });
  subject = load(whole);
}, 60_000);

afterAll(() => whole?.remove());

for (const [kind, mutants] of kinds) {
  describe.skipIf(kind.isSkipped())(`of what makes leases safe on ${kind.name}`, { timeout: 60_000 }, () => {
    let backend: Backend;
    let detour: Promise<Detour> | undefined;

    beforeAll(async () => {
      backend = await kind.start();
    }, 60_000);

    afterAll(async () => {
      await (await detour)?.stop();
      await backend?.stop();
    });

    const titled = mutants.map((mutant) => [mutant.name, mutant] as const);
    test.for(titled)('%s cannot be taken out without a test that fails', async ([, { patch, finder }]) => {
      await find(subject, finder);
      const program = await bundle({ entry: 'subject.ts', patch });
      const failures = failuresOf(load(program), finder).finally(() => program.remove());
      expect(await failures).toContainEqual(expect.stringMatching(/expected .* came/));
    });

    /** What the test says of the mutant, as often as it takes until it says something. */
    async function failuresOf(mutant: Subject, finder: Mutant['finder']): Promise<string[]> {
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const failure = await find(mutant, finder).then(
          () => undefined,
          (error: unknown) => String(error),
        );
        if (failure !== undefined) return [failure];
      }
      return [];
    }

    async function find(on: Subject, finder: Mutant['finder']): Promise<void> {
      if (typeof finder !== 'string') {
        detour ??= backend.detour?.();
        return finder(on, await (detour as Promise<Detour>));
      }
      const found = on.storeCases.find(({ name }) => name === finder);
      if (found === undefined) throw new TypeError(`There is no case "${finder}".`);
      await found.run(on.subjectAt(backend.place));
    }
  });
}

function load({ path }: Program): Subject {
  return createRequire(path)(path) as Subject;
}
