/** Packs every public package as it would be published, and checks what is inside: `pnpm check:packages`, after a build. */

import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './packing/command';
import { Report } from './packing/report';
import { type PackedManifest, pack, publicRooms, type Tarball } from './packing/tarballs';
import { root } from './reading/sources';

const MAY_HOLD = /^(dist\/.+|package\.json|README\.md|LICENSE)$/;
const MUST_HOLD = [
  'package.json',
  'LICENSE',
  'dist/index.js',
  'dist/index.cjs',
  'dist/index.d.ts',
  'dist/index.d.cts',
];
/** What npm runs on the machine of who installs a package. */
const INSTALL_SCRIPTS = ['preinstall', 'install', 'postinstall', 'preprepare', 'prepare', 'postprepare'];
const REPOSITORY = 'git+https://github.com/sessiongram/sessiongram.git';
const ENGINES = '>=20.19';

const work = mkdtempSync(join(tmpdir(), 'sessiongram-pack-'));
const report = new Report();
try {
  const rooms = publicRooms();
  for (const room of rooms) {
    await report.check(`@sessiongram/${room}`, 'packed', async () => {
      const problems = await problemsOf(room, await pack(room, work));
      if (problems.length > 0) throw new Error(problems.join('\n'));
      return '';
    });
  }
  if (rooms.length === 0) throw new Error('There is no public package below packages/.');
} finally {
  rmSync(work, { recursive: true, force: true });
}
report.close();

/** Everything that is wrong with one package, each in a line. */
async function problemsOf(room: string, tarball: Tarball): Promise<string[]> {
  return [
    ...wrongFiles(tarball.content),
    ...leftProtocols(tarball.manifest),
    ...wrongFields(room, tarball.manifest),
    // Only what a user of the tarball would meet: publint reads the tarball, not the working directory.
    ...(await told('publint', ['run', tarball.path, '--strict'])),
    ...(await told('attw', [
      tarball.path,
      ...['--format', 'ascii', '--no-color', '--no-emoji'],
      ...ignored(tarball.manifest),
    ])),
  ];
}

function wrongFiles(content: string): string[] {
  const files = readdirSync(content, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(content.length + 1))
    .map((path) => path.replaceAll('\\', '/'));
  return [
    ...files.filter((file) => !MAY_HOLD.test(file)).map((file) => `the tarball holds ${file}`),
    ...MUST_HOLD.filter((file) => !files.includes(file)).map((file) => `the tarball lacks ${file}`),
  ];
}

function leftProtocols(manifest: PackedManifest): string[] {
  const kinds = ['dependencies', 'peerDependencies', 'optionalDependencies', 'devDependencies'] as const;
  return kinds.flatMap((kind) =>
    Object.entries(manifest[kind] ?? {})
      .filter(([, range]) => /^(workspace|catalog|link|file):/.test(range))
      .map(([name, range]) => `${kind} still has "${name}": "${range}"`),
  );
}

/** What a manifest has to say, as npm shows it, bundlers read it and provenance is checked against. */
function wrongFields(room: string, manifest: PackedManifest): string[] {
  const expected = {
    license: 'MIT',
    sideEffects: false,
    files: ['dist'],
    engines: { node: ENGINES },
    repository: { type: 'git', url: REPOSITORY, directory: `packages/${room}` },
    publishConfig: { access: 'public', provenance: true },
  };
  const wrong = Object.entries(expected)
    .map(([name, value]) => [
      name,
      JSON.stringify(value),
      JSON.stringify(manifest[name as keyof PackedManifest]),
    ])
    .filter(([, value, found]) => value !== found);
  return [
    ...wrong.map(([name, value, found]) => `"${name}" must be ${value}, but is ${found}`),
    ...INSTALL_SCRIPTS.filter((name) => manifest.scripts?.[name] !== undefined).map(
      (name) => `the script "${name}" would run where the package is installed`,
    ),
  ];
}

/** Node 10 knows no `exports`, so it finds the main door but no subpath; no Node that we support is that old. */
function ignored(manifest: PackedManifest): string[] {
  const subpaths = Object.keys(manifest.exports).filter((path) => path !== '.');
  return subpaths.some((path) => path !== './package.json') ? ['--profile', 'node16'] : [];
}

async function told(tool: string, args: readonly string[]): Promise<string[]> {
  const { ok, output } = await run(join(root, 'node_modules/.bin', tool), args, { cwd: root });
  return ok ? [] : [`${tool} found problems:\n${output}`];
}
