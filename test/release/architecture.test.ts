/** The house card, asserted: who may import whom, how long things may get, and what a package declares. */

import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Import, type Package, readPackages, readSources, root, type Source } from './reading/sources';

const packages = readPackages();
const shipped = packages.filter(({ manifest }) => manifest.private !== true);
const sources = shipped.flatMap((each) => each.sources);

/** Each adapter with the framework that it may know by name; vibegram is known by shape only. */
const FRAMEWORKS: Readonly<Record<string, string | undefined>> = {
  grammy: 'grammy',
  telegraf: 'telegraf',
  vibegram: undefined,
};
const core = packages.find(({ room }) => room === 'core') as Package;
const adapters = packages.filter(({ room }) => room in FRAMEWORKS);
const stores = shipped.filter((each) => each !== core && !adapters.includes(each));

const isRelative = ({ specifier }: Import): boolean => /^\.\.?(\/|$)/.test(specifier);
const isBuiltIn = ({ specifier }: Import): boolean => /^(node|bun|cloudflare):/.test(specifier);
const packageOf = (specifier: string): string => /^(@[^/]+\/[^/]+|[^/]+)/.exec(specifier)?.[0] ?? specifier;

/** Every import that breaks a rule, as `file -> specifier`. */
function offending(files: readonly Source[], allowed: (found: Import, file: Source) => boolean): string[] {
  return files.flatMap((file) =>
    file.imports
      .filter((found) => !allowed(found, file))
      .map(({ specifier }) => `${file.path} -> ${specifier}`),
  );
}

/** The file behind a relative import. */
function target(file: Source, { specifier }: Import): string {
  const path = posix.join(posix.dirname(file.path), specifier);
  return existsSync(`${root}${path}.ts`) ? `${path}.ts` : `${path}/index.ts`;
}

describe('arrows', () => {
  test('there are a core and three adapters to look at', () => {
    expect(core.sources.length).toBeGreaterThan(10);
    expect(adapters.map(({ room }) => room).sort()).toEqual(Object.keys(FRAMEWORKS).sort());
    expect(sources.flatMap(({ imports }) => imports).length).toBeGreaterThan(30);
  });

  test('core imports its own files and nothing else', () => {
    expect(offending(core.sources, isRelative)).toEqual([]);
  });

  test.each(adapters)(
    '$room imports the door of core, its own files, and of its framework only types',
    ({ room, sources: files }) => {
      const allowed = (found: Import): boolean =>
        isRelative(found) ||
        found.specifier === '@sessiongram/core' ||
        (found.specifier === FRAMEWORKS[room] && found.typeOnly);
      expect(offending(files, allowed)).toEqual([]);
    },
  );

  test('a store package imports of core only types and the kit, and nothing of another package of ours', () => {
    const files = stores.flatMap((each) => each.sources);
    const allowed = (found: Import): boolean =>
      !found.specifier.startsWith('@sessiongram/') ||
      found.specifier === '@sessiongram/core/kit' ||
      (found.specifier === '@sessiongram/core' && found.typeOnly);
    expect(offending(files, allowed)).toEqual([]);
  });

  test('core and adapters import nothing that only one runtime has', () => {
    const files = [core, ...adapters].flatMap((each) => each.sources);
    expect(offending(files, (found) => !isBuiltIn(found))).toEqual([]);
  });

  test('no relative import leaves its package', () => {
    const inside = (found: Import, file: Source): boolean =>
      !isRelative(found) || target(file, found).startsWith(`${file.path.split('/').slice(0, 3).join('/')}/`);
    expect(offending(sources, inside)).toEqual([]);
  });

  test.each(shipped)(
    'files of $room do not import each other in a circle at run time',
    ({ sources: files }) => {
      const circles: string[] = [];
      const done = new Set<string>();
      const visit = (path: string, way: readonly string[]): void => {
        if (way.includes(path)) circles.push([...way.slice(way.indexOf(path)), path].join(' -> '));
        if (way.includes(path) || done.has(path)) return;
        const file = files.find((each) => each.path === path);
        const next = file?.imports.filter((found) => isRelative(found) && !found.typeOnly) ?? [];
        for (const found of next) visit(target(file as Source, found), [...way, path]);
        done.add(path);
      };
      for (const { path } of files) visit(path, []);
      expect(circles).toEqual([]);
    },
  );
});

