/** Compares a tag with the versions of the packages and the CHANGELOG, and prints the dist-tag to publish under: `check-tag.mjs v1.2.3`. */

import { readdirSync, readFileSync } from 'node:fs';

const root = new URL('../../', import.meta.url);
const tag = process.argv[2] ?? '';
const [, version, isPrerelease] = /^v(\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?)$/.exec(tag) ?? [];
const problems =
  version === undefined ? [`"${tag}" is no tag of a version, such as v1.2.3`] : problemsOf(version);
if (problems.length > 0) {
  console.error(problems.join('\n'));
  process.exitCode = 1;
} else {
  console.log(isPrerelease === undefined ? 'latest' : 'next');
}

function problemsOf(expected) {
  const versions = readdirSync(new URL('packages', root), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => JSON.parse(read(`packages/${name}/package.json`)))
    .filter((manifest) => manifest.private !== true && manifest.version !== expected);
  const [, date] =
    new RegExp(`^## ${expected.replaceAll('.', '\\.')} - (.*)$`, 'm').exec(read('CHANGELOG.md')) ?? [];
  return [
    ...versions.map(
      ({ name, version: found }) => `${name} has version ${found}, and the tag says ${expected}`,
    ),
    ...(/^\d{4}-\d\d-\d\d$/.test(date ?? '')
      ? []
      : [`CHANGELOG.md needs a heading "## ${expected} - YYYY-MM-DD", but has ${date ?? 'none'}`]),
  ];
}

function read(path) {
  return readFileSync(new URL(path, root), 'utf8');
}
