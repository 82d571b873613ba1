import { defineConfig } from 'tsup';

/** How every package is built: ESM and CommonJS from the one door, a declaration file for each. */
export default defineConfig({
  entry: ['src/index.ts'],
  format: ['esm', 'cjs'],
  target: 'es2022',
  tsconfig: '../tsconfig.json',
  // tsup passes `baseUrl`, which TypeScript 6 deprecates; `paths` must not reach the sources of other packages.
  dts: { compilerOptions: { ignoreDeprecations: '6.0', paths: {} } },
  platform: 'neutral',
  treeshake: true,
  clean: true,
});
