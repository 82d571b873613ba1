/** The packages as published, in the projects of strangers: `pnpm test:packages`, after a build. Needs the network. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installers, npm, Projects, writeFiles } from '../packing/project';
import { Registry } from '../packing/registry';
import { CannotRun, Report } from '../packing/report';
import { packAll } from '../packing/tarballs';
import { bundleMain } from '../runtimes/bundle';
import { compile, compilers, resolutions } from './compilers';
import { openDoors } from './doors';
import { dependenciesFor, peers, runPeer } from './peers';
import { quickStartFiles, runQuickStarts } from './quick-starts';
import { meetAgain } from './two-copies';
import { measured, measureTypes } from './type-cost';

const FRAMEWORKS = { grammy: '^1.46.0', telegraf: '^4.16.3', '@types/node': '^20.19.0' };

const report = new Report();
const packed = mkdtempSync(join(tmpdir(), 'sessiongram-packed-'));
const tarballs = await packAll(packed);
const registry = await Registry.start(tarballs);
const projects = new Projects(registry.url);
const ours = Object.fromEntries(tarballs.map(({ name }) => [name, '*']));
/** The first project that could be made: for what does not depend on who installed it. */
let installed: string | undefined;
try {
  for (const installer of installers) await installAndOpen(installer);
  for (const version of compilers) await compileQuickStarts(version);
  for (const framework of measured) {
    await report.check('type-check cost', framework, () => measureTypes(project(), framework));
  }
  for (const peer of peers) {
    await report.check(`${peer.framework}@${peer.version}`, 'adapter cases', async () => {
      const made = await projects.make(`${peer.framework}-${peer.version}`, npm, dependenciesFor(peer));
      await bundleMain(made);
      return runPeer(made, peer);
    });
  }
} finally {
  projects.remove();
  rmSync(packed, { recursive: true, force: true });
  await registry.stop();
}
report.close();

function project(): string {
  if (installed === undefined) throw new CannotRun('nothing could be installed');
  return installed;
}

async function installAndOpen(installer: (typeof installers)[number]): Promise<void> {
  let made = '';
  const isThere = await report.check(installer.name, 'installs by name', async () => {
    made = await projects.make(installer.name, installer, { ...ours, ...FRAMEWORKS });
    return `${tarballs.length} packages`;
  });
  if (!isThere) return;
  installed ??= made;
  await report.check(installer.name, 'all doors open', () => openDoors(made, tarballs));
  await report.check(installer.name, 'two copies of core know each other', () => meetAgain(made));
  await report.check(installer.name, 'quick starts run, imported', () => runQuickStarts(made, 'import'));
  await report.check(installer.name, 'quick starts run, required', () => runQuickStarts(made, 'require'));
}

async function compileQuickStarts(version: string): Promise<void> {
  for (const [resolution, module] of Object.entries(resolutions)) {
    await report.check(`TypeScript ${version}`, `quick starts compile, ${resolution}`, async () => {
      const files = quickStartFiles('quick-starts');
      writeFiles(project(), files);
      await compile(project(), 'quick-starts', version, { module, moduleResolution: resolution });
      return `${Object.keys(files).length} files`;
    });
  }
}
