/** A project of a stranger: an empty folder, a manifest, and what a package manager installs there. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Outcome, pnpm, run, tail } from './command';
import { CannotRun } from './report';

/** A package manager, as the README tells to use it. */
export interface Installer {
  readonly name: string;
  /** Files that tell it where our scope is, besides the manifest. */
  files(registry: string): Readonly<Record<string, string>>;
  install(folder: string): Promise<Outcome>;
}

const npmrc = (registry: string): string => `@sessiongram:registry=${registry}\naudit=false\nfund=false\n`;
const local = (registry: string): string => new URL(registry).host;

export const npm: Installer = {
  name: 'npm',
  files: (registry) => ({ '.npmrc': npmrc(registry) }),
  install: (cwd) => run('npm', ['install', '--no-audit', '--no-fund'], { cwd }),
};

export const installers: readonly Installer[] = [
  npm,
  {
    name: 'pnpm',
    // A workspace file of its own keeps it from looking for one further up.
    files: (registry) => ({
      '.npmrc': npmrc(registry),
      'pnpm-workspace.yaml': `packages: []\nregistries:\n  '@sessiongram': ${registry}\n`,
    }),
    install: (cwd) => pnpm(['install', '--no-frozen-lockfile'], { cwd }),
  },
  {
    name: 'yarn',
    files: (registry) => ({
      'yarn.lock': '',
      '.yarnrc.yml': [
        'nodeLinker: node-modules',
        'enableTelemetry: false',
        // What is shared goes by name and version, and would give what an earlier run has packed.
        'enableGlobalCache: false',
        'enableMirror: false',
        `unsafeHttpWhitelist: ['${new URL(registry).hostname}']`,
        `npmScopes:\n  sessiongram:\n    npmRegistryServer: 'http://${local(registry)}'`,
      ].join('\n'),
    }),
    install: (cwd) =>
      run('npx', ['-y', '-p', '@yarnpkg/cli-dist@4', 'yarn', 'install', '--no-immutable'], {
        cwd,
        env: { YARN_ENABLE_IMMUTABLE_INSTALLS: 'false' },
      }),
  },
];

/** Folders in the temporary directory, gone with {@link Projects.remove}. */
export class Projects {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'sessiongram-'));

  constructor(readonly registry: string) {}

  /**
   * Makes a project and installs its dependencies.
   *
   * @throws Error with what the package manager says, where it fails
   */
  async make(
    name: string,
    installer: Installer,
    dependencies: Readonly<Record<string, string>>,
  ): Promise<string> {
    const folder = join(this.folder, name.replaceAll(/[^\w.-]+/g, '-'));
    const manifest = { name: 'stranger', version: '1.0.0', private: true, type: 'module', dependencies };
    writeFiles(folder, {
      'package.json': JSON.stringify(manifest, null, 2),
      ...installer.files(this.registry),
    });
    const installed = await installer.install(folder);
    if (installed.ok) return folder;
    if (isOffline(installed)) throw new CannotRun(`the registry is out of reach: ${tail(installed, 3)}`);
    throw new Error(tail(installed, 30));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Writes files into a folder, by their path from there. */
export function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

/** In CI the network has to be there, and a check that does not run would be missed. */
export function isOffline({ output }: Outcome): boolean {
  return process.env['CI'] !== 'true' && /ENOTFOUND|EAI_AGAIN|ENETUNREACH|ETIMEDOUT/.test(output);
}
