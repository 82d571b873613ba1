/** Tables as Markdown, on the screen and between the markers of `README.md`. */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe } from './goal';
import { describeMachine, describeVersions } from './machine';
import type { Effort, Section, Table } from './table';

const README = new URL('README.md', import.meta.url);
const HEAD = `# Figures

Everything below is made by \`pnpm bench\`; run it again rather than edit it. \`--only time,bigger\` makes these tables anew and
leaves the others, \`--quick\` looks for a shorter time, \`--check\` ends with 1 when a goal is missed. Ratios count: times
are those of the machine that is named. The built packages are measured. A ratio is the median of the ratios within
interleaved rounds, with nothing subtracted; the floor is a middleware that does nothing.
`;

export function markdownOf(table: Table): string {
  const goals = table.goals.length === 0 ? [] : [table.goals.map((each) => `- ${describe(each)}`).join('\n')];
  return [`## ${table.title}`, ...table.notes, ...table.sections.map(sectionOf), ...goals].join('\n\n');
}

/** Puts a table in the place of the one of that name, or behind the last one; a run of all of them sets the order. */
export function writeTable(name: string, table: Table, { quick }: Effort): void {
  const text = existsSync(README) ? readFileSync(README, 'utf8') : HEAD;
  const [start, end] = [`<!-- bench: ${name} -->`, `<!-- /bench: ${name} -->`];
  const made = `Made by \`pnpm bench${quick ? ' --quick' : ''}\` on ${new Date().toISOString().slice(0, 10)}: ${describeMachine()}; ${describeVersions()}.`;
  const block = `${start}\n\n${markdownOf(table)}\n\n${made}\n\n${end}`;
  const [from, to] = [text.indexOf(start), text.indexOf(end)];
  const isThere = from >= 0 && to > from;
  writeFileSync(
    README,
    isThere ? text.slice(0, from) + block + text.slice(to + end.length) : `${text.trimEnd()}\n\n${block}\n`,
  );
}

function sectionOf({ heading, columns, rows }: Section): string {
  const lines = [columns, columns.map((_, index) => (index === 0 ? '---' : '---:')), ...rows];
  return [`**${heading}**`, '', ...lines.map((cells) => `| ${cells.join(' | ')} |`)].join('\n');
}
