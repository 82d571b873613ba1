/** Sizes, minified and compressed. */

import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { doorOf } from '../built';
import { goal } from '../goal';
import type { Table, TableMaker } from '../table';

/** What of esbuild is needed. It comes with tsup. */
interface Bundler {
  build(options: object): Promise<{ outputFiles: readonly { contents: Uint8Array }[] }>;
}

interface Subject {
  readonly name: string;
  readonly code: string;
  readonly external?: readonly string[];
}

const require = createRequire(import.meta.url);
const esbuild = createRequire(require.resolve('tsup'))('esbuild') as Bundler;
const LIMIT = 5_000;
const FRAMEWORKS = ['grammy', 'telegraf'];

/** The file of grammY's sessions, without what it takes from the rest of grammY. */
const grammySession = join(dirname(require.resolve('grammy')), 'convenience', 'session.js');

const ours: readonly Subject[] = [
  all('core', 'core'),
  ...['grammy', 'telegraf', 'vibegram'].map((name) => all(`core with ${name}`, name, FRAMEWORKS)),
  {
    name: 'core with grammy, `import { session }` only',
    code: `export { session } from ${path('grammy')}`,
    external: FRAMEWORKS,
  },
  ...['redis', 'sqlite', 'postgres', 'mongodb'].map((name) => all(`store: ${name}`, name)),
];
const theirs: readonly Subject[] = [
  {
    name: 'grammY, its session module alone',
    code: `export { session, lazySession, MemorySessionStorage, enhanceStorage } from ${JSON.stringify(grammySession)}`,
    external: ['*/platform.node.js', '*/core/error.js', '*/platform.node', '*/core/error'],
  },
  { name: 'grammY, `import { session }`, which brings all of it', code: `export { session } from 'grammy'` },
  {
    name: '@telegraf/session/redis, without its client',
    code: `export { Redis } from '@telegraf/session/redis'`,
    external: ['redis'],
  },
  {
    name: '@telegraf/session/pg, without its client and kysely',
    code: `export { Postgres } from '@telegraf/session/pg'`,
    external: ['pg', 'kysely'],
  },
  { name: 'keyv, with its Map', code: `export { default } from 'keyv'` },
  {
    name: 'unstorage, with its memory driver',
    code: `export { createStorage } from 'unstorage'; export { default } from 'unstorage/drivers/memory'`,
  },
];

export const sizes: TableMaker = {
  name: 'sizes',
  async make(): Promise<Table> {
    const measured = new Map<string, number>();
    for (const subject of [...ours, ...theirs]) measured.set(subject.name, await sizeOf(subject));
    return {
      title: 'Sizes',
      notes: [
        'Bytes after esbuild (bundled, minified) and gzip -9, of all that a door exports unless it says otherwise. ' +
          'Frameworks and database clients are left out of ours, as they are there already.',
      ],
      sections: [
        {
          heading: 'min + gzip',
          columns: ['', 'bytes'],
          rows: [...measured].map(([name, bytes]) => [name, bytes.toLocaleString('en')]),
        },
      ],
      goals: ['grammy', 'telegraf', 'vibegram'].map((name) =>
        goal(`core with ${name}`, {
          ratio: (measured.get(`core with ${name}`) as number) / LIMIT,
          limit: 1,
          with: '5 kB',
        }),
      ),
    };
  },
};

async function sizeOf({ name, code, external = [] }: Subject): Promise<number> {
  const { outputFiles } = await esbuild.build({
    stdin: { contents: code, resolveDir: dirname(fileURLToPath(import.meta.url)), loader: 'js' },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'es2022',
    // The paths of the workspace would lead the adapters to the sources of core, which nobody installs.
    tsconfigRaw: '{}',
    external,
    logLevel: 'error',
  });
  const bundle = outputFiles[0]?.contents;
  if (bundle === undefined) throw new Error(`Nothing came of ${name}.`);
  return gzipSync(bundle, { level: 9 }).length;
}

function all(name: string, door: string, external: readonly string[] = []): Subject {
  return { name, code: `export * from ${path(door)}`, external };
}

function path(name: string): string {
  return JSON.stringify(fileURLToPath(doorOf(name)));
}
