/**
 * Compiles the bench and runs it in a process without loaders: while one is registered that compiles on the way, as `tsx`
 * does, Node.js 20 takes twice as long for ours and no longer for those without AsyncLocalStorage.
 */

import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

const here = new URL('.', import.meta.url);
const require = createRequire(import.meta.url);
const esbuild = createRequire(require.resolve('tsup'))('esbuild');

/** Files that are found from where a source lies are found from there still. */
const placed = {
  name: 'placed',
  setup: (build) =>
    build.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      const contents = text.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href));
      return { contents, loader: 'ts' };
    }),
};

await esbuild.build({
  absWorkingDir: fileURLToPath(here),
  entryPoints: ['index.ts', 'update-loop.ts', 'cache-loop.ts'],
  outdir: 'dist',
  bundle: true,
  packages: 'external',
  format: 'esm',
  platform: 'node',
  target: 'node20',
  plugins: [placed],
});

const script = fileURLToPath(new URL('dist/index.js', here));
const bench = spawn(process.execPath, ['--expose-gc', script, ...process.argv.slice(2)], {
  stdio: 'inherit',
});
bench.on('exit', (code) => {
  process.exitCode = code ?? 1;
});
