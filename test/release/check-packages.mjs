/** Packs every public package as it would be published, and checks what is inside: `pnpm check:packages`, after a build. */

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const bin = join(root, 'node_modules/.bin');
const MAY_HOLD = /^(dist\/.+|package\.json|README\.md|LICENSE)$/;
const MUST_HOLD = ['package.json', 'LICENSE', 'dist/index.js', 'dist/index.cjs', 'dist/index.d.ts'];

const work = mkdtempSync(join(tmpdir(), 'sessiongram-pack-'));
const problems = [];
try {
  const packages = publicPackages();
  if (packages.length === 0) problems.push('There is no public package below packages/.');
  for (const [index, { name, directory }] of packages.entries()) {
    const found = check(directory, join(work, String(index)));
    console.log(`${found.length === 0 ? 'ok  ' : 'FAIL'} ${name}`);
    problems.push(...found.map((problem) => `${name}: ${problem}`));
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
if (problems.length > 0) {
  console.error(`\n${problems.join('\n')}`);
  process.exitCode = 1;
}

function publicPackages() {
  return readdirSync(join(root, 'packages'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(root, 'packages', entry.name))
    .map((directory) => ({ directory, ...readManifest(directory) }))
    .filter((manifest) => manifest.private !== true);
}

function readManifest(directory) {
  return JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
}

/** Everything that is wrong with one package, each in a line. */
function check(directory, folder) {
  mkdirSync(folder);
  const packed = pack(directory, folder);
  if (packed !== undefined) return [packed];
  const [file] = readdirSync(folder);
  const tarball = join(folder, file);
  execFileSync('tar', ['-xzf', tarball, '-C', folder]);
  const content = join(folder, 'package');
  return [
    ...wrongFiles(content),
    ...leftProtocols(content),
    // Only what a user of the tarball would meet: publint reads the tarball, not the working directory.
    ...run('publint', ['run', tarball, '--strict']),
    ...run('attw', [tarball, '--format', 'ascii', '--no-color', '--no-emoji', ...ignored(content)]),
  ];
}

/** pnpm itself when it runs this script, so that the version is the one that would publish. */
function pack(directory, folder) {
  const pnpm = process.env.npm_execpath;
  const isScript = pnpm !== undefined && /\.[cm]?js$/.test(pnpm);
  const [command, first] = isScript
    ? [process.execPath, [pnpm]]
    : [pnpm ?? 'npx', pnpm ? [] : ['-y', 'pnpm@12']];
  const args = [...first, 'pack', '--pack-destination', folder];
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd: directory, encoding: 'utf8' });
  return status === 0 ? undefined : `pnpm pack failed. ${error ?? ''}${stdout}${stderr}`;
}

function wrongFiles(content) {
  const files = readdirSync(content, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(content.length + 1)
        .replaceAll('\\', '/'),
    );
  return [
    ...files.filter((file) => !MAY_HOLD.test(file)).map((file) => `the tarball holds ${file}`),
    ...MUST_HOLD.filter((file) => !files.includes(file)).map((file) => `the tarball lacks ${file}`),
  ];
}

function leftProtocols(content) {
  const manifest = readManifest(content);
  return ['dependencies', 'peerDependencies', 'optionalDependencies', 'devDependencies'].flatMap((kind) =>
    Object.entries(manifest[kind] ?? {})
      .filter(([, range]) => /^(workspace|catalog|link|file):/.test(range))
      .map(([name, range]) => `${kind} still has "${name}": "${range}"`),
  );
}

/** Node 10 knows no `exports`, so it finds the main door but no subpath; no Node that we support is that old. */
function ignored(content) {
  const subpaths = Object.keys(readManifest(content).exports).filter((path) => path !== '.');
  return subpaths.some((path) => path !== './package.json') ? ['--profile', 'node16'] : [];
}

function run(tool, args) {
  const { status, stdout, stderr, error } = spawnSync(join(bin, tool), args, { cwd: root, encoding: 'utf8' });
  return status === 0 ? [] : [`${tool} found problems:\n${error ?? ''}${stdout}${stderr}`];
}
