/** CONTRIBUTING.md and SECURITY.md name only what is there, and each promise names tests. */

import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { describe, expect, test } from 'vitest';
import { linksOf, missingIn, readPage } from './reading/pages';
import { root } from './reading/sources';

const pages = readdirSync(`${root}.github`).filter((name) => name.endsWith('.md'));
const scripts = Object.keys(
  (JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { scripts: Record<string, string> }).scripts,
);

/** A section of a page, up to the next one. */
function section(page: string, heading: string): string {
  const [, text = ''] =
    new RegExp(`^## ${heading}\\n([\\s\\S]*?)(?=^## |$(?![\\s\\S]))`, 'm').exec(page) ?? [];
  return text;
}

test('there are the pages that a contributor looks for', () => {
  expect(pages.sort()).toEqual(['ARCHITECTURE.md', 'CONTRIBUTING.md', 'RELEASING.md', 'SECURITY.md']);
});

describe.each(pages)('%s', (name) => {
  const page = readPage(name);

  test('leads nowhere where nothing is', () => {
    expect(linksOf(page).length).toBeGreaterThan(1);
    expect(missingIn(page)).toEqual([]);
  });

  test('names only commands that there are', () => {
    const asked = [...page.matchAll(/npx -y pnpm@12 (?!exec|--)([\w:]+)/g)].map(([, script]) => script ?? '');
    expect(asked.filter((script) => !scripts.includes(script))).toEqual([]);
  });

  test('leads only to headings that there are', () => {
    const anchors = [...page.matchAll(/\]\(([^)#]*)#([^)]+)\)/g)].filter(
      ([, to = '']) => !to.startsWith('http'),
    );
    const broken = anchors.filter(([, to = '', anchor = '']) => {
      const target = to === '' ? page : readFileSync(posix.join(root, '.github', to), 'utf8');
      const headings = [...target.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
        heading
          .toLowerCase()
          .replace(/[^\w\s-]/g, '')
          .replaceAll(' ', '-'),
      );
      return !headings.includes(anchor);
    });
    expect(broken.map(([link]) => link)).toEqual([]);
  });
});

describe('CONTRIBUTING.md', () => {
  const page = readPage('CONTRIBUTING.md');

  test('has ten lines of taste', () => {
    expect(section(page, 'Taste').match(/^\d+\. /gm)).toHaveLength(10);
  });

  test('has one command that checks everything', () => {
    expect(page.match(/^npx .*$/gm)).toEqual([expect.stringMatching(/^npx -y pnpm@12 check\b/)]);
  });

  test.each(['Add a store', 'Add an adapter'])('%s: each step names a file', (heading) => {
    const steps = section(page, heading).trim().split('\n');
    expect(steps.length).toBeGreaterThan(5);
    expect(steps.filter((step) => linksOf(step).length === 0)).toEqual([]);
  });
});

describe('SECURITY.md', () => {
  const page = readPage('SECURITY.md');
  const rows = section(page, 'What we promise').match(/^\| (?!promise|-).*$/gm) ?? [];

  test('each promise names the tests that show it', () => {
    expect(rows.length).toBeGreaterThan(6);
    const unshown = rows.filter((row) => {
      const shown = linksOf(row.split('|')[2] ?? '');
      return shown.length === 0 || shown.some(({ text, path }) => !path.endsWith(`/${text}.test.ts`));
    });
    expect(unshown).toEqual([]);
  });

  test('says what is not promised, and how to report', () => {
    expect(section(page, 'What we do not promise').match(/^- \*\*/gm)?.length).toBeGreaterThan(5);
    expect(section(page, 'Report a weakness')).toContain('/security/advisories/new');
  });

  test('names every security test', () => {
    const tests = ['core', 'stores'].flatMap((folder) =>
      readdirSync(`${root}test/${folder}`)
        .filter((file) => /^security-.*\.test\.ts$/.test(file))
        .map((file) => `test/${folder}/${file}`),
    );
    const named = linksOf(page).map(({ path }) => path);
    expect(tests.length).toBeGreaterThan(3);
    expect(tests.filter((path) => !named.includes(path))).toEqual([]);
  });
});
