/** Every door of every installed package: found, imported and required by Node.js as a stranger's program would. */

import { run, tail } from '../packing/command';
import { writeFiles } from '../packing/project';
import type { Tarball } from '../packing/tarballs';

/** Opens all doors in both ways, and answers how many names were found in how many doors. */
export async function openDoors(project: string, tarballs: readonly Tarball[]): Promise<string> {
  const doors = tarballs.flatMap(doorsOf);
  writeFiles(project, {
    'doors.mjs': `const found = {};
for (const door of ${JSON.stringify(doors)}) found[door] = Object.keys(await import(door)).sort();
console.log(JSON.stringify(found));`,
    'doors.cjs': `const found = {};
for (const door of ${JSON.stringify(doors)}) found[door] = Object.keys(require(door)).sort();
for (const name of ${JSON.stringify(tarballs.map(({ name }) => name))}) require(name + '/package.json');
console.log(JSON.stringify(found));`,
  });
  const [imported, required] = [await namesIn(project, 'doors.mjs'), await namesIn(project, 'doors.cjs')];
  for (const door of doors) {
    const [ofImport, ofRequire] = [imported[door] ?? [], required[door] ?? []];
    if (ofImport.length === 0) throw new Error(`${door} exports nothing`);
    if (String(ofImport) !== String(ofRequire)) {
      throw new Error(`${door} exports ${ofImport} to import, and ${ofRequire} to require`);
    }
  }
  return `${doors.length} doors, ${Object.values(imported).flat().length} names, import and require`;
}

/** The names under which a package is imported, its manifest left out. */
function doorsOf({ name, manifest }: Tarball): string[] {
  return Object.keys(manifest.exports)
    .filter((path) => path !== './package.json')
    .map((path) => name + path.slice(1));
}

async function namesIn(project: string, file: string): Promise<Record<string, string[]>> {
  const outcome = await run(process.execPath, [file], { cwd: project });
  if (!outcome.ok) throw new Error(`${file} fails.\n${tail(outcome, 20)}`);
  return JSON.parse(outcome.stdout) as Record<string, string[]>;
}
