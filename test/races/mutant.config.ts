/** Runs tests over sources with something taken out: `MUTANT` is the patch; without it, over the sources as they are. */

import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import everyday from '../vitest.config';
import type { Patch } from './program';

const packages = fileURLToPath(new URL('../../packages', import.meta.url));
const patch = process.env['MUTANT'] === undefined ? undefined : (JSON.parse(process.env['MUTANT']) as Patch);

export default defineConfig({
  ...everyday,
  plugins: [
    {
      name: 'mutant',
      enforce: 'pre',
      transform(code, id) {
        if (patch === undefined || id !== `${packages}/${patch.file}`) return undefined;
        const { file, find, replacement } = patch;
        const [before, after, ...rest] = code.split(find);
        if (after === undefined || rest.length > 0) throw new Error(`${file} has not exactly one: ${find}`);
        return before + replacement + after;
      },
    },
  ],
  test: {
    ...everyday.test,
    reporters: ['json'],
    // What hangs without its guard is found out as well, and sooner.
    testTimeout: 4_000,
    hookTimeout: 20_000,
  },
});
