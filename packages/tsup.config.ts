import { existsSync } from 'node:fs';
import { defineConfig } from 'tsup';

/** The doors that a package may have. */
const doors = { index: 'src/index.ts', kit: 'src/kit/index.ts', conformance: 'src/conformance/index.ts' };

/** How every package is built: ESM and CommonJS from each of its doors, with declarations for both. */
export default defineConfig({
  entry: Object.fromEntries(Object.entries(doors).filter(([, path]) => existsSync(path))),
  // A store package takes in what it needs of the kit, so that it needs no core when it runs.
  noExternal: ['@sessiongram/core/kit'],
  format: ['esm', 'cjs'],
  target: 'es2022',
  tsconfig: '../tsconfig.json',
  // tsup passes `baseUrl`, which TypeScript 6 deprecates; `paths` must not reach the sources of other packages.
  // What is internal would bring the engine's inner rooms into the declarations, which every bot's compiler reads.
  dts: { compilerOptions: { ignoreDeprecations: '6.0', paths: {}, stripInternal: true } },
  platform: 'neutral',
  treeshake: true,
  clean: true,
});
