/** ARCHITECTURE.md says what is so: its files are there, and all of them; its arrows are imports. */

import { existsSync, readdirSync } from 'node:fs';
import { posix } from 'node:path';
import { expect, test } from 'vitest';
import { type Arrow, arrowsOf, linksOf, missingIn, readPage } from './reading/pages';
import { readSources, root, type Source } from './reading/sources';

const CORE = 'packages/core/src/';
const page = readPage('ARCHITECTURE.md');
const sources = readSources('packages').filter(({ path }) => path.includes('/src/'));
const arrows = arrowsOf(page);

/** The file that the picture names: a room of core, or `package/src/room`. */
function fileOf(name: string): string {
  return name.includes('/src/') ? `packages/${name}.ts` : `${CORE}${name}.ts`;
}

/** The files behind an import. */
function target(file: Source, specifier: string): string {
  if (specifier === '@sessiongram/core') return `${CORE}index.ts`;
  const path = posix.join(posix.dirname(file.path), specifier);
  return existsSync(`${root}${path}.ts`) ? `${path}.ts` : `${path}/index.ts`;
}

/** What is wrong with an arrow, or nothing. */
function faultOf({ from, to, line }: Arrow): string | undefined {
  const file = sources.find(({ path }) => path === fileOf(from));
  const found = file?.imports.filter(({ specifier }) => target(file, specifier) === fileOf(to)) ?? [];
  if (found.length === 0) return `${from} does not import ${to}`;
  const atRunTime = found.some(({ typeOnly }) => !typeOnly) ? 'whole' : 'dotted';
  return atRunTime === line ? undefined : `${from} to ${to} has to be ${atRunTime}`;
}

/** The words that a file opens with: the first paragraph of its comment, as one line. */
function openingOf({ text }: Source): string {
  const [, comment = ''] = /^\/\*\*([\s\S]*?)\*\//.exec(text) ?? [];
  const lines = comment.split('\n').map((line) => line.replace(/^\s*\*? ?/, '').trim());
  return lines.join('\n').trim().split('\n\n')[0]?.replaceAll('\n', ' ') ?? '';
}

test('the page leads nowhere where nothing is', () => {
  expect(linksOf(page).length).toBeGreaterThan(40);
  expect(missingIn(page)).toEqual([]);
});

test('a link says the name of what it leads to', () => {
  const misnamed = linksOf(page).filter(({ text, path }) => {
    const name = text.replace(/\.ts$/, '');
    return ![`/${name}.ts`, `/${name}`, `/${name}/src`, `/${name}/src/index.ts`].some((end) =>
      path.endsWith(end),
    );
  });
  expect(misnamed).toEqual([]);
});

test('every file and folder of core is among the rooms, files in the words that they open with', () => {
  const rooms = page.slice(page.indexOf('## Rooms'));
  const folders = readdirSync(root + CORE, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const files = sources.filter(({ path }) => posix.dirname(`${path}`) === CORE.slice(0, -1));
  expect(files.length).toBeGreaterThan(20);
  const wanted = files.map((file) => {
    const name = posix.basename(file.path, '.ts');
    return `| [\`${name}\`](../${file.path}) | ${openingOf(file)} |`;
  });
  expect(wanted.filter((row) => !rooms.includes(`${row}\n`))).toEqual([]);
  expect(
    folders.map(({ name }) => name).filter((name) => !rooms.includes(`| [\`${name}\`](../${CORE}${name}) |`)),
  ).toEqual([]);
});

test('every package is on the page', () => {
  const packages = readdirSync(`${root}packages`, { withFileTypes: true }).filter(
    ({ name }) => existsSync(`${root}packages/${name}/package.json`) && name !== 'core',
  );
  const linked = linksOf(page).map(({ path }) => path);
  expect(packages.map(({ name }) => `packages/${name}/src`).filter((path) => !linked.includes(path))).toEqual(
    [],
  );
});

test('every arrow is an import, in its direction, and dotted where only types are imported', () => {
  expect(arrows.length).toBeGreaterThan(20);
  expect(arrows.flatMap((arrow) => faultOf(arrow) ?? [])).toEqual([]);
});

test('every step of an update is in the picture', () => {
  const way = page.slice(page.indexOf('## The way'), page.indexOf('```mermaid'));
  const drawn = arrows.flatMap(({ from, to }) => [fileOf(from), fileOf(to)]);
  const steps = linksOf(way).map(({ path }) => path);
  expect(steps.length).toBeGreaterThan(14);
  expect(steps.filter((path) => !drawn.includes(path))).toEqual([]);
});

test('the page is one page: at most 150 lines', () => {
  expect(page.split('\n').length - 1).toBeLessThanOrEqual(150);
});