describe('budgets', () => {
  const longerThan = (files: readonly Source[], most: number): string[] =>
    files.filter(({ lines }) => lines > most).map(({ path, lines }) => `${path}: ${lines} lines`);
  const sum = (files: readonly Source[]): number => files.reduce((total, { lines }) => total + lines, 0);

  test('no source file is longer than 330 lines', () => {
    const all = packages.flatMap((each) => each.sources);
    expect(longerThan(all, 330)).toEqual([]);
  });

  test("an adapter's index is at most 130 lines", () => {
    const doors = adapters.flatMap((each) => each.sources.filter(({ path }) => path.endsWith('/index.ts')));
    expect(doors).toHaveLength(adapters.length);
    expect(longerThan(doors, 130)).toEqual([]);
  });

  test('the median source file is at most 130 lines', () => {
    const lengths = sources.map(({ lines }) => lines).sort((a, b) => a - b);
    expect(lengths[Math.floor(lengths.length / 2)]).toBeLessThanOrEqual(130);
  });

  test('the engine, what comes with it, its adapters and each store stay small', () => {
    const within = (...folders: string[]): Source[] =>
      core.sources.filter(({ path }) => folders.some((folder) => path.includes(`/${folder}/`)));
    const suite = within('conformance');
    const around = within('wrappers', 'bridges');
    const beside = within('watch', 'moving');
    const data = within('data');
    const others = [...suite, ...around, ...beside, ...data];
    const engine = core.sources.filter((file) => !others.includes(file));
    expect(sum(engine)).toBeLessThan(5_100);
    expect(sum(data)).toBeLessThan(1_200);
    expect(sum(suite)).toBeLessThan(2_000);
    expect(sum(around)).toBeLessThan(1_500);
    expect(sum(beside)).toBeLessThan(800);
    expect(sum(adapters.flatMap((each) => each.sources))).toBeLessThan(550);
    const large = stores.filter((each) => sum(each.sources) > 1_000);
    expect(large.map(({ room }) => room)).toEqual([]);
  });

  test('the tests are at least as long as the sources', () => {
    expect(sum(readSources('test'))).toBeGreaterThanOrEqual(sum(sources));
  });

  test('every source file opens with one doc sentence', () => {
    const all = packages.flatMap((each) => each.sources);
    const silent = all.filter(({ text }) => !/^\/\*\* ?(?:[^*]|\*(?!\/))*\.\s*\*\/\n/.test(text));
    expect(silent.map(({ path }) => path)).toEqual([]);
  });
});

/** Drivers that a store of the package loads by their name. */
const DRIVERS: Readonly<Record<string, readonly string[]>> = { demo: ['libsql'] };

describe('manifests', () => {
  test.each(packages)(
    '$room declares what it imports, and imports what it declares',
    ({ room, manifest, sources: files }) => {
      const imported = files
        .flatMap(({ imports }) => imports)
        .filter((found) => !isRelative(found) && !isBuiltIn(found))
        .map(({ specifier }) => packageOf(specifier));
      const declared = { ...manifest.dependencies, ...manifest.peerDependencies };
      expect(Object.keys(declared).sort()).toEqual(
        [...new Set([...imported, ...(DRIVERS[room] ?? [])])].sort(),
      );
    },
  );

  test.each(shipped)(
    '$room depends on nothing but core, and on its framework as a peer',
    ({ room, manifest }) => {
      const { dependencies = {}, peerDependencies = {}, optionalDependencies = {} } = manifest;
      const ours = room === 'core' ? [] : ['@sessiongram/core'];
      const framework = FRAMEWORKS[room];
      expect(Object.keys(dependencies)).toEqual(ours);
      expect(Object.keys(peerDependencies)).toEqual(framework === undefined ? [] : [framework]);
      expect(optionalDependencies).toEqual({});
    },
  );

  test.each(packages)('$room is under MIT and runs nothing when it is installed', ({ manifest }) => {
    const { license, scripts = {} } = manifest;
    const hooks = ['preinstall', 'install', 'postinstall', 'prepare', 'preprepare', 'postprepare'];
    expect(license).toBe('MIT');
    expect(Object.keys(scripts).filter((name) => hooks.includes(name))).toEqual([]);
  });

  test.each(shipped)('$room publishes its dist, without side effects', ({ room, manifest }) => {
    expect(manifest).toMatchObject({
      name: `@sessiongram/${room}`,
      sideEffects: false,
      files: ['dist'],
    });
  });

  test('all packages have one version', () => {
    expect(new Set(packages.map(({ manifest }) => manifest.version)).size).toBe(1);
  });
});

describe('the repository', () => {
  test('holds at its top level only what has its place there', () => {
    const known = [
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'package.json',
      'packages',
      'pnpm-lock.yaml',
      'pnpm-workspace.yaml',
      'test',
      'tsconfig.base.json',
    ];
    const strangers = topLevel().filter((name) => !name.startsWith('.') && !known.includes(name));
    expect(strangers).toEqual([]);
  });

  test('explains every error code in the README', ({ skip }) => {
    if (!existsSync(`${root}README.md`)) skip('README.md is not there yet');
    const errors = core.sources.find(({ path }) => path.endsWith('/errors.ts'))?.text ?? '';
    const union = /type SessionErrorCode =([^;]+);/.exec(errors)?.[1] ?? '';
    const codes = [...union.matchAll(/'(\w+)'/g)].map(([, code]) => code as string);
    expect(codes.length).toBeGreaterThanOrEqual(11);
    const readme = readFileSync(`${root}README.md`, 'utf8');
    expect(codes.filter((code) => !readme.includes(code))).toEqual([]);
  });
});

/** What is tracked, where this is a clone; else what is there, as in an archive. */
function topLevel(): string[] {
  if (!existsSync(`${root}.git`)) return readdirSync(root).filter((name) => name !== 'node_modules');
  const tracked = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' });
  return [...new Set(tracked.split('\0').map((path) => path.split('/')[0] ?? ''))].filter(Boolean);
}
