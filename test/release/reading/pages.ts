/** The pages of `.github`: where they lead, and the arrows that they draw. */

import { existsSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { root } from './sources';

/** A link to something in the repository. */
export interface Link {
  readonly text: string;
  /** From the root of the repository. */
  readonly path: string;
}

/** An arrow of a flowchart, from file to file. */
export interface Arrow {
  /** As the picture names the files: the id, or the label where there is one. */
  readonly from: string;
  readonly to: string;
  readonly line: 'whole' | 'dotted';
}

/** A page of `.github`. */
export function readPage(name: string): string {
  return readFileSync(`${root}.github/${name}`, 'utf8');
}

/** The links of a page that lead into the repository. */
export function linksOf(page: string): Link[] {
  const found = page.matchAll(/\[([^\]]*)\]\((?!https?:|#)([^)#]*)(?:#[^)]*)?\)/g);
  return [...found].map(([, text = '', to = '']) => ({
    text: text.replaceAll('`', ''),
    path: posix.join('.github', to),
  }));
}

/** The paths of a page that lead nowhere. */
export function missingIn(page: string): string[] {
  return linksOf(page)
    .map(({ path }) => path)
    .filter((path) => !existsSync(root + path));
}

/** The arrows of the flowchart on a page. */
export function arrowsOf(page: string): Arrow[] {
  const [, chart = ''] = /^```mermaid\nflowchart .*\n([\s\S]*?)^```$/m.exec(page) ?? [];
  const labels = new Map([...chart.matchAll(/(\w+)\["([^"]+)"\]/g)].map(([, id, label]) => [id, label]));
  const lines = chart.split('\n').filter((line) => line.trim() !== '');
  return lines.map((line) => {
    const [, from = '', arrow, to = ''] =
      /^ {2}(\w+)(?:\["[^"]+"\])? (-->|-\.->) (\w+)(?:\["[^"]+"\])?$/.exec(line) ?? [];
    if (arrow === undefined) throw new Error(`The flowchart has a line that is no arrow: ${line}`);
    return {
      from: labels.get(from) ?? from,
      to: labels.get(to) ?? to,
      line: arrow === '-->' ? 'whole' : 'dotted',
    };
  });
}
