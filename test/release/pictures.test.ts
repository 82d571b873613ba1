/** The pictures of `.github`: small, drawn for light and dark, told to those who do not see them, and complete in themselves. */

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { root } from './reading/sources';

const names = readdirSync(`${root}.github`).filter((name) => name.endsWith('.svg'));

test('there are pictures of the lost update and of the life of an update', () => {
  expect(names.sort()).toEqual(['life-of-an-update.svg', 'lost-update.svg']);
});

describe.each(names)('%s', (name) => {
  const picture = readFileSync(`${root}.github/${name}`, 'utf8');

  test('is smaller than 6 kB', () => {
    expect(Buffer.byteLength(picture)).toBeLessThan(6_000);
  });

  test('has a title and a description, which screen readers are pointed to', () => {
    expect(picture).toMatch(/<svg [^>]*role="img" aria-labelledby="title desc"/);
    expect(picture).toMatch(/<title id="title">[^<]{10,}<\/title>/);
    expect(picture).toMatch(/<desc id="desc">[^<]{100,}<\/desc>/);
  });

  test('has each of its colours for light and for dark, and a ground of its own to stand on', () => {
    const [, light = '', dark = ''] =
      /svg \{([^}]*)\}\s*@media \(prefers-color-scheme: dark\) \{ svg \{([^}]*)\}/.exec(picture) ?? [];
    const colours = (text: string): string[] => [...text.matchAll(/--\w+/g)].map(([colour]) => colour);
    expect(colours(light).length).toBeGreaterThan(5);
    expect(colours(dark)).toEqual(colours(light));
    expect(picture).toContain('<rect class="paper"');
  });

  test('loads nothing and runs nothing', () => {
    expect(picture.replace('http://www.w3.org/2000/svg', '')).not.toMatch(
      /https?:|href|@import|<script|url\(/,
    );
  });

  test('is whole: every tag that is opened is closed', () => {
    const open: string[] = [];
    for (const [, closing, tag = '', own] of picture.matchAll(/<(\/?)(\w+)[^>]*?(\/?)>/g)) {
      if (closing === '/') expect(open.pop()).toBe(tag);
      else if (own !== '/') open.push(tag);
    }
    expect(open).toEqual([]);
    expect(picture).toMatch(/<\/svg>\n$/);
  });
});
