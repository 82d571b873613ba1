import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const root = fileURLToPath(new URL('..', import.meta.url));
const { compilerOptions } = JSON.parse(readFileSync(`${root}/tsconfig.base.json`, 'utf8')) as {
  compilerOptions: { paths: Record<string, [string]> };
};

/** Tests run over the sources, found by the same `paths` that the type checker uses: no build step. */
export default defineConfig({
  root,
  resolve: {
    alias: Object.entries(compilerOptions.paths).map(([find, [path]]) => ({
      find,
      replacement: root + path,
    })),
  },
  test: {
    include: ['test/**/*.test.ts'],
    // Far above what any test takes, because the machine may be busy: it only ends what hangs.
    testTimeout: 20_000,
    hookTimeout: 30_000,
    // Much of the time goes into waiting for leases to lapse; the default of one worker on two cores would only wait.
    maxWorkers: 2,
    reporters: ['default', './test/support/closing-line-reporter.ts'],
    typecheck: { enabled: true, include: ['test/types/**/*.test-d.ts'], tsconfig: './test/tsconfig.json' },
    restoreMocks: true,
    unstubEnvs: true,
  },
});
